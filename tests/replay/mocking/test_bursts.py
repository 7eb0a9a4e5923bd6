"""Messages that were sent one behind the other are a burst, unless long after the one before."""

from __future__ import annotations

import pytest

from tests.replay.recordings import recorded
from wsinspect.model import Direction
from wsinspect.replay.mocking.bursts import Begun, Burst, bursts_of, groups_of
from wsinspect.replay.mocking.tickers import Said

MS = 1_000_000


def groups(*lines: str) -> list[list[int]]:
    """Return the groups in the order in which they came."""
    events = recorded(*lines).events
    said = [Said(event, 0, paired=False, kind=None) for event in events if event.direction is Direction.S2C]
    others = [event for event in events if event.direction is Direction.C2S]
    return [[event.index for event in reversed(group)] for group in reversed(groups_of(others, said))]


@pytest.mark.parametrize(
    ("lines", "grouped"),
    [
        ((), []),
        (("> a", "< b", "> c", "< d"), [[0], [2]]),
        (("> a", "> b", "> c", "< d", "> e", "> f"), [[0, 1, 2], [4, 5]]),
        (("> a", "<< ping", "> b"), [[0, 2]]),
        (("> a", "+500ms > b", "+501ms > c", "< d"), [[0, 1], [2]]),
        (("> a", "+2000ms > b", "+2000ms < c"), [[0, 1]]),
        (("> a", "+2001ms > b", "+2000ms < c"), [[0], [1]]),
    ],
)
def test_groups(lines: tuple[str, ...], grouped: list[list[int]]) -> None:
    assert groups(*lines) == grouped


def test_a_burst_has_several_messages_and_something_behind_it_that_may_belong_to_any() -> None:
    events = recorded("> a", "+300ms > b", "+100ms > c", "< d", "> e", "< f", "> g", "> h").events
    found = bursts_of([[events[7], events[6]], [events[4]], list(reversed(events[:3]))], {2: events[3].time, 4: 0})
    assert found == dict.fromkeys((0, 1, 2), Burst(2, gap_ns=300 * MS, answer_ns=100 * MS))


@pytest.mark.parametrize(
    ("gap_ms", "answer_ms", "speed", "patience_ms"),
    [(0, 1, 1, 200), (300, 1, 1, 600), (1, 900, 1, 900), (1, 900, 3, 300), (1, 900, 100, 200), (1, 60_000, 1, 5000)],
)
def test_patience_is_as_long_as_it_took_within_bounds(
    gap_ms: int, answer_ms: int, speed: float, patience_ms: int
) -> None:
    assert Burst(2, gap_ms * MS, answer_ms * MS).patience_ns(speed) == patience_ms * MS


def test_what_came_behind_a_burst_is_said_once() -> None:
    burst = Burst(2, 0, 0)
    begun = Begun(dict.fromkeys((0, 1, 2), burst))
    assert not begun.break_silence(burst), "it has not begun"
    assert begun.heard(9) is None
    assert begun.heard(0) is burst
    assert begun.heard(1) is None, "it is waited for already"
    assert begun.break_silence(burst)
    assert not begun.say(2)
    begun.begin_again()
    assert begun.say(2)
    assert begun.heard(2) is None
    assert begun.heard(0) is None, "all of it was said"
    assert not begun.break_silence(burst)
