"""Positions and entries are told apart whatever is open."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wsinspect.tui.widgets.open_folds import OpenFolds, Spot


def test_rows_below_an_open_entry_are_its_own() -> None:
    folds = OpenFolds({1: 2, 4: 1})
    assert folds.more == 3
    spots = [folds.spot(position) for position in range(9)]
    assert spots == [Spot(0), Spot(1), Spot(1, 0), Spot(1, 1), Spot(2), Spot(3), Spot(4), Spot(4, 0), Spot(5)]


def test_nothing_is_open() -> None:
    assert OpenFolds().spot(7) == Spot(7)
    assert OpenFolds().position(Spot(7)) == 7
    assert OpenFolds().more == 0


@given(st.dictionaries(st.integers(0, 30), st.integers(0, 5), max_size=8))
def test_there_and_back(counts: dict[int, int]) -> None:
    folds = OpenFolds(counts)
    entries = 31
    spots = [folds.spot(position) for position in range(entries + folds.more)]
    assert [folds.position(spot) for spot in spots] == list(range(len(spots)))
    assert [spot.place for spot in spots if spot.inside is None] == list(range(entries))
    for place, count in counts.items():
        assert [spot.inside for spot in spots if spot.place == place and spot.inside is not None] == list(range(count))
