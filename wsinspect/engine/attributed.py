"""The record of a session one of whose peers is played: what that one sends is attributed to who plays it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsinspect.model import Direction, Source
from wsinspect.wire.sink import FrameSeen, MessageSeen

if TYPE_CHECKING:
    from wsinspect.engine.session_recorder import SessionRecorder


class AttributedSink:
    """Stands between a relay and the record of its session; a `FrameSink`.

    Args:
        session: The record.
        direction: What is sent in it is played.
        source: By whom.
    """

    def __init__(self, session: SessionRecorder, direction: Direction, source: Source) -> None:
        self._session = session
        self._direction = direction
        self._source = source
        self.chunk = session.chunk
        self.frame_ended = session.frame_ended
        self.message_chunk = session.message_chunk
        self.message_sent = session.message_sent
        self.message_ended = session.message_ended
        self.message_decided = session.message_decided
        self.frame_decided = session.frame_decided

    def message(self, direction: int, now: int, seq: int, number: int, header: bytes, payload: bytes) -> None:
        """Take a whole message of one plain frame."""
        if direction == self._direction:
            self._session.message_of(self._source, direction, now, seq, number, header, payload)
        else:
            self._session.message(direction, now, seq, number, header, payload)

    def frame(self, frame: FrameSeen) -> None:
        """Take any other frame that is not streamed."""
        self._attribute(frame)
        self._session.frame(frame)

    def frame_started(self, frame: FrameSeen) -> None:
        """Take the start of a frame that is streamed."""
        self._attribute(frame)
        self._session.frame_started(frame)

    def message_started(self, message: MessageSeen) -> None:
        """Take the start of a message that is not reported by `message`."""
        self._attribute(message)
        self._session.message_started(message)

    def _attribute(self, seen: FrameSeen | MessageSeen) -> None:
        if seen.direction == self._direction and seen.source is Source.PEER:
            seen.source = self._source
