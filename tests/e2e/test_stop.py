"""How an engine ends: sessions that are open then, the file it leaves, and starting on a file that is there."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from tests.peers.capture import all_recorded
from tests.peers.certificates import Certificate
from tests.peers.engine import EngineProcess, running_engine
from tests.peers.framing import TEXT, build
from tests.peers.lane import exchange, lane_of
from wsinspect.model import Direction, End, SessionState

KEY = b"\x77\x66\x55\x44"


async def test_an_interrupted_engine_records_its_open_sessions_and_closes_the_file(
    tmp_path: Path, confdir: Path, certificate: Certificate
) -> None:
    async with running_engine(tmp_path, confdir) as engine:
        plain, secure = lane_of(engine, None), lane_of(engine, certificate)
        async with plain.pair("/plain") as one, secure.pair("/secure") as other:
            for pair in (one, other):
                await exchange(pair, [build(TEXT, b"client", mask=KEY)], [build(TEXT, b"server")])
            await asyncio.to_thread(engine.stop)
            for endpoint in (one.client, one.server, other.client, other.server):
                await endpoint.ended()
                assert endpoint.rest == b"", f"{endpoint.name}: the proxy made bytes of its own: {endpoint.rest!r}"
    assert _capture_files(tmp_path) == ["capture.wsi"]
    with sqlite3.connect(f"file:{engine.capture}?mode=ro", uri=True) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    database.close()
    recorded = {one.session.path: one for one in all_recorded(engine.capture)}
    for pair in (one, other):
        kept = recorded[pair.path]
        kept.assert_holds(bytes(pair.client.sent), bytes(pair.server.sent))
        assert kept.session.state is SessionState.CLOSED
        assert {kept.ends(direction)[0] for direction in Direction} == {End.PROXY}
        assert kept.session.close is None or not kept.session.close.clean


async def test_an_existing_capture_is_refused_and_left_alone(tmp_path: Path, confdir: Path) -> None:
    there = tmp_path / "capture.wsi"
    there.write_bytes(b"something a person wants to keep")
    with pytest.raises(AssertionError, match="the engine ended with status 3") as refused:
        EngineProcess(tmp_path, confdir).start()
    assert "capture.wsi" in str(refused.value)
    assert there.read_bytes() == b"something a person wants to keep"


async def test_a_capture_is_continued_with_append(tmp_path: Path, confdir: Path) -> None:
    for number, options in ((1, ()), (2, ("--append",))):
        async with running_engine(tmp_path, confdir, *options) as engine:
            lane = lane_of(engine, None)
            async with lane.pair(f"/run/{number}") as pair:
                await exchange(pair, [build(TEXT, b"in run %d" % number, mask=KEY)], [])
        (tmp_path / "capture.ready").unlink(missing_ok=True)
    recorded = all_recorded(tmp_path / "capture.wsi")
    assert [(one.session.id, one.session.path) for one in recorded] == [(1, "/run/1"), (2, "/run/2")]
    assert [message.payload for one in recorded for message in one.messages] == [b"in run 1", b"in run 2"]


async def test_a_second_engine_on_the_same_capture_is_refused(tmp_path: Path, confdir: Path) -> None:
    async with running_engine(tmp_path, confdir) as engine:
        other = tmp_path / "second"
        other.mkdir()
        (other / "capture.wsi").symlink_to(engine.capture)
        with pytest.raises(AssertionError, match="the engine ended with status 3"):
            await asyncio.to_thread(EngineProcess(other, confdir, ("--append",)).start)
        lane = lane_of(engine, None)
        async with lane.pair("/first-goes-on") as pair:
            await exchange(pair, [build(TEXT, b"still recording", mask=KEY)], [])
            await pair.client.reset()
            await pair.server.ended()
            await lane.assert_recorded(pair)


async def test_a_port_in_use_is_said_to_be(tmp_path: Path, confdir: Path) -> None:
    async with running_engine(tmp_path, confdir) as engine:
        other = tmp_path / "second"
        other.mkdir()
        host, port = engine.address
        with pytest.raises(AssertionError, match="the engine ended with status 4") as refused:
            await asyncio.to_thread(EngineProcess(other, confdir, ("--listen", f"{host}:{port}")).start)
        assert "in use" in str(refused.value)
        assert "Traceback" not in str(refused.value)


def _capture_files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("capture.wsi*") if path.suffix != ".wsi-lock")
