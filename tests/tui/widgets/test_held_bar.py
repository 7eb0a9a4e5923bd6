"""What is held is in sight, and what the chosen one holds; it may be gone through by key and mouse."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.pilot import Pilot
from textual.screen import Screen

from tests.control.engine import NOW, FakeEngine
from tests.peers.waiting import until
from tests.tui.hosting import words_on
from wsinspect.engine.control_server import serve
from wsinspect.engine.steered import NoticeKind
from wsinspect.tui.data.engine import Engine
from wsinspect.tui.widgets.held_bar import LARGEST_PREVIEWED, HeldBar


class Traffic(Screen[None]):
    BINDINGS = [  # noqa: RUF012 - Textual's way
        Binding("space", "release", "Release"),
        Binding("e", "edit", "Edit"),
        Binding("d", "drop", "Drop"),
        Binding("A", "release_all", "Release all"),
    ]

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self.bar = HeldBar(engine, clock=lambda: NOW / 1e9 + 12.5)
        self.done: list[str] = []
        self.chosen: list[tuple[int, int]] = []

    def compose(self) -> ComposeResult:
        yield self.bar

    def action_release(self) -> None:
        self.done.append("release")

    def action_edit(self) -> None:
        self.done.append("edit")

    def action_drop(self) -> None:
        self.done.append("drop")

    def action_release_all(self) -> None:
        self.done.append("release_all")

    def on_held_bar_chosen(self, event: HeldBar.Chosen) -> None:
        self.chosen.append((event.session, event.message))


@asynccontextmanager
async def shown(
    tmp_path: Path, fake: FakeEngine, size: tuple[int, int] = (100, 24)
) -> AsyncIterator[tuple[Traffic, App[object], Pilot[object]]]:
    app: App[object] = App()
    async with serve(fake, tmp_path) as address, app.run_test(size=size) as pilot:
        engine = Engine(app, address)
        screen = Traffic(engine)
        await app.push_screen(screen)
        running = asyncio.create_task(engine.run())
        try:
            await until(lambda: engine.connected or None, "the engine")
            yield screen, app, pilot
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def sees(app: App[object], pilot: Pilot[object], text: str) -> None:
    await until(lambda: text in words_on(app), f"{text!r} on the screen")
    await pilot.pause()


async def test_nothing_is_in_sight_while_nothing_is_held(tmp_path: Path) -> None:
    fake = FakeEngine()
    fake.waiting.clear()
    async with shown(tmp_path, fake) as (screen, app, pilot):
        await pilot.pause()
        assert words_on(app).strip() == ""
        assert screen.bar.selected is None
        assert screen.bar._timer is None
        fake.waiting[3, 1] = (1, b"x")
        fake.tell(NoticeKind.HELD, "", 3, 1)
        await sees(app, pilot, "1 held")
        assert screen.bar._timer is not None
        fake.waiting.clear()
        fake.tell(NoticeKind.RELEASED, "forwarded", 3, 1)
        await until(lambda: screen.bar.selected is None or None, "it to go")
        await pilot.pause()
        assert words_on(app).strip() == ""
        assert screen.bar._timer is None, "nothing ticks while nothing is held"


async def test_the_queue_is_told_with_the_beginning_of_the_first(tmp_path: Path) -> None:
    async with shown(tmp_path, FakeEngine()) as (screen, app, pilot):
        await sees(app, pilot, "hello")
        text = words_on(app)
        assert "⏸ 2 held" in text
        assert "▸ 1.5  ▶ text 5 B" in text
        assert "since 12s by breakpoint 1" in text
        assert "2.7 ▶ 2 B" in text
        assert "space release  e edit  d drop  A release all" in text
        assert screen.bar.selected is not None
        assert screen.chosen == [], "nothing is chosen by itself"


async def test_the_keys_stand_apart_from_the_beginning(tmp_path: Path) -> None:
    fake = FakeEngine()
    fake.waiting = {(1, 5): (1, b"x" * 200)}
    async with shown(tmp_path, fake) as (_screen, app, pilot):
        await sees(app, pilot, "xxx…  space release")


async def test_the_arrow_keys_go_through_the_queue(tmp_path: Path) -> None:
    async with shown(tmp_path, FakeEngine()) as (screen, app, pilot):
        await sees(app, pilot, "hello")
        screen.bar.focus()
        await pilot.press("right", "right")
        await sees(app, pilot, "00 ff")
        assert "▸ 2.7" in words_on(app)
        assert "‹1" in words_on(app)
        await pilot.press("left", "enter")
        await pilot.pause()
        assert screen.chosen == [(2, 7), (2, 7), (1, 5), (1, 5)]


async def test_when_the_chosen_one_goes_the_next_is_chosen(tmp_path: Path) -> None:
    fake = FakeEngine()
    async with shown(tmp_path, fake) as (screen, app, pilot):
        await sees(app, pilot, "hello")
        screen.bar.focus()
        await pilot.press("right")
        fake.waiting[4, 1] = (1, b"later")
        fake.tell(NoticeKind.HELD, "", 4, 1)
        await sees(app, pilot, "3 held")
        assert "▸ 2.7" in words_on(app), "what comes does not change what is chosen"
        del fake.waiting[2, 7]
        fake.tell(NoticeKind.RELEASED, "forwarded", 2, 7)
        await sees(app, pilot, "▸ 4.1")
        await sees(app, pilot, "later")


async def test_an_edited_message_is_looked_at_again(tmp_path: Path) -> None:
    fake = FakeEngine()
    async with shown(tmp_path, fake) as (_screen, app, pilot):
        await sees(app, pilot, "hello")
        fake.waiting[1, 5] = (1, b"good [b]bye\x1b")
        fake.tell(NoticeKind.HELD, "", 1, 5)
        await sees(app, pilot, "good [b]bye\\x1b")


async def test_a_large_payload_is_not_asked_for(tmp_path: Path) -> None:
    fake = FakeEngine()
    fake.waiting = {(1, 5): (1, b"x" * (LARGEST_PREVIEWED + 1))}
    async with shown(tmp_path, fake) as (_screen, app, pilot):
        await sees(app, pilot, "… 262.1k bytes")


async def test_clicks_choose_and_do_what_the_keys_do(tmp_path: Path) -> None:
    async with shown(tmp_path, FakeEngine()) as (screen, app, pilot):
        await sees(app, pilot, "hello")
        queue, keys = words_on(app).split("\n")[:2]
        await pilot.click(HeldBar, offset=(queue.index("2.7"), 0))
        await pilot.pause()
        assert screen.chosen == [(2, 7)]
        for says in ("release", "edit", "drop", "release all"):
            await pilot.click(HeldBar, offset=(keys.index(says), 1))
        await pilot.click(HeldBar, offset=(0, 1))
        await pilot.click(HeldBar, offset=(0, 0))
        await pilot.pause()
        assert screen.done == ["release", "edit", "drop", "release_all"]


@pytest.mark.parametrize("size", [(60, 18), (80, 24), (300, 100)])
async def test_it_fits(tmp_path: Path, size: tuple[int, int]) -> None:
    fake = FakeEngine()
    fake.waiting = {(1, number): (1, b"\xe2\x82\xac" * 500) for number in range(1, 40)}
    async with shown(tmp_path, fake, size) as (_screen, app, pilot):
        await sees(app, pilot, "€€€")
        text = words_on(app)
        assert "A release all" in text
        assert "39 held" in text
        assert "…" in text
