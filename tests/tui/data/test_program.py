"""Commands that run beside the screen."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from tests.cli.recording import write_capture
from tests.peers.waiting import until
from wsinspect.errors import EngineError
from wsinspect.tui.data.program import Program


async def test_what_it_says_and_how_it_ended_is_known() -> None:
    told = []
    program = Program(["--version"], lambda: told.append(1))
    assert program.status is None
    await program.run()
    assert program.command == "wsinspect --version"
    assert [line.split()[0] for line in program.lines] == ["wsinspect"]
    assert program.status == 0
    assert len(told) == 2


async def test_what_it_complains_of_is_known_too() -> None:
    program = Program(["sessions", "no such file.wsi"], lambda: None)
    await program.run()
    assert program.command == "wsinspect sessions 'no such file.wsi'"
    assert program.status == 3
    assert "no such file" in "\n".join(program.lines)


async def test_it_is_ended() -> None:
    program = Program(["demo", "--serve", "--listen", "127.0.0.1:0"], lambda: None)
    running = asyncio.create_task(program.run())
    await until(lambda: program.lines or None, "that it runs")
    await program.end()
    await running
    assert program.status is not None
    program.interrupt()
    await program.end()


async def test_what_cannot_be_started_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(EngineError, match="cannot be started"):
        await Program(["--version"], lambda: None).run()


async def test_what_was_not_started_need_not_be_ended() -> None:
    program = Program(["--version"], lambda: None)
    program.interrupt()
    await program.end()
    assert program.status is None


async def test_it_goes_on_where_nobody_waits_for_it_and_is_ended_all_the_same() -> None:
    program = Program(["demo", "--serve", "--listen", "127.0.0.1:0"], lambda: None)
    running = asyncio.create_task(program.run())
    await until(lambda: program.lines or None, "that it runs")
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert program.status is None
    await program.end()
    assert program.status is not None


async def test_a_mock_ends_with_what_started_it(tmp_path: Path) -> None:
    capture = write_capture(tmp_path / "x.wsi")
    program = Program(["mock", str(capture), "--session", "1", "--listen", "127.0.0.1:0"], lambda: None)
    running = asyncio.create_task(program.run())
    await until(lambda: program.lines or None, "that it runs")
    assert program._process is not None
    assert program._process.stdin is not None
    program._process.stdin.close()
    await running
    assert program.status == 0
    assert "--stop-with-stdin" not in program.command
