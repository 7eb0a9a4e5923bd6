"""A plan says what would be sent when."""

from __future__ import annotations

from tests.replay.recordings import recorded
from wsinspect.model import Direction
from wsinspect.replay.playing.paces import Pace
from wsinspect.replay.playing.plan import plan_of
from wsinspect.replay.recording import Event

TALK = recorded("< hello", "< 2", "> 3", "> login", "< welcome", "> buy", "> sell", ">> close 1000")


def nothing(_: Event) -> tuple[int, ...]:
    return ()


def test_in_sequence_it_says_how_many_must_have_come() -> None:
    planned = [(each.event.index, each.after) for each in plan_of(TALK, Direction.C2S, Pace.SEQUENCE, needs=nothing)]
    assert planned == [(2, 2), (3, 2), (5, 3), (6, 3), (7, 3)]


def test_causally_it_says_what_is_waited_for_and_by_whom_first() -> None:
    planned = list(plan_of(TALK, Direction.C2S, Pace.CAUSAL, needs=lambda event: (-1, 4, 0) if event.index > 3 else ()))
    waits = [([one.index for one in each.awaited], each.by_rote, each.at_ns) for each in planned]
    assert waits == [([], True, None), ([0], False, None), ([4], False, None), ([], False, None), ([], False, None)]


def test_by_the_clock_it_says_when() -> None:
    planned = list(
        plan_of(TALK, Direction.C2S, Pace.TIMED, speed=2.0, needs=lambda event: (0,) if event.index == 3 else ())
    )
    times = [(each.at_ns, [one.index for one in each.awaited]) for each in planned if not each.by_rote]
    assert times == [(200_000_000, [0]), (300_000_000, []), (350_000_000, []), (400_000_000, [])]
