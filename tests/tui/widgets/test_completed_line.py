"""A line with proposals: typing goes on whatever is proposed, and nothing is taken that was not asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events

from tests.tui.hosting import shown, words_on
from wsinspect.tui.data.history import History
from wsinspect.tui.widgets.completed_line import CompletedLine
from wsinspect.tui.widgets.proposals import NoProposals, Proposals

FRUIT = ("apple", "apricot", "avocado[b]", "banana\x1b")


class Fruit(NoProposals):
    def proposals(self, text: str, cursor: int) -> Proposals:
        begun = text[:cursor].rpartition(" ")[2]
        words = tuple(fruit for fruit in FRUIT if fruit.startswith(begun) and fruit != begun)
        return Proposals(cursor - len(begun), words, asked=bool(begun) and bool(words))


async def test_proposals_narrow_while_one_types_and_tab_takes_the_first() -> None:
    async with shown(lambda: CompletedLine(Fruit())) as (line, host, pilot):
        line.focus()
        await pilot.press("a")
        assert line.is_open
        assert all(fruit in words_on(host) for fruit in FRUIT[:3])
        await pilot.press("p", "r")
        assert "apple" not in words_on(host)
        await pilot.press("tab")
        assert line.text == "apricot"
        assert not line.is_open
        assert [event.text for event in host.told(CompletedLine.Typed)] == ["a", "ap", "apr", "apricot"]


async def test_enter_means_the_text_unless_somebody_went_into_the_list() -> None:
    async with shown(lambda: CompletedLine(Fruit())) as (line, host, pilot):
        line.focus()
        await pilot.press("a", "enter")
        assert [event.text for event in host.told(CompletedLine.Entered)] == ["a"]
        assert not line.is_open
        await pilot.press("p", "down", "down", "enter")
        assert line.text == "apricot"
        assert len(host.told(CompletedLine.Entered)) == 1


async def test_the_arrow_keys_go_around() -> None:
    async with shown(lambda: CompletedLine(Fruit())) as (line, _host, pilot):
        line.focus()
        await pilot.press("a", "up", "tab")
        assert line.text == "avocado[b]"


async def test_escape_closes_the_list_then_leaves() -> None:
    async with shown(lambda: CompletedLine(Fruit())) as (line, host, pilot):
        line.focus()
        await pilot.press("a", "escape")
        assert not line.is_open
        assert host.told(CompletedLine.Left) == []
        await pilot.press("escape")
        assert len(host.told(CompletedLine.Left)) == 1


async def test_tab_leaves_the_line_where_nothing_is_proposed() -> None:
    async with shown(lambda: CompletedLine(Fruit())) as (line, _host, pilot):
        line.focus()
        await pilot.press("z")
        assert not line.can_take
        line.take()
        assert line.text == "z"


async def test_all_is_proposed_where_it_is_asked_for() -> None:
    async with shown(lambda: CompletedLine(Fruit())) as (line, host, pilot):
        line.focus()
        assert not line.is_open
        await pilot.press("ctrl+@")
        assert line.is_open
        assert "banana\\x1b" in words_on(host), "what is proposed is harmless"


async def test_moving_the_cursor_closes_the_list() -> None:
    async with shown(lambda: CompletedLine(Fruit())) as (line, _host, pilot):
        line.focus()
        await pilot.press("a", "left")
        assert not line.is_open


async def test_a_click_takes_a_proposal() -> None:
    async with shown(lambda: CompletedLine(Fruit())) as (line, host, pilot):
        line.focus()
        await pilot.press("a")
        await pilot.pause()
        await pilot.click("_List", offset=(2, 1))
        assert line.text == "apricot"
        assert host.focused is line.input


async def test_the_list_goes_when_the_focus_goes() -> None:
    async with shown(lambda: CompletedLine(Fruit())) as (line, host, pilot):
        line.focus()
        await pilot.press("a")
        host.screen.set_focus(None)
        await pilot.pause()
        assert not line.is_open


async def test_the_history_is_gone_through_and_left(tmp_path: Path) -> None:
    history = History(tmp_path / "fruit")
    history.add("apple")
    history.add("apricot")
    async with shown(lambda: CompletedLine(Fruit(), history)) as (line, _host, pilot):
        line.focus()
        await pilot.press("up")
        assert line.text == "apricot"
        assert not line.is_open, "what was recalled is no reason for proposals"
        await pilot.press("up", "up")
        assert line.text == "apple"
        await pilot.press("down", "down", "down")
        assert line.text == ""


async def test_what_is_pasted_becomes_one_harmless_line() -> None:
    async with shown(lambda: CompletedLine(Fruit())) as (line, _host, pilot):
        line.focus()
        line.input.post_message(events.Paste("a\nb\x1b[2J\u202e\n"))
        await pilot.pause()
        assert line.text == "a b\\u{1b}[2J\\u{202e}"
        line.set_text("\x00")
        assert line.text == "\\u{0}"


@pytest.mark.parametrize("size", [(60, 18), (20, 4), (300, 100)])
async def test_the_list_stays_on_the_screen(size: tuple[int, int]) -> None:
    async with shown(lambda: CompletedLine(Fruit()), size) as (line, host, pilot):
        line.focus()
        line.set_text("x" * (size[0] - 5))
        await pilot.press(" ", "a")
        await pilot.pause()
        assert line.is_open
        assert "apple" in words_on(host)
