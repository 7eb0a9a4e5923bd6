"""Peers that vanish at any moment of the upgrade do no harm: the engine logs no crash and serves the next one."""

from __future__ import annotations

import asyncio
import contextlib
import random
import sys
from collections.abc import Coroutine
from pathlib import Path

import pytest

from tests.peers.capture import recorded_sessions
from tests.peers.certificates import Certificate
from tests.peers.endpoint import Endpoint
from tests.peers.engine import running_engine
from tests.peers.framing import TEXT, build
from tests.peers.lane import Lane, end_cleanly, exchange, lane_of
from tests.peers.upgrade import RawServer, accepting, connect, finish_upgrade, parse_head, raw_server, request
from tests.peers.waiting import side_by_side, until
from wsinspect.model import Session, SessionState

KEY = b"\x21\x43\x65\x87"
ATTEMPTS = 200
PATIENCE_S = 0.12


async def _give_up(part: Coroutine[object, object, None], endpoint: Endpoint, chance: random.Random) -> None:
    """Let a peer play its part for a random while, and then be gone, by a reset or by closing."""
    playing = asyncio.create_task(part)
    await asyncio.wait([playing], timeout=chance.uniform(0, PATIENCE_S))
    playing.cancel()
    await asyncio.gather(playing, return_exceptions=True)
    await (endpoint.reset() if chance.random() < 0.5 else endpoint.close())


async def _serve(side: Endpoint, server: RawServer) -> None:
    if server.tls is None:
        side.start()
    else:
        await side.start_tls(server.tls, server_side=True)
    await side.send(accepting(parse_head(await side.take_head())) + build(TEXT, b"x" * 50_000))
    await side.ended()


async def _ask(client: Endpoint, lane: Lane, authority: str) -> None:
    await client.send(f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n".encode())
    await client.take_head()
    if lane.client_tls is not None:
        await client.start_tls(lane.client_tls, server_name="localhost", server_side=False)
    await finish_upgrade(client, request("/vanishing", authority))
    await client.send(build(TEXT, b"y" * 50_000, mask=KEY))
    await client.ended()


@pytest.mark.parametrize("scheme", ["ws", "wss"])
async def test_vanishing_peers_leave_a_working_engine(
    tmp_path: Path, confdir: Path, certificate: Certificate, scheme: str
) -> None:
    chance = random.Random(scheme)
    async with (
        running_engine(tmp_path, confdir) as engine,
        raw_server(certificate.raw_server_context() if scheme == "wss" else None) as server,
    ):
        lane = lane_of(engine, certificate if scheme == "wss" else None)

        async def serve_all() -> None:
            while True:
                with contextlib.suppress(AssertionError):  # nobody came within the deadline
                    side = await server.accept_tcp()
                    server.play(_give_up(_serve(side, server), side, chance))

        server.play(serve_all())

        async def vanish() -> None:
            client = await connect(engine.address)
            await _give_up(_ask(client, lane, server.authority), client, chance)

        before = engine.open_descriptors() if sys.platform == "linux" else 0
        await side_by_side((vanish() for _ in range(ATTEMPTS)), at_once=10)
        await until(lambda: not _still_open(engine.capture), "every session to be over")
        # Over TLS mitmproxy itself loses a client's socket now and then, where the server is gone before its handshake.
        if sys.platform == "linux" and scheme == "ws":
            await until(lambda: engine.open_descriptors() <= before + 4, "the engine to close what is over")
        async with lane.pair() as pair:
            await exchange(pair, [build(TEXT, b"still there?", mask=KEY)], [build(TEXT, b"yes")])
            await end_cleanly(pair)
            await lane.assert_recorded(pair)


def _still_open(capture: Path) -> list[Session]:
    return [session for session in recorded_sessions(capture) if session.state is SessionState.OPEN]
