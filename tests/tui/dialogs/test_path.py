"""A file is asked for, completed, and not overwritten without a question."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.tui.hosting import asked, words_on
from wsinspect.tui.dialogs.confirm import ConfirmDialog
from wsinspect.tui.dialogs.path import PathDialog


async def test_the_proposal_is_taken_with_enter(tmp_path: Path) -> None:
    async with asked(lambda: PathDialog("Export", tmp_path / "out.jsonl")) as (_dialog, host, pilot):
        assert "Export" in words_on(host)
        await pilot.press("enter")
        await pilot.pause()
        assert host.answers == [tmp_path / "out.jsonl"]


async def test_names_are_completed(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    async with asked(lambda: PathDialog("Export", f"{tmp_path}/")) as (_dialog, host, pilot):
        await pilot.press("r", "tab", "x")
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert host.answers == [tmp_path / "reports" / "x"]


@pytest.mark.parametrize(("answer", "result"), [("y", 1), ("n", 0)])
async def test_a_file_that_is_there_is_asked_about(tmp_path: Path, answer: str, result: int) -> None:
    path = tmp_path / "out"
    path.touch()
    async with asked(lambda: PathDialog("Export", path)) as (_dialog, host, pilot):
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(host.screen, ConfirmDialog)
        assert "Overwrite it?" in words_on(host)
        await pilot.press(answer)
        await pilot.pause()
        assert host.answers == [path] * result


async def test_a_file_to_append_to_is_not_asked_about(tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    async with asked(lambda: PathDialog("Put", tmp_path / "out", overwrite="append")) as (_dialog, host, pilot):
        await pilot.press("enter")
        await pilot.pause()
        assert host.answers == [tmp_path / "out"]


@pytest.mark.parametrize(
    ("name", "overwrite", "said"),
    [
        ("", "ask", "this is a folder"),
        ("no/such", "ask", "there is no folder"),
        ("none", "read", "there is no such file"),
    ],
)
async def test_what_will_not_do_is_told(tmp_path: Path, name: str, overwrite: str, said: str) -> None:
    make = lambda: PathDialog("Export", f"{tmp_path}/{name}", overwrite=overwrite)  # type: ignore[arg-type]  # noqa: E731
    async with asked(make, (60, 18)) as (_dialog, host, pilot):
        await pilot.press("enter")
        await pilot.pause()
        assert host.answers == []
        assert said in words_on(host)
        await pilot.press("x")
        assert said not in words_on(host)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such pipes")
@pytest.mark.parametrize("overwrite", ["ask", "append"])
async def test_a_pipe_is_no_file(tmp_path: Path, overwrite: str) -> None:
    os.mkfifo(tmp_path / "x")
    async with asked(lambda: PathDialog("Export", tmp_path / "x", overwrite=overwrite)) as (_dialog, host, pilot):  # type: ignore[arg-type]
        await pilot.press("enter")
        await pilot.pause()
        assert host.answers == []
        assert "a device or a pipe, no file" in words_on(host)


async def test_no_name_is_told_and_escape_leaves() -> None:
    async with asked(lambda: PathDialog("Export")) as (_dialog, host, pilot):
        await pilot.press("enter")
        await pilot.pause()
        assert "write the name" in words_on(host)
        await pilot.press("escape")
        await pilot.pause()
        assert host.answers == [None]


async def test_a_home_that_nobody_has_is_told() -> None:
    async with asked(lambda: PathDialog("Export", "~nobody-here/x")) as (_dialog, host, pilot):
        await pilot.press("enter")
        await pilot.pause()
        assert "cannot be used" in words_on(host)
