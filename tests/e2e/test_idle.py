"""A WebSocket that says nothing for longer than mitmproxy's patience stays open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers.certificates import Certificate
from tests.peers.engine import EngineProcess, engine_process
from tests.peers.framing import TEXT, build
from tests.peers.lane import end_cleanly, exchange, lane_of
from tests.peers.upgrade import answer, connect_through, parse_head, raw_server

KEY = b"\x0a\x0b\x0c\x0d"


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory, confdir: Path) -> Iterator[EngineProcess]:
    """An engine whose mitmproxy gives idle connections up after a second."""
    folder = tmp_path_factory.mktemp("impatient")
    with engine_process(folder, confdir, module="tests.peers.impatient") as running:
        yield running


async def test_idle_sessions_outlive_the_patience_of_mitmproxy(
    impatient: EngineProcess, certificate: Certificate
) -> None:
    plain, secure = lane_of(impatient, None), lane_of(impatient, certificate)
    async with plain.pair() as one, secure.pair() as other, raw_server() as server:
        for pair in (one, other):
            await exchange(pair, [build(TEXT, b"before", mask=KEY)], [build(TEXT, b"before")])
        # Ordinary HTTP is given up: when that has happened, the sessions, idle for longer, would have been too.
        async with await connect_through(impatient.address, server.authority) as client:

            async def serve() -> None:
                side = await server.accept()
                await side.take_head()
                await side.send(answer("200 OK", b"page"))

            serving = server.play(serve())
            await client.send(f"GET / HTTP/1.1\r\nHost: {server.authority}\r\n\r\n".encode())
            assert parse_head(await client.take_head()).status == 200
            await serving
            await client.ended()
        for lane, pair in ((plain, one), (secure, other)):
            assert (pair.client.ends, pair.server.ends) == ([], []), lane.scheme
            await exchange(pair, [build(TEXT, b"after", mask=KEY)], [build(TEXT, b"after")])
            await end_cleanly(pair)
            await lane.assert_recorded(pair)
