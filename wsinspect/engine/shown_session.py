"""The record of a session whose messages mitmproxy's tools are to see too.

Only stock mitmproxy needs it; the sessions of our own engine are plain `SessionRecorder`s.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import override

from mitmproxy.websocket import WebSocketMessage

from wsinspect.engine.flow_feed import MAX_LISTED_BYTES, CloseFrame, FlowFeed
from wsinspect.engine.recorder import Recorder
from wsinspect.engine.session_recorder import SessionRecorder
from wsinspect.model import Completeness, Direction, Session, Source, Stage, Verdict
from wsinspect.wire.opcodes import Opcode
from wsinspect.wire.sink import FrameSeen, MessageSeen
from wsinspect.wire.violations import Violation


@dataclass(slots=True)
class _Gathering:
    """A message that is not whole yet, or not decided."""

    seen: MessageSeen
    parts: list[bytes] = field(default_factory=list)
    size: int = 0
    sent: bytes | None = None

    def add(self, data: bytes) -> None:
        """Keep what may be shown of the next piece."""
        if self.size < MAX_LISTED_BYTES:
            self.parts.append(data[: MAX_LISTED_BYTES - self.size])
        self.size += len(data)


class ShownSession(SessionRecorder):
    """Records a session, and gives its messages, as they were sent, to a feed."""

    def __init__(self, recorder: Recorder, session: Session) -> None:
        super().__init__(recorder, session)
        self.feed: FlowFeed | None = None
        """Set at the upgrade, before the first byte."""
        self.close_frame: CloseFrame | None = None
        """The first one."""
        self._gathering: dict[int, _Gathering] = {}
        self._waiting_messages: dict[int, _Gathering] = {}
        self._arriving: dict[int, _Gathering] = {}
        """Whose frame is streamed, by direction."""

    @override
    def message(self, direction: int, now: int, seq: int, number: int, header: bytes, payload: bytes) -> None:
        super().message(direction, now, seq, number, header, payload)
        if self.feed is not None:
            shown = payload[:MAX_LISTED_BYTES]
            message = WebSocketMessage(header[0] & 0x0F, direction == Direction.C2S, shown, now / 1e9)
            self.feed.passed(number, message)

    @override
    def frame(self, frame: FrameSeen) -> None:
        super().frame(frame)
        if self.close_frame is None and frame.header and frame.header[0] & 0x0F == Opcode.CLOSE:
            self.close_frame = CloseFrame(frame.direction, frame.close_code, frame.close_reason)
        if message := self._message_of(frame):
            message.add(frame.payload)

    @override
    def frame_started(self, frame: FrameSeen) -> None:
        super().frame_started(frame)
        if message := self._message_of(frame):
            self._arriving[frame.direction] = message

    @override
    def chunk(self, direction: int, seq: int, offset: int, data: bytes) -> None:
        super().chunk(direction, seq, offset, data)
        if message := self._arriving.get(direction):
            message.add(data)

    @override
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
        super().frame_ended(direction, seq, now, received, truncated, violations, completeness)
        self._arriving.pop(direction, None)

    @override
    def message_started(self, message: MessageSeen) -> None:
        super().message_started(message)
        self._gathering[message.number] = _Gathering(message)

    @override
    def message_chunk(self, number: int, offset: int, data: bytes) -> None:
        super().message_chunk(number, offset, data)
        self._gathering[number].add(data)

    @override
    def message_sent(self, number: int, payload: bytes) -> None:
        super().message_sent(number, payload)
        if message := self._gathering.get(number) or self._waiting_messages.get(number):
            message.sent = payload[:MAX_LISTED_BYTES]

    @override
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
        super().message_ended(number, now, size, wire_size, payload, truncated, violations, completeness, verdict)
        message = self._gathering.pop(number)
        if payload is not None:
            message.parts = [payload[:MAX_LISTED_BYTES]]
        if completeness is Completeness.WAITING:
            self._waiting_messages[number] = message
        elif completeness is Completeness.COMPLETE:
            self._show(number, message, now, verdict)

    @override
    def message_decided(
        self, number: int, now: int, verdict: Verdict, held_ns: int | None, delayed_ns: int | None
    ) -> None:
        super().message_decided(number, now, verdict, held_ns, delayed_ns)
        self._show(number, self._waiting_messages.pop(number), now, verdict)

    def undecided(self, number: int) -> MessageSeen:
        """Return what is known of a message that waits for its verdict."""
        return self._waiting_messages[number].seen

    def _message_of(self, frame: FrameSeen) -> _Gathering | None:
        """Return the message that a frame is of, where its payload is a part of the message's."""
        message = self._gathering.get(frame.number) if frame.number is not None else None
        received = frame.stage is Stage.RECEIVED and frame.of is None
        return message if message is not None and received and not message.seen.compressed else None

    def _show(self, number: int, message: _Gathering, now: int, verdict: Verdict) -> None:
        if self.feed is None:
            return
        content = b"".join(message.parts) if message.sent is None else message.sent
        shown = WebSocketMessage(
            message.seen.opcode,
            message.seen.direction is Direction.C2S,
            content,
            now / 1e9,
            dropped=verdict in (Verdict.DROPPED, Verdict.NOT_SENT),
            injected=message.seen.source is not Source.PEER,
        )
        self.feed.passed(number, shown)


class ShownRecorder(Recorder):
    """A record whose sessions can be shown."""

    session_type = ShownSession
