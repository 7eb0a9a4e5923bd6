"""A recorded event as the act that plays it."""

from __future__ import annotations

import pytest

from tests.replay.recordings import recorded
from wsinspect.model import Direction
from wsinspect.replay.mocking.played import act_of
from wsinspect.replay.performing import Act, SendClose, SendFrame, SendMessage
from wsinspect.wire.opcodes import Opcode


@pytest.mark.parametrize(
    ("line", "side", "act"),
    [
        ("< hi", Direction.S2C, SendMessage(Opcode.TEXT, b"hi", event=0)),
        ("<< close 1000 bye", Direction.S2C, SendClose(1000, "bye", 0)),
        ("<< close", Direction.S2C, SendClose(None, "", 0)),
        ("<< ping x", Direction.S2C, SendFrame(b"\x89\x01", b"x", 0)),
        (">> pong x", Direction.C2S, SendFrame(b"\x8a\x81\0\0\0\0", b"x", 0)),
    ],
)
def test_acts(line: str, side: Direction, act: Act) -> None:
    event = recorded(line).events[0]
    assert act_of(event, event.payload, side) == act
