"""The line at the top tells what matters first."""

from __future__ import annotations

import pytest

from wsinspect.present.status import StatusFacts, rate_text, sparkline, status_cells


def words(facts: StatusFacts) -> list[str]:
    return ["".join(text for text, _ in part) for part in status_cells(facts)]


def test_a_live_capture() -> None:
    facts = StatusFacts(
        "capturing", ["127.0.0.1:8080"], "chat.wsi", 14_200_000, rules=4, held=1, breakpoints=2, up=312, down=1240.0,
        rates=[0, 1, 2],
    )  # fmt: skip
    assert words(facts) == [
        " wsinspect ● capturing", "⏸ held 1", "breakpoints 2", "127.0.0.1:8080", "chat.wsi 14.2MB", "↑ 312/s ↓ 1.2k/s",
        "▁▅█", "rules 4",
    ]  # fmt: skip


def test_what_is_wrong_comes_before_the_rest() -> None:
    facts = StatusFacts("engine lost", [], "a\x1b[31m.wsi", 0, alerts=1, expect_failures=2, lost=8044)
    assert words(facts)[:4] == [
        " wsinspect ! engine lost", "! 8,044 not on record", "! 2 expectations failed", "! alerts 1",
    ]  # fmt: skip
    assert words(facts)[4] == "a\\x1b[31m.wsi 0B"


@pytest.mark.parametrize(
    ("rate", "text"),
    [(0, "0"), (0.04, "0"), (3.21, "3.2"), (312.4, "312"), (1240, "1.2k"), (9999.6, "10.0k"), (2e6, "2.0M")],
)
def test_rates(rate: float, text: str) -> None:
    assert rate_text(rate) == text


def test_sparklines() -> None:
    assert sparkline([]) == ""
    assert sparkline([0, 0]) == "▁▁"
    assert sparkline([0, 0.001, 8]) == "▁▂█"
