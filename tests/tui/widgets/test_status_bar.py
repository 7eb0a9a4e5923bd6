"""The line at the top follows the capture and the engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.recording import write_capture
from tests.peers.waiting import until
from tests.tui.whole import steered, whole
from wsinspect.model import Gap
from wsinspect.store.writer import CaptureWriter
from wsinspect.tui.data.engine import Link
from wsinspect.tui.widgets.status_bar import StatusBar


def bar(shown: object) -> StatusBar:
    return shown.app.screen.query_one(StatusBar)  # type: ignore[attr-defined, no-any-return]  # `Whole`


async def test_a_finished_capture(tmp_path: Path) -> None:
    async with whole(write_capture(tmp_path / "x.wsi")) as shown:
        await shown.sees("■ finished  x.wsi")
        assert bar(shown).facts.up is None


async def test_what_is_not_on_record_is_told(tmp_path: Path) -> None:
    path = write_capture(tmp_path / "x.wsi")
    with CaptureWriter(path, append=True) as writer:
        writer.insert("gap", (None, 1, 2, 3, 8044, 5, "the disk was full"))
    async with whole(path) as shown:
        await shown.sees("! 8,044 not on record")
    assert Gap(1, 2, 3, 8044, 5, "").messages == 8044


async def test_a_live_one_with_its_rates(tmp_path: Path) -> None:
    async with steered(tmp_path) as (shown, engine):
        await shown.sees("● capturing  ⏸ held 2  127.0.0.1:8080")
        clock = iter(float(second) for second in range(100))
        status = bar(shown)
        status._clock = lambda: next(clock)
        status._counted = None
        status._count(10, 20)
        status._count(10, 20)
        status._count(15, 40)
        assert (status.facts.up, status.facts.down) == (5.0, 20.0)
        assert status.facts.rates[-2:] == (0.0, 25.0)
        engine.waiting.clear()


@pytest.mark.parametrize(
    ("link", "state"), [(Link.LOST, "engine lost"), (Link.CONNECTING, "connecting"), (Link.ENDED, "finished")]
)
async def test_an_engine_that_cannot_be_reached(tmp_path: Path, link: Link, state: str) -> None:
    async with whole(write_capture(tmp_path / "x.wsi")) as shown:
        shown.app.engine.link = link
        assert bar(shown).facts.state == state


async def test_a_capture_that_is_gone(tmp_path: Path) -> None:
    path = write_capture(tmp_path / "x.wsi")
    async with whole(path) as shown:
        await shown.sees("finished")
        path.unlink()
        await until(lambda: shown.app.capture.problem or None, "the problem")
        assert bar(shown).facts.state == "capture lost"
        await shown.sees("! capture lost")


async def test_an_engine_that_does_not_answer(tmp_path: Path) -> None:
    async with steered(tmp_path) as (shown, engine):
        shown.app.engine.silent = True
        assert bar(shown).facts.state == "no answer from the engine"
        engine.waiting.clear()
