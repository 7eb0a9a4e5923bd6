"""Values are counted in buckets that SQL and Python agree on; percentiles are right to one in a hundred."""

from __future__ import annotations

import itertools
import math
import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.store.spread import Spread, bucket_of, bucket_sql

values = st.integers(0, 1 << 62)


@given(values)
def test_sql_and_python_put_a_value_into_the_same_bucket(value: int) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        assert connection.execute(f"SELECT {bucket_sql(':value')}", {"value": value}).fetchone() == (bucket_of(value),)


@given(st.lists(values, min_size=1, max_size=50))
def test_counts_and_ends_are_exact_and_percentiles_nearly(several: list[int]) -> None:
    spread = Spread()
    for value in several:
        spread.add(value)
    assert (spread.count, spread.total, spread.least, spread.most) == (
        len(several), sum(several), min(several), max(several),
    )  # fmt: skip
    assert spread.mean == sum(several) / len(several)
    for percent in (1, 50, 90, 99, 100):
        exact = sorted(several)[max(math.ceil(len(several) * percent / 100), 1) - 1]
        assert exact <= spread.percentile(percent) <= exact * 1.01 + 1


@given(st.lists(values, min_size=1, max_size=50))
def test_bins_hold_all_values_without_a_gap(several: list[int]) -> None:
    spread = Spread()
    for value in several:
        spread.add(value)
    bins = spread.bins()
    assert [each.count for each in bins] == [sum(each.low <= value < each.high for value in several) for each in bins]
    assert all(one.high == other.low for one, other in itertools.pairwise(bins))
    assert bins[0].count
    assert bins[-1].count


def test_bins_go_by_one_two_five() -> None:
    spread = Spread()
    for value in (0, 1, 3, 7, 42, 199):
        spread.add(value)
    assert [(each.low, each.high, each.count) for each in spread.bins()] == [
        (0, 1, 1), (1, 2, 1), (2, 5, 1), (5, 10, 1), (10, 20, 0), (20, 50, 1), (50, 100, 0), (100, 200, 1),
    ]  # fmt: skip


def test_two_can_be_one() -> None:
    one, other, empty = Spread(), Spread(), Spread()
    one.add(5)
    other.add(7)
    other.add(1)
    empty.merge(one)
    empty.merge(other)
    empty.merge(Spread())
    assert (empty.count, empty.total, empty.least, empty.most) == (3, 13, 1, 7)
    assert empty.percentile(50) == 5


@pytest.mark.parametrize("percent", [0, 50, 100])
def test_nothing_has_no_spread(percent: int) -> None:
    assert (Spread().percentile(percent), Spread().mean, Spread().bins()) == (0, 0.0, [])
