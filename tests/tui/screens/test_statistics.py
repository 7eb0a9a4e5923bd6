"""The statistics: one page at a time or all of them, of all sessions or of one, and a way to what stands out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.cli.recording import write_capture
from tests.peers.waiting import until
from tests.store.test_figures import busy_rows, write_busy
from tests.tui.hosting import Host, words_on
from wsinspect.present import figure_pages
from wsinspect.store.writer import CaptureWriter
from wsinspect.tui.data.capture import Capture
from wsinspect.tui.screens.statistics import StatisticsScreen
from wsinspect.tui.selection import ChosenMessage, ChosenSession


@asynccontextmanager
async def shown(
    path: Path, size: tuple[int, int] = (80, 24), wait_for: str = "sessions, "
) -> AsyncIterator[tuple[StatisticsScreen, Host, Pilot[object]]]:
    """Show the statistics of a capture."""
    host = Host()
    async with host.run_test(size=size) as pilot:
        capture = Capture(host, path)
        watching = host.run_worker(capture.watch())
        screen = StatisticsScreen(capture)
        await host.push_screen(screen, host.answers.append)
        try:
            await until(lambda: wait_for in words_on(host) or None, wait_for)
            yield screen, host, pilot
        finally:
            watching.cancel()
            await capture.close()


def busy(folder: Path) -> Path:
    return write_busy(folder / "x.wsi", busy_rows(400))


async def test_one_page_at_a_time_where_there_is_little_room(tmp_path: Path) -> None:
    async with shown(busy(tmp_path)) as (_, host, pilot):
        words = words_on(host)
        assert "Statistics of all sessions" in words
        assert "3 sessions, 400 messages," in words
        assert "1 Messages a second" in words
        assert "▶ clients" in words
        assert "2 Bytes" not in words
        for number, title in enumerate(figure_pages.PAGES, 1):
            await pilot.press(str(number))
            await pilot.pause()
            assert f"{number} {title}" in words_on(host)
        await pilot.press("right")
        await pilot.pause()
        assert "1 Messages a second" in words_on(host)
        await pilot.press("left")
        await pilot.pause()
        assert "6 Slowest and busiest" in words_on(host)


async def test_when_that_was_is_told_where_there_is_room_for_it(tmp_path: Path) -> None:
    async with shown(busy(tmp_path), (70, 24)) as (_, host, pilot):
        assert " to " not in words_on(host).splitlines()[1]
        await pilot.resize_terminal(120, 30)
        await until(lambda: " to " in words_on(host).splitlines()[1] or None, "from when to when")


@pytest.mark.parametrize("size", [(140, 40), (200, 60)])
async def test_all_pages_where_there_is_room(tmp_path: Path, size: tuple[int, int]) -> None:
    async with shown(busy(tmp_path), size) as (_, host, pilot):
        await pilot.pause()
        assert all(title in words_on(host) for title in figure_pages.PAGES)
        await pilot.press("4", "z")
        await pilot.pause()
        assert "4 Times of answers" in words_on(host)
        assert "3 Sizes" not in words_on(host)
        await pilot.press("z")
        await pilot.pause()
        assert "3 Sizes" in words_on(host)


async def test_a_session_can_be_counted_alone(tmp_path: Path) -> None:
    rows = busy_rows(400)
    async with shown(write_busy(tmp_path / "x.wsi", rows)) as (screen, host, pilot):
        await pilot.press("right_square_bracket")
        await until(lambda: "1 session," in words_on(host) or None, "session 1")
        assert "session 1  wss://chat.test" in words_on(host)
        own = sum(row[1] == 1 for row, _ in rows)
        assert f"{own} messages" in words_on(host)
        await pilot.press("a")
        await until(lambda: "3 sessions" in words_on(host) or None, "all sessions")
        await pilot.press("left_square_bracket")
        assert screen.session == 3
        await pilot.press("left_square_bracket", "a", "a")
        assert screen.session == 2
        await pilot.press("a", "6", "end", "a")
        await until(lambda: "of session" in words_on(host) or None, "the session of the cursor")


async def test_what_stands_out_can_be_gone_to(tmp_path: Path) -> None:
    path = busy(tmp_path)
    async with shown(path) as (_, host, pilot):
        await pilot.press("6", "enter")
        await until(lambda: host.answers or None, "the answer")
        (answer,) = host.answers
        assert isinstance(answer, ChosenMessage)
    async with shown(path, (120, 40)) as (_, host, pilot):
        await pilot.press("enter")
        await until(lambda: host.answers or None, "the answer to enter alone, where all pages are in sight")
    async with shown(path) as (_, host, pilot):
        await pilot.press("6", "end", "enter")
        await until(lambda: host.answers or None, "the answer")
        (answer,) = host.answers
        assert isinstance(answer, ChosenSession)


async def test_escape_goes_back(tmp_path: Path) -> None:
    async with shown(busy(tmp_path)) as (screen, host, pilot):
        await pilot.press("escape")
        await pilot.pause()
        assert host.screen is not screen


async def test_a_capture_that_grows_is_followed(tmp_path: Path) -> None:
    rows = busy_rows(400)
    path = write_busy(tmp_path / "x.wsi", rows[:100])
    async with shown(path) as (_, host, _):
        assert "100 messages" in words_on(host)
        with CaptureWriter(path, append=True) as writer:
            for row in rows[100:]:
                writer.put_message(*row)
        await until(lambda: "400 messages" in words_on(host) or None, "the new messages")


@pytest.mark.parametrize("size", [(60, 18), (300, 100), (80, 24)])
async def test_any_size_and_any_capture_are_shown(tmp_path: Path, size: tuple[int, int]) -> None:
    async with shown(write_capture(tmp_path / "x.wsi"), size) as (_, host, pilot):
        for key in "123456":
            await pilot.press(key)
            await pilot.pause()
        assert "\x1b" not in words_on(host)
        await pilot.resize_terminal(62, 19)
        await pilot.resize_terminal(150, 50)
        await pilot.pause()


async def test_an_empty_capture_says_so(tmp_path: Path) -> None:
    with CaptureWriter(tmp_path / "x.wsi"):
        pass
    async with shown(tmp_path / "x.wsi", wait_for="0 sessions, 0 messages") as (_, host, pilot):
        assert "No messages yet." in words_on(host)
        await pilot.press("6", "enter", "a", "right_square_bracket")
        await pilot.pause()
        assert "none yet" in words_on(host)


async def test_a_capture_that_is_gone_is_told(tmp_path: Path) -> None:
    async with shown(tmp_path / "absent.wsi", wait_for="no such capture") as (_, host, _):
        assert "Statistics of all sessions" in words_on(host)
