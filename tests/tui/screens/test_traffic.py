"""The panes of the traffic follow each other, and the focus goes where a person wants it."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widget import Widget

from tests.cli.recording import write_capture
from tests.peers.waiting import until
from tests.tui.whole import Whole, steered, whole
from wsinspect.tui.selection import ChosenMessage
from wsinspect.tui.widgets.detail.pane import DetailPane
from wsinspect.tui.widgets.messages_pane import MessagesPane
from wsinspect.tui.widgets.sessions_pane import SessionsPane

PANES: dict[str, type[Widget]] = {"SessionsPane": SessionsPane, "MessagesPane": MessagesPane, "DetailPane": DetailPane}


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    return write_capture(tmp_path / "x.wsi")


async def has_focus(shown: Whole, pane: type[Widget]) -> None:
    await until(lambda: shown.app.screen.query_one(pane).has_focus_within or None, f"the focus in {pane.__name__}")


def panes_in_sight(shown: Whole) -> list[str]:
    return [name for name, kind in PANES.items() if shown.app.screen.query_one(kind).region.area > 0]


async def test_enter_goes_into_and_escape_back(capture: Path) -> None:
    async with whole(capture) as shown:
        await shown.sees("Messages of #2")
        await has_focus(shown, SessionsPane)
        await shown.press("j", "enter")
        await has_focus(shown, MessagesPane)
        await shown.sees('"op": "login"')
        await shown.press("enter")
        await has_focus(shown, DetailPane)
        await shown.press("escape")
        await has_focus(shown, MessagesPane)
        await shown.press("escape")
        await has_focus(shown, SessionsPane)
        await shown.press("escape")
        await has_focus(shown, SessionsPane)


async def test_the_detail_is_about_what_the_focus_is_on(capture: Path) -> None:
    async with whole(capture) as shown:
        await shown.sees("Messages of #2")
        await shown.press("j")
        await shown.sees("#1 closed")
        await shown.press("enter")
        await shown.sees("1.1 ▶ text")
        await shown.press("escape")
        await shown.sees("#1 closed")


async def test_the_last_line_says_how_to_go_on_and_back(capture: Path) -> None:
    async with whole(capture, size=(120, 30)) as shown:
        await shown.sees("Messages of #2")
        last = shown.words.splitlines()[-1]
        assert "o Sort" in last
        assert "f4 Statistics" in last
        assert "Back" not in last
        await shown.press("j", "enter")
        await until(lambda: "esc Back" in shown.words.splitlines()[-1] or None, "the way back")
        await shown.press("enter")
        await until(lambda: "→ Next tab" in shown.words.splitlines()[-1] or None, "the way on")
        await shown.press("slash")
        await until(lambda: "/ Search" not in shown.words.splitlines()[-1] or None, "that it is typed into a field")
        await shown.press("escape", "escape", "slash")
        await until(lambda: "/ Filter" not in shown.words.splitlines()[-1] or None, "that it is typed into a field")


async def test_brackets_turn_the_detail_wherever_the_focus_is(capture: Path) -> None:
    async with whole(capture) as shown:
        await shown.sees("Messages of #2")
        await shown.press("j", "enter")
        await shown.sees('"op": "login"')
        await shown.press("right_square_bracket")
        await shown.sees('{"op":"login"')
        await shown.press("left_square_bracket")
        await shown.sees('"op": "login"')
        await has_focus(shown, MessagesPane)


async def test_numbers_go_to_panes_and_z_shows_one_alone(capture: Path) -> None:
    async with whole(capture) as shown:
        for key, kind in zip("321", reversed(PANES.values()), strict=True):
            await shown.press(key)
            await has_focus(shown, kind)
            await shown.press("z")
            await until(lambda kind=kind: panes_in_sight(shown) == [kind.__name__], "one pane")  # type: ignore[misc]
            await shown.press("z")
            await until(lambda: panes_in_sight(shown) == list(PANES), "all panes")
        await shown.press("z", "2")
        await until(lambda: panes_in_sight(shown) == ["MessagesPane"], "the other pane")
        await shown.press("escape")
        await until(lambda: panes_in_sight(shown) == list(PANES), "all panes")


async def test_where_there_is_room_the_detail_is_beside_the_lists(capture: Path) -> None:
    async with whole(capture, size=(200, 50)) as shown:
        await shown.sees("Messages of #2")
        detail, messages = (shown.app.screen.query_one(kind).region for kind in (DetailPane, MessagesPane))
        assert detail.x > messages.x
        await shown.pilot.resize_terminal(90, 24)
        await until(lambda: shown.app.screen.query_one(DetailPane).region.x == 0, "the detail below")


async def test_a_record_from_elsewhere_is_shown(capture: Path) -> None:
    async with whole(capture) as shown:
        await shown.sees("Messages of #2")
        shown.app._traffic.show(ChosenMessage(1, 3))
        await shown.sees("1.3 ▶ text 8")
        await has_focus(shown, MessagesPane)


async def test_what_the_bar_of_held_messages_says_is_gone_to(tmp_path: Path) -> None:
    async with steered(tmp_path) as (shown, _):
        await shown.sees("2 held")
        await shown.pilot.click("HeldBar", offset=(14, 0))
        await shown.sees("1.5 ▶ text 7")
        await shown.press("e")
        await shown.sees("Edit 1.5")


async def test_without_sessions_it_says_what_to_do(tmp_path: Path) -> None:
    async with steered(tmp_path) as (shown, engine):
        engine.waiting.clear()
        await shown.app.engine.refresh_held()
        await shown.sees_no("2 held")
        assert "Release" not in shown.words.splitlines()[-1]
        assert "Break" in shown.words.splitlines()[-1]
