"""The proxy's modes: the same bytes and the same record whichever way a client comes in, several ways at once."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from OpenSSL import SSL

from tests.peers import framing
from tests.peers.capture import recorded_sessions, session_at
from tests.peers.certificates import Authority, Certificate, raw_client_context
from tests.peers.endpoint import Endpoint
from tests.peers.engine import EngineProcess, running_engine
from tests.peers.lane import end_cleanly, exchange
from tests.peers.tap import connect_proxy
from tests.peers.upgrade import (
    Pair,
    RawServer,
    connect,
    connect_through,
    connect_through_socks,
    finish_upgrade,
    free_ports,
    raw_server,
    request,
)
from wsinspect.model import Carriage, End, SessionState


async def _upgrade(client: Endpoint, server: RawServer, path: str, tls: SSL.Context | None) -> Pair:
    accepting = server.play(server.accept_upgrade())
    if tls is not None:
        await client.start_tls(tls, server_name="localhost", server_side=False)
    response = await finish_upgrade(client, request(path, server.authority))
    assert response.status == 101, response
    side, asked = await accepting
    side.forget_taken()
    return Pair(client, side, path, asked, response)


async def _carries(client: Endpoint, server: RawServer, engine: EngineProcess, path: str, tls: bool) -> None:
    """Exchange odd frames both ways, half-close, and compare the record; then see a reset cross as one."""
    chance = random.Random(path)
    pair = await _upgrade(client, server, path, raw_client_context(engine.ca) if tls else None)
    c2s = framing.wild(chance, 30, masked_frames=True)
    s2c = framing.well_formed(chance, 30, masked_frames=False)
    await exchange(pair, c2s, s2c)
    await end_cleanly(pair)
    await pair.close()
    recorded = await session_at(engine.capture, path)
    recorded.assert_holds(b"".join(c2s), b"".join(s2c))
    assert recorded.session.state is SessionState.CLOSED
    assert recorded.session.relay is Carriage.DIRECT


async def _resets(client: Endpoint, server: RawServer, engine: EngineProcess, path: str, tls: bool) -> None:
    pair = await _upgrade(client, server, path, raw_client_context(engine.ca) if tls else None)
    await pair.client.reset()
    assert await pair.server.ended() == [End.RESET]
    await pair.close()


@pytest.mark.parametrize("tls", [False, True], ids=["ws", "wss"])
async def test_upstream_mode_tunnels_through_the_other_proxy(
    tmp_path: Path, confdir: Path, certificate: Certificate, tls: bool
) -> None:
    async with (
        connect_proxy() as proxy,
        raw_server(certificate.raw_server_context() if tls else None) as server,
        running_engine(tmp_path, confdir, "--mode", f"upstream:{proxy.url}") as engine,
    ):
        assert engine.ready.modes == [f"upstream:{proxy.url}"]
        await _carries(await connect_through(engine.address, server.authority), server, engine, "/upstream", tls)
        await _resets(await connect_through(engine.address, server.authority), server, engine, "/reset", tls)
        assert set(proxy.asked) == {server.authority}


async def test_several_modes_run_at_once(tmp_path: Path, confdir: Path, certificate: Certificate) -> None:
    ports = free_ports(3)
    async with (
        raw_server() as plain,
        raw_server(certificate.raw_server_context()) as secure,
        running_engine(
            tmp_path,
            confdir,
            *("--mode", "regular"),
            *("--mode", f"socks5@127.0.0.1:{ports[0]}"),
            *("--mode", f"reverse:http://{plain.authority}@127.0.0.1:{ports[1]}"),
            *("--mode", f"reverse:https://{secure.authority}@127.0.0.1:{ports[2]}"),
        ) as engine,
    ):
        regular, socks, reverse_plain, reverse_secure = engine.addresses
        assert [mode.partition("@")[0] for mode in engine.ready.modes] == [
            "regular",
            "socks5",
            f"reverse:http://{plain.authority}",
            f"reverse:https://{secure.authority}",
        ]
        for job in (_carries, _resets):
            name = job.__name__.strip("_")
            for tls, server in ((False, plain), (True, secure)):
                client = await connect_through(regular, server.authority)
                await job(client, server, engine, f"/regular/{name}/{tls}", tls)
                client = await connect_through_socks(socks, server.authority)
                await job(client, server, engine, f"/socks5/{name}/{tls}", tls)
            await job(await connect(reverse_plain), plain, engine, f"/reverse/{name}/plain", False)
            await job(await connect(reverse_secure), secure, engine, f"/reverse/{name}/secure", True)
            await job(await connect(reverse_secure), secure, engine, f"/reverse/{name}/mixed", False)
        recorded = await session_at(engine.capture, "/socks5/carries/True")
        assert (recorded.session.listener or "").startswith("socks5@127.0.0.1:")


async def test_hosts_out_of_scope_are_tunnelled_untouched(
    tmp_path: Path, confdir: Path, certificate: Certificate, authority: Authority
) -> None:
    async with (
        raw_server(certificate.raw_server_context()) as server,
        running_engine(tmp_path, confdir, "--scope", "*.example.test") as engine,
    ):
        client = await connect_through(engine.address, server.authority)
        # Its client trusts the server's own authority alone, so the engine cannot be in between.
        pair = await _upgrade(client, server, "/untouched", raw_client_context(authority.path))
        await exchange(pair, [b"anything"], [b"at all"])
        await pair.close()
    assert recorded_sessions(engine.capture) == []


@pytest.mark.parametrize("tls", [False, True], ids=["ws", "wss"])
async def test_an_engine_behind_an_engine_records_the_same(
    tmp_path: Path, confdir: Path, certificate: Certificate, tls: bool
) -> None:
    inner_folder, outer_folder = tmp_path / "inner", tmp_path / "outer"
    inner_folder.mkdir()
    outer_folder.mkdir()
    async with (
        raw_server(certificate.raw_server_context() if tls else None) as server,
        running_engine(outer_folder, confdir) as outer,
        running_engine(inner_folder, confdir, "--mode", f"upstream:{outer.url}") as inner,
    ):
        await _carries(await connect_through(inner.address, server.authority), server, inner, "/chained", tls)
        await _resets(await connect_through(inner.address, server.authority), server, inner, "/reset", tls)
        kept = [await session_at(engine.capture, "/chained") for engine in (inner, outer)]
    one, other = ([(frame.header, frame.payload, frame.violations) for frame in each.frames] for each in kept)
    assert sorted(one) == sorted(other)
    assert kept[0].session.ends == kept[1].session.ends
    assert kept[0].session.request == kept[1].session.request
