"""The bytes of a peer as what a performer hears: whole readable messages, and control frames. Sans-I/O, bounded."""

# ruff: noqa: ARG002 - a sink's methods have the port's arguments
from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from wsinspect.model import Completeness, Direction, Verdict
from wsinspect.wire.deflate import DeflateParams, Inflater
from wsinspect.wire.lane import Lane
from wsinspect.wire.sink import FrameSeen, MessageSeen, Tally
from wsinspect.wire.violations import Violation

MOST_HEARD_BYTES = 64 << 20
"""Most bytes of a message that a performer hears; the rest is left out."""

_MOST_PIECES = 1024

type Hear = Callable[[int, bytes, int], None]
"""Given an opcode, a readable payload, and when it came."""


class Incoming:
    """Reads the bytes of one direction.

    Args:
        direction: Which one.
        deflate: permessage-deflate as agreed, None where it is not.
        opaque: Whether an unknown extension is agreed; then payloads are heard as they are.
        on_message: Takes each message that came whole; what cannot be inflated as far as it could be.
        on_control: Takes each frame that belongs to no message; a payload that no such frame may have is left out.
        most: Most bytes of a message to hand on.
    """

    def __init__(
        self,
        direction: Direction,
        deflate: DeflateParams | None,
        *,
        opaque: bool,
        on_message: Hear,
        on_control: Hear,
        most: int = MOST_HEARD_BYTES,
    ) -> None:
        inflater = None if deflate is None or opaque else Inflater(deflate, direction)
        ear = _Ear(on_message, on_control, most)
        self._ear = ear
        self._lane = Lane(ear, direction, Tally.zero(), inflater=inflater, opaque=opaque, max_payload=most)

    @property
    def violations(self) -> Mapping[Violation, int]:
        """What the frames so far broke, and how many of them."""
        return self._ear.violations

    @property
    def unfinished_bytes(self) -> int:
        """How much came of a frame that is not complete yet."""
        return self._lane.reader.unfinished_bytes

    def read(self, data: bytes, now: int) -> None:
        """Take what came, split anyhow. Raises nothing on it."""
        self._lane.read(data, 0, now)


class _Ear:
    """The sink of the lane. At most one message of a direction is open."""

    def __init__(self, on_message: Hear, on_control: Hear, most: int) -> None:
        self.violations = Counter[Violation]()
        self._on_message = on_message
        self._on_control = on_control
        self._most = most
        self._opcode = 0
        self._compressed = False
        self._streams_message = False
        """Whether the frame that streams is one of the open message."""
        self._told = 0
        """How many violations of the frame that streams were known at its start."""
        self._pieces: list[bytes] = []
        self._size = 0

    def message(self, direction: int, now: int, seq: int, number: int, header: bytes, payload: bytes) -> None:
        self._on_message(header[0] & 0x0F, payload, now)

    def frame(self, frame: FrameSeen) -> None:
        if frame.violations:
            self.violations.update(frame.violations)
        if frame.number is not None:
            self._add(frame.payload)
        else:
            self._beside(frame)

    def frame_started(self, frame: FrameSeen) -> None:
        self._told = len(frame.violations)
        if frame.violations:
            self.violations.update(frame.violations)
        self._streams_message = frame.number is not None
        if frame.number is None:
            self._beside(frame)

    def chunk(self, direction: int, seq: int, offset: int, data: bytes) -> None:
        if self._streams_message:
            self._add(data)

    def frame_ended(
        self,
        direction: int,
        seq: int,
        now: int,
        received: int,
        truncated: int,
        violations: tuple[Violation, ...],
        completeness: Completeness,
    ) -> None:
        """Take the end of it: all there is of it has come in chunks."""
        self.violations.update(violations[self._told :])

    def message_started(self, message: MessageSeen) -> None:
        self._opcode, self._compressed = message.opcode, message.compressed
        self._pieces, self._size = [], 0

    def message_chunk(self, number: int, offset: int, data: bytes) -> None:
        self._keep(data)

    def message_sent(self, number: int, payload: bytes) -> None:
        """Nothing is sent on."""

    def message_ended(
        self,
        number: int,
        now: int,
        size: int,
        wire_size: int,
        payload: bytes | None,
        truncated: int,
        violations: tuple[Violation, ...],
        completeness: Completeness,
        verdict: Verdict,
    ) -> None:
        pieces, self._pieces = self._pieces, []
        if completeness is Completeness.COMPLETE:
            self._on_message(self._opcode, b"".join(pieces) if payload is None else payload, now)

    def message_decided(
        self, number: int, now: int, verdict: Verdict, held_ns: int | None, delayed_ns: int | None
    ) -> None:
        """Nothing waits."""

    def frame_decided(self, direction: int, seq: int, now: int, verdict: Verdict) -> None:
        """Nothing waits."""

    def _beside(self, frame: FrameSeen) -> None:
        opcode = frame.header[0] & 0x0F
        if opcode:
            self._on_control(opcode, frame.payload, frame.time)

    def _add(self, data: bytes) -> None:
        """Keep a piece of the payload of a frame, where that is what is read."""
        if not self._compressed:
            self._keep(data)

    def _keep(self, data: bytes) -> None:
        data = data[: self._most - self._size]
        if data:
            self._pieces.append(data)
            self._size += len(data)
            if len(self._pieces) > _MOST_PIECES:  # a message in very small frames would else cost an object for each
                self._pieces = [b"".join(self._pieces)]
