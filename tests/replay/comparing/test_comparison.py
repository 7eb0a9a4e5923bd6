"""What a comparison counts as a difference."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.replay.recordings import recorded
from wsinspect.model import Direction
from wsinspect.replay.comparing.comparison import (
    CompareOptions,
    Comparison,
    Entry,
    Fate,
    FieldChange,
    Rename,
    Shift,
    What,
)

RECORDING = recorded("> a", "< b")
SENT, CAME = RECORDING.events
SAME = Entry(Fate.SAME, "a", SENT, SENT)


def comparison(*entries: Entry, timing: bool = False) -> Comparison:
    return Comparison(RECORDING, RECORDING, CompareOptions(timing=timing), entries)


@pytest.mark.parametrize(
    ("entry", "differs"),
    [
        (SAME, False),
        (replace(SAME, moved=True), True),
        (replace(SAME, shift=Shift(1, 2)), False),
        (replace(SAME, fate=Fate.CHANGED), True),
        (Entry(Fate.MISSING, "b", CAME, None), True),
        (Entry(Fate.EXTRA, "b", None, CAME), True),
        (Entry(Fate.EXTRA, "b", None, CAME, stream=True), False),
        (Entry(Fate.CHANGED, "b", CAME, CAME, stream=True), True),
    ],
)
def test_messages_differ(entry: Entry, differs: bool) -> None:
    found = comparison(entry)
    assert (entry.differs, found.differs, list(found.differences())) == (differs, differs, [entry] if differs else [])


def test_a_message_has_a_direction() -> None:
    assert [SAME.direction, Entry(Fate.EXTRA, "b", None, CAME).direction] == [Direction.C2S, Direction.S2C]


def test_timing_is_a_difference_where_it_is_asked_for() -> None:
    assert comparison(replace(SAME, shift=Shift(1, 2)), timing=True).differs
    assert not comparison(SAME, timing=True).differs


def test_the_handshake_and_other_values_are_differences() -> None:
    assert replace(comparison(), head=(FieldChange("$.close.code", What.CHANGED, 1, 2),)).differs
    assert replace(comparison(), renames=(Rename("a", "b", 3, ()),)).differs


def test_everything_is_counted() -> None:
    counts = comparison(
        SAME,
        replace(SAME, moved=True, shift=Shift(1, 2)),
        replace(SAME, fate=Fate.CHANGED),
        Entry(Fate.MISSING, "b", CAME, None),
        Entry(Fate.EXTRA, "b", None, CAME),
        Entry(Fate.EXTRA, "b", None, CAME, stream=True),
        replace(SAME, stream=True),
    ).counts
    assert (counts.old, counts.new) == (5, 6)
    assert (counts.same, counts.changed, counts.missing, counts.extra) == (3, 1, 1, 1)
    assert (counts.moved, counts.shifted, counts.streamed) == (1, 1, 1)
