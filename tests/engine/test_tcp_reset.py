"""A reset is one for the peer, and takes nothing away that was sent before it, unless it is to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.peers.endpoint import Endpoint
from tests.peers.upgrade import raw_server
from tests.peers.waiting import until
from wsinspect.engine import tcp_reset
from wsinspect.engine.tcp_reset import reset_at_once, reset_when_sent
from wsinspect.model import End

SIZE = 20 << 20


@asynccontextmanager
async def connection() -> AsyncIterator[tuple[asyncio.Transport, Endpoint]]:
    async with raw_server(receive_buffer=1 << 16) as server:
        accepting = server.play(server.accept())
        transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, "127.0.0.1", server.port)
        yield transport, await accepting


async def test_what_was_written_goes_first() -> None:
    async with connection() as (transport, peer):
        transport.write(bytes(SIZE))
        reset_when_sent(transport)
        assert await peer.ended() == [End.RESET]
        assert len(peer.received) == SIZE


async def test_it_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp_reset, "RESET_PATIENCE_S", 0.05)
    async with connection() as (transport, peer):
        peer.pause()
        transport.write(bytes(SIZE))
        reset_when_sent(transport)
        await until(transport.is_closing, "it to be given up")
        peer.resume()
        assert await peer.ended() == [End.RESET]
        assert len(peer.received) < SIZE


async def test_at_once_is_at_once() -> None:
    async with connection() as (transport, peer):
        peer.pause()
        transport.write(bytes(SIZE))
        reset_at_once(transport)
        reset_when_sent(transport)
        peer.resume()
        assert await peer.ended() == [End.RESET]
