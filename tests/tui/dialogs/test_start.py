"""The command that is about to be started."""

from __future__ import annotations

from textual.widgets import Input

from tests.tui.hosting import asked, words_on
from wsinspect.tui.dialogs.start import StartDialog

ARGUMENTS = ["replay", "my capture.wsi", "--session", "3"]


async def test_it_is_started_as_proposed() -> None:
    async with asked(lambda: StartDialog("Replay", ARGUMENTS)) as (_, host, pilot):
        assert "'my capture.wsi' --session 3" in words_on(host)
        await pilot.press("enter")
        await pilot.pause()
        assert host.answers == [ARGUMENTS]


async def test_it_is_changed() -> None:
    async with asked(lambda: StartDialog("Replay", ARGUMENTS)) as (dialog, host, pilot):
        dialog.query_one(Input).value = "x.wsi 'a b"
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert "put what has spaces into quotes" in words_on(host)
        dialog.query_one(Input).value = "x.wsi 'a b'"
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert host.answers == [["replay", "x.wsi", "a b"]]
