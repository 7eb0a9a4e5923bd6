"""The clients come to an end by themselves, or go on until they are told, whatever breaks."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest

from tests.peers.waiting import within
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


async def test_nobody_there_is_an_error_of_playing_once(way: Way, unused_tcp_port: int) -> None:
    nowhere = dataclasses.replace(way, url=f"wss://localhost:{unused_tcp_port}")
    with pytest.raises(ExceptionGroup) as raised:
        await within(play_once(nowhere), "the failure")
    assert raised.value.subgroup(OSError) is not None
