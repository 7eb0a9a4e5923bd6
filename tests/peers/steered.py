"""An engine with rules between raw peers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from OpenSSL import SSL

from tests.engine.live import LiveEngine, live_engine
from tests.peers.capture import Recorded, session_at
from tests.peers.certificates import raw_client_context
from tests.peers.endpoint import Endpoint
from tests.peers.framing import TEXT, build
from tests.peers.lane import end_cleanly, exchange
from tests.peers.upgrade import Head, Headers, Pair, RawServer, connect_through, finish_upgrade, open_pair

KEY = b"\x01\x02\x03\x04"


def client_tls(server: RawServer) -> SSL.Context | None:
    """What the client of a server needs for TLS, None where it has none."""
    return raw_client_context() if server.tls else None


@asynccontextmanager
async def steered(folder: Path, confdir: Path, rules: str, **options: object) -> AsyncIterator[LiveEngine]:
    """Run an engine with rules, given as the items of `rules:` or as a whole file."""
    file = folder / "rules.yaml"
    file.write_text(rules if rules.lstrip().startswith("version:") else f"version: 1\nrules:\n{rules}")
    async with live_engine(folder, confdir, rules=(file,), **options) as engine:
        yield engine


async def passes(
    engine: LiveEngine, server: RawServer, path: str, *, extra: Headers = (), answer_extra: Headers = ()
) -> tuple[Pair, Recorded]:
    """Upgrade through the engine, exchange a message each way, and end; return the record too."""
    pair = await open_pair(
        engine.address, server, path, client_tls=client_tls(server), extra=extra, answer_extra=answer_extra
    )
    await exchange(pair, [build(TEXT, b"hi", mask=KEY)], [build(TEXT, b"hello")])
    await end_cleanly(pair)
    await pair.close()
    return pair, await session_at(engine.capture, path)


async def asks(
    engine: LiveEngine, authority: str, head: bytes, tls: SSL.Context | None = None
) -> tuple[Endpoint, Head]:
    """Send a request in a tunnel and return the answer."""
    client = await connect_through(engine.address, authority)
    client.forget_taken()
    if tls is not None:
        await client.start_tls(tls, server_name="localhost", server_side=False)
    return client, await finish_upgrade(client, head)
