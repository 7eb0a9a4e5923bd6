"""Where mitmproxy's HTTP comes first: what `docs/explanation/transparency.md` says of heads, and no more than that."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.peers.capture import recorded_sessions, session_at
from tests.peers.endpoint import Endpoint
from tests.peers.engine import EngineProcess, running_engine
from tests.peers.upgrade import RawServer, accepting, connect, connect_through, parse_head, raw_server, request
from wsinspect.model import SessionState


async def _ask(engine: EngineProcess, server: RawServer, head: bytes) -> tuple[Endpoint, Endpoint, bytes]:
    """Send a head through a tunnel; return both sides and the head as the server got it."""
    client = await connect_through(engine.address, server.authority)
    client.forget_taken()
    accepted = server.play(server.accept())
    await client.send(head)
    side = await accepted
    return client, side, await side.take_head()


async def test_spaces_and_folds_are_made_even(engine: EngineProcess) -> None:
    head = b"GET   /even  HTTP/1.1\nHost:a.test\r\nX-Fold: one\r\n\t two\r\nX-Space:   three  \r\n\r\n"
    async with raw_server() as server:
        client, _, asked = await _ask(engine, server, head)
        assert asked == b"GET /even HTTP/1.1\r\nHost: a.test\r\nX-Fold: one\r\n two\r\nX-Space: three\r\n\r\n"
        await client.close()


async def test_an_upgrade_to_http2_is_taken_out(engine: EngineProcess) -> None:
    head = b"GET / HTTP/1.1\r\nHost: a.test\r\nUpgrade: h2c\r\nConnection: Upgrade\r\nHTTP2-Settings: x\r\nX: y\r\n\r\n"
    async with raw_server() as server:
        client, _, asked = await _ask(engine, server, head)
        assert asked == b"GET / HTTP/1.1\r\nHost: a.test\r\nX: y\r\n\r\n"
        await client.close()


@pytest.mark.parametrize("interim", ["100 Continue", "103 Early Hints"])
async def test_the_first_answer_counts(engine: EngineProcess, interim: str) -> None:
    path = f"/interim/{interim[:3]}"
    async with raw_server() as server:
        client, side, asked = await _ask(engine, server, request(path, server.authority))
        await side.send(f"HTTP/1.1 {interim}\r\n\r\n".encode() + accepting(parse_head(asked)))
        session = (await session_at(engine.capture, path)).session
        assert (session.state, session.status) == (SessionState.REFUSED, int(interim[:3]))
        await client.close()


async def test_a_half_close_before_the_answer_gives_up(engine: EngineProcess) -> None:
    async with raw_server() as server:
        client, side, _ = await _ask(engine, server, request("/given-up", server.authority))
        await client.half_close()
        await side.ended()
        session = (await session_at(engine.capture, "/given-up")).session
        assert session.state is SessionState.FAILED
        await client.close()


async def test_names_of_headers_have_to_be_tokens(engine: EngineProcess) -> None:
    async with raw_server() as server:
        client = await connect_through(engine.address, server.authority)
        await client.send(b"GET /bad HTTP/1.1\r\nHost: a.test\r\nBad Name: x\r\n\r\n")
        assert parse_head(await client.take_head()).status == 400
        await client.close()
    async with raw_server() as server:
        client, side, asked = await _ask(engine, server, request("/bad-answer", server.authority))
        await side.send(accepting(parse_head(asked), extra=(("Bad Name", "x"),)))
        assert parse_head(await client.take_head()).status == 502
        session = (await session_at(engine.capture, "/bad-answer")).session
        assert session.state is SessionState.FAILED
        await client.close()


async def test_what_is_not_http_is_tunnelled_where_there_is_a_tunnel(engine: EngineProcess) -> None:
    # The system may give a port again that a server of another test had.
    before = {session.id for session in recorded_sessions(engine.capture)}
    async with raw_server() as server:
        client = await connect_through(engine.address, server.authority)
        accepted = server.play(server.accept())
        await client.send(b"\x00\x01 not HTTP")
        side = await accepted
        await side.expect(b"\x00\x01 not HTTP")
        await client.close()
    new = [session for session in recorded_sessions(engine.capture) if session.id not in before]
    assert not [session for session in new if session.port == server.port]


async def test_absolute_form_stays_one_for_another_proxy(tmp_path: Path, confdir: Path) -> None:
    async with (
        raw_server() as proxy,
        running_engine(tmp_path, confdir, "--mode", f"upstream:http://{proxy.authority}") as engine,
    ):
        client = await connect(engine.address)
        accepted = proxy.play(proxy.accept())
        await client.send(request("ws://a.test/absolute", "a.test"))
        side = await accepted
        asked = parse_head(await side.take_head())
        assert asked.target == "http://a.test/absolute"
        await side.send(accepting(asked))
        assert parse_head(await client.take_head()).status == 101
        await client.close()
        await side.close()
        session = (await session_at(engine.capture, "/absolute")).session
    assert session.request is not None
    assert session.request.target == "ws://a.test/absolute"
