"""One direction of a connection: its bytes become reports of frames and messages.

Theory of operation. `Lane.read` alternates between two loops. `_scan` handles what nearly all traffic is made of: whole
messages of one plain frame without any violation; it makes no object but the payload. It stops at anything else, which
then goes through the `FrameReader` and the `MessageTracker`, one frame at a time. Both give the same record for the
same bytes, however they were split (tests hold them to it), and a frame counts as seen when it is complete, or, over
`CHUNK_BYTES`, when its header is.
"""

from __future__ import annotations

from typing import Protocol

from wsinspect.model import Completeness, Direction, Leg, Source, Stage, Verdict
from wsinspect.wire.deflate import Inflater
from wsinspect.wire.frames import CHUNK_BYTES, FrameReader, announced_size, header_violations, read_close
from wsinspect.wire.masking import apply_mask, unmask
from wsinspect.wire.messages import MessageTracker, OpenMessage
from wsinspect.wire.opcodes import Opcode
from wsinspect.wire.sink import CloseSeen, FrameSeen, FrameSink, Tally
from wsinspect.wire.violations import Violation

_STORED_BYTES = 64 << 10
"""Streamed payload is reported in chunks of at least this size."""
_VIEW_BYTES = 8 << 10
"""From this size on a view is cheaper than a copy."""


class Gate(Protocol):
    """Decides what of a direction is written, where that is not simply everything at once."""

    def passes(self, number: int, opcode: int, header: bytes, raw: bytes, payload: bytes, now: int) -> bool:
        """Take a message of one plain frame; False says that it comes again, through the methods below."""

    def outside(
        self, header: bytes, raw: bytes, payload: bytes, seq: int, now: int, completeness: Completeness
    ) -> Verdict | None:
        """Take a frame that belongs to no message and say what became of it; None: it waits."""

    def outside_begins(self, header: bytes, now: int) -> Verdict:
        """Take the header of one over `CHUNK_BYTES`, and say what becomes of it."""

    def outside_goes_on(self, raw: bytes) -> None:
        """Take the next piece of that frame."""

    def opened(self, message: OpenMessage, now: int) -> None:
        """Take note of a new message."""

    def header(self, header: bytes, size: int, now: int) -> None:
        """Take the header of one of its frames, whose payload of `size` bytes follows."""

    def raw(self, raw: bytes, now: int) -> None:
        """Take the next piece of that frame as it came."""

    def plain(self, data: bytes) -> None:
        """Take the next piece of the readable payload, after the raw bytes it came in."""

    def decided(self, message: OpenMessage, now: int, completeness: Completeness) -> Verdict | None:
        """Take the end of the message, or what cut it off, and say what became of it; None: it waits."""

    def writes_frame(self, *, outside: bool) -> bool:
        """Tell whether the frame that streams is written as it comes; `outside` if it belongs to no message."""


class Lane:
    """Reads one direction along.

    Args:
        sink: Where to report.
        direction: Which one.
        tally: Counters, shared with the other direction.
        inflater: Reads compressed messages; None where permessage-deflate is not agreed.
        opaque: Whether an unknown extension is agreed.
        max_payload: Most payload bytes of a frame, or of an inflated message, to record.
    """

    def __init__(
        self,
        sink: FrameSink,
        direction: Direction,
        tally: Tally,
        *,
        inflater: Inflater | None,
        opaque: bool,
        max_payload: int,
    ) -> None:
        self.direction = direction
        self.reader = FrameReader(self)
        self.tracker = MessageTracker(sink, direction, tally, inflater=inflater, opaque=opaque, max_payload=max_payload)
        self.gate: Gate | None = None
        """None writes everything at once; see `set_gate`."""
        self.closed = False
        """Whether a close frame came."""
        self._sink = sink
        self._tally = tally
        self._deflate = inflater is not None
        self._opaque = opaque
        self._masked = direction is Direction.C2S
        self._leg = Leg.CLIENT if direction is Direction.C2S else Leg.SERVER
        self._max_payload = max_payload
        self._plain_bytes = min(CHUNK_BYTES, max_payload)
        # Of the frame that streams:
        self._streaming: FrameSeen | None = None
        self._message: OpenMessage | None = None
        self._found: list[Violation] = []
        self._received = 0
        self._stored: list[bytes] = []
        self._stored_bytes = 0
        self._reported = 0

    @property
    def between_messages(self) -> bool:
        """Whether all that was read are whole messages and whole control frames."""
        return self.reader.at_boundary and self.tracker.open is None

    @property
    def in_written_frame(self) -> bool:
        """Whether a part of a frame was written that has not ended."""
        if self.gate is None:
            return not self.reader.at_boundary
        return self._streaming is not None and self.gate.writes_frame(outside=self._message is None)

    def set_gate(self, gate: Gate | None) -> None:
        """Put a gate in place of another, between frames."""
        self.gate = gate
        self.tracker.tap = None if gate is None else gate.plain

    def read(self, data: bytes, start: int, now: int) -> None:
        """Read `data[start:]`."""
        position, size = start, len(data)
        while position < size:
            if self.gate is None and self.reader.at_boundary and self.tracker.open is None and not self.closed:
                position = self.scan(data, position, now)
                if position == size:
                    return
            position = self.reader.read_one(data, position, now)

    def end(self, now: int) -> bytes:
        """Report what never completed; return a last byte that is too little to be a frame."""
        left = self.reader.end(now)
        message = self.tracker.open
        if message is not None:
            self.tracker.close(now, Completeness.CUT_OFF, self._cut_off(message, now))
        return left

    def scan(self, data: bytes, position: int, now: int) -> int:
        """Report whole plain messages from `position`, a place between messages, on; return where that ends.

        What it reads goes past the gate; not after a close frame.
        """
        report = self._sink.message
        direction, tally, most, opaque = int(self.direction), self._tally, self._plain_bytes, self._opaque
        first_seq = seq = tally.seq
        to_number = tally.number - seq
        end = len(data)
        mask_bytes = 4 if self._masked else 0
        mask_bit = 0x80 if self._masked else 0
        shortest = 2 + mask_bytes
        while position + shortest <= end:
            first = data[position]
            # With the wrong mask bit `size` becomes more than 127.
            size = data[position + 1] ^ mask_bit
            head = position + shortest
            if size > 125:
                head += 2 if size == 126 else 8
                if size > 127 or head > end:
                    break
                size = int.from_bytes(data[position + 2 : head - mask_bytes])
                if size < (126 if head - position == shortest + 2 else 65536):
                    break
            stop = head + size
            if stop > end or size > most or (first != 0x81 and first != 0x82):
                break
            if not mask_bytes:
                payload = data[head:stop]
            elif size < _VIEW_BYTES:
                payload = apply_mask(data[head:stop], data[head - 4 : head])
            else:
                payload = apply_mask(memoryview(data)[head:stop], data[head - 4 : head])
            if first == 0x81 and not payload.isascii() and not opaque:
                try:
                    payload.decode()
                except UnicodeDecodeError:
                    break
            seq += 1
            report(direction, now, seq, seq + to_number, data[position:head], payload)
            position = stop
        count = seq - first_seq
        tally.seq = seq
        tally.number += count
        tally.frames[direction] += count
        tally.messages[direction] += count
        return position

    def whole(self, header: bytes, raw: bytes, now: int, completeness: Completeness) -> None:
        """Take a frame of up to `CHUNK_BYTES` from the reader."""
        payload = unmask(header, raw)
        found = header_violations(header, masked=self._masked, deflate=self._deflate, opaque=self._opaque)
        opcode = header[0] & 0x0F
        if (
            not found
            and header[0] in (0x81, 0x82)
            and completeness is Completeness.COMPLETE
            and self._is_plain(opcode, payload)
            and (self.gate is None or self.gate.passes(self._tally.number + 1, opcode, header, raw, payload, now))
        ):
            number, seq = self._tally.next_message(self.direction), self._tally.next_frame(self.direction)
            self._sink.message(self.direction, now, seq, number, header, payload)
            return
        seq = self._tally.next_frame(self.direction)
        message = self._admit(header, seq, now, found)
        verdict: Verdict | None = Verdict.FORWARDED
        if self.gate is not None:
            if message is None:
                verdict = self.gate.outside(header, raw, payload, seq, now, completeness)
            else:
                self.gate.header(header, len(raw), now)
                self.gate.raw(raw, now)
        last = header[0] >= 0x80 and completeness is Completeness.COMPLETE
        if message is not None:
            self.tracker.feed(message, payload, final=last, found=found)
            message.add(found)
        code, reason = self._note_close(payload, found) if opcode == Opcode.CLOSE else (None, None)
        frame = self._seen(header, seq, now, announced_size(header), message, found)
        frame.payload = payload[: self._max_payload]
        frame.truncated = len(payload) - len(frame.payload)
        frame.close_code, frame.close_reason, frame.completeness = code, reason, completeness
        if verdict is None:
            frame.completeness = Completeness.WAITING
        else:
            frame.verdict = verdict
        self._sink.frame(frame)
        if message is not None:
            if not message.compressed:
                message.truncated += frame.truncated
            if last:
                self._finish(message, now)

    def begin(self, header: bytes, size: int, now: int) -> None:
        """Take the header of a frame over `CHUNK_BYTES` from the reader."""
        found = self._found = header_violations(header, masked=self._masked, deflate=self._deflate, opaque=self._opaque)
        seq = self._tally.next_frame(self.direction)
        message = self._message = self._admit(header, seq, now, found)
        verdict = Verdict.FORWARDED
        if self.gate is not None:
            if message is None:
                verdict = self.gate.outside_begins(header, now)
            else:
                self.gate.header(header, size, now)
        if header[0] & 0x0F == Opcode.CLOSE:
            self._close(None, None)
        self._streaming = frame = self._seen(header, seq, now, size, message, found)
        frame.completeness, frame.verdict = Completeness.ARRIVING, verdict
        self._received = self._reported = self._stored_bytes = 0
        self._sink.frame_started(frame)

    def part(self, raw: bytes, now: int) -> None:
        """Take a piece of its payload."""
        frame, message = self._streaming, self._message
        assert frame is not None
        room = self._max_payload - self._received
        if message is not None or room > 0:
            payload = unmask(frame.header, raw, self._received)
            if message is not None:
                self._feed(message, payload, raw, frame, now)
            if room > 0:
                self._store(frame, payload[:room])
        if message is None and self.gate is not None:
            self.gate.outside_goes_on(raw)
        self._received += len(raw)

    def finish(self, now: int, completeness: Completeness) -> None:
        """Take the end of it."""
        frame, message = self._streaming, self._message
        assert frame is not None
        self._streaming = self._message = None
        self._report(frame)
        truncated = max(0, self._received - self._max_payload)
        if message is not None:
            message.add(self._found)
            if not message.compressed:
                message.truncated += truncated
        self._sink.frame_ended(
            self.direction, frame.seq, now, self._received, truncated, tuple(self._found), completeness
        )
        if message is not None and frame.header[0] >= 0x80 and completeness is Completeness.COMPLETE:
            self._finish(message, now)

    def _is_plain(self, opcode: int, payload: bytes) -> bool:
        """Tell whether a frame that starts and ends a message is reported by `FrameSink.message`."""
        if self.tracker.open is not None or self.closed or len(payload) > self._plain_bytes:
            return False
        if opcode == Opcode.TEXT and not payload.isascii() and not self._opaque:
            try:
                payload.decode()
            except UnicodeDecodeError:
                return False
        return True

    def _admit(self, header: bytes, seq: int, now: int, found: list[Violation]) -> OpenMessage | None:
        opcode = header[0] & 0x0F
        if opcode > Opcode.BINARY:
            return None
        if self.closed:
            found.append(Violation.DATA_AFTER_CLOSE)
        interrupted = self.tracker.open if opcode else None
        verdict = Verdict.FORWARDED if interrupted is None else self._cut_off(interrupted, now)
        message = self.tracker.admit(header, seq, now, found, verdict)
        if opcode and message is not None and self.gate is not None:
            self.gate.opened(message, now)
        return message

    def _feed(self, message: OpenMessage, payload: bytes, raw: bytes, frame: FrameSeen, now: int) -> None:
        if self.gate is not None:
            self.gate.raw(raw, now)
        last = frame.header[0] >= 0x80 and self._received + len(raw) == frame.size
        self.tracker.feed(message, payload, final=last, found=self._found)

    def _finish(self, message: OpenMessage, now: int) -> None:
        verdict = Verdict.FORWARDED if self.gate is None else self.gate.decided(message, now, Completeness.COMPLETE)
        if verdict is None:
            self.tracker.close(now, Completeness.WAITING, Verdict.FORWARDED)
        else:
            self.tracker.close(now, Completeness.COMPLETE, verdict)

    def _cut_off(self, message: OpenMessage, now: int) -> Verdict:
        """Have the gate say what becomes of a message that was cut off; one that waits is not sent so far."""
        if self.gate is None:
            return Verdict.FORWARDED
        verdict = self.gate.decided(message, now, Completeness.CUT_OFF)
        return Verdict.NOT_SENT if verdict is None else verdict

    def _note_close(self, payload: bytes, found: list[Violation]) -> tuple[int | None, str | None]:
        code, reason, broken = read_close(payload)
        found += broken
        self._close(code, reason)
        return code, reason

    def _close(self, code: int | None, reason: str | None) -> None:
        if not self.closed:
            self.closed = True
            if self.gate is None:
                self._tally.note_close(CloseSeen(self.direction, code, reason, Source.PEER))

    def _seen(
        self, header: bytes, seq: int, now: int, size: int, message: OpenMessage | None, found: list[Violation]
    ) -> FrameSeen:
        number = None if message is None else message.number
        return FrameSeen(
            self.direction, seq, now, header, b"", size, number, tuple(found), None, None, 0,
            Completeness.COMPLETE, Source.PEER, Verdict.FORWARDED, self._leg, Stage.RECEIVED, None, None,
        )  # fmt: skip

    def _store(self, frame: FrameSeen, payload: bytes) -> None:
        self._stored.append(payload)
        self._stored_bytes += len(payload)
        if self._stored_bytes >= _STORED_BYTES:
            self._report(frame)

    def _report(self, frame: FrameSeen) -> None:
        """Report what is stored, in chunks of at most `CHUNK_BYTES`."""
        data = b"".join(self._stored)
        self._stored, self._stored_bytes = [], 0
        for start in range(0, len(data), CHUNK_BYTES):
            chunk = data[start : start + CHUNK_BYTES]
            self._sink.chunk(self.direction, frame.seq, self._reported, chunk)
            self._reported += len(chunk)
