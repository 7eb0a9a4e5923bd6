"""Numbers at the edges, spelled in every way."""

from __future__ import annotations

import math

import pytest

from wsinspect.replay.fuzz.numbers import is_number, numbers
from wsinspect.replay.fuzz.values import Spelled, Typed
from wsinspect.replay.leaves import Scalar


def test_the_edges_are_there() -> None:
    values = [value.content.value for value in numbers(7) if isinstance(value.content, Typed)]
    for edge in (0, -1, 2**31, -(2**31) - 1, 2**53 + 1, 2**63, 2**64 - 1, 1e308, 6, 8, -7, 7000):
        assert edge in values
    assert any(isinstance(value, float) and math.isnan(value) for value in values)
    assert any(value == 0.0 and math.copysign(1, value) < 0 for value in values if isinstance(value, float))


def test_numbers_are_spelled_as_json_may_not_have_them() -> None:
    sources = [value.content.source for value in numbers(7) if isinstance(value.content, Spelled)]
    assert {"-0", "1e999", "01", "0x10"} <= set(sources)
    assert "9" * 100_000 in sources


def test_a_string_of_digits_stays_a_string() -> None:
    contents = [value.content for value in numbers("41")]
    assert Typed("42") in contents
    assert Typed("9223372036854775808") in contents
    assert Typed("0x10") in contents
    assert all(isinstance(content, Typed) and isinstance(content.value, str) for content in contents)


def test_a_word_becomes_a_number() -> None:
    assert Typed(2**63) in [value.content for value in numbers("word")]


@pytest.mark.parametrize("original", [None, "word", True, 1.5])
def test_what_is_no_whole_number_has_no_neighbours(original: Scalar) -> None:
    assert not [value for value in numbers(original) if "as it was" in value.label]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, True),
        (1.5, True),
        ("-12.5", True),
        ("1.2.3", False),
        ("", False),
        ("٣", False),
        (True, False),
        (None, False),
    ],
)
def test_numbers_are_known(value: Scalar, expected: bool) -> None:
    assert is_number(value) is expected
