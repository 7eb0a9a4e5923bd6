"""What is wanted is read, the last of it, and not again without need."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.app import App

from tests.cli.recording import write_capture
from tests.peers.waiting import until
from wsinspect.errors import StoreError
from wsinspect.store.annotation import set_note
from wsinspect.tui.data.capture import Capture
from wsinspect.tui.data.engine import Engine
from wsinspect.tui.selection import ChosenMessage, ChosenSession
from wsinspect.tui.widgets.detail.loader import Loaded, Loader, Wanted
from wsinspect.tui.widgets.detail.tabs import Tab


class Loading:
    def __init__(self, loader: Loader, capture: Capture) -> None:
        self.loader, self.capture = loader, capture
        self.loaded: list[Loaded] = []
        self.failed: list[StoreError] = []

    async def want(self, wanted: Wanted) -> Loaded:
        before = len(self.loaded)
        self.loader.want(wanted)
        await until(lambda: len(self.loaded) > before or None, "what is wanted")
        return self.loaded[-1]


@asynccontextmanager
async def loading(path: Path) -> AsyncIterator[Loading]:
    app: App[None] = App()
    async with app.run_test():
        capture = Capture(app, path)
        found: list[Loaded] = []
        failed: list[StoreError] = []
        loader = Loader(capture, Engine(app, None), found.append, failed.append)
        running = asyncio.create_task(loader.run())
        made = Loading(loader, capture)
        made.loaded, made.failed = found, failed
        try:
            yield made
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await capture.close()


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    return write_capture(tmp_path / "x.wsi")


async def test_a_tab_that_there_is_not_is_replaced_by_what_says_most(capture: Path) -> None:
    async with loading(capture) as it:
        assert (await it.want(Wanted(ChosenMessage(1, 1)))).tab is Tab.FORMAT
        assert (await it.want(Wanted(ChosenMessage(1, 1), Tab.HEX))).tab is Tab.HEX
        assert (await it.want(Wanted(ChosenMessage(1, 2), Tab.DECODED))).tab is Tab.TEXT
        missing = await it.want(Wanted(ChosenMessage(1, 99)))
        assert (missing.subject, missing.tab, missing.layout) == (None, None, None)


async def test_tabs_of_what_is_shown_are_laid_out_once(capture: Path) -> None:
    async with loading(capture) as it:
        first = await it.want(Wanted(ChosenMessage(1, 1)))
        await it.want(Wanted(ChosenMessage(1, 1), Tab.HEX))
        again = await it.want(Wanted(ChosenMessage(1, 1), Tab.FORMAT))
        assert again.layout is first.layout
        assert again.subject == first.subject


async def test_what_has_not_changed_is_not_told_again(capture: Path) -> None:
    async with loading(capture) as it:
        first = await it.want(Wanted(ChosenMessage(1, 1)))
        it.loader.look_again()
        assert (await it.want(Wanted(ChosenMessage(1, 2)))).wanted.chosen == ChosenMessage(1, 2)
        assert len(it.loaded) == 2
        assert it.loaded[0] is first


async def test_a_session_that_has_changed_is_told_where_it_is_shown(capture: Path) -> None:
    async with loading(capture) as it:
        message = await it.want(Wanted(ChosenMessage(1, 1)))
        before = await it.want(Wanted(ChosenMessage(1, 1), Tab.SESSION))
        set_note(capture, 1, None, "look")
        it.loader.look_again()
        await until(lambda: len(it.loaded) > 2 or None, "the note")
        assert it.loaded[-1].layout is not before.layout
        again = await it.want(Wanted(ChosenMessage(1, 1), Tab.FORMAT))
        assert again.layout is message.layout


async def test_of_what_is_wanted_meanwhile_only_the_last_is_told(capture: Path) -> None:
    async with loading(capture) as it:
        for number in (1, 2, 3, 4, 5):
            it.loader.want(Wanted(ChosenMessage(1, number)))
        await until(lambda: it.loaded or None, "the last")
        assert [loaded.wanted.chosen for loaded in it.loaded] == [ChosenMessage(1, 5)]
        it.loader.want(None)
        await it.want(Wanted(ChosenMessage(1, 5)))
        assert len(it.loaded) == 2


async def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.wsi"
    async with loading(path) as it:
        it.loader.want(Wanted(ChosenSession(1)))
        await until(lambda: it.failed or None, "the failure")
        assert "no such capture" in str(it.failed[0])
