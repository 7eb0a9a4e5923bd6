"""The clients come to an end by themselves, or go on until they are told, whatever breaks."""

from __future__ import annotations

import asyncio
import dataclasses
import ssl
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve

from tests.peers.waiting import within
from wsinspect.demo.certificates import DemoAuthority
from wsinspect.demo.clients import Way, play_on, play_once


async def test_everything_happens_once(way: Way) -> None:
    await within(play_once(way), "the end of the demo")


async def test_it_goes_on_until_it_is_cancelled(way: Way) -> None:
    playing = asyncio.create_task(play_on(way))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(playing), 0.5)
    playing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await within(playing, "the clients to leave")


async def test_connections_that_a_rule_closes_are_no_error(tmp_path: Path) -> None:
    async def close(connection: ServerConnection) -> None:
        await connection.close(1012, "as a rule may")

    authority = DemoAuthority(tmp_path)
    async with serve(close, "127.0.0.1", 0, ssl=authority.server_context()) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        trust = ssl.create_default_context(cafile=authority.path)
        await within(play_once(Way(f"wss://localhost:{port}", None, trust, 0.02)), "the end of the demo")


async def test_nobody_there_is_an_error_of_playing_once(way: Way, unused_tcp_port: int) -> None:
    nowhere = dataclasses.replace(way, url=f"wss://localhost:{unused_tcp_port}")
    with pytest.raises(ExceptionGroup) as raised:
        await within(play_once(nowhere), "the failure")
    assert raised.value.subgroup(OSError) is not None
