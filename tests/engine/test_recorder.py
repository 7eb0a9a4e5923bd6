"""One capture of several sessions: numbering, counters, and the brakes against a disk that is slow or stands still."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.engine.recording import C2S, KEY, S2C, Going, begin, locked, opened_session, recording
from tests.peers.capture import all_recorded, recorded_gaps, recorded_sessions
from tests.peers.framing import BINARY, TEXT, build
from tests.peers.waiting import until
from wsinspect.engine import recorder as recorder_module
from wsinspect.engine import session_recorder
from wsinspect.engine.carrier import Reason
from wsinspect.engine.options import EngineOptions, Overload
from wsinspect.engine.recorder import MaskKeys, Recorder
from wsinspect.errors import StoreError
from wsinspect.model import PerDirection, SessionState
from wsinspect.store.writer import WriterState

FRAME = build(BINARY, b"x" * 1000, mask=KEY)


def held_up(going: Going) -> bool:
    return bool((going.client.paused & going.server.paused) & Reason.RECORDER)


def let_go(going: Going) -> bool:
    return not (going.client.paused | going.server.paused)


async def test_sessions_and_frames_are_numbered_through(tmp_path: Path) -> None:
    with recording(tmp_path / "a.wsi") as recorder:
        one, two = begin(recorder), begin(recorder)
        for number in range(3):
            one.carrier.receive(C2S, build(TEXT, b"one %d" % number, mask=KEY))
            two.carrier.receive(S2C, build(TEXT, b"two %d" % number))
        one.end()
        two.end()
    recorded = all_recorded(tmp_path / "a.wsi")
    assert [kept.session.id for kept in recorded] == [1, 2]
    assert [message.id for kept in recorded for message in kept.messages] == [1, 3, 5, 2, 4, 6]
    assert [message.payload for message in recorded[1].messages] == [b"two 0", b"two 1", b"two 2"]


async def test_counters_of_a_session_that_goes_on_are_on_record_soon(tmp_path: Path) -> None:
    with recording(tmp_path / "a.wsi") as recorder:
        going = begin(recorder)
        for amount in (2, 5):
            going.carrier.receive(C2S, FRAME * amount)
            total = {2: 2, 5: 7}[amount]
            wanted = [(PerDirection(total), PerDirection(total * len(FRAME)))]

            def counted(wanted: list[tuple[PerDirection, PerDirection]] = wanted) -> bool:
                kept = recorded_sessions(tmp_path / "a.wsi")
                return [(session.frames, session.bytes) for session in kept] == wanted

            await until(counted, f"{total} frames in the counters")
        assert recorded_sessions(tmp_path / "a.wsi")[0].state is SessionState.OPEN
        going.end()


async def test_a_capture_is_continued_behind_its_last_numbers(tmp_path: Path) -> None:
    engine = EngineOptions(out=tmp_path / "a.wsi")
    loop = asyncio.get_running_loop()
    for options in (engine, EngineOptions(out=engine.out, append=True)):
        with Recorder.opened(options, loop) as recorder:
            going = begin(recorder)
            going.carrier.receive(C2S, FRAME * 2)
            going.end()
    recorded = all_recorded(engine.out)
    assert [kept.session.id for kept in recorded] == [1, 2]
    assert [message.id for kept in recorded for message in kept.messages] == [1, 2, 3, 4]
    with pytest.raises(StoreError), Recorder.opened(engine, loop):
        pass


async def test_a_session_that_fails_to_be_described_takes_nothing_with_it(tmp_path: Path) -> None:
    with recording(tmp_path / "a.wsi") as recorder:
        with pytest.raises(ZeroDivisionError):
            recorder.open(lambda number: opened_session(number // 0))  # type: ignore[arg-type]
        begin(recorder).end()
    (kept,) = all_recorded(tmp_path / "a.wsi")
    assert kept.session.state is SessionState.CLOSED


async def test_a_stop_ends_every_session(tmp_path: Path) -> None:
    with recording(tmp_path / "a.wsi") as recorder:
        going = [begin(recorder) for _ in range(3)]
        going[0].end()
        waiting = recorder.open(opened_session)
        recorder.stop_sessions()
        recorder.stop_sessions()
        assert waiting.over
        assert [one.client.told[-1] for one in going] == ["close"] * 3
    kept = recorded_sessions(tmp_path / "a.wsi")
    assert [session.error for session in kept[:3]] == [None, "wsinspect was stopped", "wsinspect was stopped"]
    assert [session.state.name for session in kept] == ["CLOSED", "CLOSED", "CLOSED", "FAILED"]


async def test_a_session_that_owes_too_much_waits_until_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_recorder, "HALF_QUEUE_BYTES", 10_000)
    with recording(tmp_path / "a.wsi") as recorder:
        busy, calm = begin(recorder), begin(recorder)
        with locked(tmp_path / "a.wsi"):
            sent = 0
            while not held_up(busy):
                busy.carrier.receive(C2S, FRAME)
                calm.carrier.receive(S2C, build(TEXT, b"hi"))
                sent += 1
                assert sent < 100, "nothing stops it"
            assert sent * len(FRAME) < 4 * 10_000
            assert let_go(calm), "a session that owes little need not wait"
        await until(lambda: let_go(busy), "the session to go on")
        busy.end()
        calm.end()
    assert len(all_recorded(tmp_path / "a.wsi")[0].messages) == sent


async def test_over_the_queue_limit_every_session_waits(tmp_path: Path) -> None:
    with recording(tmp_path / "a.wsi", queue_limit=50_000) as recorder:
        busy, calm, gone = begin(recorder), begin(recorder), begin(recorder)
        with locked(tmp_path / "a.wsi"):
            busy.carrier.receive(C2S, FRAME * 60)
            calm.carrier.receive(S2C, build(TEXT, b"hi"))
            gone.carrier.receive(S2C, build(TEXT, b"hi"))
            assert held_up(busy)
            assert held_up(calm)
            gone.end()
        await until(lambda: let_go(busy) and let_go(calm), "the sessions to go on")
        assert gone.client.paused, "nobody cares for a session that is over"
        busy.carrier.receive(C2S, FRAME)
        assert let_go(busy)
        busy.end()
        calm.end()
    assert [len(kept.messages) for kept in all_recorded(tmp_path / "a.wsi")] == [61, 1, 1]


async def test_where_overload_drops_nobody_waits(tmp_path: Path) -> None:
    with recording(tmp_path / "a.wsi", queue_limit=50_000, wait=False) as recorder:
        going = begin(recorder)
        with locked(tmp_path / "a.wsi"):
            going.carrier.receive(C2S, FRAME * 100)
            assert let_go(going)
        going.end()


async def test_what_overload_drops_is_counted(tmp_path: Path) -> None:
    engine = EngineOptions(out=tmp_path / "a.wsi", on_overload=Overload.DROP)
    with Recorder.opened(engine, asyncio.get_running_loop()) as recorder:
        going = begin(recorder)
        with locked(engine.out):
            large = build(BINARY, bytes(1 << 18), mask=KEY)
            for _ in range((recorder.writer.queue_limit >> 18) + 10):
                going.carrier.receive(C2S, large)
            assert let_go(going)
            assert recorder.writer.lost.frames > 0
        lost = recorder.writer.lost.frames
        going.end()
    gaps = recorded_gaps(engine.out)
    assert sum(gap.frames for gap in gaps) == lost
    (kept,) = recorded_sessions(engine.out)
    assert kept.frames.c2s == (recorder.writer.queue_limit >> 18) + 10


async def test_a_disk_that_stands_still_stops_the_record_and_not_the_traffic(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(recorder_module, "WATCH_S", 0.02)
    with recording(tmp_path / "a.wsi", queue_limit=50_000, stall_ns=200_000_000) as recorder:
        going = begin(recorder)
        with locked(tmp_path / "a.wsi"):
            going.carrier.receive(C2S, FRAME * 60)
            assert held_up(going)
            await until(lambda: let_go(going), "the brakes to let go")
            assert recorder.writer.state is WriterState.STALLED
            going.carrier.receive(C2S, FRAME * 200)
            assert let_go(going)
        await until(lambda: recorder.writer.state is WriterState.OK, "the writer to go on")
        await until(lambda: bool(recorded_gaps(tmp_path / "a.wsi")), "the gap on record")
        going.carrier.receive(C2S, build(TEXT, b"recorded again", mask=KEY))
        going.end()
        await until(lambda: "recording goes on" in caplog.text, "word of it")
    assert "recording has stopped" in caplog.text
    (kept,) = all_recorded(tmp_path / "a.wsi")
    lost = sum(gap.frames for gap in recorded_gaps(tmp_path / "a.wsi"))
    assert lost >= 200
    assert len(kept.frames) + lost == kept.session.frames.c2s == 261
    assert kept.messages[-1].payload == b"recorded again"


def test_masking_keys_are_all_different() -> None:
    keys = MaskKeys()
    given = [keys.next() for _ in range(5000)]
    assert {len(key) for key in given} == {4}
    assert len(set(given)) > 4990  # of 2³² two may be equal by chance
