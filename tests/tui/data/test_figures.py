"""Figures are gathered in steps, told between them, and followed while a capture is written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.app import App

from tests.peers.waiting import until
from tests.store.test_figures import busy_rows, write_busy
from wsinspect.store import figures as store_figures
from wsinspect.store.writer import CaptureWriter
from wsinspect.tui.data import figures
from wsinspect.tui.data.capture import Capture
from wsinspect.tui.data.figures import FiguresFeed, Known


class Told:
    """What was told, in numbers: what is told itself changes later."""

    def __init__(self) -> None:
        self.messages: list[int] = []
        self.done: list[float] = []
        self.problems: list[str | None] = []
        self.sessions = 0

    def __call__(self, known: Known) -> None:
        self.messages.append(known.messages.messages)
        self.done.append(known.done)
        self.problems.append(known.problem)
        self.sessions = known.sessions.count


@asynccontextmanager
async def fed(path: Path, session: int | None = None) -> AsyncIterator[tuple[FiguresFeed, Told]]:
    """Feed the figures of a capture."""
    app: App[None] = App()
    async with app.run_test():
        capture = Capture(app, path)
        told = Told()
        feed = FiguresFeed(capture, session, told)
        running = asyncio.create_task(feed.run())
        try:
            yield feed, told
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await capture.close()


@pytest.mark.parametrize(("session", "sessions"), [(None, 3), (2, 1)])
async def test_all_is_told_in_the_end(tmp_path: Path, session: int | None, sessions: int) -> None:
    rows = busy_rows(300)
    async with fed(write_busy(tmp_path / "x.wsi", rows), session) as (_, told):
        await until(lambda: told.sessions or None, "the figures")
        expected = sum(1 for row, _ in rows if session in (None, row[1]))
        assert (told.messages[-1], told.done[-1], told.sessions) == (expected, 1.0, sessions)


async def test_progress_is_told_and_what_is_known_again_where_there_is_other_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "_PROGRESS_EVERY_S", 0.0)
    monkeypatch.setattr(store_figures, "_FIRST_ROWS", 1)
    monkeypatch.setattr(store_figures.Gathering.advance, "__defaults__", (0.0,))
    async with fed(write_busy(tmp_path / "x.wsi", busy_rows(300))) as (feed, told):
        await until(lambda: told.sessions or None, "the figures")
        assert any(0 < done < 1 for done in told.done)
        assert told.messages == sorted(told.messages)
        times = len(told.messages)
        feed.wake(draw=True)
        await until(lambda: len(told.messages) > times, "what is known")
        assert told.messages[-1] == 300


async def test_what_is_new_is_told_no_more_than_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "TELL_EVERY_S", 0.05)
    rows = busy_rows(300)
    path = write_busy(tmp_path / "x.wsi", rows[:100])
    async with fed(path) as (feed, told):
        await until(lambda: told.sessions or None, "the figures")
        with CaptureWriter(path, append=True) as writer:
            for row in rows[100:]:
                writer.put_message(*row)
        feed.wake()
        feed.wake(draw=True)
        await until(lambda: told.messages[-1] == 300 or None, "what is new")


async def test_where_messages_were_revised_it_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "TELL_EVERY_S", 0.0)
    sizes: list[int] = []
    path = write_busy(tmp_path / "x.wsi", busy_rows(10))
    async with fed(path) as (feed, told):
        await until(lambda: told.sessions or None, "the figures")
        tell = feed._tell
        feed._tell = lambda known: (sizes.append(known.messages.bytes), tell(known))[1]  # type: ignore[func-returns-value]
        with CaptureWriter(path, append=True) as writer:
            writer.update_message(3, size=1_000_000)
        feed.wake()
        await until(lambda: (sizes and sizes[-1] >= 1_000_000) or None, "the new size")


async def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    async with fed(tmp_path / "absent.wsi") as (_, told):
        await until(lambda: told.problems or None, "the problem")
        assert "there is no such capture" in str(told.problems[-1])
