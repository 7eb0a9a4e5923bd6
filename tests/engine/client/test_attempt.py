"""What is put on record of an attempt, and that each side waits for the other."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from tests.engine.client.playing import opened, script
from tests.engine.recording import recording, the_one
from tests.peers.framing import BINARY, build
from tests.peers.upgrade import raw_server
from tests.peers.waiting import until, within
from wsinspect.engine import carrier
from wsinspect.model import Close, Direction, End, Source
from wsinspect.replay.performing import End as EndAct
from wsinspect.replay.performing import SendClose, SendMessage

pytestmark = pytest.mark.usefixtures("no_proxy")

SIZE = 1 << 20
COUNT = 60


async def test_a_performer_waits_for_a_server_that_does_not_read() -> None:
    asked = 0

    def more() -> SendMessage:
        nonlocal asked
        asked += 1
        return SendMessage(BINARY, bytes(SIZE))

    async with raw_server(receive_buffer=1 << 16) as server:
        side = server.play(server.accept_upgrade())
        session = await opened(f"ws://{server.authority}", script(*[more] * COUNT, EndAct()))
        endpoint, _ = await side
        endpoint.pause()
        await until(lambda: asked > 2, "it to begin")
        for _ in range(100):
            await asyncio.sleep(0)
        assert asked < COUNT // 2
        endpoint.resume()
        await endpoint.ended()
        assert endpoint.waiting_bytes > SIZE * COUNT
        await endpoint.close()
        await within(session.finished(), "the end")


async def test_both_wait_for_the_record(tmp_path: Path) -> None:
    """A capture that takes little at a time; everything is on record in the end."""
    with recording(tmp_path / "a.wsi", queue_limit=1 << 19) as recorder:
        async with raw_server() as server:
            side = server.play(server.accept_upgrade())
            performer = script(*[SendMessage(BINARY, bytes(100_000))] * 12, EndAct())
            session = await opened(f"ws://{server.authority}", performer, recorder)
            endpoint, _ = await side
            for _ in range(12):
                await endpoint.send(build(BINARY, bytes(90_000)))
            await endpoint.ended()
            await until(lambda: len(performer.said) == 12, "all of it")
            await endpoint.close()
            await within(session.finished(), "the end")
    recorded = the_one(tmp_path / "a.wsi")
    sizes = [(message.direction, message.size, message.source) for message in recorded.messages]
    assert sizes.count((Direction.C2S, 100_000, Source.REPLAY)) == 12
    assert sizes.count((Direction.S2C, 90_000, Source.PEER)) == 12


async def test_garbage_behind_the_upgrade_is_on_record_and_ends_nothing(tmp_path: Path) -> None:
    garbage = random.Random(5).randbytes(3000)
    performer = script()
    with recording(tmp_path / "a.wsi") as recorder:
        async with raw_server() as server:
            side = server.play(server.accept_upgrade(behind=garbage[:100]))
            session = await opened(f"ws://{server.authority}", performer, recorder)
            endpoint, _ = await side
            for place in range(100, len(garbage), 7):
                await endpoint.send(garbage[place : place + 7])
            assert not session.is_over
            await endpoint.reset()
            await within(session.finished(), "the end")
    recorded = the_one(tmp_path / "a.wsi")
    assert recorded.stream(Direction.S2C) == garbage
    assert recorded.session.ends[0] == (Direction.S2C, End.RESET)
    assert performer.ends == 1


async def test_a_server_that_does_not_answer_a_close_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrier, "FAREWELL_S", 0.05)
    with recording(tmp_path / "a.wsi") as recorder:
        async with raw_server() as server:
            side = server.play(server.accept_upgrade())
            session = await opened(f"ws://{server.authority}", script(SendClose(1000)), recorder)
            endpoint, _ = await side
            assert await endpoint.ended() == [End.FIN]
            await within(session.finished(), "the end")
    kept = the_one(tmp_path / "a.wsi").session
    assert kept.close == Close("client", 1000, "", clean=False) == session.close
    assert kept.error == "ended by wsinspect"


async def test_a_server_may_end_its_direction_alone(tmp_path: Path) -> None:
    with recording(tmp_path / "a.wsi") as recorder:
        async with raw_server() as server:
            side = server.play(server.accept_upgrade(behind=build(BINARY, b"last")))
            performer = script()
            session = await opened(f"ws://{server.authority}", performer, recorder)
            endpoint, _ = await side
            await endpoint.fin()
            assert await endpoint.ended() == [End.FIN]
            await within(session.finished(), "the end")
    assert performer.said == [(BINARY, b"last")]
    assert the_one(tmp_path / "a.wsi").session.ends == ((Direction.S2C, End.FIN), (Direction.C2S, End.FIN))
