"""Gates say when a step may go."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from tests.replay.recordings import T0, recorded
from wsinspect.model import Direction
from wsinspect.replay.playing.paces import Gate, Needs, Pace, gate_of
from wsinspect.replay.playing.steps import Step, steps_of
from wsinspect.replay.recording import Event, Recording

SECOND = 1_000_000_000
NOW = 50 * SECOND
TALK = (
    '< {"type":"hello"}',
    '> {"op":"a"}',
    '< {"type":"one"}',
    '< {"type":"two"}',
    '> {"op":"b"}',
    '< {"type":"end"}',
)


def nothing(_: Event) -> tuple[int, ...]:
    return ()


def opened(
    recording: Recording, pace: Pace, *, speed: float = 1, needs: Needs = nothing
) -> tuple[Gate, tuple[Step, ...]]:
    gate, _ = gate_of(recording, Direction.C2S, pace, speed, needs)
    return gate, steps_of(recording, Direction.C2S).steps


def hears(gate: Gate, text: str, upcoming: int = sys.maxsize) -> int | None:
    event = gate.heard(1, text.encode(), upcoming).event
    return None if event is None else event.index


def missing(gate: Gate, step: Step | None) -> list[int]:
    return [event.index for event in gate.missing(step)]


def test_in_sequence_as_many_must_have_come_whatever_they_are() -> None:
    gate, (first, second) = opened(recorded(*TALK), Pace.SEQUENCE)
    assert gate.due(first, NOW) is None
    assert hears(gate, "anything") == 0
    assert gate.due(first, NOW) == NOW
    assert missing(gate, second) == [2, 3]
    assert hears(gate, "anything") == 2
    assert gate.due(second, NOW) is None
    gate.forgive(second)
    assert gate.due(second, NOW) == NOW
    assert missing(gate, None) == [5]
    assert hears(gate, "anything") == 5
    assert hears(gate, "more") is None
    assert gate.over_at() == 0


def test_causally_each_waits_for_those_before_it_in_any_order() -> None:
    gate, (first, second) = opened(recorded(*TALK), Pace.CAUSAL)
    assert gate.due(first, NOW) is None
    assert missing(gate, first) == [0]
    assert hears(gate, '{"type":"two"}') == 3
    assert gate.due(first, NOW) is None
    assert hears(gate, '{"type":"hello","again":true}') == 0
    assert gate.due(first, NOW) == NOW
    assert gate.due(second, NOW) is None
    assert missing(gate, second) == [2], "two has come ahead of its time"
    assert hears(gate, '{"type":"other"}') is None
    assert missing(gate, None) == [2, 5]
    gate.forgive(second)
    assert gate.due(second, NOW) == NOW
    assert gate.over_at() == 0


def test_a_message_whose_values_are_needed_is_waited_for_even_in_a_stream() -> None:
    ticks = [f'< {{"type":"tick","n":{number}}}' for number in range(5)]
    recording = recorded(*ticks, '> {"op":"take","n":4}')
    gate, (step,) = opened(recording, Pace.CAUSAL, needs=lambda _: (-1, 4))
    assert gate.due(step, NOW) is None
    assert missing(gate, step) == [0, 4]
    assert hears(gate, '{"type":"tick","n":17}') == 4, "the next is the one whose value is taken"
    assert gate.due(step, NOW) is None
    assert hears(gate, '{"type":"tick","n":18}') == 0
    assert gate.due(step, NOW) == NOW
    came_before, _ = opened(recording, Pace.CAUSAL, needs=lambda _: (0,))
    hears(came_before, '{"type":"tick","n":1}')
    assert came_before.due(step, NOW) == NOW


@pytest.mark.parametrize(("speed", "after"), [(1.0, 1.0), (2.0, 0.5)])
def test_by_the_clock_nothing_goes_too_early_and_nothing_drifts(speed: float, after: float) -> None:
    recording = recorded(*("> a" for _ in range(3)), step=SECOND)
    gate, steps = opened(recording, Pace.TIMED, speed=speed)
    assert gate.over_at() == 0, "it has not begun"
    due = [gate.due(step, NOW) for step in steps]
    assert due == [NOW + round(count * after * SECOND) for count in (1, 2, 3)]
    late = NOW + round(2.5 * after * SECOND)
    assert gate.due(steps[1], late) == late
    assert gate.due(steps[2], late) == NOW + round(3 * after * SECOND), "the next is not late because this one was"
    assert gate.over_at() == NOW + round(3 * after * SECOND)


def test_by_the_clock_only_values_are_waited_for() -> None:
    gate, (first, second) = opened(recorded(*TALK), Pace.TIMED, needs=lambda event: (2,) if event.index == 4 else ())
    later = NOW + 100 * SECOND
    assert gate.due(first, NOW) is not None
    assert gate.due(first, later) == later
    assert gate.due(second, later) is None
    assert missing(gate, second) == [2]
    hears(gate, '{"type":"one"}')
    assert gate.due(second, later) == later
    assert missing(gate, None) == [0, 3, 5]


def test_a_part_of_a_session_begins_with_its_first_message() -> None:
    whole = recorded("> a", "> b", start=T0, step=SECOND)

    part = replace(whole, events=(replace(whole.events[1], index=0),))
    gate, (step,) = opened(part, Pace.TIMED)
    assert gate.due(step, NOW) == NOW
    nothing_at_all, _ = opened(replace(whole, events=()), Pace.TIMED)
    assert nothing_at_all.over_at() == 0


def test_it_is_known_whether_streams_lag_behind() -> None:
    ticks = [f'< {{"type":"tick","n":{number}}}' for number in range(3)]
    recording = recorded(*ticks[:2], "> a", ticks[2], ">> close 1000")
    for pace in (Pace.SEQUENCE, Pace.TIMED):
        gate, (step, _) = opened(recording, pace)
        assert not gate.lags(step)
    gate, (first, last) = opened(recording, Pace.CAUSAL)
    lagging = []
    for _ in range(4):
        lagging.append((gate.lags(first), gate.lags(last), gate.lags(None)))
        hears(gate, '{"type":"tick","n":9}')
    assert gate.not_listened_to() == []
    assert lagging == [(True, True, True), (True, True, True), (False, True, True), (False, False, False)]


def test_what_was_still_to_come_of_a_stream_that_has_begun_is_told() -> None:
    ticks = [f'< {{"type":"tick","n":{number}}}' for number in range(4)]
    recording = recorded(*ticks, "> a", *(f'< {{"type":"tock","n":{number}}}' for number in range(4)))
    sequence, _ = opened(recording, Pace.SEQUENCE)
    assert sequence.not_listened_to() == []
    gate, _ = opened(recording, Pace.CAUSAL, needs=lambda _: (1,))
    assert gate.not_listened_to() == [], "none has begun"
    for _ in range(2):
        hears(gate, '{"type":"tick","n":9}')
    assert [event.index for event in gate.not_listened_to()] == [2, 3]
