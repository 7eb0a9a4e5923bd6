"""A recorded session replays against a fresh server of each library without any option, and tells what changed."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.peers.capture import recorded_sessions
from tests.peers.engine import EngineProcess
from tests.peers.stateful_pairs import Library, converse, stateful_server
from tests.peers.waiting import until, within
from wsinspect.model import SessionState

_ROOT = Path(__file__).parents[2]


@contextlib.asynccontextmanager
async def replaying(*arguments: str | Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run `wsinspect replay` for the length of a block."""
    command = [sys.executable, "-m", "wsinspect", "replay", *map(str, arguments)]
    process = await asyncio.create_subprocess_exec(*command, cwd=_ROOT, stdout=PIPE, stderr=PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def replay(*arguments: str | Path) -> tuple[int, str]:
    """Run it to its end, and return its exit status and all that it printed."""
    async with replaying(*arguments) as process:
        printed, told = await within(process.communicate(), "the end of the replay")
        assert process.returncode is not None
        return process.returncode, (printed + told).decode()


async def recorded(engine: EngineProcess, library: Library) -> int:
    """Have a client talk to its server through the engine, and return the number of the session."""
    async with stateful_server(library) as server:
        url = server.origin if library is not Library.SOCKETIO else server.origin.replace("ws", "http", 1)
        done = await converse(library, url, proxy=engine.url, first_id=7)
        assert done["event"] == "done", done

        def over() -> int | None:
            sessions = [each for each in recorded_sessions(engine.capture) if each.port == server.port]
            ended = [int(each.id) for each in sessions if each.state is SessionState.CLOSED]
            return ended[-1] if ended else None

        return await until(over, "the session is on record")


@pytest.mark.parametrize("library", list(Library))
async def test_a_stateful_session_replays_and_tells_what_a_new_version_changed(
    engine: EngineProcess, library: Library, tmp_path: Path
) -> None:
    number = await recorded(engine, library)
    session = ("--session", str(number))
    async with stateful_server(library) as server:
        status, printed = await replay(
            engine.capture, *session, "--to", f"127.0.0.1:{server.port}", "-o", tmp_path / "same.wsi"
        )
        assert status == 0, printed
        assert "Played to the end" in printed
        assert "no difference" in printed
        assert (await server.running.event("close"))["done"]
    async with stateful_server(library, changed=True) as server:
        status, printed = await replay(
            engine.capture, *session, "--to", f"127.0.0.1:{server.port}", "-o", tmp_path / "changed.wsi", "--wait", "1"
        )
        assert status == 1, printed
        assert "in vain for" in printed
        assert "push" in printed
        assert "amount" in printed
        assert "price" in printed


async def test_an_interrupted_replay_says_how_far_it_came(engine: EngineProcess, tmp_path: Path) -> None:
    number = await recorded(engine, Library.WEBSOCKETS)
    async with stateful_server(Library.WEBSOCKETS) as server:
        slow = ("--pace", "timed", "--speed", "0.001x", "-o", tmp_path / "new.wsi", "--json")
        to = ("--to", f"127.0.0.1:{server.port}")
        async with replaying(engine.capture, "--session", str(number), *to, *slow) as process:
            await within(server.running.event("open"), "the replay is connected")
            process.send_signal(signal.SIGINT)
            printed, _ = await within(process.communicate(), "the end of the replay")
    assert process.returncode == 130
    records: list[dict[str, Any]] = [msgspec.json.decode(line) for line in printed.splitlines()]
    assert [record["outcome"] for record in records if record["of"] == "run"] == ["stopped"]
    (new,) = recorded_sessions(tmp_path / "new.wsi")
    assert new.state is SessionState.CLOSED


async def test_a_killed_server_is_a_loss(engine: EngineProcess, tmp_path: Path) -> None:
    number = await recorded(engine, Library.WEBSOCKETS)
    async with stateful_server(Library.WEBSOCKETS) as server:
        slow = ("--pace", "timed", "--speed", "0.001x", "-o", tmp_path / "new.wsi")
        to = ("--to", f"127.0.0.1:{server.port}")
        async with replaying(engine.capture, "--session", str(number), *to, *slow) as process:
            await within(server.running.event("open"), "the replay is connected")
            server.running.kill()
            printed, _ = await within(process.communicate(), "the end of the replay")
    assert process.returncode == 4
    assert "the connection was lost without a close" in printed.decode()
