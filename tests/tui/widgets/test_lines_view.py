"""Lines are shown as they are, scrolled where they are more than fit, in the colours of the theme."""

from __future__ import annotations

from tests.tui.hosting import shown, words_on
from wsinspect.tui.widgets.lines_view import LinesView


async def test_lines_are_scrolled() -> None:
    async with shown(lambda: LinesView("Numbers"), (20, 8)) as (view, host, pilot):
        view.show([[(f"line {number} ", ""), ("[red]", "red")] for number in range(30)])
        await pilot.pause()
        assert "Numbers" in words_on(host)
        assert "line 0 [red]" in words_on(host)
        view.focus()
        await pilot.press("end")
        await pilot.pause()
        assert "line 29 [red]" in words_on(host)
        await pilot.press("home", "down", "pagedown")
        await pilot.pause()
        assert "line 0 " not in words_on(host)
        view.show([[("other", "")]], to_top=True)
        await pilot.pause()
        assert "other" in words_on(host)


async def test_long_lines_can_be_followed_to_the_right() -> None:
    async with shown(lambda: LinesView("Long"), (20, 8)) as (view, host, pilot):
        view.show([[("abcdefghij" * 10, "")]])
        view.focus()
        await pilot.pause()
        before = words_on(host)
        await pilot.press("greater_than_sign")
        await pilot.pause()
        assert words_on(host) != before
        await pilot.press("less_than_sign")
        await pilot.pause()
        assert words_on(host) == before


async def test_a_change_of_size_and_theme_is_followed() -> None:
    async with shown(lambda: LinesView("x"), (20, 8)) as (view, host, pilot):
        view.show([[("text", "bold red")]])
        host.theme = "textual-light"
        await pilot.pause()
        before = len(host.told(LinesView.Resized))
        await pilot.resize_terminal(60, 18)
        await pilot.pause()
        assert len(host.told(LinesView.Resized)) > before
        assert "text" in words_on(host)
