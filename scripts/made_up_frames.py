"""Puts made-up messages and frames into a capture as the engine's recorder does, and counts them."""

from __future__ import annotations

import random
import time
import zlib
from dataclasses import dataclass, field, replace

from wsinspect.model import Direction, Frame, Leg, Message, SessionId
from wsinspect.store.rows import frame_row, message_row
from wsinspect.store.writer import ROW_COST, CaptureWriter

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
MS = 1_000_000
_BACKLOG_BYTES = 48 << 20
_FIN, _RSV1 = 0x80, 0x40


@dataclass(slots=True)
class Counters:
    """What has passed in a session so far."""

    opened: int
    number: int = 0
    seq: int = 0
    frames: list[int] = field(default_factory=lambda: [0, 0])
    messages: list[int] = field(default_factory=lambda: [0, 0])
    bytes: list[int] = field(default_factory=lambda: [0, 0])
    last: int = 0
    """Time of the last frame."""


class Clock:
    """The time of what was put last: what is put later is never earlier."""

    def __init__(self, start_ns: int) -> None:
        self.now = start_ns

    def at_least(self, at: int) -> int:
        """Go on to this time, where it is not over yet; return the time then."""
        self.now = max(self.now, at)
        return self.now


class Recorder:
    """Puts messages and frames as the engine's recorder does, and counts them."""

    def __init__(self, writer: CaptureWriter, clock: Clock, chance: random.Random) -> None:
        self._writer = writer
        self._clock = clock
        self._keys = [chance.randbytes(4) for _ in range(1024)]
        self._last_id = 0
        self.messages = 0
        self.control_frames = 0
        self.sessions: dict[int, Counters] = {}

    @property
    def last_id(self) -> int:
        """Of the row that was put last."""
        return self._last_id

    def open(self, session: int, at: int) -> None:
        """Begin to count a session."""
        self.sessions[session] = Counters(at, last=at)

    def single(self, session: int, at: int, direction: int, opcode: int, payload: bytes) -> int:
        """Put a message in one frame, which is the hot path; return its number in its session."""
        at = self._clock.at_least(at)
        counters = self.sessions[session]
        counters.number = number = counters.number + 1
        header = self._header(_FIN | opcode, direction, len(payload))
        row = (self._next_id(), session, number, self._count(counters, at, direction, header, len(payload)), direction,
               opcode, at, header, len(payload), payload)  # fmt: skip
        counters.messages[direction] += 1
        self.messages += 1
        self._writer.put_message(row, len(payload) + ROW_COST)
        return number

    def compressed(self, session: int, at: int, direction: int, payload: bytes) -> None:
        """Put a compressed text message in one frame."""
        at = self._clock.at_least(at)
        counters = self.sessions[session]
        wire = _deflated(payload)
        header = self._header(_FIN | _RSV1 | TEXT, direction, len(wire))
        seq = self._count(counters, at, direction, header, len(wire))
        message = self._message(counters, session, at, at, direction, payload, (seq,), len(header) + len(wire))
        row = message_row(replace(message, compressed=True), seq, header=header, payload=payload, wire_payload=wire)
        self._writer.insert_message(row, len(payload) + len(wire) + ROW_COST)

    def fragmented(self, session: int, at: int, direction: int, payload: bytes, parts: int, *, deflate: bool) -> None:
        """Put a text message in several frames, a millisecond between them."""
        at = self._clock.at_least(at)
        counters = self.sessions[session]
        wire = _deflated(payload) if deflate else payload
        cut = max(1, -(-len(wire) // parts))
        pieces = [wire[start : start + cut] for start in range(0, len(wire), cut)]
        frames: list[Frame] = []
        for place, piece in enumerate(pieces):
            first = (TEXT | (_RSV1 if deflate else 0)) if place == 0 else 0
            header = self._header(first | (_FIN if place == len(pieces) - 1 else 0), direction, len(piece))
            when = self._clock.at_least(at + place * MS)
            seq = self._count(counters, when, direction, header, len(piece))
            frames.append(
                Frame(SessionId(session), seq, when, Direction(direction), header, len(piece), piece,
                      message=counters.number + 1, leg=Leg(direction))
            )  # fmt: skip
        seqs = tuple(frame.seq for frame in frames)
        wire_size = sum(frame.wire_size for frame in frames)
        message = self._message(counters, session, at, frames[-1].time, direction, payload, seqs, wire_size)
        inflated = payload if deflate else None
        row = message_row(replace(message, compressed=deflate), seqs[0], header=None, payload=inflated)
        self._writer.insert_message(row, 2 * len(payload) + ROW_COST)
        for place, frame in enumerate(frames):
            row_id = message.id if place == 0 else self._next_id()
            self._writer.insert_frame(frame_row(frame, row_id), len(frame.payload) + ROW_COST)

    def control(self, session: int, at: int, direction: int, opcode: int, payload: bytes) -> None:
        """Put a control frame."""
        at = self._clock.at_least(at)
        counters = self.sessions[session]
        header = self._header(_FIN | opcode, direction, len(payload))
        seq = self._count(counters, at, direction, header, len(payload))
        code = int.from_bytes(payload[:2]) if opcode == CLOSE else None
        frame = Frame(
            SessionId(session), seq, at, Direction(direction), header, len(payload), payload, leg=Leg(direction),
            close_code=code, close_reason=None if code is None else payload[2:].decode(),
        )  # fmt: skip
        self.control_frames += 1
        self._writer.insert_frame(frame_row(frame, self._next_id()), len(payload) + ROW_COST)

    def _message(
        self,
        counters: Counters,
        session: int,
        at: int,
        end: int,
        direction: int,
        payload: bytes,
        seqs: tuple[int, ...],
        wire_size: int,
    ) -> Message:
        counters.number += 1
        counters.messages[direction] += 1
        self.messages += 1
        return Message(
            self._next_id(), SessionId(session), counters.number, at, end, Direction(direction), TEXT, seqs,
            len(payload), wire_size, payload,
        )  # fmt: skip

    def _next_id(self) -> int:
        self._last_id += 1
        if self._last_id % 1000 == 0:
            while self._writer.backlog > _BACKLOG_BYTES:
                time.sleep(0.002)
        return self._last_id

    def _count(self, counters: Counters, at: int, direction: int, header: bytes, size: int) -> int:
        counters.seq += 1
        counters.frames[direction] += 1
        counters.bytes[direction] += len(header) + size
        counters.last = max(counters.last, at)
        return counters.seq

    def _header(self, first: int, direction: int, size: int) -> bytes:
        masked = 0 if direction else 0x80
        header = bytes((first, masked | size)) if size < 126 else bytes((first, masked | 126, size >> 8, size & 255))
        return header if direction else header + self._keys[self._last_id & 1023]


def _deflated(payload: bytes) -> bytes:
    """Compress as RFC 7692 has it, without context takeover."""
    deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
    return deflate.compress(payload) + deflate.flush(zlib.Z_SYNC_FLUSH)[:-4]
