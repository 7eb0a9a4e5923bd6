"""Where to go is one line of text."""

from __future__ import annotations

import pytest
from textual import events
from textual.widgets import Input

from tests.tui.hosting import asked, words_on
from wsinspect.tui.dialogs.go_to import GoToDialog


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (["1", "7", "enter"], "17"),
        (["space", "1", "space", "ctrl+s"], "1"),
        (["enter"], None),
        (["1", "escape"], None),
    ],
)
async def test_what_is_written_comes_back(keys: list[str], answer: str | None) -> None:
    async with asked(lambda: GoToDialog("Go to message", "a number, [n]")) as (_dialog, host, pilot):
        assert "a number, [n]" in words_on(host)
        await pilot.press(*keys)
        await pilot.pause()
        assert host.answers == [answer]


async def test_the_mouse_goes() -> None:
    async with asked(lambda: GoToDialog("Go to")) as (_dialog, host, pilot):
        await pilot.press("5")
        await pilot.click("Button")
        await pilot.pause()
        assert host.answers == ["5"]


async def test_no_more_is_pasted_than_a_line_takes() -> None:
    async with asked(lambda: GoToDialog("Go to")) as (dialog, host, pilot):
        await pilot.press("5")
        host.focused.post_message(events.Paste("7" * 1_000_000))  # type: ignore[union-attr]  # the line
        await pilot.pause()
        assert len(dialog.query_one(Input).value) == 10_000
        assert "the rest was left out" in next(iter(host._notifications)).message
