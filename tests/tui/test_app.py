"""The program as a whole: its screens, its keys, its themes, and how it is left."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.cli.recording import write_capture
from tests.peers.waiting import until
from tests.tui.whole import steered, whole
from wsinspect.tui import app as app_module
from wsinspect.tui.app import Leaving, available_themes
from wsinspect.tui.settings import Settings
from wsinspect.tui.themes import DARK, LIGHT


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    return write_capture(tmp_path / "x.wsi")


async def test_it_goes_from_screen_to_screen(capture: Path) -> None:
    async with whole(capture) as shown:
        await shown.sees("chat.test/room")
        await shown.press("f4")
        await shown.sees("Statistics of")
        await shown.press("f3")
        await shown.sees("No rules")
        await shown.press("f3")
        await shown.press("f2")
        await shown.sees("chat.test/room")
        assert len(shown.app.screen_stack) == 1


async def test_what_is_chosen_in_the_statistics_is_shown_in_the_traffic(capture: Path) -> None:
    async with whole(capture) as shown:
        await shown.sees("Messages of #2")
        await shown.press("f4", "6")
        await shown.sees("#1")
        await shown.press("enter")
        await shown.sees("Messages of #1")


async def test_the_help_tells_the_keys_and_the_palette_does_what_they_do(capture: Path) -> None:
    async with whole(capture) as shown:
        await shown.press("?")
        await shown.sees("Show only what matches a filter")
        await shown.press("escape")
        await shown.press("ctrl+p", *"statistics")
        await shown.sees("Go to the statistics")
        await shown.press("enter")
        await shown.sees("Statistics of")


async def test_light_and_dark_and_the_theme_of_the_settings(capture: Path) -> None:
    async with whole(capture) as shown:
        assert shown.app.theme == DARK.name
        await shown.press("ctrl+t")
        assert shown.app.theme == LIGHT.name
        await shown.press("ctrl+t")
        assert shown.app.theme == DARK.name
    async with whole(capture, settings=Settings("nord", {"app.statistics": "f9"})) as shown:
        assert shown.app.theme == "nord"
        await shown.press("f9")
        await shown.sees("Statistics of")
    assert {"nord", DARK.name, LIGHT.name} <= set(available_themes())


async def test_without_an_engine_it_is_left_at_once(capture: Path) -> None:
    async with whole(capture) as shown:
        await shown.press("q")
        assert shown.app.return_value is Leaving.QUIT


async def test_where_messages_are_held_it_asks_and_lets_them_go(tmp_path: Path) -> None:
    async with steered(tmp_path) as (shown, engine):
        await shown.press("q")
        await shown.sees("2 messages are held")
        await shown.press("n")
        await shown.sees_no("messages are held. Leave")
        assert shown.app.return_value is None
        await shown.press("q")
        await shown.sees("2 messages are held")
        await shown.press("y")
        await until(lambda: shown.app.return_value or None, "the end")
        assert ("release_all", None, None) in engine.calls
        assert shown.app.return_value is Leaving.QUIT


async def test_the_engine_of_another_keeps_what_others_hold(tmp_path: Path) -> None:
    async with steered(tmp_path, owned=False) as (shown, engine):
        await shown.press("ctrl+d")
        assert shown.app.return_value is None, "there is nothing to be detached from"
        await shown.press("q")
        await shown.sees("2 messages are held")
        await shown.press("y")
        await until(lambda: shown.app.return_value or None, "the end")
        assert engine.calls == []


async def test_one_can_leave_and_let_the_engine_go_on(tmp_path: Path) -> None:
    async with steered(tmp_path) as (shown, engine):
        engine.waiting.clear()
        await shown.app.engine.refresh_held()
        await shown.press("ctrl+d")
        await until(lambda: shown.app.return_value or None, "the end")
        assert shown.app.return_value is Leaving.DETACH
        assert engine.calls == []


async def test_an_engine_that_does_not_answer_keeps_nobody_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_module, "_LET_GO_S", 0.01)
    async with steered(tmp_path) as (shown, engine):
        engine.waiting.clear()
        await shown.app.engine.refresh_held()

        async def never(*, everything: bool) -> None:
            assert everything
            await asyncio.Event().wait()

        monkeypatch.setattr(shown.app.interventions, "let_go", never)
        await shown.press("q")
        await until(lambda: shown.app.return_value or None, "the end")


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
async def test_who_is_told_to_end_leaves_in_order(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)
    async with steered(tmp_path) as (shown, engine):
        await shown.sees("held 2")
        os.kill(os.getpid(), signal.SIGTERM)
        await until(lambda: shown.app.return_value or None, "the end")
        assert shown.app.return_value is Leaving.QUIT
        assert engine.waiting == {}
    assert signal.getsignal(signal.SIGTERM) == before


async def test_who_presses_what_ends_other_programs_is_told_what_does_here(capture: Path) -> None:
    async with whole(capture) as shown:
        await shown.press("ctrl+c")
        await shown.sees("Press q to leave.")
