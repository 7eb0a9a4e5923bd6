"""A wait that ran out says what was waited for, and what came instead."""

from __future__ import annotations

from tests.replay.recordings import recorded
from wsinspect.replay.playing.waits import wait_of

WANTED, WAITING = recorded('< {"type":"answer","price":3}', "> next").events


def test_the_nearest_of_what_came_is_shown_with_its_differences() -> None:
    came = [(4, 1, b'{"hello":"world"}', None), (5, 1, b'{"type":"answer","amount":3}', None)]
    wait = wait_of(WAITING, [WANTED], 10, came)
    assert (wait.event, wait.missing, wait.waited_ns) == (WAITING, (WANTED,), 10)
    assert [one.number for one in wait.came] == [4, 5]
    assert wait.nearest is not None
    assert (wait.nearest.number, wait.nearest.kind) == (5, "answer")
    assert any("price" in difference for difference in wait.differences)


def test_what_was_found_to_be_another_one_is_not_the_nearest() -> None:
    other, missing, waiting = recorded('< {"type":"push"}', '< {"type":"answer"}', "> next").events
    came = [(1, 1, b'{"type":"push"}', other), (2, 1, b"oh", None)]
    wait = wait_of(waiting, [missing], 10, came)
    assert wait.nearest is not None
    assert wait.nearest.number == 2
    known = wait_of(waiting, [missing], 10, came[:1])
    assert known.nearest is None
    assert [one.event for one in known.came] == [0]


def test_there_may_be_nothing_to_show() -> None:
    assert wait_of(WAITING, [WANTED], 10, []).nearest is None
    assert wait_of(None, [], 10, [(1, 1, b"x", None)]).nearest is None
