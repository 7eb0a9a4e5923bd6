"""Steering a running engine through its control channel, as a shell and as programs do, while traffic flows."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect, unix_connect
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as serve_websockets
from websockets.exceptions import ConnectionClosed

from tests.control.calling import call, frame, upgrade
from tests.peers.capture import Recorded, session_at
from tests.peers.engine import EngineProcess, running_engine
from tests.peers.rules import conversation
from tests.peers.waiting import until, within
from wsinspect.control.client import ControlClient, connected
from wsinspect.engine.control_server import Limits, serve
from wsinspect.engine.control_server_presence import VANISHED
from wsinspect.model import Source, Verdict
from wsinspect.store.reader import CaptureReader

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the folder is set by XDG_RUNTIME_DIR")


@dataclass
class Shell:
    """An engine, and `wsinspect` called from a shell beside it."""

    engine: EngineProcess
    environment: dict[str, str]

    async def ctl(self, *words: str) -> Any:  # noqa: ANN401 - JSON
        """Call a method, and return its result, or the list of its results."""
        printed = await self.wsinspect("ctl", *words, "--json")
        found = [json.loads(line) for line in printed.splitlines()]
        return found[0] if len(found) == 1 else found

    async def wsinspect(self, *words: str) -> str:
        """Run a command that has to succeed, and return what it prints."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "wsinspect", *words, "--engine", str(self.engine.pid)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **self.environment},
        )
        printed, complaints = await within(process.communicate(), " ".join(words), 60)
        assert process.returncode == 0, complaints.decode()
        return printed.decode()

    @contextlib.asynccontextmanager
    async def client(self) -> AsyncIterator[ControlClient]:
        """Connect to the control channel."""
        assert self.engine.ready.control is not None
        async with connected(self.engine.ready.control) as client:
            yield client


@pytest.fixture
async def shell(tmp_path: Path, confdir: Path) -> AsyncIterator[Shell]:
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    environment = {"XDG_RUNTIME_DIR": str(runtime)}
    async with running_engine(tmp_path, confdir, environment=environment) as engine:
        yield Shell(engine, environment)


@contextlib.asynccontextmanager
async def talk(engine: EngineProcess, path: str) -> AsyncIterator[tuple[ClientConnection, ServerConnection]]:
    """Let a client and a server talk through an engine."""
    arrived: asyncio.Future[ServerConnection] = asyncio.get_running_loop().create_future()

    async def take(connection: ServerConnection) -> None:
        arrived.set_result(connection)
        await connection.wait_closed()

    async with serve_websockets(take, "127.0.0.1", 0, ping_interval=None) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}{path}"
        async with connect(url, proxy=engine.url, ping_interval=None) as client:
            yield client, await within(arrived, "the server's side")


class Echoes:
    """Sends messages there and back, as fast as that goes, until it is stopped."""

    def __init__(self, client: ClientConnection, server: ServerConnection) -> None:
        self.count = 0
        self._client = client
        self._server = server
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            await self._client.send("x" * 100)
            await self._server.send(await self._server.recv())
            await self._client.recv()
            self.count += 1

    async def stop(self) -> None:
        """End it."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


async def number_of(client: ControlClient, path: str) -> int:
    """Return the number of the open session with a path."""
    found = await client.call("sessions", filter=f"path == '{path}'")
    assert isinstance(found, list)
    assert isinstance(found[0], dict)
    number = found[0]["id"]
    assert isinstance(number, int)
    return number


async def test_a_message_is_held_edited_and_released_from_a_shell_under_load(shell: Shell) -> None:
    async with (
        talk(shell.engine, "/held") as (client, server),
        talk(shell.engine, "/busy") as (busy, echo),
        contextlib.AsyncExitStack() as stack,
    ):
        echoes = Echoes(busy, echo)
        stack.push_async_callback(echoes.stop)
        assert await shell.ctl("hold", 'filter=path == "/held" and text contains "order"') == {"breakpoint": 1}
        await client.send('{"order": 1}')
        await client.send("behind it")
        await server.send("the other way")
        assert await within(client.recv(), "the other direction") == "the other way"
        async with shell.client() as control:
            await until_held(control)
        held = await shell.ctl("held")
        assert (held["dir"], held["type"], held["size"], held["by"]) == ("c2s", "text", 12, "breakpoint 1")
        where = (f"session={held['session']}", f"message={held['message']}")
        assert (await shell.ctl("payload", *where))["text"] == '{"order": 1}'
        assert await shell.ctl("edit", *where, 'json={"order": 100}') is None
        assert (await shell.ctl("held"))["changed"]
        before = echoes.count
        assert await shell.ctl("release", *where) == {"released": 1}
        assert await within(server.recv(), "the edited message") == '{"order":100}'
        assert await within(server.recv(), "the message behind it") == "behind it"
        assert echoes.count > before > 0
        assert await shell.ctl("breakpoints") == {
            "breakpoint": 1, "filter": 'path == "/held" and text contains "order"', "hits": 1,
        }  # fmt: skip
        await client.close()
    recorded = await session_at(shell.engine.capture, "/held")
    first = recorded.messages[0]
    assert (first.payload, first.sent, first.verdict) == (b'{"order": 1}', b'{"order":100}', Verdict.MODIFIED)
    assert first.held_ns


async def until_held(control: ControlClient) -> None:
    """Wait until a message is held."""
    deadline = time.monotonic() + 20
    while not await control.call("held"):
        assert time.monotonic() < deadline, "nothing is held"


async def test_frames_are_injected_to_either_side_and_a_session_is_closed(shell: Shell) -> None:
    async with talk(shell.engine, "/injected") as (client, server), shell.client() as control:
        number = f"session={await number_of(control, '/injected')}"
        await shell.ctl("inject", number, "to=both", "text=hello")
        assert await within(client.recv(), "the client's") == "hello"
        assert await within(server.recv(), "the server's") == "hello"
        await shell.ctl("inject", number, "to=client", "hex=00 ff")
        assert await within(client.recv(), "binary") == b"\x00\xff"
        await shell.ctl("inject", number, "to=server", "opcode=ping", "text=are you there")
        await shell.ctl("inject", number, "to=server", "opcode=text", "text=a", "fin=false")
        await shell.ctl("inject", number, "to=server", "opcode=continuation", "text=b")
        assert await within(server.recv(), "a fragmented one") == "ab"
        await shell.ctl("tag", number, "tags=seen")
        await shell.ctl("close", number, "code=4001", "reason=enough")
        for peer in (client, server):
            with pytest.raises(ConnectionClosed) as closed:
                await within(peer.recv(), "the close")
            assert closed.value.rcvd is not None
            assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4001, "enough")
    recorded = await session_at(shell.engine.capture, "/injected")
    assert recorded.session.tags == ("seen",)
    assert recorded.session.close is not None
    assert (recorded.session.close.by, recorded.session.close.code) == ("proxy", 4001)
    assert {message.source for message in recorded.messages} == {Source.USER}


async def test_rules_are_loaded_switched_and_listed_from_a_shell(shell: Shell, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("version: 1\nrules:\n  - {id: loud, match: {text: hi}, do: [{set_text: HI}]}\n")
    async with talk(shell.engine, "/rules") as (client, server):

        async def said() -> str | bytes:
            await client.send("hi")
            return await within(server.recv(), "a message")

        assert await shell.ctl("rules.load", f"files={rules}") == {"rules": 1}
        assert await said() == "HI"
        await shell.ctl("rules.disable", "rule=loud")
        assert await said() == "hi"
        await shell.ctl("rules.enable", "rule=loud")
        assert await said() == "HI"
        (listed,) = [json.loads(line) for line in (await shell.wsinspect("rules", "list", "--json")).splitlines()]
        assert (listed["id"], listed["hits"], listed["changed"], listed["errors"]) == ("loud", 2, 2, 0)
        assert "loud" in await shell.wsinspect("rules", "list")


async def test_recording_is_paused_and_the_engine_shut_down_from_a_shell(shell: Shell) -> None:
    async with talk(shell.engine, "/paused") as (client, server):
        for word in ("before", "unseen", "after"):
            if word == "unseen":
                await shell.ctl("pause")
                assert (await shell.ctl("status"))["paused"]
            await client.send(word)
            assert await within(server.recv(), word) == word
            if word == "unseen":
                await shell.ctl("resume")
        await client.close()
    assert await shell.ctl("shutdown") is None
    await until(lambda: not shell.engine.running, "the end of the engine")
    with CaptureReader(shell.engine.capture) as reader:
        assert [message.payload for message in reader.messages()] == [b"before", b"after"]
        assert sum(gap.messages for gap in reader.gaps()) == 1
    assert "Traceback" not in shell.engine.log


async def test_hostile_clients_of_the_channel_leave_the_traffic_alone(shell: Shell) -> None:
    """A flood of calls, one that never reads, one that hangs in a frame: messages still pass within a moment."""
    assert shell.engine.ready.control is not None
    path = shell.engine.ready.control.removeprefix("unix:")
    async with talk(shell.engine, "/calm") as (client, server), contextlib.AsyncExitStack() as stack:
        streams = [await asyncio.open_unix_connection(path) for _ in range(6)]
        for reader, writer in streams:
            await upgrade(reader, writer)
            stack.callback(writer.close)
        flood = frame(call("status")) * 5000
        for _, writer in streams[:4]:
            writer.write(flood)
        floods = [asyncio.create_task(swallow(reader)) for reader, _ in streams[:3]]
        streams[4][1].write(b"\x81\xff" + (1 << 20).to_bytes(8, "big") + b"\x00" * 400_000)
        streams[5][1].write(frame("[" * 5000) * 50)
        slowest = 0.0
        for number in range(300):
            began = time.monotonic()
            await client.send(str(number))
            assert await within(server.recv(), "a message") == str(number)
            slowest = max(slowest, time.monotonic() - began)
        assert slowest < 2, f"a message took {slowest:.2f} s"
        async with shell.client() as control:
            assert await control.call("status")
        for task in floods:
            task.cancel()
        await asyncio.gather(*floods, return_exceptions=True)


async def swallow(reader: asyncio.StreamReader) -> None:
    """Read whatever comes."""
    while await reader.read(1 << 16):
        pass


async def test_what_a_client_that_vanished_held_goes_on_and_the_record_says_so(tmp_path: Path, confdir: Path) -> None:
    async with (
        conversation(tmp_path, confdir, "version: 1\n") as talk,
        serve(talk.steering, tmp_path, limits=Limits(grace_s=0.2)) as address,
    ):
        async with unix_connect(address.removeprefix("unix:")) as control:
            await control.send(call("hold", filter="dir == c2s"))
            assert "breakpoint" in str(await control.recv())
            await talk.say("held")
            await until(talk.steering.held, "a message to be held")
            control.transport.abort()
        assert await talk.heard() == "held"
        assert talk.steering.breakpoints() == []
        await talk.say("free")
        assert await talk.heard() == "free"
        recorded: Recorded = await talk.record()
    held, free = recorded.messages
    assert held.held_ns is not None
    assert held.held_ns > 100_000_000
    assert VANISHED in (held.note or "") + " ".join(held.tags) + " ".join(held.violations)
    assert free.held_ns is None
