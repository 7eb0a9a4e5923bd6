"""A recording and its events."""

from __future__ import annotations

from tests.replay.recordings import recorded
from wsinspect.model import Direction
from wsinspect.wire.opcodes import Opcode


def test_messages_are_told_from_other_frames() -> None:
    recording = recorded("> a", ">> ping", "< b", "<< close 1000")
    assert [event.is_message for event in recording.events] == [True, False, True, False]
    assert [event.payload for event in recording.messages()] == [b"a", b"b"]
    assert [event.payload for event in recording.messages(Direction.S2C)] == [b"b"]
    assert recording.events[1].opcode == Opcode.PING
