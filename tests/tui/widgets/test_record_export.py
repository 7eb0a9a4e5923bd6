"""What a list shows is written as JSON lines, a few records at a time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from textual.app import App

from tests.cli.recording import write_capture
from wsinspect.errors import StoreError
from wsinspect.query import Target, parse
from wsinspect.store.message_listing import Choice, Order
from wsinspect.tui.data.capture import Capture
from wsinspect.tui.widgets import record_export
from wsinspect.tui.widgets.record_export import export


@pytest.mark.parametrize(
    ("choice", "sizes"),
    [
        (Choice(1), [27, 5, 8, 1, 1, 32, 7, 5]),
        (Choice(None, order=Order.SIZE, descending=True, show_control=False), [32, 27, 8, 7, 5]),
        (Choice(1, messages=parse("dir == s2c", Target.MESSAGE), show_control=False), [5, 32]),
        (Choice(99), []),
    ],
)
async def test_records_are_written_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, choice: Choice, sizes: list[int]
) -> None:
    monkeypatch.setattr(record_export, "_AT_ONCE", 3)
    app: App[None] = App()
    async with app.run_test():
        capture = Capture(app, write_capture(tmp_path / "x.wsi"))
        assert await export(capture, choice, tmp_path / "out") == len(sizes)
        await capture.close()
    records = [json.loads(line) for line in (tmp_path / "out").read_bytes().splitlines()]
    assert [record["size"] for record in records] == sizes


async def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    app: App[None] = App()
    async with app.run_test():
        capture = Capture(app, write_capture(tmp_path / "x.wsi"))
        with pytest.raises(StoreError, match="cannot be written"):
            await export(capture, Choice(1), tmp_path / "no" / "out")
        await capture.close()
