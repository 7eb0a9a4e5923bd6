"""A slow reader slows the sender, memory stays bounded, and the other direction goes on."""

from __future__ import annotations

import asyncio
import sys
import time

import pytest

from tests.peers.framing import BINARY, PING, build
from tests.peers.lane import Lane, end_cleanly, receiver, sender
from tests.peers.waiting import until, within
from wsinspect.model import Direction

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory of another process is read from /proc")

_MIB = 1 << 20
FRAMES = 1500
FRAME = 60_000
STILL_S = 0.4
"""For how long nothing must have been taken from the sender, to call it blocked."""


@pytest.mark.parametrize("direction", list(Direction), ids=lambda one: one.label)
async def test_a_reader_that_stops_blocks_the_sender_and_nothing_is_lost(lane: Lane, direction: Direction) -> None:
    key = b"\x05\x06\x07\x08" if direction is Direction.C2S else None
    frames = [build(BINARY, bytes((number % 256,)) * FRAME, mask=key) for number in range(FRAMES)]
    total = sum(map(len, frames))
    async with lane.pair() as pair:
        source, sink = sender(pair, direction), receiver(pair, direction)
        sink.pause()
        before = lane.engine.resident_bytes()
        progress = [0, time.monotonic()]

        async def feed() -> None:
            for frame in frames:
                await source.send(frame)
                progress[:] = [len(source.sent), time.monotonic()]

        feeding = asyncio.create_task(feed())
        await until(lambda: time.monotonic() - progress[1] > STILL_S, "the sender to be blocked")
        taken, grown = progress[0], lane.engine.resident_bytes() - before
        assert not feeding.done(), f"all of {total / _MIB:.0f} MiB went in although nobody reads"
        assert taken < 48 * _MIB, f"{taken / _MIB:.0f} MiB went in although nobody reads"
        assert grown < 64 * _MIB, f"the engine grew by {grown / _MIB:.0f} MiB while nobody reads"
        ping = build(PING, b"the other way", mask=None if direction is Direction.C2S else b"\0\1\2\3")
        await sink.send(ping)
        await source.expect(ping)
        sink.resume()
        for frame in frames:
            await sink.expect(frame)
        await within(feeding, "the sender to be done")
        await end_cleanly(pair)
        await lane.assert_recorded(pair)
