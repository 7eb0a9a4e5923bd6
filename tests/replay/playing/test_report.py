"""A report says whether all went as it had."""

from __future__ import annotations

import pytest

from tests.replay.recordings import recorded
from wsinspect.replay.playing.report import Closing, Outcome, Report, Wait

(EVENT,) = recorded("> a").events


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        (Report(outcome=Outcome.PLAYED), True),
        (Report(outcome=Outcome.LOST), False),
        (Report(outcome=Outcome.PLAYED, waits=[Wait(EVENT, (EVENT,), 1)]), False),
        (Report(outcome=Outcome.PLAYED, closed=Closing(1000), recorded_close=Closing(1000, "x")), True),
        (Report(outcome=Outcome.PLAYED, closed=Closing(1000), recorded_close=Closing(1001)), False),
        (Report(outcome=Outcome.PLAYED, closed=Closing(1000)), True),
        (Report(outcome=Outcome.PLAYED, recorded_close=Closing(1000)), True),
    ],
)
def test_all_has_to_be_as_it_was(report: Report, expected: bool) -> None:
    assert report.as_recorded is expected


@pytest.mark.parametrize("outcome", list(Outcome))
def test_what_was_not_played_to_the_end_ended_early(outcome: Outcome) -> None:
    assert Report(outcome=outcome).ended_early is (outcome not in (Outcome.RUNNING, Outcome.PLAYED))


def test_kinds_that_are_made_up_are_counted_together_in_the_end() -> None:
    report = Report()
    for number in (*range(150), 1):
        report.count_extra(f"k{number}")
    assert (len(report.extra), report.extra["others"], report.extra["k1"]) == (101, 50, 2)
