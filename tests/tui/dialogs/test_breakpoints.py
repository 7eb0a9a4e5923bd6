"""The breakpoints of an engine are in sight, set and removed; what the engine refuses is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.app import App
from textual.pilot import Pilot

from tests.control.engine import FakeEngine
from tests.peers.waiting import until
from tests.tui.hosting import words_on
from wsinspect.engine.control_server import serve
from wsinspect.engine.steered import Breakpoint, NoticeKind
from wsinspect.tui.data.engine import Engine
from wsinspect.tui.dialogs.breakpoints import BreakpointsDialog


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


@asynccontextmanager
async def shown(
    tmp_path: Path, fake: FakeEngine, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[App[object], Pilot[object], Engine]]:
    app: App[object] = App()
    async with serve(fake, tmp_path) as address, app.run_test(size=size) as pilot:
        engine = Engine(app, address)
        running = asyncio.create_task(engine.run())
        try:
            await until(lambda: engine.connected or None, "the engine")
            await app.push_screen(BreakpointsDialog(engine))
            yield app, pilot, engine
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def sees(app: App[object], pilot: Pilot[object], text: str) -> None:
    await until(lambda: text in words_on(app), f"{text!r} on the screen")
    await pilot.pause()


async def test_they_are_listed_with_owner_and_hits(tmp_path: Path) -> None:
    fake = FakeEngine()
    fake.points = [
        Breakpoint(1, "text contains '[b]\x1b'", "a\x1bnna", 3),
        Breakpoint(2, "dir == c2s", "", 12345),
    ]
    async with shown(tmp_path, fake, (60, 18)) as (app, pilot, _engine):
        await sees(app, pilot, "dir == c2s")
        assert "1      3  a\\x1bnna" in words_on(app)
        assert "'[b]\\x1b'" in words_on(app)
        assert "2  12345  stays" in words_on(app)
        fake.points[1] = Breakpoint(2, "dir == c2s", "", 99)
        fake.tell(NoticeKind.HELD, "", 1, 5)
        await sees(app, pilot, "2     99")


async def test_one_is_set_and_removed(tmp_path: Path) -> None:
    fake = FakeEngine()
    async with shown(tmp_path, fake) as (app, pilot, _engine):
        await sees(app, pilot, "There are none")
        await pilot.press("d")
        await pilot.press("a", *"size > 4k", "enter")
        await sees(app, pilot, "you           size > 4k")
        await pilot.click("Button")
        await pilot.press(*"dir == s2c", "enter")
        await sees(app, pilot, "dir == s2c")
        await pilot.press("down", "d")
        await until(lambda: len(fake.points) == 1, "one to be removed")
        await until(lambda: "dir == s2c" not in words_on(app), "it to go")
        assert "size > 4k" in words_on(app)
        await pilot.press("delete")
        await sees(app, pilot, "There are none")


async def test_nothing_is_set_where_the_question_is_left(tmp_path: Path) -> None:
    fake = FakeEngine()
    async with shown(tmp_path, fake) as (app, pilot, _engine):
        await pilot.press("a", "escape")
        await pilot.pause()
        assert isinstance(app.screen, BreakpointsDialog)
        assert fake.points == []
        await pilot.press("escape")
        await pilot.pause()
        assert not isinstance(app.screen, BreakpointsDialog)


async def test_what_the_engine_refuses_is_told(tmp_path: Path) -> None:
    fake = FakeEngine()
    fake.points = [Breakpoint(1, "dir == c2s", "", 0)]
    async with shown(tmp_path, fake) as (app, pilot, _engine):
        await sees(app, pilot, "dir == c2s")
        fake.points = []
        await pilot.press("d")
        await sees(app, pilot, "there is no breakpoint 1")


async def test_an_engine_that_is_not_there_is_told() -> None:
    app: App[object] = App()
    async with app.run_test() as pilot:
        await app.push_screen(BreakpointsDialog(Engine(app, None)))
        await sees(app, pilot, "no engine writes this capture")
