"""What passes over time keeps its sums, however it is put into steps and columns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.model import Direction
from wsinspect.store.rates import MOST_STEPS, Rates

T0 = 1_700_000_000_000_000_000
C2S, S2C = Direction


def rates_of(times: list[int]) -> Rates:
    rates = Rates()
    for moment in times:
        rates.add(moment // rates.step_ns, C2S, 1, 10)
        rates.fit_steps()
    return rates


@given(st.lists(st.integers(0, 1 << 62), min_size=1, max_size=40), st.integers(1, 300))
def test_nothing_is_lost_and_the_steps_stay_few(times: list[int], columns: int) -> None:
    rates = rates_of(times)
    assert len(rates.steps) <= MOST_STEPS
    first, last = rates.span
    assert first <= min(times)
    assert max(times) < last
    assert (last - first) // rates.step_ns <= MOST_STEPS
    assert sum(flow.messages for flow, _ in rates.steps.values()) == len(times)
    assert sum(flow.bytes for flow, _ in rates.steps.values()) == 10 * len(times)
    made = rates.columns(columns)
    assert len(made) == columns
    if columns <= (last - first) // rates.step_ns:
        seconds = (last - first) / 1e9
        total = sum(rate.messages for rate, _ in made)
        assert total * seconds / columns == pytest.approx(len(times), rel=1)


def test_a_column_is_what_passed_in_a_second() -> None:
    rates = Rates()
    rates.fit(0, 10_000_000_000)
    step = rates.step_ns
    for number in range(100):
        rates.add(number, Direction(number % 2), 3, 30)
    left, right = rates.columns(2)
    per_second = 25 * 3 / (50 * step / 1e9)
    assert left == right
    assert (left[0].messages, left[0].bytes) == pytest.approx((per_second, 10 * per_second))


def test_more_columns_than_steps_repeat_them() -> None:
    rates = rates_of([T0, T0 + (1 << 20)])
    made = rates.columns(4)
    assert made[0] == made[1]
    assert made[2] == made[3]


def test_steps_can_be_made_for_what_is_to_come() -> None:
    rates = Rates()
    rates.fit(T0, T0 + 3600 * 10**9)
    before = rates.step_ns
    rates.add((T0 + 3600 * 10**9) // before, S2C, 1, 1)
    rates.add(T0 // before, S2C, 1, 1)
    rates.fit_steps()
    assert rates.step_ns == before


def test_nothing_has_no_columns() -> None:
    assert Rates().columns(80) == []
    assert Rates().span == (0, 0)
    Rates().fit_steps()
