"""A question is answered with a key, a click or enter, and enter does no harm."""

from __future__ import annotations

import pytest
from textual.widgets import Button

from tests.tui.hosting import asked, words_on
from wsinspect.tui.dialogs.confirm import ConfirmDialog


@pytest.mark.parametrize(
    ("keys", "danger", "answer"),
    [
        (["enter"], False, True),
        (["enter"], True, False),
        (["y"], True, True),
        (["n"], False, False),
        (["escape"], False, None),
        (["right", "enter"], False, False),
        (["left", "left", "enter"], True, False),
        (["left", "enter"], True, True),
        (["tab", "enter"], False, False),
    ],
)
async def test_keys_answer(keys: list[str], danger: bool, answer: bool | None) -> None:
    async with asked(lambda: ConfirmDialog("Really?", "Go", "Stay", danger=danger)) as (_dialog, host, pilot):
        await pilot.press(*keys)
        await pilot.pause()
        assert host.answers == [answer]


async def test_clicks_answer() -> None:
    async with asked(lambda: ConfirmDialog("Really?")) as (dialog, host, pilot):
        await pilot.click(dialog.query(Button).last())
        await pilot.pause()
        assert host.answers == [False]


async def test_a_long_question_is_shown_in_whole_and_harmless() -> None:
    question = "[red]name\x1b " + "word " * 40 + "end?"
    async with asked(lambda: ConfirmDialog(question), (60, 18)) as (_dialog, host, _pilot):
        assert "[red]name\\x1b" in words_on(host)
        assert "end?" in words_on(host)
        assert "Yes y" in words_on(host)


async def test_the_answer_with_the_focus_is_filled_and_underlined() -> None:
    async with asked(lambda: ConfirmDialog("Really?")) as (dialog, _host, pilot):
        yes, no = dialog.query(Button)
        for key, focused, other in (("left", no, yes), ("left", yes, no)):
            await pilot.press(key)
            await pilot.pause()
            assert focused.has_focus
            assert focused.styles.text_style.underline
            assert not focused.styles.text_style.reverse, "the key would have other colours than the word"
            assert focused.styles.background != other.styles.background
