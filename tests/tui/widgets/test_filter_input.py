"""A line for a filter says what is wrong and what a filter means, and remembers what was entered."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.hosting import shown, words_on
from wsinspect.query import Target
from wsinspect.tui.widgets.filter_input import FilterInput


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


async def test_a_problem_at_the_end_is_told_calmly_until_enter() -> None:
    async with shown(lambda: FilterInput((Target.MESSAGE,), "messages")) as (line, host, pilot):
        line.focus()
        await pilot.press(*"dir == c")
        assert "\u2026 column 8: dir is never c" in words_on(host)
        await pilot.press("enter")
        assert "\u2717 column 8: dir is never c" in words_on(host)
        assert host.told(FilterInput.Entered) == []
        assert host.told(FilterInput.Typed)[-1].problem is not None


async def test_a_problem_before_the_end_is_told_at_once() -> None:
    async with shown(lambda: FilterInput((Target.MESSAGE,), "messages", text="sise > 3")) as (_line, host, _pilot):
        assert "\u2717 column 1: there is no field sise \u2014 did you mean size?" in words_on(host)


async def test_an_empty_line_is_right_and_shows_examples() -> None:
    async with shown(lambda: FilterInput((Target.SESSION,), "sessions")) as (line, host, pilot):
        line.focus()
        assert "state == refused" in words_on(host)
        await pilot.press("enter")
        assert [event.text for event in host.told(FilterInput.Entered)] == [""]
        await pilot.press("escape")
        assert len(host.told(FilterInput.Left)) == 1


async def test_a_bare_word_is_explained() -> None:
    async with shown(lambda: FilterInput((Target.MESSAGE,), "messages", example="nothing yet")) as (line, host, pilot):
        assert "nothing yet" in words_on(host)
        line.set_text("[bold]x[/]")
        await pilot.pause()
        assert 'the payload contains "[bold]x[/]"' in words_on(host)
        line.set_text('"[bold]"')
        await pilot.pause()
        assert 'the payload contains "[bold]"' in words_on(host)


async def test_what_was_entered_comes_back_with_the_arrow_key() -> None:
    async with shown(lambda: FilterInput((Target.MESSAGE,), "messages")) as (line, _host, pilot):
        line.focus()
        for text in ("size > 1", "size > 2"):
            line.set_text(text)
            await pilot.press("enter")
    async with shown(lambda: FilterInput((Target.MESSAGE,), "messages")) as (line, _host, pilot):
        line.focus()
        await pilot.press("x", "up", "up")
        assert line.text == "size > 1"
        await pilot.press("down", "down")
        assert line.text == "x"
