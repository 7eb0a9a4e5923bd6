"""The list of sessions says how it is sorted, and tells ages anew."""

from __future__ import annotations

from pathlib import Path

from tests.cli.recording import write_capture
from tests.tui.widgets.panes import hosted, sees
from wsinspect.present.session_rows import SESSION_COLUMNS
from wsinspect.store.session_listing import SessionChoice, SessionOrder
from wsinspect.tui.widgets.feed import Stay
from wsinspect.tui.widgets.session_list import SessionList


async def test_every_column_but_the_activity_sorts(tmp_path: Path) -> None:
    async with hosted(write_capture(tmp_path / "x.wsi"), SessionList, (160, 10)) as (shown, pilot, _):
        assert shown.newest_at() is Stay.TOP
        orders = []
        for column in SESSION_COLUMNS:
            shown.choose(SessionChoice(), cursor=None, follow=False)
            shown.sort_by(column.name)
            orders.append(shown.choice.order)
            if column.name not in {"number", "activity"}:
                assert shown.sorted_by()[0] == column.name
        assert set(orders) == set(SessionOrder)
        shown.focus()
        shown.choose(SessionChoice(), cursor=None, follow=False)
        assert shown.newest_at() is Stay.BOTTOM
        for _ in SessionOrder:
            await pilot.press("o")
        assert shown.choice.order is SessionOrder.NUMBER


async def test_words_are_sorted_from_a_and_numbers_from_the_largest(tmp_path: Path) -> None:
    async with hosted(write_capture(tmp_path / "x.wsi"), SessionList, (160, 10)) as (shown, _, _):
        shown.sort_by("host")
        assert not shown.choice.descending
        shown.sort_by("size")
        assert shown.choice.descending
        shown.sort_by("size")
        assert not shown.choice.descending
        await sees(shown, "size▴")


async def test_ages_are_told_anew_while_there_is_an_engine(tmp_path: Path) -> None:
    async with hosted(write_capture(tmp_path / "x.wsi"), SessionList, (160, 10)) as (shown, _, host):
        await sees(shown, "900ms")
        kept = shown._cache.get(1)
        assert kept is not None
        shown._tell_ages()
        assert kept.strip is not None
        host.capture.live = True
        shown._tell_ages()
        assert kept.strip is None
