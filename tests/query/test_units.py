"""Numbers with units, exactly."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from wsinspect.query import units
from wsinspect.query.nodes import Number


def number(amount: str, unit: str = "") -> Number:
    return Number(Decimal(amount), unit)


@pytest.mark.parametrize(
    ("unit", "factor"), [("", 1), ("k", 1000), ("Ki", 1024), ("M", 10**6), ("Mi", 2**20), ("G", 10**9), ("Gi", 2**30)]
)
def test_sizes(unit: str, factor: int) -> None:
    assert units.count(number("1.5", unit)) == Fraction(3, 2) * factor


def test_times_are_no_sizes_and_sizes_no_times() -> None:
    assert units.count(number("4", "ms")) is None
    assert units.nanoseconds(number("4", "k"), 1) is None


@pytest.mark.parametrize(
    ("unit", "expected"),
    [("", 2000), ("ns", 2), ("us", 2000), ("ms", 2 * 10**6), ("s", 2 * 10**9), ("m", 120 * 10**9), ("h", 7200 * 10**9)],
)
def test_times(unit: str, expected: int) -> None:
    assert units.nanoseconds(number("2", unit), 1000) == expected


def test_plain_numbers_are_those_of_json() -> None:
    assert units.plain(number("4", "k")) == 4000
    assert isinstance(units.plain(number("4.0")), int)
    assert units.plain(number("0.1")) == 0.1
    assert units.plain(number("200", "ms")) == 0.2


def test_instants() -> None:
    assert units.instant("1970-01-01") == 0
    assert units.instant("1970-01-01T01:00:00.000001+01:00") == 1
    assert units.instant("2023-11-14T22:13:20Z") == 1_700_000_000_000_000
    assert units.instant("yesterday") is None
