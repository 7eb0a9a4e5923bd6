"""Peers that vanish at any moment of the upgrade do no harm: the engine logs no crash and serves the next one."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from tests.peers.certificates import Certificate
from tests.peers.engine import running_engine
from tests.peers.framing import TEXT, build
from tests.peers.lane import end_cleanly, exchange, lane_of
from tests.peers.waiting import side_by_side

KEY = b"\x21\x43\x65\x87"
ATTEMPTS = 150


@pytest.mark.parametrize("scheme", ["ws", "wss"])
async def test_vanishing_peers_leave_a_working_engine(
    tmp_path: Path, confdir: Path, certificate: Certificate, scheme: str
) -> None:
    chance = random.Random(scheme)
    async with running_engine(tmp_path, confdir) as engine:
        lane = lane_of(engine, certificate if scheme == "wss" else None)

        async def vanish(patience_s: float) -> None:
            """Open a pair, and give it up after so long, wherever that is."""

            async def hold() -> None:
                async with lane.pair():
                    await asyncio.Event().wait()

            holding = asyncio.create_task(hold())
            await asyncio.wait([holding], timeout=patience_s)
            holding.cancel()
            await asyncio.gather(holding, return_exceptions=True)

        await side_by_side((vanish(chance.uniform(0, 0.04)) for _ in range(ATTEMPTS)), at_once=6)
        async with lane.pair() as pair:
            await exchange(pair, [build(TEXT, b"still there?", mask=KEY)], [build(TEXT, b"yes")])
            await end_cleanly(pair)
            await lane.assert_recorded(pair)
