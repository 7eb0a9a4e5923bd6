"""A mock stands in for the server of a recorded session, and the library that was recorded does not notice."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from tests.peers.capture import all_recorded, recorded_sessions, session_where
from tests.peers.certificates import client_context
from tests.peers.engine import EngineProcess
from tests.peers.framing import CLOSE, TEXT, build
from tests.peers.mocks import MockProcess, running_mock
from tests.peers.stateful_pairs import Library, converse, stateful_server
from tests.peers.upgrade import connect as connect_socket
from tests.peers.upgrade import finish_upgrade, request
from tests.peers.waiting import until, within
from wsinspect.model import Direction, Message, SessionState, Source
from wsinspect.store.reader import CaptureReader

LIBRARIES = [pytest.param(one, marks=[] if one is Library.WEBSOCKETS else pytest.mark.peer) for one in Library]
PRICES = {"kettle": 24.5, "lamp": 39}
SUBPROTOCOL = Subprotocol("shop.v1")


@pytest.mark.parametrize("library", LIBRARIES)
async def test_the_real_client_does_not_notice(
    library: Library, engine: EngineProcess, tmp_path: Path, confdir: Path
) -> None:
    async with stateful_server(library) as server:
        seen = await converse(library, server.origin, proxy=engine.url)
        assert seen["event"] == "done", seen
        recorded = await session_where(engine.capture, lambda one: f":{server.port}/" in one.url, "the session")
    options = ("--session", str(recorded.session.id), "--proxy", "127.0.0.1:0", "--strict")
    async with running_mock(tmp_path, confdir, engine.capture, *options) as mock:
        told = await asyncio.gather(
            converse(library, f"ws://localhost:{mock.port}", first_id=50),
            converse(library, f"wss://localhost:{mock.port}", ca=engine.ca),
            converse(library, server.origin, proxy=mock.proxy),
        )
        assert [(one["event"], one.get("prices"), one.get("pushes")) for one in told] == [("done", PRICES, 2)] * 3, told
        assert len({one["client"] for one in told}) == 3, "each got its own name back"
        assert await mock.stopped() == 0, mock.log
    assert [one.session.state for one in all_recorded(mock.capture)] == [SessionState.CLOSED] * 3
    sources = {(message.direction, message.source) for one in all_recorded(mock.capture) for message in one.messages}
    assert sources == {(Direction.C2S, Source.PEER), (Direction.S2C, Source.REPLAY)}
    assert "3 clients, 0 messages not in the recording" in mock.log


# ---- a small shop, with compression and a subprotocol


async def _shop(connection: ServerConnection) -> None:
    await connection.send('{"type":"welcome"}')
    async for text in connection:
        asked = json.loads(text)
        if asked["type"] == "bye":
            await connection.close(4000, "see you")
            return
        price = PRICES[asked["item"]]
        await connection.send(json.dumps({"type": "price", "id": asked["id"], "item": asked["item"], "price": price}))


@pytest.fixture
async def shop(engine: EngineProcess, request: pytest.FixtureRequest) -> tuple[str, ...]:
    """What `wsinspect mock` needs to know to play the shop; its server is gone by then."""
    path = f"/{request.node.name.partition('[')[0]}"
    async with serve(_shop, "127.0.0.1", 0, subprotocols=[SUBPROTOCOL]) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with connect(
            f"ws://localhost:{port}{path}?user=1", proxy=engine.url, subprotocols=[SUBPROTOCOL]
        ) as connection:
            await _hear(connection)
            for number, item in enumerate(PRICES, 1):
                assert (await _ask(connection, number, item))["price"] == PRICES[item]
            await connection.send('{"type":"bye"}')
            await within(connection.wait_closed(), "the end")
    recorded = await session_where(engine.capture, lambda one: one.path == f"{path}?user=1", "the session")
    return str(engine.capture), "--session", str(recorded.session.id)


async def _hear(connection: ClientConnection) -> dict[str, object]:
    message: dict[str, object] = json.loads(await within(connection.recv(), "a message"))
    return message


async def _ask(connection: ClientConnection, number: int, item: str) -> dict[str, object]:
    await connection.send(json.dumps({"type": "price", "id": number, "item": item}))
    return await _hear(connection)


def _url(mock: MockProcess, shop: tuple[str, ...]) -> str:
    path = next(str(one.path) for one in recorded_sessions(Path(shop[0])) if str(one.id) == shop[2])
    return f"ws://localhost:{mock.port}{path.partition('?')[0]}"


async def test_a_client_that_says_something_else_gets_what_is_nearest(
    shop: tuple[str, ...], tmp_path: Path, confdir: Path
) -> None:
    async with running_mock(tmp_path, confdir, Path(shop[0]), *shop[1:], "--strict") as mock:
        async with connect(_url(mock, shop), proxy=None, subprotocols=[SUBPROTOCOL]) as connection:
            assert connection.subprotocol == SUBPROTOCOL
            assert connection.response is not None
            assert "permessage-deflate" in connection.response.headers["Sec-WebSocket-Extensions"]
            assert await _hear(connection) == {"type": "welcome"}
            lamp = await _ask(connection, 7, "lamp")
            kettle = await _ask(connection, 8, "kettle")
            again = await _ask(connection, 9, "lamp")
            mop = await _ask(connection, 10, "mop")
            assert (lamp["id"], lamp["price"]) == (7, 39)
            assert (kettle["id"], kettle["price"]) == (8, 24.5)
            assert (again["id"], again["price"]) == (9, 39)
            assert (mop["id"], mop["item"]) == (10, "mop")
            await connection.send('{"type":"steal","item":"\x1b[31m"}'.replace("\x1b", "\\u001b"))
            await until(lambda: "steal is not in the recording" in mock.log, "the message to be told of")
            await connection.send('{"type":"bye"}')
            with pytest.raises(ConnectionClosed):
                await within(connection.recv(), "the close")
            assert (connection.close_code, connection.close_reason) == (4000, "see you")
        assert await mock.stopped() == 1, mock.log
    assert '$.type: "steal", recorded "' in mock.log
    assert "\x1b[31m" not in mock.log
    assert "1 client, 1 message not in the recording" in mock.log
    assert recorded_sessions(mock.capture)[0].tags == ("unmatched",)


async def test_other_paths_are_not_answered_unless_any_is(
    shop: tuple[str, ...], tmp_path: Path, confdir: Path, engine: EngineProcess
) -> None:
    async with running_mock(tmp_path, confdir, Path(shop[0]), *shop[1:]) as mock:
        with pytest.raises(InvalidStatus, match="404"):
            await connect(f"ws://localhost:{mock.port}/other", proxy=None)
        url = f"wss://localhost:{mock.port}/other"
        with pytest.raises(InvalidStatus, match="404"):
            await connect(url, proxy=None, ssl=client_context(engine.ca))
    (tmp_path / "any").mkdir()
    async with (
        running_mock(tmp_path / "any", confdir, Path(shop[0]), *shop[1:], "--any-path") as mock,
        connect(f"ws://localhost:{mock.port}/other", proxy=None) as connection,
    ):
        assert connection.subprotocol is None
        assert await _hear(connection) == {"type": "welcome"}


async def test_rules_act_on_what_is_played(shop: tuple[str, ...], tmp_path: Path, confdir: Path) -> None:
    rules = tmp_path / "dear.yaml"
    rules.write_text(
        "version: 1\nrules:\n  - id: dear\n    match: {dir: s2c, json: {$.type: price}}\n"
        "    do:\n      - json_set: {$.price: 99}\n"
    )
    async with (
        running_mock(tmp_path, confdir, Path(shop[0]), *shop[1:], "--rules", str(rules)) as mock,
        connect(_url(mock, shop), proxy=None) as connection,
    ):
        await _hear(connection)
        assert (await _ask(connection, 1, "lamp"))["price"] == 99


@pytest.mark.parametrize("pace", ["timed", "sequence"])
async def test_other_paces(shop: tuple[str, ...], tmp_path: Path, confdir: Path, pace: str) -> None:
    options = ("--pace", pace, "--speed", "100", "--loop")
    async with (
        running_mock(tmp_path, confdir, Path(shop[0]), *shop[1:], *options) as mock,
        connect(_url(mock, shop), proxy=None) as connection,
    ):
        assert await _hear(connection) == {"type": "welcome"}
        for number, item in enumerate(PRICES, 3):
            answer = await _ask(connection, number, item)
            assert (answer["id"], answer["price"]) == (number, PRICES[item])


async def test_hostile_clients_leave_others_alone(shop: tuple[str, ...], tmp_path: Path, confdir: Path) -> None:
    key = b"\x01\x02\x03\x04"
    junk = [
        build(TEXT, b"\xff\xfe not text", mask=key),
        build(TEXT, b'{"type":' * 5000, mask=key),
        build(TEXT, b"[" * 100_000, mask=key),
        build(2, os.urandom(300_000), mask=key),
        build(TEXT, b"not masked"),
        build(0, b"of nothing", mask=key) + build(7, b"?", mask=key),
        b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff" + key + b"x" * 1000,
        build(CLOSE, b"\x03", mask=key),
        b"",
    ]
    async with running_mock(tmp_path, confdir, Path(shop[0]), *shop[1:]) as mock:
        path = _url(mock, shop).partition(str(mock.port))[2]
        async with connect(_url(mock, shop), proxy=None) as innocent:
            assert await _hear(innocent) == {"type": "welcome"}
            for data in junk:
                client = await connect_socket(("127.0.0.1", mock.port))
                await finish_upgrade(client, request(path, "localhost"))
                await client.send(data)
                await (client.reset() if data else client.close())
            assert (await _ask(innocent, 1, "lamp"))["price"] == 39
        assert await mock.stopped() == 0


async def _chat(connection: ServerConnection) -> None:
    async for text in connection:
        match json.loads(text):
            case {"type": "join", "name": name}:
                # Not before the client's next message is here: a burst is recorded, however fast the machine is.
                typing = json.loads(await connection.recv())
                assert typing["type"] == "typing"
                await connection.send(json.dumps({"type": "welcome", "members": [name]}))
                await connection.send(json.dumps({"type": "typing", "name": name}))
            case {"type": kind}:
                await connection.send(json.dumps({"type": kind, "name": "ana"}))


@pytest.mark.parametrize("pace", ["causal", "timed", "sequence"])
async def test_a_client_may_wait_where_the_recorded_one_went_on(
    engine: EngineProcess, tmp_path: Path, confdir: Path, pace: str
) -> None:
    join, typing, echo = '{"type":"join","name":"ana"}', '{"type":"typing"}', {"type": "typing", "name": "ana"}
    welcome = {"type": "welcome", "members": ["ana"]}
    path = f"/chat-{pace}"
    async with serve(_chat, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with connect(f"ws://localhost:{port}{path}", proxy=engine.url) as connection:
            await connection.send(join)
            await connection.send(typing)
            assert [await _hear(connection) for _ in range(2)] == [welcome, echo]
            for _ in range(2):
                await connection.send(typing)
                assert await _hear(connection) == echo
    recorded = await session_where(engine.capture, lambda one: one.path == path, "the session")
    options = ("--session", str(recorded.session.id), "--pace", pace, "--strict")
    async with running_mock(tmp_path, confdir, engine.capture, *options) as mock:
        async with connect(f"ws://localhost:{mock.port}{path}", proxy=None) as connection:
            await connection.send(join)
            assert await _hear(connection) == welcome
            for _ in range(3):
                await connection.send(typing)
                assert await _hear(connection) == echo
        assert await mock.stopped() == 0, mock.log


def _messages(capture: Path) -> list[Message]:
    with CaptureReader(capture) as reader:
        return list(reader.messages())


async def test_what_was_played_is_on_record_when_the_mock_is_killed(
    shop: tuple[str, ...], tmp_path: Path, confdir: Path
) -> None:
    async with running_mock(tmp_path, confdir, Path(shop[0]), *shop[1:]) as mock:
        async with connect(_url(mock, shop), proxy=None) as connection:
            await _hear(connection)
            await _ask(connection, 1, "lamp")
            await until(lambda: len(_messages(mock.capture)) == 3, "the messages to be on record")
            mock.process.kill()
            with pytest.raises(ConnectionClosed):
                await within(connection.recv(), "the end")
        mock.process.wait(10)
    assert [one.source for one in _messages(mock.capture)] == [Source.REPLAY, Source.PEER, Source.REPLAY]


async def test_a_client_that_is_gone_half_way_ends_its_own_run(
    shop: tuple[str, ...], tmp_path: Path, confdir: Path
) -> None:
    async with (
        running_mock(tmp_path, confdir, Path(shop[0]), *shop[1:]) as mock,
        connect(_url(mock, shop), proxy=None) as gone,
        connect(_url(mock, shop), proxy=None) as stays,
    ):
        for connection in (gone, stays):
            assert await _hear(connection) == {"type": "welcome"}
        gone.transport.abort()
        await until(lambda: "0 of its messages" in mock.log, "the end of a run")
        assert (await _ask(stays, 1, "kettle"))["price"] == 24.5
