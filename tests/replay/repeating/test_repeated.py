"""What came back upon a line is kept up to a limit."""

from __future__ import annotations

import pytest

from tests.replay.recordings import T0
from wsinspect.model import Direction
from wsinspect.replay.recording import Event
from wsinspect.replay.repeating import repeated
from wsinspect.replay.repeating.repeated import Answer, Line
from wsinspect.wire.opcodes import Opcode

RECORDED = Event(0, Direction.S2C, T0, Opcode.TEXT, b"tick", 1)


def test_what_is_not_in_the_recording_is_counted_from_some_number_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeated, "MOST_EXTRA", 2)
    line = Line(Opcode.TEXT, b"go")
    extra = Answer(T0, Opcode.TEXT, b"tock", None)
    assert [line.back.add(extra) for _ in range(4)] == [True, True, False, False]
    assert line.back.more == 2
    assert line.back.add(Answer(T0, Opcode.TEXT, b"tick", RECORDED))
    assert line.back.add(Answer(T0, Opcode.CLOSE, b"", None))
    assert [answer.payload for answer in line.answers] == [b"tock", b"tock", b"tick", b""]


def test_lines_that_say_the_same_are_two() -> None:
    assert Line(Opcode.TEXT, b"go") != Line(Opcode.TEXT, b"go")
