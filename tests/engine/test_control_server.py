"""The control channel on real sockets: who gets in, what a client is told, and what hostile ones can do."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import stat
import struct
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect, unix_connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.control.engine import FakeEngine, session
from tests.peers.waiting import until
from wsinspect.control.client import connected
from wsinspect.engine.control_server import Limits, serve
from wsinspect.engine.control_server_presence import VANISHED
from wsinspect.engine.steered import NoticeKind
from wsinspect.errors import EngineError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="has no Unix-domain sockets")

QUICK = Limits(grace_s=0.05, stall_s=0.4, connections=3)


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@contextlib.asynccontextmanager
async def raw(address: str) -> AsyncIterator[ClientConnection]:
    """Connect without the client of ours."""
    async with unix_connect(address.removeprefix("unix:"), max_size=None, compression=None) as connection:
        yield connection


async def admitted(address: str) -> ClientConnection:
    """Connect as soon as there is room; each attempt lets the server go on."""
    for _ in range(1000):
        with contextlib.suppress(InvalidStatus):
            return await unix_connect(address.removeprefix("unix:"), process_exception=lambda error: error)
    raise AssertionError("there is never room")


async def asked(connection: ClientConnection, text: str) -> Any:  # JSON
    """Send something and return the answer."""
    await connection.send(text)
    return json.loads(await connection.recv())


def call(method: str, identity: int = 1, **params: object) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": identity, "method": method, "params": params})


# ---- the socket


async def test_the_socket_is_the_users_alone_and_goes_with_the_server(engine: FakeEngine, tmp_path: Path) -> None:
    async with serve(engine, tmp_path) as address:
        path = Path(address.removeprefix("unix:"))
        assert path.parent == tmp_path
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == []
    assert engine.listeners == []


async def test_a_folder_with_a_long_path_is_not_used(engine: FakeEngine, tmp_path: Path) -> None:
    directory = tmp_path / ("long" * 30)
    directory.mkdir()
    async with serve(engine, directory) as address, connected(address) as client:
        path = Path(address.removeprefix("unix:"))
        assert len(os.fsencode(path)) <= 103
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
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
            left = {path.name for path in tmp_path.iterdir()} - {Path(address).name}
    assert left == {"fresh.sock", "living.sock", "other.json"}


async def test_two_engines_share_a_folder(engine: FakeEngine, tmp_path: Path) -> None:
    async with serve(engine, tmp_path) as one, serve(FakeEngine(), tmp_path) as other:
        assert one != other


# ---- who gets in


async def test_a_web_page_does_not_get_in(engine: FakeEngine, tmp_path: Path) -> None:
    async with serve(engine, tmp_path) as address:
        with pytest.raises(InvalidStatus) as refused:
            await unix_connect(address.removeprefix("unix:"), origin="https://evil.test")  # type: ignore[arg-type]
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
    async with serve(engine, tmp_path, limits=QUICK) as address, contextlib.AsyncExitStack() as clients:
        for _ in range(QUICK.connections - 1):
            await clients.enter_async_context(connected(address))
        async with connected(address):
            with pytest.raises(EngineError, match="too many clients"):
                async with connected(address):
                    raise AssertionError
        async with await admitted(address) as connection:
            assert await asked(connection, call("held"))


async def test_a_crowd_that_says_nothing_is_cut_off_and_harms_nobody(engine: FakeEngine, tmp_path: Path) -> None:
    async with serve(engine, tmp_path, limits=QUICK) as address, connected(address) as client:
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


# ---- calls


async def test_batches_notifications_and_mistakes_are_answered_as_json_rpc_says(
    engine: FakeEngine, tmp_path: Path
) -> None:
    async with serve(engine, tmp_path) as address, raw(address) as connection:
        assert (await asked(connection, "{"))["error"]["code"] == -32700
        assert (await asked(connection, "[]"))["error"]["code"] == -32600
        batch = f'[{call("held", 7)}, {{"jsonrpc": "2.0", "method": "pause"}}, 1, {call("nothing", 8)}]'
        answers = await asked(connection, batch)
        assert [(each["id"], each.get("error", {}).get("code")) for each in answers] == [
            (7, None),
            (None, -32600),
            (8, -32601),
        ]
        await connection.send('[{"jsonrpc": "2.0", "method": "resume"}, {"jsonrpc": "2.0", "method": "nothing"}]')
        assert (await asked(connection, call("edit", 9, session=1)))["error"] == {
            "code": -32602,
            "message": "edit: parameter 'message' is missing",
        }
    assert engine.calls == [("pause",), ("resume",)]


async def test_what_the_engine_refuses_says_why(engine: FakeEngine, tmp_path: Path) -> None:
    async with serve(engine, tmp_path) as address, raw(address) as connection:
        assert (await asked(connection, call("drop", session=1, message=9)))["error"] == {
            "code": -32000,
            "message": "message 1.9 is not held",
            "data": {"kind": "engine", "message": "message 1.9 is not held", "hint": "'held' lists what is"},
        }
        refused = (await asked(connection, call("hold", filter="size >")))["error"]
        assert refused["data"] | {"message": ""} == {
            "kind": "filter", "message": "", "where": "filter:7", "expression": "size >", "column": 7,
        } | {key: refused["data"][key] for key in ("hint",) if key in refused["data"]}  # fmt: skip
        assert (await asked(connection, call("rules.load", files=["/bad.yaml"])))["error"]["data"]["kind"] == "rule"


async def test_a_mistake_of_ours_stays_between_the_client_and_the_log(
    engine: FakeEngine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    engine.broken = True
    async with serve(engine, tmp_path) as address, raw(address) as connection:
        assert (await asked(connection, call("status")))["error"]["code"] == -32603
        assert len(await asked(connection, call("held")))
    assert [record.getMessage() for record in caplog.records] == ["control channel: status failed"]


async def test_a_long_list_leaves_room_for_others(engine: FakeEngine, tmp_path: Path) -> None:
    engine.open = [session(number) for number in range(1, 2001)]
    rounds = 0
    async with serve(engine, tmp_path) as address, connected(address) as client:
        listing = asyncio.create_task(client.call("sessions"))
        while not listing.done():
            rounds += 1
            await asyncio.sleep(0)
        found = await listing
        assert isinstance(found, list)
        assert len(found) == 2000
        assert rounds > 2000 / 50
        assert await client.call("sessions", filter="host == 'other.test'") == []


async def test_a_batch_answers_only_so_much(engine: FakeEngine, tmp_path: Path) -> None:
    engine.waiting[1, 5] = (1, b"a" * (5 << 20))
    batch = "[" + ",".join([call("payload", session=1, message=5)] * 9 + [call("abort", session=1)]) + "]"
    async with serve(engine, tmp_path) as address, raw(address) as connection:
        answers = await asked(connection, batch)
    assert sum("result" in answer for answer in answers) == 7
    assert "too large" in answers[-1]["error"]["message"]
    assert engine.calls == []


# ---- notices


async def test_notices_come_to_those_who_subscribed_until_they_do_not(engine: FakeEngine, tmp_path: Path) -> None:
    async with serve(engine, tmp_path) as address, connected(address) as one, connected(address) as other:
        await one.call("subscribe")
        await other.call("subscribe", kinds=["held"])
        engine.tell(NoticeKind.LOG, "first")
        engine.tell(NoticeKind.HELD, session=1, message=5)
        first, second = [await anext(one.notices()) for _ in range(2)]
        assert (first.kind, first.params["text"]) == ("log", "first")
        assert second.params == {"time": 1795000000.0, "session": 1, "message": 5}
        assert await anext(other.notices()) == second
        await one.call("unsubscribe")
        engine.tell(NoticeKind.LOG, "second")
        await one.call("subscribe")
        engine.tell(NoticeKind.LOG, "third")
        assert (await anext(one.notices())).params["text"] == "third"


async def test_the_status_comes_every_so_often(engine: FakeEngine, tmp_path: Path) -> None:
    async with serve(engine, tmp_path) as address, connected(address) as client:
        await client.call("subscribe", kinds=[], status_every=0.1)
        told = [await anext(client.notices()) for _ in range(2)]
        assert [notice.kind for notice in told] == ["status", "status"]
        assert told[0].params == await client.call("status")
        await client.call("subscribe", kinds=[])


async def test_a_status_that_fails_is_told_no_more(
    engine: FakeEngine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with serve(engine, tmp_path) as address, connected(address) as client:
        engine.broken = True
        await client.call("subscribe", status_every=0.1)
        await until(lambda: bool(caplog.records), "the log")
        assert caplog.records[0].getMessage() == "control channel: no status any more"
        assert await client.call("held")


# ---- what clients leave behind


async def test_what_a_client_held_is_released_a_while_after_it_vanished(engine: FakeEngine, tmp_path: Path) -> None:
    async with serve(engine, tmp_path, limits=QUICK) as address:
        async with connected(address) as client:
            assert await client.call("hold", filter="dir == c2s") == {"breakpoint": 1}
            owner = engine.points[0].owner
            assert owner
        assert engine.calls == []
        await asyncio.wait_for(engine.released.wait(), 5)
    assert engine.calls == [("release_all", owner, VANISHED)]


async def test_a_client_that_comes_back_under_its_name_keeps_what_it_holds(engine: FakeEngine, tmp_path: Path) -> None:
    async with serve(engine, tmp_path, limits=QUICK) as address:
        async with connected(address) as client:
            assert await client.call("hello", name="anna") == {"version": "0.1", "owner": "anna"}
            await client.call("hold", filter="dir == c2s")
        async with connected(address) as client:
            await client.call("hello", name="anna")
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(engine.released.wait(), 4 * QUICK.grace_s)
            with pytest.raises(EngineError, match="named 'anna' already"):
                await client.call("hello", name="berta")
        await asyncio.wait_for(engine.released.wait(), 5)
    assert engine.calls == [("release_all", "anna", VANISHED)]


async def test_a_breakpoint_that_is_to_stay_stays(engine: FakeEngine, tmp_path: Path) -> None:
    async with serve(engine, tmp_path, limits=QUICK) as address:
        async with connected(address) as client:
            await client.call("hold", filter="dir == c2s", keep=True)
        assert engine.points[0].owner == ""
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(engine.released.wait(), 4 * QUICK.grace_s)


async def test_nothing_is_released_when_the_engine_stops(engine: FakeEngine, tmp_path: Path) -> None:
    async with serve(engine, tmp_path, limits=QUICK) as address, connected(address) as client:
        await client.call("hold", filter="dir == c2s")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(engine.released.wait(), 4 * QUICK.grace_s)


# ---- hostile clients


async def hanging_in_a_frame(path: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect, announce a large message and send only its beginning."""
    reader, writer = await asyncio.open_unix_connection(path)
    await upgrade(reader, writer)
    writer.write(b"\x81\xff" + struct.pack("!Q", 1 << 20) + b"\x00\x00\x00\x00" + b"[" * 1000)
    await writer.drain()
    return reader, writer


async def upgrade(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(
        b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    assert b" 101 " in await reader.readuntil(b"\r\n\r\n")


def frame(text: str) -> bytes:
    """Make a masked text frame; the mask changes nothing."""
    data = text.encode()
    length = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + struct.pack("!H", len(data))
    return b"\x81" + length + b"\x00\x00\x00\x00" + data


async def test_a_client_that_hangs_in_a_frame_harms_nobody(engine: FakeEngine, tmp_path: Path) -> None:
    async with serve(engine, tmp_path) as address, connected(address) as client:
        _, writer = await hanging_in_a_frame(address.removeprefix("unix:"))
        assert await client.call("held")
        writer.close()


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x81\xff" + struct.pack("!Q", 1 << 40) + b"\x00\x00\x00\x00",
        b"\xf1\x80\x00\x00\x00\x00",
        b"\x81\x02{}",
        b"\x81\x82\x00\x00\x00\x00\xff\xfe",
        b"\x00" * 100_000,
    ],
    ids=["too large", "reserved bits", "not masked", "not UTF-8", "zeros"],
)
async def test_a_client_that_breaks_the_protocol_is_cut_off_alone(
    engine: FakeEngine, tmp_path: Path, garbage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with serve(engine, tmp_path) as address, connected(address) as client:
        reader, writer = await asyncio.open_unix_connection(address.removeprefix("unix:"))
        await upgrade(reader, writer)
        writer.write(garbage)
        answered = await asyncio.wait_for(reader.read(200), 10)
        assert answered[:1] == b"\x88" or b"-32700" in answered
        writer.close()
        assert await client.call("held")
    assert caplog.records == []


async def test_a_flood_leaves_the_event_loop_to_others(engine: FakeEngine, tmp_path: Path) -> None:
    async with serve(engine, tmp_path) as address, connected(address) as client:
        reader, writer = await asyncio.open_unix_connection(address.removeprefix("unix:"))
        await upgrade(reader, writer)
        flood = frame(call("rules.disable", rule="vip")) * 20_000

        async def pour() -> None:
            writer.write(flood)
            while await reader.read(1 << 16):
                pass

        pouring = asyncio.create_task(pour())
        await until(lambda: len(engine.calls) > 10, "the flood")
        before = len(engine.calls)
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(engine.calls) - before <= 20, "more than one call in a round of the event loop"
        assert await client.call("held")
        assert len(engine.calls) < 20_000
        pouring.cancel()
        writer.close()


async def test_a_subscriber_that_reads_late_is_told_how_much_it_missed(engine: FakeEngine, tmp_path: Path) -> None:
    async with serve(engine, tmp_path, limits=Limits(stall_s=20)) as address, raw(address) as connection:
        await asked(connection, call("subscribe"))
        for number in range(5000):
            engine.tell(NoticeKind.LOG, "x" * 500, message=number)
        told = [json.loads(await connection.recv()) for _ in range(1001)]
        assert [each["params"]["message"] for each in told[:-1]] == list(range(1000))
        assert told[-1] == {"jsonrpc": "2.0", "method": "lost", "params": {"count": 4000}}
        engine.tell(NoticeKind.LOG, "at last")
        assert json.loads(await connection.recv())["params"]["text"] == "at last"


@pytest.mark.parametrize("by", ["notices", "answers"])
async def test_a_client_that_never_reads_is_cut_off(engine: FakeEngine, tmp_path: Path, by: str) -> None:
    engine.waiting[1, 5] = (1, b"a" * (1 << 20))
    async with serve(engine, tmp_path, limits=QUICK) as address, connected(address) as client:
        reader, writer = await asyncio.open_unix_connection(address.removeprefix("unix:"), limit=1024)
        await upgrade(reader, writer)
        writer.transport.pause_reading()
        if by == "notices":
            writer.write(frame(call("subscribe")))
            await client.call("held")
            for _ in range(900):
                engine.tell(NoticeKind.LOG, "x" * 4000)
        else:
            writer.write(frame(call("payload", session=1, message=5)) * 10)

        def is_cut_off() -> bool:
            writer.write(b"\x8a\x80\x00\x00\x00\x00")  # a pong; the pipe breaks where nobody reads it
            return writer.is_closing()

        await until(is_cut_off, "the end of the connection")
        assert await client.call("held")


async def test_a_slow_reader_gets_all_of_a_large_answer(engine: FakeEngine, tmp_path: Path) -> None:
    engine.waiting[1, 5] = (1, b"a" * (6 << 20))
    async with serve(engine, tmp_path, limits=Limits(stall_s=0.4)) as address:
        reader, writer = await asyncio.open_unix_connection(address.removeprefix("unix:"), limit=1 << 16)
        await upgrade(reader, writer)
        writer.write(frame(call("payload", session=1, message=5)))
        received = 0
        while received < 6 << 20:
            received += len(await reader.read(1 << 18))
            await asyncio.sleep(0.03)
        writer.close()


async def test_a_client_is_told_that_the_engine_stops(engine: FakeEngine, tmp_path: Path) -> None:
    async with contextlib.AsyncExitStack() as stack:
        async with serve(engine, tmp_path) as address:
            connection = await stack.enter_async_context(raw(address))
        with pytest.raises(ConnectionClosed) as closed:
            await connection.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1001
