"""On a terminal one sees how far a replay has come, and nothing of that is left."""

from __future__ import annotations

import asyncio
import io
from types import SimpleNamespace
from typing import cast

import pytest

from tests.peers.waiting import until
from wsinspect.cli.replay_output import doing, show_progress
from wsinspect.cli.replay_runs import Runs
from wsinspect.replay.playing.report import Report


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def made_up_runs() -> Runs:
    player = SimpleNamespace(report=Report(planned=5, sent=2, heard=3))
    return cast("Runs", SimpleNamespace(done=[SimpleNamespace(player=player)], total=2))


async def test_progress_is_shown_and_erased(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    telling = asyncio.create_task(show_progress(made_up_runs()))
    await until(lambda: "2 of 10 messages sent, 3 received" in terminal.getvalue(), "it is told")
    telling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await telling
    assert terminal.getvalue().endswith("\r\x1b[K")


async def test_nothing_is_shown_before_there_is_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    telling = asyncio.create_task(show_progress(made_up_runs()))
    await asyncio.sleep(0)
    telling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await telling
    assert terminal.getvalue() == ""


async def test_a_pipe_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.StringIO()
    monkeypatch.setattr("sys.stderr", pipe)
    await show_progress(made_up_runs())
    assert pipe.getvalue() == ""


def test_what_is_being_done_is_told_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal, pipe = Terminal(), io.StringIO()
    for stream in (terminal, pipe):
        monkeypatch.setattr("sys.stderr", stream)
        with doing("Comparing"):
            pass
    assert terminal.getvalue() == "Comparing …\r\x1b[K"
    assert pipe.getvalue() == ""
