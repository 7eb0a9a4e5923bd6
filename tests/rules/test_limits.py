"""How often a rule may act."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.running import SECOND
from wsinspect.rules.limits import Limits
from wsinspect.rules.schema import Limit
from wsinspect.rules.state import Quota, Use


def acts(limit: dict[str, object], times: list[float], quota: Quota | None = None) -> list[float]:
    """Return at which of these seconds of a session's life a rule acts, that would always."""
    limits = Limits(Limit.model_validate(limit), quota or Quota())
    use = Use()
    found = []
    for time in times:
        now = round(time * SECOND)
        if limits.allow(use, now, now):
            limits.take(use, now)
            found.append(time)
    return found


EVERY_SECOND: list[float] = list(range(10))


@pytest.mark.parametrize(
    ("limit", "times", "acting"),
    [
        ({}, EVERY_SECOND, EVERY_SECOND),
        ({"injected": 1}, EVERY_SECOND, EVERY_SECOND),
        ({"times": 3}, EVERY_SECOND, [0, 1, 2]),
        ({"times_per_session": 2}, EVERY_SECOND, [0, 1]),
        ({"cooldown": "3s"}, EVERY_SECOND, [0, 3, 6, 9]),
        ({"until": "4s"}, EVERY_SECOND, [0, 1, 2, 3, 4]),
        ({"rate": "1/s"}, [0, 0.1, 0.9, 1, 1.5, 2.1], [0, 1, 2.1]),
        ({"rate": "2/s"}, [0, 0, 0, 0.4, 0.5, 5, 5, 5], [0, 0, 0.5, 5, 5]),
        ({"rate": "1/m"}, [0, 59, 60, 61, 120], [0, 60, 120]),
        ({"rate": "1/s", "times": 2}, EVERY_SECOND, [0, 1]),
        # A clock that goes back gives nothing away, and takes nothing.
        ({"rate": "1/s"}, [5, 4, 3, 6], [5, 6]),
    ],
)
def test_acts(limit: dict[str, object], times: list[float], acting: list[float]) -> None:
    assert acts(limit, times) == acting


def test_what_is_for_all_sessions_is_shared() -> None:
    quota = Quota()
    assert acts({"times": 3}, [0, 1], quota) == [0, 1]
    assert acts({"times": 3}, [2, 3], quota) == [2]
    quota = Quota()
    assert acts({"rate": "2/s", "times_per_session": 2}, [0, 0], quota) == [0, 0]
    assert acts({"rate": "2/s"}, [0, 0.5], quota) == [0.5]


@given(st.lists(st.integers(0, 5_000), max_size=60), st.integers(1, 5))
def test_a_rate_holds_in_the_long_run(milliseconds: list[int], often: int) -> None:
    times = [each / 1000 for each in sorted(milliseconds)]
    acting = acts({"rate": f"{often}/s"}, times)
    assert len(acting) <= often + often * 5
