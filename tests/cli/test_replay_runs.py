"""Runs end when they are done, when there is no connection, or when somebody interrupts."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable

import pytest
from websockets.asyncio.server import ServerConnection, serve

from tests.cli.replaying import SHOP, shop
from tests.peers.waiting import until, within
from wsinspect.cli.replay_runs import Job, Runs
from wsinspect.engine.client import ClientOptions
from wsinspect.errors import EngineError
from wsinspect.model import Direction, Session
from wsinspect.replay.binding.bindings import find_bindings
from wsinspect.replay.leaves import Scalar
from wsinspect.replay.playing.player import PlayOptions
from wsinspect.replay.playing.report import Outcome


def no_templates(_: Session, __: dict[str, Scalar]) -> Callable[[str], str]:
    return lambda text: text


def job(port: int, *, repeat: int = 1, parallel: int = 1) -> Job:
    recording = shop(*SHOP)
    return Job(
        recording,
        find_bindings(recording, Direction.C2S),
        ClientOptions(f"ws://127.0.0.1:{port}/", proxy=""),
        PlayOptions(),
        no_templates,
        {"given": "x"},
        repeat,
        parallel,
    )


async def silent(connection: ServerConnection) -> None:
    await connection.wait_closed()


async def test_an_interruption_ends_all_and_keeps_how_far_they_came() -> None:
    async with serve(silent, "127.0.0.1", 0) as server:
        runs = Runs(job(next(iter(server.sockets)).getsockname()[1], repeat=3, parallel=2), None)
        playing = asyncio.create_task(runs.play())
        await until(lambda: sum(run.player.report.sent for run in runs.done) == 2, "both have begun")
        os.kill(os.getpid(), signal.SIGINT)
        await within(playing, "they end")
    assert runs.interrupted
    assert runs.total == 6
    assert [(run.player.report.outcome, run.error) for run in runs.done] == [(Outcome.STOPPED, None)] * 2
    assert runs.done[0].variables == {"given": "x"}
    assert runs.done[0].seconds > 0


@contextlib.asynccontextmanager
async def stalling() -> AsyncIterator[tuple[int, asyncio.Event]]:
    """Run a server that never answers; yield its port, and what is set when somebody has come."""
    met = asyncio.Event()

    async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        met.set()
        with contextlib.suppress(ConnectionError):
            await reader.read()
        writer.close()

    async with await asyncio.start_server(stall, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1], met


async def test_it_may_be_interrupted_while_connecting() -> None:
    async with stalling() as (port, met):
        runs = Runs(job(port), None)
        playing = asyncio.create_task(runs.play())
        await within(met.wait(), "it connects")
        os.kill(os.getpid(), signal.SIGTERM)
        await within(playing, "it ends")
    (run,) = runs.done
    assert isinstance(run.error, EngineError)
    assert "interrupted" in run.error.message


async def test_a_target_that_is_not_there_is_no_exception(unused_tcp_port: int) -> None:
    runs = Runs(job(unused_tcp_port, repeat=4), None)
    await within(runs.play(), "it ends")
    (run,) = runs.done
    assert isinstance(run.error, EngineError)


async def test_a_failure_of_ours_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wsinspect.replay.playing.player.Player.next", lambda *_: 1 / 0)
    async with serve(silent, "127.0.0.1", 0) as server:
        runs = Runs(job(next(iter(server.sockets)).getsockname()[1]), None)
        with pytest.raises(ZeroDivisionError):
            await within(runs.play(), "it ends")
