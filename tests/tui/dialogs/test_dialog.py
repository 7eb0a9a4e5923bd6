"""A dialog fits the smallest screen, and what it is headed with is harmless."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from textual.widget import Widget
from textual.widgets import Button, Static

from tests.tui.hosting import asked, words_on
from wsinspect.tui.dialogs.dialog import Dialog, button, row
from wsinspect.tui.widgets.completed_line import TextLine


class Long(Dialog[str]):
    def content(self) -> Iterable[Widget]:
        yield row("first", TextLine(compact=True))
        yield Static("\n".join(f"line {number}" for number in range(60)), markup=False)

    def buttons(self) -> Iterable[Button]:
        yield button("Cancel", "cancel", key="esc", tooltip="Go.")


@pytest.mark.parametrize("size", [(60, 18), (80, 24), (300, 100)])
async def test_the_buttons_are_in_sight_however_much_there_is_above(size: tuple[int, int]) -> None:
    async with asked(lambda: Long("[bold]title\x1b"), size) as (_dialog, host, _pilot):
        shown = words_on(host)
        assert "[bold]title\\x1b" in shown
        assert "Cancel esc" in shown
        assert "first" in shown
        assert isinstance(host.focused, TextLine)


async def test_escape_and_the_button_cancel() -> None:
    async with asked(lambda: Long("title")) as (_dialog, host, pilot):
        await pilot.press("escape")
        await pilot.pause()
        assert host.answers == [None]
    async with asked(lambda: Long("title")) as (_dialog, host, pilot):
        await pilot.click(Button)
        await pilot.pause()
        assert host.answers == [None]


async def test_a_problem_is_shown_and_taken_away() -> None:
    async with asked(lambda: Long("title"), (60, 18)) as (dialog, host, pilot):
        dialog.complain("no [such] file\x1b")
        await pilot.pause()
        assert "\u2717 no [such] file\\x1b" in words_on(host)
        dialog.complain("")
        await pilot.pause()
        assert "\u2717" not in words_on(host)
