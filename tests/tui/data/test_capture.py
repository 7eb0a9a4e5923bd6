"""The capture is read in threads and watched; one whose engine ends, or whose file goes, is told so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.app import App

from tests.cli.recording import NOW, write_capture
from tests.peers.waiting import until
from wsinspect.errors import StoreError
from wsinspect.store.annotation import set_note
from wsinspect.store.schema import wal_path
from wsinspect.store.writer import CaptureWriter
from wsinspect.tui.data.capture import Capture, Change, Lane


@asynccontextmanager
async def watched(path: Path) -> AsyncIterator[tuple[Capture, list[Change]]]:
    """Watch a capture in a small app; what is told is gathered."""
    told: list[Change] = []
    app: App[None] = App()
    async with app.run_test():
        capture = Capture(app, path)
        capture.changed.subscribe(app, told.append, immediate=True)
        watching = asyncio.create_task(capture.watch())
        try:
            yield capture, told
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await capture.close()


async def test_each_lane_reads_by_itself(tmp_path: Path) -> None:
    async with watched(write_capture(tmp_path / "x.wsi")) as (capture, told):
        readers = [await capture.read(lambda reader: reader, lane) for lane in (*Lane, Lane.LISTS)]
        assert len(set(map(id, readers))) == len(Lane)
        assert [session.id for session in await capture.read(lambda reader: list(reader.sessions()))] == [1, 2]
        assert not capture.live
        assert told == []


async def test_a_note_that_is_written_is_told(tmp_path: Path) -> None:
    path = write_capture(tmp_path / "x.wsi")
    async with watched(path) as (capture, told):
        await capture.read(lambda reader: set_note(reader.path, 1, None, "look here"))
        await until(lambda: told or None, "a change")
        session = await capture.read(lambda reader: reader.session(1))
        assert session is not None
        assert session.note == "look here"


async def test_an_engine_that_ends_gets_the_file_for_itself(tmp_path: Path) -> None:
    path = tmp_path / "x.wsi"
    writer = CaptureWriter(path, version="0", wall=lambda: NOW)
    async with watched(path) as (capture, told):
        assert capture.live
        kept = await capture.read(lambda reader: reader, Lane.LISTS)
        await asyncio.to_thread(writer.close)
        await until(lambda: not capture.live or None, "the end")
        assert not wal_path(path).exists()
        assert capture.generation == 1
        assert told[-1] == Change(1, live=False)
        assert await capture.read(lambda reader: reader, Lane.LISTS) is not kept


async def test_a_file_that_goes_is_told_and_what_is_open_can_still_be_read(tmp_path: Path) -> None:
    path = write_capture(tmp_path / "x.wsi")
    async with watched(path) as (capture, told):
        await capture.read(lambda reader: reader.session(1))
        path.unlink()
        await until(lambda: capture.problem or None, "the problem")
        assert "moved or deleted" in str(told[-1].problem)
        assert await capture.read(lambda reader: reader.session(1)) is not None


async def test_what_is_no_capture_and_what_is_closed_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "x.wsi"
    path.write_text("no database at all " * 10)
    async with watched(path) as (capture, _):
        with pytest.raises(StoreError, match="not a wsinspect capture"):
            await capture.read(lambda reader: reader)
        await capture.close()
        with pytest.raises(StoreError, match="is closed"):
            await capture.read(lambda reader: reader)


async def test_a_file_that_takes_the_place_of_the_capture_is_not_taken_for_it(tmp_path: Path) -> None:
    path, other = write_capture(tmp_path / "x.wsi"), tmp_path / "y.wsi"
    async with watched(path) as (capture, _):
        kept = await capture.read(lambda reader: reader, Lane.LISTS)
        CaptureWriter(other).close()
        path.rename(tmp_path / "z.wsi")
        other.rename(path)
        await until(lambda: capture.problem or None, "the problem")
        assert "another file has its name now" in str(capture.problem)
        assert len(await capture.read(lambda reader: list(reader.sessions()), Lane.LISTS)) == 2
        assert await capture.read(lambda reader: reader, Lane.LISTS) is kept
        with pytest.raises(StoreError, match="another file has its name now"):
            await capture.read(lambda reader: reader, Lane.FIGURES)
        (tmp_path / "z.wsi").rename(path)
        await until(lambda: capture.problem is None or None, "no problem")
        assert len(await capture.read(lambda reader: list(reader.sessions()), Lane.FIGURES)) == 2


@pytest.mark.parametrize(("kept", "told"), [(4096, "cut short"), (0, "empty")])
async def test_a_file_that_is_cut_is_told(tmp_path: Path, kept: int, told: str) -> None:
    path = write_capture(tmp_path / "x.wsi")
    async with watched(path) as (capture, _):
        with path.open("r+b") as file:
            file.truncate(kept)
        await until(lambda: capture.problem or None, "the problem")
        assert told in str(capture.problem)
