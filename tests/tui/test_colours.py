"""Styles are colours of the theme, and a line is as wide as it is asked to be."""

from __future__ import annotations

from itertools import pairwise

import pytest
from textual.app import App
from textual.theme import Theme

from wsinspect.tui.colours import Colours
from wsinspect.tui.themes import DARK, LIGHT

NAMES = ("cyan", "magenta", "green", "yellow", "bold red", "dim", "bold blue", "italic magenta", "on panel")


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", DARK.name, LIGHT.name, "ansi-dark", "ansi-light"])
async def test_every_name_has_a_colour_in_every_theme(theme: str) -> None:
    app: App[object] = App()
    app.register_theme(DARK)
    app.register_theme(LIGHT)
    async with app.run_test() as pilot:
        app.theme = theme
        await pilot.pause()
        colours = Colours(app)
        styles = [colours.style(name) for name in NAMES]
        assert all(style.color or style.bgcolor for style in styles)
        assert colours.style("cyan") is styles[0]
        assert colours.style("bold red").bold
        assert colours.style("italic magenta").italic


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
async def test_our_themes_tell_the_two_sides_and_trouble_apart(theme: Theme) -> None:
    app: App[object] = App()
    app.register_theme(theme)
    async with app.run_test() as pilot:
        app.theme = theme.name
        await pilot.pause()
        colours = Colours(app)
        seen = {colours.style(name).color for name in ("cyan", "magenta", "green", "yellow", "red", "dim")}
        assert len(seen) == 6


async def test_lines_are_cut_and_filled() -> None:
    app: App[object] = App()
    async with app.run_test():
        colours = Colours(app)
        long = colours.strip([("你好", "cyan"), ("", "red"), ("x" * 50, "")], 10, "on panel")
        short = colours.strip([("a", "bold")], 10, "on panel")
        assert (long.cell_length, short.cell_length) == (10, 10)
        assert short.text == "a" + " " * 9
        assert all(a.style is not None and a.style.bgcolor == b.style.bgcolor for a, b in pairwise(short) if b.style)
