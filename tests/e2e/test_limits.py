"""Where a limit cuts, it cuts the record alone, and the record says how much: sizes, inflating, unknown extensions."""

from __future__ import annotations

import random
import sqlite3
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers import framing
from tests.peers.capture import recorded_gaps
from tests.peers.engine import EngineProcess, engine_process, running_engine
from tests.peers.framing import BINARY, TEXT, build
from tests.peers.lane import Lane, end_cleanly, exchange, lane_of
from tests.peers.waiting import until
from wsinspect.model import Direction

KEY = b"\xde\xad\xbe\xef"
DEFLATE = ("Sec-WebSocket-Extensions", "permessage-deflate")
CHUNK = 256 << 10
LIMIT = 300_000
STALLED_S = 6
"""More than the 5 s after which recording counts as stalled."""


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory, confdir: Path) -> Iterator[EngineProcess]:
    """An engine that records little of each frame."""
    with engine_process(tmp_path_factory.mktemp("limited"), confdir, "--max-payload", str(LIMIT)) as running:
        yield running


async def test_sizes_around_the_chunks_of_the_record(lane: Lane) -> None:
    chance = random.Random(4)
    sizes = [size + delta for size in (CHUNK, 2 * CHUNK) for delta in (-1, 0, 1, 2, 3)]
    letters = {size: bytes(chance.choices(b"abcdefgh", k=size)) for size in sizes}
    c2s = b"".join(build(TEXT, letters[size], mask=chance.randbytes(4)) for size in sizes)
    s2c = b"".join(build(BINARY, letters[size]) for size in sizes)
    async with lane.pair() as pair:
        await exchange(pair, framing.cut_anywhere(chance, c2s), framing.cut_anywhere(chance, s2c))
        await end_cleanly(pair)
        recorded = await lane.assert_recorded(pair)
    for direction in Direction:
        payloads = [one.payload for one in recorded.messages if one.direction is direction]
        assert [one == letters[size] for one, size in zip(payloads, sizes, strict=True)] == [True] * len(sizes)
    assert not [frame for frame in recorded.frames if frame.violations]


async def test_what_is_over_the_limit_passes_and_is_counted(limited: EngineProcess) -> None:
    lane = lane_of(limited, None)
    payload = random.Random(6).randbytes(1_000_000)
    sizes = (LIMIT - 1, LIMIT, LIMIT + 1, len(payload))
    async with lane.pair() as pair:
        await exchange(
            pair,
            [build(BINARY, payload[:size], mask=KEY) for size in sizes],
            [build(BINARY, payload[:size]) for size in sizes],
        )
        await end_cleanly(pair)
        recorded = await lane.record(pair)
    for direction in Direction:
        kept = [(one.size, one.truncated, one.payload) for one in recorded.of(direction)]
        wanted = [(size, max(0, size - LIMIT), payload[: min(size, LIMIT)]) for size in sizes]
        assert [one[:2] for one in kept] == [one[:2] for one in wanted]
        assert kept == wanted
        messages = [one for one in recorded.messages if one.direction is direction]
        assert [(one.size, one.truncated, one.payload) for one in messages] == wanted


@pytest.mark.skipif(sys.platform != "linux", reason="memory of another process is read from /proc")
async def test_a_zip_bomb_passes_and_the_record_says_what_it_is(engine: EngineProcess) -> None:
    lane = lane_of(engine, None)
    compressor = zlib.compressobj(wbits=-15)
    zeros = bytes(1 << 20)
    data = b"".join(compressor.compress(zeros) for _ in range(400)) + compressor.flush(zlib.Z_SYNC_FLUSH)
    bomb = build(BINARY, data.removesuffix(b"\x00\x00\xff\xff"), rsv=4)
    before = engine.resident_bytes()
    async with lane.pair(extra=(DEFLATE,), answer_extra=(DEFLATE,)) as pair:
        await exchange(pair, [], [*framing.deflated([b"harmless"]), bomb, build(TEXT, b"plain, behind it")])
        grown = engine.resident_bytes() - before
        await end_cleanly(pair)
        recorded = await lane.assert_recorded(pair)
    harmless, bombed, behind = recorded.messages
    assert (harmless.payload, harmless.violations) == (b"harmless", ())
    assert any("RFC 7692" in violation for violation in bombed.violations), bombed.violations
    assert len(bombed.payload) <= 128 << 20
    assert behind.payload == b"plain, behind it"
    assert grown < 160 << 20, f"the engine grew by {grown >> 20} MiB"


async def test_an_unknown_extension_leaves_payloads_as_they_are(lane: Lane) -> None:
    extension = ("Sec-WebSocket-Extensions", "x-shuffle; level=3")
    frames = [build(TEXT, b"\xffnot text\xfe", rsv=2, mask=KEY), build(BINARY, b"shuffled", rsv=7, mask=KEY)]
    async with lane.pair(extra=(extension,), answer_extra=(extension,)) as pair:
        await exchange(pair, frames, [])
        await end_cleanly(pair)
        recorded = await lane.assert_recorded(pair)
    assert recorded.session.extensions == "x-shuffle; level=3"
    assert recorded.session.violations, "an extension that is not known is told"
    assert [message.payload for message in recorded.messages] == [b"\xffnot text\xfe", b"shuffled"]


async def test_a_locked_capture_does_not_stop_the_traffic(tmp_path: Path, confdir: Path) -> None:
    """Without any progress for 5 s the relay goes on all the same; what cannot be recorded is counted."""
    async with running_engine(tmp_path, confdir) as engine:
        lane = lane_of(engine, None)
        async with lane.pair() as pair:
            frame = build(BINARY, b"x" * 1000, mask=KEY)
            await exchange(pair, [frame], [])
            blocking = sqlite3.connect(engine.capture, isolation_level=None)
            blocking.execute("BEGIN IMMEDIATE")
            blocked = time.monotonic()
            await exchange(pair, [frame] * 10, [])
            await until(lambda: time.monotonic() - blocked > STALLED_S, "the record to be without progress for long")
            await exchange(pair, [frame] * 10, [])
            blocking.rollback()
            blocking.close()
            await exchange(pair, [frame], [])
            await until(lambda: bool(recorded_gaps(engine.capture)), "the gap to be on record")
            await exchange(pair, [build(TEXT, b"recorded again", mask=KEY)], [])
            await end_cleanly(pair)
            recorded = await lane.record(pair)
            gaps = recorded_gaps(engine.capture)
    assert recorded.messages[-1].payload == b"recorded again"
    assert recorded.session.frames.c2s == 23
    lost = sum(gap.frames for gap in gaps)
    assert lost >= 10, f"{lost} frames counted as lost"
    assert len(recorded.frames) + lost == 23, f"{len(recorded.frames)} on record and {lost} counted as lost"
