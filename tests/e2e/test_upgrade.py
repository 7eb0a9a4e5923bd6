"""How a WebSocket begins: every way to ask, odd requests, headers as they were written, and what comes right behind."""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import AsyncIterator

import pytest

from tests.peers import framing
from tests.peers.capture import session_at
from tests.peers.certificates import Certificate, raw_client_context
from tests.peers.endpoint import Endpoint
from tests.peers.engine import EngineProcess
from tests.peers.framing import BINARY, TEXT, build
from tests.peers.lane import Lane, end_cleanly, exchange
from tests.peers.upgrade import (
    Head,
    Headers,
    RawServer,
    accept_for,
    accepting,
    answer,
    connect,
    connect_through,
    finish_upgrade,
    parse_head,
    raw_server,
    request,
)
from tests.peers.waiting import side_by_side, until
from wsinspect.model import SessionState

KEY = b"\x11\x22\x33\x44"
FRAMES = [build(BINARY, number.to_bytes(4, "big") + b"." * (number * 7 % 300)) for number in range(60)]
"""What a server sends right behind its 101."""
BURST = b"".join(FRAMES)


async def test_bytes_behind_the_request_are_not_lost(lane: Lane) -> None:
    """A client may not speak before the 101; one that does is heard, as without a proxy."""
    early = build(TEXT, b"before the 101", mask=KEY)
    async with lane.pair(ahead=early) as pair:
        await pair.server.expect(early)
        await exchange(pair, [build(TEXT, b"and after it", mask=KEY)], [build(TEXT, b"yes")])
        await end_cleanly(pair)
        await lane.assert_recorded(pair)


async def test_line_ends_behind_the_101_are_frame_bytes(lane: Lane) -> None:
    """0x0D 0x0A is a legal beginning of neither frame nor message here, and passes all the same."""
    odd = b"\r\n" + b"twelve bytes"[:10] + build(TEXT, b"then this")
    async with lane.pair(behind=odd) as pair:
        await pair.client.expect(odd)
        await end_cleanly(pair)
        await lane.assert_recorded(pair)


async def test_line_ends_behind_the_request_are_frame_bytes(lane: Lane) -> None:
    odd = b"\r\n" + b"twelve bytes"[:10] + build(TEXT, b"then this", mask=KEY)
    async with lane.pair(ahead=odd) as pair:
        await pair.server.expect(odd)
        await end_cleanly(pair)
        await lane.assert_recorded(pair)


def _numbers(stream: bytes) -> list[int]:
    return [int.from_bytes(frame.payload[:4], "big") for frame in framing.split(stream)[0]]


async def test_sixty_frames_right_behind_the_101_stay_in_order(lane: Lane) -> None:
    """On a thousand connections each."""
    connections = 1000
    wrong: list[str] = []

    async def one(number: int) -> None:
        # Some in one piece with the 101, the others in pieces of their own while the proxy is busy with the upgrade.
        together = number % 61
        behind, then = b"".join(FRAMES[:together]), FRAMES[together:]
        async with lane.pair(f"/burst-{lane.scheme}/{number}", behind=behind, then=then) as pair:
            got = await pair.client.take(len(BURST))
            if got != BURST:
                wrong.append(f"connection {number}: {_numbers(got)}")
            await end_cleanly(pair)

    before = lane.engine.open_descriptors() if sys.platform == "linux" else 0
    await side_by_side((one(number) for number in range(connections)), at_once=24)
    assert wrong == [], f"{len(wrong)} of {connections} out of order, such as {wrong[0]}"
    for number in range(0, connections, connections // 20):
        recorded = await session_at(lane.engine.capture, f"/burst-{lane.scheme}/{number}")
        recorded.assert_holds(b"", BURST)
    if sys.platform == "linux":
        await until(lambda: lane.engine.open_descriptors() <= before + 2, "the engine to close what is over")


async def test_frames_of_both_sides_around_the_upgrade_stay_in_order(lane: Lane) -> None:
    """Neither side waits for the other: the client sends behind its request, the server behind its 101."""
    wrong: list[str] = []
    frames = [build(BINARY, number.to_bytes(4, "big") + b"-" * (number * 5 % 200), mask=KEY) for number in range(60)]
    stream = b"".join(frames)

    async def one(number: int) -> None:
        together = number * 7 % 61
        async with lane.pair(
            f"/both-{lane.scheme}/{number}",
            behind=b"".join(FRAMES[: 60 - together]),
            then=FRAMES[60 - together :],
            ahead=b"".join(frames[:together]),
            ahead_then=frames[together:],
        ) as pair:
            got = (await pair.server.take(len(stream)), await pair.client.take(len(BURST)))
            if got != (stream, BURST):
                wrong.append(f"connection {number}: {[_numbers(one) for one in got]}")
            await end_cleanly(pair)

    await side_by_side((one(number) for number in range(122)), at_once=12)
    assert wrong == [], f"{len(wrong)} out of order, such as {wrong[0]}"
    for number in (0, 60, 121):
        recorded = await session_at(lane.engine.capture, f"/both-{lane.scheme}/{number}")
        recorded.assert_holds(stream, BURST)


@pytest.mark.parametrize("version", ["8", "7", "0", "14", "thirteen"])
async def test_other_versions_are_carried_like_any(lane: Lane, version: str) -> None:
    path = lane.path("version")
    head = functools.partial(request, path, version=version)
    async with (
        raw_server(lane.server_tls) as server,
        _asked(lane, server, head(server.authority)) as (client, side, asked, response),
    ):
        assert asked.get("sec-websocket-version") == version
        assert response.status == 101, response
        frame = build(TEXT, b"works", mask=KEY)
        await client.send(frame)
        await side.expect(frame)
        await _end(client, side)
    recorded = await session_at(lane.engine.capture, path)
    recorded.assert_holds(frame, b"")
    assert recorded.session.violations, "another version than 13 is no oddity on record"


async def test_a_refused_version_is_a_session(lane: Lane) -> None:
    path = lane.path("version-refused")
    refusal = answer("426 Upgrade Required", b"use 13", extra=(("Sec-WebSocket-Version", "13"),))
    head = functools.partial(request, path, version="99")
    async with (
        raw_server(lane.server_tls) as server,
        _asked(lane, server, head(server.authority), answer_with=refusal) as (_, _, _, response),
    ):
        assert (response.status, response.get("sec-websocket-version")) == (426, "13")
    recorded = await session_at(lane.engine.capture, path)
    assert (recorded.session.state, recorded.session.status) == (SessionState.REFUSED, 426)


async def test_headers_keep_their_order_and_spelling(lane: Lane) -> None:
    path = lane.path("headers") + "?q=%20%C3%A9&x=a+b"
    key = "dGhlIHNhbXBsZSBub25jZQ=="
    fields: Headers = (
        ("hOsT", "127.0.0.1:{port}"),
        ("user-agent", "Odd/1.0 (spelling)"),
        ("sec-websocket-extensions", "x-unknown; a=1"),
        ("SEC-WEBSOCKET-KEY", key),
        ("X-Twice", "first"),
        ("upgrade", "WebSocket"),
        ("Sec-Websocket-Version", "13"),
        ("Sec-WebSocket-Protocol", "chat"),
        ("connection", "keep-alive, Upgrade"),
        ("X-Twice", "second"),
        ("Sec-WebSocket-Protocol", "superchat"),
        ("Origin", "http://origin.test"),
    )
    answered: Headers = (
        ("upgrade", "WebSocket"),
        ("X-Before", "1"),
        ("CONNECTION", "upgrade"),
        ("sec-websocket-accept", accept_for(key)),
        ("Set-Cookie", "a=1"),
        ("set-cookie", "b=2"),
        ("sec-WebSocket-protocol", "superchat"),
    )
    async with raw_server(lane.server_tls) as server:
        sent = tuple((name, value.format(port=server.port)) for name, value in fields)
        head = f"GET {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in sent) + "\r\n"
        reply = "HTTP/1.1 101 Of Course\r\n" + "".join(f"{name}: {value}\r\n" for name, value in answered) + "\r\n"
        async with _asked(lane, server, head.encode(), answer_with=reply.encode()) as (client, side, asked, response):
            assert asked == Head(f"GET {path} HTTP/1.1", sent)
            assert response == Head("HTTP/1.1 101 Of Course", answered)
            await _end(client, side)
    session = (await session_at(lane.engine.capture, path)).session
    assert session.request is not None
    assert session.response is not None
    assert session.request.headers == sent
    assert session.response.headers == answered
    assert session.subprotocol == "superchat"
    assert session.url == f"{lane.scheme}://127.0.0.1:{server.port}{path}"


@pytest.mark.parametrize("form", ["ws", "http", "wss", "https"])
async def test_absolute_form_reaches_the_server(engine: EngineProcess, certificate: Certificate, form: str) -> None:
    """aiohttp and Jetty ask a proxy for `ws://host/path` without CONNECT."""
    tls = certificate.raw_server_context() if form in ("wss", "https") else None
    path = f"/absolute/{form}?a=b"
    async with raw_server(tls) as server, await connect(engine.address) as client:
        target = f"{form}://{server.authority}{path}"
        accepted = server.play(server.accept_upgrade(behind=BURST))
        response = await finish_upgrade(client, request(target, server.authority))
        assert response.status == 101, response
        side, asked = await accepted
        assert asked.target == path, "a server is asked for the path alone"
        frame = build(TEXT, b"works", mask=KEY)
        await client.send(frame)
        await side.expect(frame)
        await client.expect(BURST)
        await _end(client, side)
    recorded = await session_at(engine.capture, path)
    recorded.assert_holds(frame, BURST)
    assert recorded.session.request is not None
    assert recorded.session.request.target == target, "the request-target is on record as the client wrote it"
    assert recorded.session.url == f"{'wss' if tls else 'ws'}://{server.authority}{path}"


async def test_a_kept_connection_upgrades_after_ordinary_requests(lane: Lane) -> None:
    path = lane.path("kept")
    async with raw_server(lane.server_tls) as server:

        async def serve() -> bytes:
            side = await server.accept()
            for body in (b"one", b"two"):
                await side.take_head()
                await side.send(answer("200 OK", body))
            asked = parse_head(await side.take_head())
            await side.send(accepting(asked) + BURST)
            return await side.take(10)

        frame = build(TEXT, b"1234", mask=KEY)
        async with await connect_through(lane.engine.address, server.authority) as client:
            serving = server.play(serve())
            if lane.client_tls is not None:
                await client.start_tls(lane.client_tls, server_name="localhost", server_side=False)
            for body in (b"one", b"two"):
                await client.send(f"GET /{body.decode()} HTTP/1.1\r\nHost: {server.authority}\r\n\r\n".encode())
                assert parse_head(await client.take_head()).status == 200
                await client.expect(body)
            assert (await finish_upgrade(client, request(path, server.authority))).status == 101
            await client.expect(BURST)
            await client.send(frame)
            assert await serving == frame
    recorded = await session_at(lane.engine.capture, path)
    recorded.assert_holds(frame, BURST)


async def test_a_client_that_trusts_the_engine_sees_tls_for_the_name_it_asked_for(
    engine: EngineProcess, certificate: Certificate
) -> None:
    async with (
        raw_server(certificate.raw_server_context()) as server,
        await connect_through(engine.address, f"localhost:{server.port}") as client,
    ):
        accepted = server.play(server.accept_upgrade())
        await client.start_tls(raw_client_context(engine.ca), server_name="localhost", server_side=False)
        assert client.tls is not None
        shown = client.tls.get_peer_certificate(as_cryptography=True)
        assert shown is not None
        assert "localhost" in str(shown.extensions)
        await finish_upgrade(client, request("/tls-facts", f"localhost:{server.port}"))
        side, _ = await accepted
        assert side.tls is not None
        versions = client.tls.get_protocol_version_name(), side.tls.get_protocol_version_name()
    recorded = await session_at(engine.capture, "/tls-facts")
    session = recorded.session
    assert (session.scheme, session.host, session.port) == ("wss", "localhost", server.port)
    assert session.tls_client is not None
    assert session.tls_server is not None
    assert (session.tls_client.version, session.tls_server.version) == versions
    assert session.tls_client.sni == "localhost"
    assert session.tls_server.verified is False


@contextlib.asynccontextmanager
async def _asked(
    lane: Lane, server: RawServer, head: bytes, *, answer_with: bytes | None = None
) -> AsyncIterator[tuple[Endpoint, Endpoint, Head, Head]]:
    """Send a request head through a tunnel, answer it (by default with 101), and return both sides and both heads."""
    client = await connect_through(lane.engine.address, server.authority)

    async def serve() -> tuple[Endpoint, Head]:
        side = await server.accept()
        asked = parse_head(await side.take_head())
        await side.send(answer_with if answer_with is not None else accepting(asked))
        return side, asked

    async with client:
        serving = server.play(serve())
        if lane.client_tls is not None:
            await client.start_tls(lane.client_tls, server_name="localhost", server_side=False)
        response = await finish_upgrade(client, head)
        side, asked = await serving
        yield client, side, asked, response


async def _end(client: Endpoint, side: Endpoint) -> None:
    await client.half_close()
    await side.ended()
    await side.half_close()
    await client.ended()
