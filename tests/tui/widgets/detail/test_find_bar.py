"""The search line is out of sight until it is asked for, and tells what was found."""

from __future__ import annotations

import pytest

from tests.tui.hosting import shown, words_on
from wsinspect.present.document_search import MOST_MATCHES
from wsinspect.tui.widgets.detail.find_bar import FindBar


@pytest.mark.parametrize(
    ("current", "count", "complete", "searched", "said"),
    [
        (None, 0, False, "", "searching…"),
        (None, 0, True, "", "nothing found"),
        (None, 0, True, "the first 1.0M", "nothing found in the first 1.0M"),
        (0, 3, True, "", "1 of 3"),
        (1, 1200, False, "", "2 of 1,200…"),
        (None, MOST_MATCHES, True, "", "100,000+"),
    ],
)
async def test_what_was_found_is_told(
    current: int | None, count: int, complete: bool, searched: str, said: str
) -> None:
    async with shown(FindBar) as (bar, host, pilot):
        bar.open()
        await pilot.press("x")
        bar.tell(current, count, complete=complete, searched=searched)
        await pilot.pause()
        assert said in words_on(host)


async def test_it_comes_and_goes(tmp_path: object) -> None:
    async with shown(FindBar) as (bar, host, pilot):
        assert not bar.is_open
        bar.open()
        await pilot.press(*"abc")
        assert "search abc" in words_on(host)
        bar.close()
        await pilot.pause()
        assert not bar.is_open
        assert "search" not in words_on(host)
        bar.open()
        await pilot.pause()
        bar.tell(None, 5, complete=True)
        await pilot.pause()
        assert "5" not in words_on(host)
