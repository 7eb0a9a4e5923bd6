"""Where to go is one line of text."""

from __future__ import annotations

import pytest

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
