"""Frames that the proxy makes itself: encoded for one direction, and reported as sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from wsinspect.model import Completeness, Direction, Leg, Source, Stage, Verdict
from wsinspect.wire.frames import CHUNK_BYTES, announced_size, encode_header, read_close
from wsinspect.wire.masking import unmask
from wsinspect.wire.opcodes import Opcode
from wsinspect.wire.sink import CloseSeen, FrameSeen, FrameSink, MessageSeen, Tally


@dataclass(frozen=True, slots=True)
class Injection:
    """A frame to send between those of the peer."""

    opcode: int
    payload: bytes
    fin: bool = True
    rsv: int = 0
    source: Source = Source.USER
    masked: bool | None = None
    """None for as RFC 6455 wants it in this direction."""
    length_bytes: int | None = None
    """See `frames.encode_header`."""
    announced: int | None = None
    """The length to write in the header, where that is not to be the payload's."""

    def check(self) -> None:
        """Raise `ValueError` where something does not fit its field."""
        encode_header(self.opcode, self.size, fin=self.fin, rsv=self.rsv, length_bytes=self.length_bytes)

    @property
    def size(self) -> int:
        """The length that its header announces."""
        return len(self.payload) if self.announced is None else self.announced


class FrameSender:
    """Makes frames of one direction.

    Args:
        sink: Where to report.
        direction: Which one.
        tally: Counts what is injected.
        mask_key: Returns four random bytes.
        max_payload: Most payload bytes of a frame to record.
    """

    def __init__(
        self, sink: FrameSink, direction: Direction, tally: Tally, *, mask_key: Callable[[], bytes], max_payload: int
    ) -> None:
        self._sink = sink
        self._direction = direction
        self._tally = tally
        self._mask_key = mask_key
        self._max_payload = max_payload
        self._leg = Leg.SERVER if direction is Direction.C2S else Leg.CLIENT

    def replace(
        self,
        opcode: int,
        payload: bytes,
        now: int,
        *,
        fin: bool,
        rsv: int,
        number: int | None,
        of: int,
        source: Source,
        verdict: Verdict,
    ) -> bytes:
        """Make and report a frame that goes instead of those of message `number`, the first of which is frame `of`.

        `number` is None for one that goes instead of a control frame.
        """
        frame = Injection(opcode, payload, fin, rsv, source)
        header = self._header(frame)
        self._report(frame, header, now, self._tally.next_seq(), number, of, verdict)
        return header + unmask(header, payload)

    def inject(self, frame: Injection, now: int, verdict: Verdict) -> bytes:
        """Make and report a frame that nobody sent.

        Its message, if it starts one, ends with it on the record, whatever its FIN bit says.

        Args:
            frame: What to send.
            now: When it is sent, or given up.
            verdict: `FORWARDED`, or `NOT_SENT` where it is only reported.
        """
        header = self._header(frame)
        seq = self._tally.next_frame(self._direction)
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY):
            self._report(frame, header, now, seq, None, None, verdict)
            if frame.opcode == Opcode.CLOSE and verdict is not Verdict.NOT_SENT:
                self.note_close(frame.payload, frame.source)
            return header + unmask(header, frame.payload)
        number = self._tally.next_message(self._direction)
        self._sink.message_started(MessageSeen(number, seq, self._direction, now, frame.opcode, False, frame.source))
        self._report(frame, header, now, seq, number, None, verdict)
        size, kept = len(frame.payload), frame.payload[: self._max_payload]
        whole = len(kept) <= CHUNK_BYTES
        if not whole:
            for start in range(0, len(kept), CHUNK_BYTES):
                self._sink.message_chunk(number, start, kept[start : start + CHUNK_BYTES])
        self._sink.message_ended(
            number,
            now,
            size,
            len(header) + size,
            kept if whole else None,
            size - len(kept),
            (),
            Completeness.COMPLETE,
            verdict,
        )
        return header + unmask(header, frame.payload)

    @property
    def closed(self) -> bool:
        """Whether a close frame was written in this direction, whoever sent it."""
        return self._tally.closed[self._direction]

    def note_close(self, payload: bytes, source: Source) -> None:
        """Take note that a close frame goes."""
        code, reason, _ = read_close(payload)
        self._tally.note_close(CloseSeen(self._direction, code, reason, source))

    def _header(self, frame: Injection) -> bytes:
        masked = self._direction is Direction.C2S if frame.masked is None else frame.masked
        return encode_header(
            frame.opcode,
            frame.size,
            fin=frame.fin,
            rsv=frame.rsv,
            mask_key=self._mask_key() if masked else None,
            length_bytes=frame.length_bytes,
        )

    def _report(
        self, frame: Injection, header: bytes, now: int, seq: int, number: int | None, of: int | None, verdict: Verdict
    ) -> None:
        size, kept = len(frame.payload), frame.payload[: self._max_payload]
        code, reason = read_close(frame.payload)[:2] if frame.opcode == Opcode.CLOSE else (None, None)
        large = size > CHUNK_BYTES
        seen = FrameSeen(
            self._direction, seq, now, header, b"" if large else kept, announced_size(header), number, (), code, reason,
            0 if large else size - len(kept), Completeness.ARRIVING if large else Completeness.COMPLETE,
            frame.source, verdict, self._leg, Stage.SENT, of, None if verdict is Verdict.NOT_SENT else now,
        )  # fmt: skip
        if not large:
            self._sink.frame(seen)
            return
        self._sink.frame_started(seen)
        for start in range(0, len(kept), CHUNK_BYTES):
            self._sink.chunk(self._direction, seq, start, kept[start : start + CHUNK_BYTES])
        self._sink.frame_ended(self._direction, seq, now, size, size - len(kept), (), Completeness.COMPLETE)
