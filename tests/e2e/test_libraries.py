"""Python's `websockets` and `aiohttp` as client and server: what they say arrives, is on record, byte for byte."""

from __future__ import annotations

import contextlib
import random
import ssl
from collections.abc import AsyncIterator

import aiohttp
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.peers import framing
from tests.peers.capture import session_at
from tests.peers.certificates import Certificate, client_context
from tests.peers.engine import EngineProcess
from tests.peers.lane import Lane
from tests.peers.libraries import LibraryServer, aiohttp_server, websockets_server
from tests.peers.tap import client_tap, server_tap
from tests.peers.waiting import until, within
from wsinspect.model import Direction, SessionState

LARGE = random.Random(2).randbytes(2 << 20)


@contextlib.asynccontextmanager
async def _connected(
    lane: Lane, server: LibraryServer, path: str, *, compressed: bool = True
) -> AsyncIterator[ClientConnection]:
    tls = client_context(lane.engine.ca) if lane.scheme == "wss" else None
    async with connect(
        server.url(lane.scheme, path),
        ssl=tls,
        proxy=lane.engine.url,
        compression="deflate" if compressed else None,
        max_size=64 << 20,
        ping_interval=None,
    ) as client:
        yield client


def _server_tls(lane: Lane, certificate: Certificate) -> ssl.SSLContext | None:
    return certificate.server_context() if lane.scheme == "wss" else None


@pytest.mark.parametrize("compressed", [True, False], ids=["deflate", "plain"])
async def test_websockets_talks_through_the_engine(lane: Lane, certificate: Certificate, compressed: bool) -> None:
    path = lane.path("websockets")
    async with (
        websockets_server(_server_tls(lane, certificate), compressed=compressed) as server,
        _connected(lane, server, path, compressed=compressed) as client,
    ):
        for message in ("text", "", "ünïcödé ☃", b"binary", b"", LARGE):
            await client.send(message)
            assert await within(client.recv(), f"the echo of {message[:20]!r}") == message
        await client.send(["frag", "ment", "ed"])
        assert await within(client.recv(), "the echo of fragments") == "fragmented"
        await client.send("fragments one two three")
        parts = [part async for part in client.recv_streaming()]
        assert parts[:3] == ["one", "two", "three"]
        await within(await client.ping(b"from the client"), "a pong")
        await client.send("ping from the server")
        await client.send("close 4444 bye ☃")
        with pytest.raises(ConnectionClosed) as closed:
            await within(client.recv(), "the close")
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4444, "bye ☃")
    recorded = await session_at(lane.engine.capture, path)
    assert recorded.session.state is SessionState.CLOSED
    close = recorded.session.close
    assert close is not None
    assert (close.by, close.code, close.reason, close.clean) == ("server", 4444, "bye ☃", True)
    sent = [one.payload for one in recorded.messages if one.direction is Direction.C2S]
    assert sent[:7] == [b"text", b"", "ünïcödé ☃".encode(), b"binary", b"", LARGE, b"fragmented"]
    answered = [one.payload for one in recorded.messages if one.direction is Direction.S2C]
    assert answered == [*sent[:7], b"onetwothree"]
    assert server.pongs == [b"from the server"]
    assert (recorded.session.extensions is not None) == compressed
    assert not [frame for frame in recorded.frames if frame.violations]


async def test_a_websockets_server_that_vanishes_is_no_clean_close(lane: Lane, certificate: Certificate) -> None:
    path = lane.path("vanish")
    async with (
        websockets_server(_server_tls(lane, certificate)) as server,
        _connected(lane, server, path) as client,
    ):
        await client.send("vanish")
        with pytest.raises(ConnectionClosed) as closed:
            await within(client.recv(), "the loss")
        assert (closed.value.rcvd, client.close_code) == (None, 1006)
    recorded = await session_at(lane.engine.capture, path)
    close = recorded.session.close
    assert close is None or (close.by, close.code, close.clean) == ("server", None, False)
    assert Direction.S2C not in [frame.direction for frame in recorded.frames if frame.opcode == framing.CLOSE]


async def test_a_websockets_client_that_vanishes_is_no_clean_close(lane: Lane, certificate: Certificate) -> None:
    path = lane.path("client-vanish")
    async with (
        websockets_server(_server_tls(lane, certificate)) as server,
        _connected(lane, server, path) as client,
    ):
        await client.send("hello")
        assert await within(client.recv(), "the echo") == "hello"
        client.transport.abort()
        assert await until(lambda: server.closes.get(path), "the server to see the loss") == (1006, "")
    recorded = await session_at(lane.engine.capture, path)
    close = recorded.session.close
    assert close is None or (close.by, close.code, close.clean) == ("client", None, False)


async def test_both_sides_tapped_the_streams_are_equal(lane: Lane, certificate: Certificate) -> None:
    """Client ⇄ tap ⇄ engine ⇄ tap ⇄ server: what the library sent, what came, and what is on record."""
    path = lane.path("tapped")
    async with (
        websockets_server() as server,
        server_tap(server.port, lane.server_tls) as outer,
        client_tap(lane.engine.address, f"127.0.0.1:{outer.port}", lane.client_tls) as inner,
    ):
        async with connect(f"ws://127.0.0.1:{inner.port}{path}", proxy=None, max_size=None) as client:
            for number in range(200):
                await client.send(f"message {number} " * (number % 40))
                await within(client.recv(), f"the echo of message {number}")
            await client.send(LARGE)
            assert await within(client.recv(), "the large echo") == LARGE
            await client.close(4000, "done")
        recorded = await session_at(lane.engine.capture, path)
        ((c2s, s2c),) = [connection.streams() for connection in inner.connections]
        assert [connection.streams() for connection in outer.connections] == [(c2s, s2c)]
        assert inner.connections[0].request == outer.connections[0].request
        assert inner.connections[0].response == outer.connections[0].response
    recorded.assert_holds(c2s, s2c)


@pytest.mark.parametrize("library", ["websockets", "aiohttp"])
async def test_aiohttp_asks_in_absolute_form_and_by_connect(lane: Lane, certificate: Certificate, library: str) -> None:
    """Its client asks a proxy for `GET ws://…`, and for `wss` with CONNECT."""
    path = lane.path("aiohttp")
    running = websockets_server if library == "websockets" else aiohttp_server
    async with (
        running(_server_tls(lane, certificate)) as server,
        aiohttp.ClientSession() as session,
        session.ws_connect(
            server.url(lane.scheme, path),
            proxy=lane.engine.url,
            ssl=client_context(lane.engine.ca),
            compress=15,
            max_msg_size=64 << 20,
        ) as client,
    ):
        await client.send_str("text ☃")
        assert (await within(client.receive_str(), "the echo")) == "text ☃"
        await client.send_bytes(LARGE)
        assert (await within(client.receive_bytes(), "the large echo")) == LARGE
        await client.send_str("close 4321 enough")
        message = await within(client.receive(), "the close")
        assert (message.type, message.data, message.extra) == (aiohttp.WSMsgType.CLOSE, 4321, "enough")
    recorded = await session_at(lane.engine.capture, path)
    payloads = [one.payload for one in recorded.messages]
    assert payloads == ["text ☃".encode()] * 2 + [LARGE] * 2 + [b"close 4321 enough"]
    assert recorded.session.close is not None
    assert (recorded.session.close.code, recorded.session.close.clean) == (4321, True)
    request = recorded.session.request
    assert request is not None
    wanted = server.url("ws", path) if lane.scheme == "ws" else path
    assert request.target == wanted


async def test_two_hundred_clients_at_once_keep_their_own_messages(
    engine: EngineProcess, lane: Lane, certificate: Certificate
) -> None:
    async with websockets_server(_server_tls(lane, certificate)) as server, contextlib.AsyncExitStack() as stack:
        count = 200 if lane.scheme == "ws" else 40
        paths = [lane.path("many") for _ in range(count)]
        clients = [await stack.enter_async_context(_connected(lane, server, path)) for path in paths]
        for client, path in zip(clients, paths, strict=True):
            await client.send(f"I am {path}")
        for client, path in zip(clients, paths, strict=True):
            assert await within(client.recv(), "an echo") == f"I am {path}"
    for path in paths[:: count // 10]:
        recorded = await session_at(engine.capture, path)
        assert [one.payload.decode() for one in recorded.messages] == [f"I am {path}"] * 2
