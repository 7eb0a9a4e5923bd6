"""Bytes, ends and vanishing peers on every kind of stack, through an engine that a test can look into."""

from __future__ import annotations

import contextlib
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.engine.fake_rules import FakeRules
from tests.engine.layered import tls_in_tls, tunnel
from tests.engine.live import LiveEngine, live_engine
from tests.peers import framing
from tests.peers.capture import Recorded, recorded_sessions, session_at
from tests.peers.certificates import Certificate, raw_client_context
from tests.peers.endpoint import Endpoint
from tests.peers.framing import BINARY, TEXT, build
from tests.peers.lane import end_cleanly, exchange
from tests.peers.upgrade import Pair, RawServer, connect, finish_upgrade, raw_server, request
from wsinspect.engine.carrier import Carrier
from wsinspect.engine.session_recorder import SessionRecorder
from wsinspect.model import Carriage, Direction, End, SessionState

pytestmark = pytest.mark.usefixtures("private_runtime")

KEY = b"\x01\x02\x03\x04"


async def upgraded(client: Endpoint, server: RawServer, target: str, *, tls_name: str | None = None) -> Pair:
    """Upgrade on a connection to the engine; with a name, in TLS to the server first."""
    accepting = server.play(server.accept_upgrade())
    if tls_name is not None:
        await client.start_tls(raw_client_context(), server_name=tls_name, server_side=False)
    response = await finish_upgrade(client, request(target, server.authority))
    assert response.status == 101, response
    side, asked = await accepting
    side.forget_taken()
    return Pair(client, side, asked.target, asked, response)


async def exchanged(engine: LiveEngine, pair: Pair) -> Recorded:
    """Send odd frames both ways and a burst, end, and compare the record with every byte."""
    chance = random.Random(pair.path)
    c2s = framing.wild(chance, 40, masked_frames=True) + framing.well_formed(chance, 40, masked_frames=True)
    s2c = [*framing.well_formed(chance, 60, masked_frames=False), build(BINARY, chance.randbytes(600000))]
    await exchange(pair, c2s, s2c)
    await pair.client.half_close()
    await pair.server.ended()
    await pair.server.half_close()
    await pair.client.ended()
    await pair.close()
    recorded = await session_at(engine.capture, pair.path)
    recorded.assert_holds(b"".join(c2s), b"".join(s2c))
    assert recorded.session.state is SessionState.CLOSED
    return recorded


async def test_a_session_with_one_tls_a_side_is_direct(tmp_path: Path, confdir: Path, certificate: Certificate) -> None:
    async with live_engine(tmp_path, confdir) as engine, raw_server(certificate.raw_server_context()) as server:
        client = await connect(engine.address)
        await tunnel(client, server.authority)
        recorded = await exchanged(engine, await upgraded(client, server, "/direct", tls_name="localhost"))
        assert recorded.session.relay is Carriage.DIRECT
        await engine.until_empty()


async def test_tls_to_the_proxy_itself_is_direct_to_a_plain_server(tmp_path: Path, confdir: Path) -> None:
    async with live_engine(tmp_path, confdir) as engine, raw_server() as server:
        for name, in_tunnel in (("/tunnelled", True), ("/absolute", False)):
            client = await connect(engine.address)
            await client.start_tls(raw_client_context(), server_name="proxy.test", server_side=False)
            if in_tunnel:
                await tunnel(client, server.authority)
            target = name if in_tunnel else f"ws://{server.authority}{name}"
            recorded = await exchanged(engine, await upgraded(client, server, target))
            assert recorded.session.relay is Carriage.DIRECT
            assert recorded.session.tls_client is not None
        await engine.until_empty()


async def test_tls_in_tls_is_layered_and_exact_all_the_same(
    tmp_path: Path, confdir: Path, certificate: Certificate
) -> None:
    async with live_engine(tmp_path, confdir) as engine, raw_server(certificate.raw_server_context()) as server:
        async with tls_in_tls(engine, server.authority) as client:
            pair = await upgraded(client, server, "/layered", tls_name="localhost")
            chance = random.Random(5)
            c2s = framing.wild(chance, 40, masked_frames=True)
            s2c = [*framing.well_formed(chance, 60, masked_frames=False), build(BINARY, chance.randbytes(600000))]
            await exchange(pair, c2s, s2c)
            await pair.server.half_close()
            await pair.server.ended()
            recorded = await session_at(engine.capture, "/layered")
        recorded.assert_holds(b"".join(c2s), b"".join(s2c))
        assert recorded.session.relay is Carriage.LAYERED
        assert recorded.session.state is SessionState.CLOSED
        await engine.until_empty()


async def test_layered_sessions_stop_with_the_engine(tmp_path: Path, confdir: Path, certificate: Certificate) -> None:
    async with raw_server(certificate.raw_server_context()) as server:
        async with live_engine(tmp_path, confdir) as engine:
            client_side = tls_in_tls(engine, server.authority)
            client = await client_side.__aenter__()
            pair = await upgraded(client, server, "/stopped", tls_name="localhost")
            await exchange(pair, [build(TEXT, b"hi", mask=KEY)], [build(TEXT, b"hello")])
        await pair.server.ended()
        await client.ended()
        await client_side.__aexit__(None, None, None)
    recorded = await session_at(engine.capture, "/stopped")
    assert recorded.session.error == "wsinspect was stopped"
    assert {recorded.ends(direction)[0] for direction in Direction} == {End.PROXY}
    assert len(recorded.messages) == 2


async def test_a_stop_while_upgrades_wait_for_their_answer(tmp_path: Path, confdir: Path) -> None:
    async with raw_server() as server:
        async with live_engine(tmp_path, confdir) as engine:
            client = await connect(engine.address)
            await client.send(request(f"ws://{server.authority}/unanswered", server.authority))
            side = await server.accept()
            await side.take_head()
        await client.ended()
        await client.close()
    (session,) = recorded_sessions(engine.capture)
    assert session.state is SessionState.FAILED
    assert "stopped" in (session.error or "")


async def test_a_session_out_of_scope_passes_and_is_not_on_record(tmp_path: Path, confdir: Path) -> None:
    async with live_engine(tmp_path, confdir, scope=("b.test",)) as engine, raw_server() as server:
        pair = await upgraded(await connect(engine.address), server, f"ws://{server.authority}/unseen")
        await exchange(pair, [build(TEXT, b"any", mask=KEY)], [build(TEXT, b"thing")])
        await end_cleanly(pair)
        await pair.close()
        await engine.until_empty()
    assert recorded_sessions(engine.capture) == []


async def test_scope_may_name_a_port(tmp_path: Path, confdir: Path, certificate: Certificate) -> None:
    async with (
        raw_server(certificate.raw_server_context()) as server,
        live_engine(tmp_path, confdir, scope=(f"127.0.0.1:{server.port}",)) as engine,
    ):
        client = await connect(engine.address)
        await tunnel(client, server.authority)
        pair = await upgraded(client, server, "/seen", tls_name="localhost")
        await exchanged(engine, pair)


@contextlib.asynccontextmanager
async def layered_pair(
    engine: LiveEngine, server: RawServer, path: str
) -> AsyncIterator[tuple[Pair, SessionRecorder, Carrier]]:
    """A session in mitmproxy's layers, in which nothing happens, and what carries it."""
    rules = FakeRules()
    rules.put_into(engine)
    async with tls_in_tls(engine, server.authority) as client:
        pair = await upgraded(client, server, path, tls_name="localhost")
        ((session, carrier),) = rules.carriers
        assert session.session.relay is Carriage.LAYERED
        yield pair, session, carrier


async def test_a_layered_session_can_be_written_to_while_nothing_comes(
    tmp_path: Path, confdir: Path, certificate: Certificate
) -> None:
    async with (
        live_engine(tmp_path, confdir) as engine,
        raw_server(certificate.raw_server_context()) as server,
        layered_pair(engine, server, "/quiet") as (pair, _, carrier),
    ):
        for number in range(3):
            carrier.client.send(b"to the client %d" % number)
            carrier.client.send(b"!")
            carrier.server.send(b"to the server %d" % number)
            await pair.client.expect(b"to the client %d!" % number)
            await pair.server.expect(b"to the server %d" % number)
        await exchange(pair, [build(TEXT, b"hi", mask=KEY)], [build(TEXT, b"hello")])
        carrier.server.send(b"last words")
        carrier.server.end_writing(End.FIN, source_tls=True)
        await pair.server.expect(b"last words")
        await pair.server.ended()
        await pair.server.close()
        await pair.client.ended()


@pytest.mark.parametrize("how", ["stop", "close", "reset"])
async def test_a_layered_session_can_be_ended_while_nothing_comes(
    tmp_path: Path, confdir: Path, certificate: Certificate, how: str
) -> None:
    async with (
        live_engine(tmp_path, confdir) as engine,
        raw_server(certificate.raw_server_context()) as server,
        layered_pair(engine, server, "/ended") as (pair, session, carrier),
    ):
        if how == "stop":
            session.stop()
        else:
            getattr(carrier.server, how)()
            getattr(carrier.client, how)()
        await pair.server.ended()
        await pair.client.ended()
        await pair.server.close()
    await session_at(engine.capture, "/ended")
