"""Whole messages on their way out: as they came, compressed anew, or changed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import assert_never

from wsinspect.model import Source, Verdict
from wsinspect.wire.decisions import Drop, Forward, Modify, Outcome
from wsinspect.wire.frames import frame_sizes
from wsinspect.wire.opcodes import Opcode
from wsinspect.wire.recoding import Recoder
from wsinspect.wire.sending import FrameSender
from wsinspect.wire.sink import FrameSink

_RSV1 = 4
MOST_FRAMES = 1000
"""A changed message of more goes as one frame: each is a row of the record."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is known of a message beside its payload."""

    number: int
    seq: int
    """Of its first frame."""
    opcode: int
    compressed: bool
    """Whether it was inflated."""


class MessageWriter:
    """Writes the messages of one direction, each in its turn.

    Args:
        sink: Where to report what was sent instead.
        sender: Makes the frames.
        recoder: The receiver's compression context, None where permessage-deflate is not agreed.
        out: What is to be written; is added to.
    """

    def __init__(self, sink: FrameSink, sender: FrameSender, recoder: Recoder | None, out: list[bytes]) -> None:
        self._sink = sink
        self._sender = sender
        self._recoder = recoder
        self._out = out

    @property
    def diverged(self) -> bool:
        """Whether compressed frames of the peer cannot go as they came."""
        return self._recoder is not None and self._recoder.diverged

    def write(
        self, message: Envelope, outcome: Outcome, raw: bytes, payload: bytes, now: int, *, moved: bool = False
    ) -> Verdict:
        """Write a whole message.

        Args:
            message: Which one.
            outcome: What to make of it.
            raw: Its frames as they came.
            payload: Readable.
            now: When it goes.
            moved: Whether it goes later than its place; `skip` was called in that place.
        """
        recoder = self._recoder if message.compressed else None
        match outcome:
            case Forward():
                if recoder is not None and recoder.takeover and (moved or recoder.diverged):
                    again = recoder.changed(payload) if moved else recoder.unchanged(payload)
                    data = payload if again is None else again
                    edges = _like(raw, len(data))
                    self._frames(
                        message, message.opcode, data, again is not None, edges, Source.PEER, Verdict.RECODED, now
                    )
                    return Verdict.RECODED
                self._out.append(raw)
                if recoder is not None:
                    recoder.forwarded(payload)
                return Verdict.FORWARDED
            case Modify(changed, opcode, source, fragments):
                compressed = None if recoder is None else recoder.changed(changed)
                data = changed if compressed is None else compressed
                edges = _cut(fragments, len(data)) if fragments else _like(raw, len(data))
                self._frames(message, opcode, data, compressed is not None, edges, source, Verdict.MODIFIED, now)
                self._sink.message_sent(message.number, changed)
                return Verdict.MODIFIED
            case Drop():
                self.skip(message)
                return Verdict.DROPPED
            case _ as never:
                assert_never(never)

    def pass_on(self, raw: bytes) -> None:
        """Write bytes of a message as they came, whatever the receiver can read of it."""
        self._out.append(raw)

    def passed_on(self, message: Envelope, payload: bytes) -> None:
        """Take note of the readable payload of what was passed on."""
        if message.compressed and self._recoder is not None:
            self._recoder.forwarded(payload)

    def skip(self, message: Envelope) -> None:
        """Take note that a message does not go in its place."""
        if message.compressed and self._recoder is not None:
            self._recoder.skipped()

    def piece(self, message: Envelope, opcode: int, payload: bytes, now: int, *, fin: bool) -> None:
        """Write a part of a message in an uncompressed frame of our own; it counts as skipped."""
        self._frame(message, opcode, payload, now, fin=fin, rsv=0, source=Source.PEER, verdict=Verdict.RECODED)

    def _frames(
        self,
        message: Envelope,
        opcode: int,
        data: bytes,
        compressed: bool,
        edges: list[int],
        source: Source,
        verdict: Verdict,
        now: int,
    ) -> None:
        rsv, left = _RSV1 if compressed else 0, len(edges) - 1
        for start, stop in pairwise(edges):
            left -= 1
            self._frame(message, opcode, data[start:stop], now, fin=not left, rsv=rsv, source=source, verdict=verdict)
            opcode, rsv = Opcode.CONTINUATION, 0

    def _frame(
        self,
        message: Envelope,
        opcode: int,
        payload: bytes,
        now: int,
        *,
        fin: bool,
        rsv: int,
        source: Source,
        verdict: Verdict,
    ) -> None:
        self._out.append(
            self._sender.replace(
                opcode, payload, now, fin=fin, rsv=rsv, number=message.number, of=message.seq, source=source,
                verdict=verdict,
            )
        )  # fmt: skip


class LargeWriter:
    """Writes one message that was not gathered: its frames as they come, or its plaintext in frames of our own.

    Args:
        writer: Of its direction.
        message: Which one.
    """

    def __init__(self, writer: MessageWriter, message: Envelope) -> None:
        self._writer = writer
        self._message = message
        self._next_opcode = message.opcode
        self.rewriting = message.compressed and writer.diverged
        """Whether the contexts differ, so that its frames cannot go as they came."""
        if self.rewriting:
            writer.skip(message)

    def begin(self, raw: list[bytes], plain: list[bytes], now: int) -> None:
        """Write what has come of it so far."""
        for data in raw:
            self.raw(data)
        for data in plain:
            self.plain(data, now)

    def raw(self, data: bytes) -> None:
        """Take the next piece of its frames."""
        if not self.rewriting:
            self._writer.pass_on(data)

    def plain(self, data: bytes, now: int) -> None:
        """Take the next piece of its readable payload."""
        if not self.rewriting:
            self._writer.passed_on(self._message, data)
        elif data:
            self._piece(data, now, fin=False)

    def end(self, now: int, *, whole: bool) -> None:
        """Take its end. One that could not be read to it is left without: its receiver must not take it for whole."""
        if self.rewriting and whole:
            self._piece(b"", now, fin=True)

    def _piece(self, data: bytes, now: int, *, fin: bool) -> None:
        self._writer.piece(self._message, self._next_opcode, data, now, fin=fin)
        self._next_opcode = Opcode.CONTINUATION


def _like(raw: bytes, size: int) -> list[int]:
    """Return where to cut `size` bytes like the frames in `raw`: all of them but the last keep their size, or none."""
    edges = [0]
    for length in (frame_sizes(raw, MOST_FRAMES) or [0])[:-1]:
        edges.append(edges[-1] + length)
    return [*edges, size] if edges[-1] < size else [0, size]


def _cut(sizes: tuple[int, ...], size: int) -> list[int]:
    """Return where to cut `size` bytes into pieces of `sizes`, as far as they reach."""
    edges = [0]
    for length in sizes:
        if edges[-1] + length >= size:
            break
        edges.append(edges[-1] + length)
    return [*edges, size]
