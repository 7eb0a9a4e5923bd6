"""One of a few is chosen with arrow keys and the mouse."""

from __future__ import annotations

from tests.tui.hosting import shown, words_on
from wsinspect.tui.widgets.choice import Choice


async def test_arrow_keys_go_around() -> None:
    async with shown(lambda: Choice(["text", "JSON", "hex"], "JSON")) as (choice, host, pilot):
        assert words_on(host).startswith(" text [JSON] hex")
        choice.focus()
        await pilot.press("right")
        assert choice.chosen == "hex"
        await pilot.press("right")
        await pilot.press("left", "left")
        await pilot.pause()
        assert [event.chosen for event in host.told(Choice.Changed)] == ["hex", "text", "hex", "JSON"]
        assert words_on(host).startswith(" text [JSON] hex")


async def test_a_click_chooses() -> None:
    async with shown(lambda: Choice(["text", "JSON", "hex"])) as (choice, host, pilot):
        await pilot.click(choice, offset=(8, 0))
        await pilot.click(choice, offset=(8, 0))
        await pilot.pause()
        assert choice.chosen == "JSON"
        assert [event.chosen for event in host.told(Choice.Changed)] == ["JSON"], "told once"
