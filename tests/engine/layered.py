"""A client whose session cannot be taken over from mitmproxy's layers: TLS to the proxy itself, with TLS inside."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

from tests.engine.live import LiveEngine
from tests.peers.certificates import raw_client_context
from tests.peers.endpoint import Endpoint
from tests.peers.upgrade import connect, parse_head


async def tunnel(client: Endpoint, authority: str) -> None:
    """Ask for a tunnel on a connection to a proxy."""
    await client.send(f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n".encode())
    assert parse_head(await client.take_head()).status == 200
    client.forget_taken()


class TlsInTls:
    """A client whose TLS to the server runs inside TLS to the proxy."""

    def __init__(self, outer: Endpoint) -> None:
        self.outer = outer

    async def inner(self) -> Endpoint:
        """Return an endpoint whose bytes cross the outer connection."""
        near, far = socket.socketpair()
        for one in (near, far):
            one.setblocking(False)
        inside, bridge = Endpoint(near, "client in TLS in TLS"), Endpoint(far, "bridge")
        inside.start()
        bridge.start()
        self._tasks = [asyncio.create_task(self._carry(*way)) for way in ((bridge, self.outer), (self.outer, bridge))]
        self._bridge = bridge
        return inside

    async def _carry(self, source: Endpoint, sink: Endpoint) -> None:
        while True:
            piece, ends = await source.next_piece()
            if piece:
                await sink.send(piece)
            elif ends:
                await sink.half_close()
                return

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._bridge.close()
        await self.outer.close()


@contextlib.asynccontextmanager
async def tls_in_tls(engine: LiveEngine, authority: str) -> AsyncIterator[Endpoint]:
    """Open a tunnel to a server within TLS to the proxy, where the client may begin TLS."""
    outer = await connect(engine.address)
    await outer.start_tls(raw_client_context(), server_name="proxy.test", server_side=False)
    await tunnel(outer, authority)
    doubly = TlsInTls(outer)
    inside = await doubly.inner()
    try:
        yield inside
    finally:
        await inside.close()
        await doubly.close()
