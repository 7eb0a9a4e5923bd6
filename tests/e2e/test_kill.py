"""`kill -9` of the engine under load: what a peer saw more than 100 ms before is on record."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from pathlib import Path

import pytest

from tests.peers import framing
from tests.peers.capture import all_recorded
from tests.peers.certificates import Certificate
from tests.peers.engine import running_engine
from tests.peers.framing import BINARY, build
from tests.peers.lane import Lane, lane_of
from tests.peers.upgrade import Pair
from tests.peers.waiting import until
from wsinspect.model import Direction, SessionState

SURVIVES_S = 0.1
LOAD_S = 0.8
CONNECTIONS = 6


class _Stream:
    """Numbered frames of one direction of one pair, and when the receiver saw how many bytes of them."""

    def __init__(self, pair: Pair, direction: Direction) -> None:
        self.pair = pair
        self.direction = direction
        self.source = pair.client if direction is Direction.C2S else pair.server
        self.sink = pair.server if direction is Direction.C2S else pair.client
        self.seen: list[tuple[float, int]] = []
        self.sink.at_receive = self._note

    def _note(self, _: bytes) -> None:
        self.seen.append((time.monotonic(), len(self.sink.received)))

    async def feed(self) -> None:
        chance = random.Random(self.direction)
        key = b"\x10\x20\x30\x40" if self.direction is Direction.C2S else None
        while not self.source.ends:
            payload = chance.randbytes(chance.choice((20, 200, 2000, 20_000)))
            await self.source.send(build(BINARY, payload, mask=key))
            await asyncio.sleep(0)

    def frames_seen_before(self, moment: float) -> list[framing.RawFrame]:
        """The frames that the receiver had whole at a moment."""
        size = max((size for when, size in self.seen if when <= moment), default=0)
        frames, _ = framing.split(bytes(self.source.sent[:size]))
        return [frame for frame in frames if len(frame.payload) == frame.size]


@pytest.mark.parametrize("scheme", ["ws", "wss"])
async def test_what_peers_saw_100_ms_before_a_kill_is_on_record(
    tmp_path: Path, confdir: Path, certificate: Certificate, scheme: str
) -> None:
    async with running_engine(tmp_path, confdir) as engine:
        lane = lane_of(engine, certificate if scheme == "wss" else None)
        killed, streams = await _kill_under_load(lane)
        capture = engine.capture
    sessions = {one.session.path: one for one in all_recorded(capture)}
    compared = 0
    for stream in streams:
        recorded = sessions.get(stream.pair.path)
        assert recorded is not None, f"no session at {stream.pair.path} among {sorted(map(str, sessions))}"
        assert recorded.session.state in (SessionState.OPEN, SessionState.CLOSED)
        seen = stream.frames_seen_before(killed - SURVIVES_S)
        kept = recorded.of(stream.direction)
        assert len(kept) >= len(seen), (
            f"{stream.pair.path} {stream.direction.label}: the peer saw {len(seen)} frames {SURVIVES_S * 1000:.0f} ms "
            f"before the kill, {len(kept)} are on record"
        )
        for place, (wanted, frame) in enumerate(zip(seen, kept, strict=False), start=1):
            assert framing.RawFrame(frame.header, frame.payload, frame.size) == wanted, f"frame {place}"
        compared += len(seen)
    assert compared > 100, f"only {compared} frames passed: no load"


async def _kill_under_load(lane: Lane) -> tuple[float, list[_Stream]]:
    async with contextlib.AsyncExitStack() as stack:
        pairs = [await stack.enter_async_context(lane.pair()) for _ in range(CONNECTIONS)]
        streams = [_Stream(pair, direction) for pair in pairs for direction in Direction]
        feeds = [asyncio.create_task(stream.feed()) for stream in streams]
        begun = time.monotonic()
        await until(lambda: time.monotonic() - begun > LOAD_S, "the load to have lasted")
        killed = time.monotonic()
        lane.engine.kill()
        for feed in feeds:
            feed.cancel()
        await asyncio.gather(*feeds, return_exceptions=True)
    return killed, streams
