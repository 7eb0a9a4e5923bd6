"""The control channel on real sockets: who gets in, what a client is told, and what hostile ones can do."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import stat
import sys
import time
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect, unix_connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.control.calling import asked, call, hanging_in_a_frame, raw
from tests.control.engine import FakeEngine
from wsinspect.control.client import connected
from wsinspect.engine.control_server import Limits, serve
from wsinspect.errors import EngineError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="has no Unix-domain sockets")

FEW = Limits(connections=3)


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


async def admitted(address: str) -> ClientConnection:
    """Connect as soon as there is room; each attempt lets the server go on."""
    for _ in range(1000):
        with contextlib.suppress(InvalidStatus):
            return await unix_connect(address.removeprefix("unix:"), process_exception=lambda error: error)
    raise AssertionError("there is never room")


def mode(path: Path) -> int:
    """Return who may do what with a file."""
    return stat.S_IMODE(path.stat().st_mode)


def names(directory: Path) -> set[str]:
    """List the files of a folder."""
    return {path.name for path in directory.iterdir()}


# ---- the socket


async def test_the_socket_is_the_users_alone_and_goes_with_the_server(engine: FakeEngine, tmp_path: Path) -> None:
    async with serve(engine, tmp_path) as address:
        path = Path(address.removeprefix("unix:"))
        assert path.parent == tmp_path
        assert mode(path) == 0o600
    assert names(tmp_path) == set()
    assert engine.listeners == []


async def test_a_folder_with_a_long_path_is_not_used(engine: FakeEngine, tmp_path: Path) -> None:
    directory = tmp_path / ("long" * 30)
    directory.mkdir()
    async with serve(engine, directory) as address, connected(address) as client:
        path = Path(address.removeprefix("unix:"))
        assert len(os.fsencode(path)) <= 103
        assert mode(path.parent) == 0o700
        assert await client.call("held")
    assert not path.parent.exists()


async def test_a_folder_that_cannot_be_written_is_an_error(engine: FakeEngine, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="cannot open the control channel"):
        async with serve(engine, tmp_path / "missing"):
            raise AssertionError


async def test_sockets_of_dead_engines_are_removed(engine: FakeEngine, tmp_path: Path) -> None:
    dead, fresh, other = tmp_path / "dead.sock", tmp_path / "fresh.sock", tmp_path / "other.json"
    for path in (dead, fresh):
        with socket.socket(socket.AF_UNIX) as gone:
            gone.bind(str(path))
    other.touch()
    long_ago = time.time() - 3600
    os.utime(dead, (long_ago, long_ago))
    with socket.socket(socket.AF_UNIX) as living:
        living.bind(str(tmp_path / "living.sock"))
        living.listen()
        os.utime(tmp_path / "living.sock", (long_ago, long_ago))
        async with serve(engine, tmp_path) as address:
            left = names(tmp_path) - {Path(address).name}
    assert left == {"fresh.sock", "living.sock", "other.json"}


async def test_two_engines_share_a_folder(engine: FakeEngine, tmp_path: Path) -> None:
    async with serve(engine, tmp_path) as one, serve(FakeEngine(), tmp_path) as other:
        assert one != other


# ---- who gets in


async def test_a_web_page_does_not_get_in(engine: FakeEngine, tmp_path: Path) -> None:
    async with serve(engine, tmp_path) as address:
        with pytest.raises(InvalidStatus) as refused:
            await unix_connect(address.removeprefix("unix:"), origin="https://evil.test")
        assert refused.value.response.status_code == 403
    async with serve(engine, tmp_path, tcp=True) as address:
        with pytest.raises(InvalidStatus) as refused:
            await connect(address, origin="http://127.0.0.1", proxy=None)  # type: ignore[arg-type]
        assert refused.value.response.status_code == 403


@pytest.mark.parametrize("query", ["", "?", "?token=", "?token=wrong", "?tok=1", "?token=%ff", "?token=" + "a" * 5000])
async def test_over_tcp_nobody_gets_in_without_the_token(engine: FakeEngine, tmp_path: Path, query: str) -> None:
    async with serve(engine, tmp_path, tcp=True) as address:
        with pytest.raises(InvalidStatus) as refused:
            await connect(address.partition("?")[0] + query, proxy=None)
        assert refused.value.response.status_code == 403
        assert engine.calls == []


async def test_over_tcp_the_address_is_all_that_is_needed(engine: FakeEngine, tmp_path: Path) -> None:
    async with serve(engine, tmp_path, tcp=True) as address, serve(engine, tmp_path, tcp=True) as other:
        assert address.startswith("ws://127.0.0.1:")
        assert address.partition("?")[2] != other.partition("?")[2]
        async with connected(address) as client:
            assert await client.call("rules.disable", rule="vip") is None
    assert engine.calls == [("enable_rule", "vip", False)]


async def test_what_is_no_upgrade_gets_no_further(engine: FakeEngine, tmp_path: Path) -> None:
    async with serve(engine, tmp_path, tcp=True) as address:
        host, _, port = address.removeprefix("ws://").partition("/")[0].partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"GET /{address.rpartition('/')[2]} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        assert (await reader.readline()).split()[1] in {b"426", b"400"}
        writer.close()


async def test_too_many_clients_are_turned_away_until_one_goes(engine: FakeEngine, tmp_path: Path) -> None:
    async with serve(engine, tmp_path, limits=FEW) as address, contextlib.AsyncExitStack() as clients:
        for _ in range(FEW.connections - 1):
            await clients.enter_async_context(connected(address))
        async with connected(address):
            with pytest.raises(EngineError, match="too many clients"):
                async with connected(address):
                    raise AssertionError
        async with await admitted(address) as connection:
            assert await asked(connection, call("held"))


async def test_a_crowd_that_says_nothing_is_cut_off_and_harms_nobody(engine: FakeEngine, tmp_path: Path) -> None:
    async with serve(engine, tmp_path, limits=FEW) as address, connected(address) as client:
        crowd = [await asyncio.open_unix_connection(address.removeprefix("unix:")) for _ in range(20)]
        ended = [asyncio.create_task(reader.read()) for reader, _ in crowd]
        done, waiting = await asyncio.wait(ended, timeout=5, return_when=asyncio.FIRST_COMPLETED)
        assert done
        assert await client.call("held")
        for task in waiting:
            task.cancel()
        for _, writer in crowd:
            writer.close()


async def test_the_server_ends_soon_whatever_clients_do(engine: FakeEngine, tmp_path: Path) -> None:
    began = time.monotonic()
    async with serve(engine, tmp_path) as address:
        path = address.removeprefix("unix:")
        _, silent = await asyncio.open_unix_connection(path)
        _, hanging = await hanging_in_a_frame(path)
    assert time.monotonic() - began < 10
    for writer in (silent, hanging):
        writer.close()


async def test_a_client_is_told_that_the_engine_stops(engine: FakeEngine, tmp_path: Path) -> None:
    async with contextlib.AsyncExitStack() as stack:
        async with serve(engine, tmp_path) as address:
            connection = await stack.enter_async_context(raw(address))
        with pytest.raises(ConnectionClosed) as closed:
            await connection.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1001
