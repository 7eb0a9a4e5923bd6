"""Timestamps are read, and written anew with the same distance, unit and precision."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.replay.binding.clocks import NEAR_NS, clock_of, clocks_in, form_of
from wsinspect.replay.leaves import Scalar

T = 1_700_000_000_123_456_789
LATER = T + 5_000_000_000


@pytest.mark.parametrize(
    ("value", "unit", "later"),
    [
        (1_700_000_000, "s", 1_700_000_005),
        (1_699_999_990, "s", 1_699_999_995),
        (1_700_000_000_123, "ms", 1_700_000_005_123),
        (1_700_000_000_100, "ms", 1_700_000_005_100),
        (1_700_000_000_123_456, "µs", 1_700_000_005_123_456),
        (1_700_000_000_123_456_789, "ns", 1_700_000_005_123_456_789),
        (1_700_000_000.12, "s", 1_700_000_005.12),
        (1_700_000_000_123.5, "ms", 1_700_000_005_123.5),
    ],
)
def test_a_number_is_the_time(value: Scalar, unit: str, later: Scalar) -> None:
    clock = clock_of(value, T)
    assert clock is not None
    assert str(clock) == unit
    assert clock.at(T) == value
    assert clock.at(LATER) == later
    assert type(clock.at(LATER)) is type(value)


@pytest.mark.parametrize(
    "value", [True, None, "1700000000", 0, -1_700_000_000, 1_600_000_000, 17e20, float("inf"), float("nan")]
)
def test_other_values_are_not(value: Scalar) -> None:
    assert clock_of(value, T) is None


def test_the_time_of_another_day_is_no_timestamp_of_the_message() -> None:
    assert clock_of((T + 2 * NEAR_NS) // 10**9, T) is None
    assert not list(clocks_in("2023-11-10T22:13:20Z", T))


@pytest.mark.parametrize(
    ("text", "later"),
    [
        ("1700000000", "1700000005"),
        ("1700000000.050", "1700000005.050"),
        ("at 1700000000123: ok", "at 1700000005123: ok"),
        ("2023-11-14T22:13:20Z", "2023-11-14T22:13:25Z"),
        ("2023-11-14T22:13:20.120Z", "2023-11-14T22:13:25.120Z"),
        ("2023-11-14 22:13:20,5", "2023-11-14 22:13:25,5"),
        ("2023-11-14T23:13:20+01:00", "2023-11-14T23:13:25+01:00"),
        ("2023-11-14T16:43:20-0530", "2023-11-14T16:43:25-0530"),
        ("2023-11-14T20:13:20-02", "2023-11-14T20:13:25-02"),
    ],
)
def test_a_text_holds_the_time(text: str, later: str) -> None:
    [(span, clock)] = clocks_in(text, T)
    assert str(clock) in ("s", "ms", "ISO 8601")
    assert text[: span.start] + str(clock.at(LATER)) + text[span.end :] == later


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello world",
        "2023-13-14T22:13:20Z",
        "2023-11-14T22:13:20+99:00",
        "abc1700000000",
        "1200000000",
        "12345678901",
        "1" * 20_000,
    ],
)
def test_other_texts_do_not(text: str) -> None:
    assert list(clocks_in(text, T)) == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1_700_000_000, 1_800_000_000, True),
        (1_700_000_000, 1_800_000_000_000, False),
        (1_700_000_000.5, 1_800_000_000.25, True),
        ("2023-11-14T22:13:20Z", "2026-11-14T22:13:20Z", True),
        ("2023-11-14T22:13:20+01:00", "2026-11-14T22:13:20+02:00", True),
        ("2023-11-14T22:13:20", "2026-11-14T22:13:20Z", False),
        ("2023-11-14T22:13:20Z", "2026-11-14T22:13:20.1Z", False),
        ("1700000000", "1800000000", True),
    ],
)
def test_timestamps_have_a_form(one: Scalar, other: Scalar, same: bool) -> None:
    assert form_of(one) is not None
    assert (form_of(one) == form_of(other)) is same


@pytest.mark.parametrize("value", [None, True, 5, "17", "today", b"1700000000", 10**20])
def test_other_values_have_none(value: Scalar) -> None:
    assert form_of(value) is None


@given(st.one_of(st.integers(), st.floats(), st.text(max_size=60), st.datetimes().map(str)), st.integers(0, 1 << 62))
def test_whatever_is_read_as_the_time_is_written_as_it_was(value: float | str, time: int) -> None:
    if isinstance(value, str):
        for span, found in clocks_in(value, time):
            assert found.at(time) == value[span.start : span.end]
    elif clock := clock_of(value, time):
        assert clock.at(time) == pytest.approx(value)
