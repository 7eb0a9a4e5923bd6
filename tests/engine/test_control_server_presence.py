"""What a client held is released when it vanishes, and not before."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from tests.control.engine import FakeEngine
from tests.peers.waiting import until
from wsinspect.control.client import connected
from wsinspect.engine.control_server import Limits, serve
from wsinspect.engine.control_server_presence import VANISHED
from wsinspect.errors import EngineError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="has no Unix-domain sockets")

QUICK = Limits(grace_s=0.05)


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


async def test_what_a_client_held_is_released_a_while_after_it_vanished(engine: FakeEngine, tmp_path: Path) -> None:
    async with serve(engine, tmp_path, limits=QUICK) as address:
        async with connected(address) as client:
            assert await client.call("hold", filter="dir == c2s") == {"breakpoint": 1}
            owner = engine.points[0].owner
            assert owner
        assert engine.calls == []
        await asyncio.wait_for(engine.released.wait(), 5)
    assert engine.calls == [("release_all", owner, VANISHED)]


async def test_a_client_that_comes_back_under_its_name_keeps_what_it_holds(engine: FakeEngine, tmp_path: Path) -> None:
    async with serve(engine, tmp_path, limits=QUICK) as address:
        async with connected(address) as client:
            assert await client.call("hello", name="anna") == {"version": "0.1", "owner": "anna"}
            await client.call("hold", filter="dir == c2s")
        async with connected(address) as client:
            await client.call("hello", name="anna")
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(engine.released.wait(), 4 * QUICK.grace_s)
            with pytest.raises(EngineError, match="named 'anna' already"):
                await client.call("hello", name="berta")
        await asyncio.wait_for(engine.released.wait(), 5)
    assert engine.calls == [("release_all", "anna", VANISHED)]


async def test_a_breakpoint_that_is_to_stay_stays(engine: FakeEngine, tmp_path: Path) -> None:
    async with serve(engine, tmp_path, limits=QUICK) as address:
        async with connected(address) as client:
            await client.call("hold", filter="dir == c2s", keep=True)
        assert engine.points[0].owner == ""
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(engine.released.wait(), 4 * QUICK.grace_s)


async def test_nothing_is_released_when_the_engine_stops(engine: FakeEngine, tmp_path: Path) -> None:
    async with serve(engine, tmp_path, limits=QUICK) as address, connected(address) as client:
        await client.call("hold", filter="dir == c2s")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(engine.released.wait(), 4 * QUICK.grace_s)


async def test_a_client_that_comes_back_leaves_what_it_holds_behind_when_it_goes_again(
    engine: FakeEngine, tmp_path: Path
) -> None:
    async with serve(engine, tmp_path, limits=Limits(grace_s=0.3)) as address:
        async with connected(address) as client:
            await client.call("hello", name="anna")
            await client.call("hold", filter="dir == c2s")
        async with connected(address) as client:
            await client.call("hello", name="anna")
        await asyncio.wait_for(engine.released.wait(), 5)
    assert engine.calls == [("release_all", "anna", VANISHED)]


async def test_an_owner_with_two_connections_is_there_as_long_as_one_is(engine: FakeEngine, tmp_path: Path) -> None:
    async with serve(engine, tmp_path, limits=QUICK) as address:
        async with connected(address) as one:
            await one.call("hello", name="anna")
            async with connected(address) as other:
                await other.call("hello", name="anna")
                await other.call("hold", filter="dir == c2s")
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(engine.released.wait(), 4 * QUICK.grace_s)
        await asyncio.wait_for(engine.released.wait(), 5)


async def test_a_release_that_fails_is_logged(
    engine: FakeEngine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    engine.broken = True
    async with serve(engine, tmp_path, limits=QUICK) as address:
        async with connected(address) as client:
            await client.call("hold", filter="dir == c2s")
        await until(lambda: bool(caplog.records), "the log")
        assert "cannot release" in caplog.records[0].getMessage()
