"""The list of messages makes room for long numbers, and for the sessions where there are several."""

from __future__ import annotations

from pathlib import Path

from tests.cli.recording import CHAT, hot_row, write_capture
from tests.peers.waiting import until
from tests.tui.widgets.panes import hosted, lines, sees
from wsinspect.store.message_listing import Choice, Order
from wsinspect.store.writer import CaptureWriter
from wsinspect.tui.widgets.feed import Stay
from wsinspect.tui.widgets.message_list import MessageList


async def test_long_numbers_are_not_cut(tmp_path: Path) -> None:
    path = tmp_path / "x.wsi"
    with CaptureWriter(path) as writer:
        writer.insert_session(CHAT)
        writer.put_message(hot_row(1, 1_234_567, 1, b"far"), 300)
    async with hosted(path, MessageList) as (shown, _, _):
        shown.choose(Choice(1), cursor=None, follow=False)
        await sees(shown, "1234567 ")


async def test_columns_and_orders(tmp_path: Path) -> None:
    async with hosted(write_capture(tmp_path / "x.wsi"), MessageList, (140, 20)) as (shown, _, _):
        shown.choose(Choice(None), cursor=None, follow=False)
        await sees(shown, "ses")
        for column, order, descending in (
            ("size", Order.SIZE, True),
            ("size", Order.SIZE, False),
            ("payload", Order.SIZE, False),
            ("time", Order.ARRIVAL, False),
            ("pair", Order.LATENCY, True),
        ):
            shown.sort_by(column)
            assert (shown.choice.order, shown.choice.descending) == (order, descending)
        assert shown.newest_at() is Stay.TOP
        shown.sort_by("number")
        assert shown.newest_at() is Stay.BOTTOM
        shown.choose(Choice(1), cursor=None, follow=False)
        await until(lambda: "ses" not in lines(shown)[0] or None, "the column to go")
