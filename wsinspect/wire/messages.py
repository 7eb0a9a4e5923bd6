"""Messages: fragmentation, numbering, UTF-8, inflating (RFC 6455 5.4, 5.6 and 8.1; RFC 7692 6.2).

Theory of operation. A `MessageTracker` belongs to one direction; at most one message of it is open. A data frame goes
through `admit` (which opens, continues or refuses), `feed` for each piece of its payload, and, when it is the last of
its message, `close`. A new data frame inside a fragmented message ends the old one as cut off and opens its own:
receivers fail the connection there, but what came is on record all the same.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable

from wsinspect.model import Completeness, Direction, Source, Verdict
from wsinspect.wire.deflate import Inflater
from wsinspect.wire.frames import CHUNK_BYTES
from wsinspect.wire.opcodes import Opcode
from wsinspect.wire.sink import FrameSink, MessageSeen, Tally
from wsinspect.wire.violations import Violation

_MOST_PIECES = 1024
_Utf8 = codecs.getincrementaldecoder("utf-8")


class OpenMessage:
    """A message that has begun and not ended."""

    __slots__ = (
        "compressed", "direction", "kept", "number", "opcode", "readable", "recorded", "seq", "size", "streamed",
        "truncated", "utf8", "violations", "wire_size",
    )  # fmt: skip

    def __init__(
        self, number: int, seq: int, direction: Direction, opcode: int, *, compressed: bool, readable: bool
    ) -> None:
        self.number = number
        self.seq = seq
        """Of its first frame."""
        self.direction = direction
        self.opcode = opcode
        self.compressed = compressed
        """Whether it is being inflated."""
        self.readable = readable
        """Whether its payload is plain, or can be made so."""
        self.utf8 = _Utf8() if readable and opcode == Opcode.TEXT else None
        """Checks the text; None where there is nothing to check, or no more."""
        self.size = 0
        """Readable bytes so far."""
        self.wire_size = 0
        self.truncated = 0
        self.recorded = 0
        """Inflated bytes on record or in `kept`."""
        self.kept: list[bytes] = []
        self.streamed = 0
        """Inflated bytes reported in chunks."""
        self.violations: list[Violation] = []

    def add(self, violations: list[Violation]) -> None:
        """Note what its frames broke, each only once."""
        self.violations += [violation for violation in violations if violation not in self.violations]


class MessageTracker:
    """Follows the messages of one direction and reports them.

    Args:
        sink: Where to report.
        direction: Which one.
        tally: Counts messages.
        inflater: Reads compressed messages; None where permessage-deflate is not agreed.
        opaque: Whether an unknown extension is agreed, so that no payload can be judged.
        max_payload: Most bytes of an inflated payload to record.
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
        self._sink = sink
        self._direction = direction
        self._tally = tally
        self._inflater = inflater
        self._opaque = opaque
        self._max_payload = max_payload
        self.open: OpenMessage | None = None
        self.tap: Callable[[bytes], None] | None = None
        """Also gets the readable payload, piece by piece."""

    def admit(
        self,
        header: bytes,
        seq: int,
        now: int,
        found: list[Violation],
        interrupted: Verdict = Verdict.FORWARDED,
    ) -> OpenMessage | None:
        """Take the header of a data frame.

        Args:
            header: Of a frame with opcode 0, 1 or 2.
            seq: Of the frame.
            now: When it came.
            found: What the frame breaks; is added to.
            interrupted: What became of the open message, where this frame begins another.

        Returns:
            Its message, None for a continuation of nothing.
        """
        opcode = header[0] & 0x0F
        if opcode == Opcode.CONTINUATION:
            if self.open is None:
                found.append(Violation.NOTHING_TO_CONTINUE)
                return None
        else:
            if self.open is not None:
                found.append(Violation.MESSAGE_INTERRUPTED)
                self.open.add([Violation.MESSAGE_INTERRUPTED])
                self.close(now, Completeness.CUT_OFF, interrupted)
            self._start(header[0] >> 4 & 7, opcode, seq, now, found)
        message = self.open
        assert message is not None
        message.wire_size += len(header)
        return message

    def feed(self, message: OpenMessage, payload: bytes, *, final: bool, found: list[Violation]) -> None:
        """Take a piece of the open message's payload.

        Args:
            message: The open message.
            payload: Unmasked.
            final: Whether the message ends with this piece.
            found: What the frame breaks; is added to.
        """
        message.wire_size += len(payload)
        if not message.compressed:
            self._read(message, payload, final=final, found=found)
            return
        inflater = self._inflater
        assert inflater is not None
        failed = inflater.failure is not None
        for piece in inflater.inflate(payload, final=final):
            self._read(message, piece, final=False, found=found)
            self._record(message, piece)
        if inflater.failure is None:
            if final:
                self._read(message, b"", final=True, found=found)
        elif not failed:
            found.append(inflater.failure)

    def close(self, now: int, completeness: Completeness, verdict: Verdict = Verdict.FORWARDED) -> None:
        """End the open message and report it."""
        message, self.open = self.open, None
        assert message is not None
        payload = None
        if message.compressed:
            assert self._inflater is not None
            self._inflater.commit()
            if message.streamed:
                self._flush(message)
            else:
                payload = b"".join(message.kept)
        self._sink.message_ended(
            message.number,
            now,
            message.size,
            message.wire_size,
            payload,
            message.truncated,
            tuple(message.violations),
            completeness,
            verdict,
        )

    def _start(self, rsv: int, opcode: int, seq: int, now: int, found: list[Violation]) -> None:
        compressed, readable = False, not self._opaque and not rsv
        if self._opaque:
            if rsv:
                found.append(Violation.OPAQUE)
        elif rsv & 4 and self._inflater is not None:
            if self._inflater.opaque:
                found.append(Violation.NOT_INFLATED)
            else:
                compressed = readable = True
        number = self._tally.next_message(self._direction)
        self.open = OpenMessage(number, seq, self._direction, opcode, compressed=compressed, readable=readable)
        self._sink.message_started(MessageSeen(number, seq, self._direction, now, opcode, compressed, Source.PEER))

    def _read(self, message: OpenMessage, data: bytes, *, final: bool, found: list[Violation]) -> None:
        message.size += len(data)
        if message.utf8 is not None:
            try:
                message.utf8.decode(data, final)
            except UnicodeDecodeError:
                message.utf8 = None
                found.append(Violation.INVALID_UTF8)
        if self.tap is not None:
            self.tap(data)

    def _record(self, message: OpenMessage, piece: bytes) -> None:
        room = self._max_payload - message.recorded
        message.truncated += max(0, len(piece) - room)
        if room <= 0:
            return
        piece = piece[:room]
        message.recorded += len(piece)
        message.kept.append(piece)
        if len(message.kept) > _MOST_PIECES:
            message.kept = [b"".join(message.kept)]
        if message.recorded - message.streamed > CHUNK_BYTES:
            self._flush(message)

    def _flush(self, message: OpenMessage) -> None:
        data = b"".join(message.kept)
        message.kept = []
        for start in range(0, len(data), CHUNK_BYTES):
            chunk = data[start : start + CHUNK_BYTES]
            self._sink.message_chunk(message.number, message.streamed, chunk)
            message.streamed += len(chunk)
