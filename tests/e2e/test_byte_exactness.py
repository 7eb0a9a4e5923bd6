"""Not one byte of either frame stream differs from what a plain TCP relay would have passed, and all is on record."""

from __future__ import annotations

import asyncio
import random

import pytest

from tests.peers import framing
from tests.peers.framing import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, build
from tests.peers.lane import Lane, end_cleanly, exchange
from wsinspect.model import Completeness, Direction

KEY = b"\x01\x02\x03\x04"


@pytest.mark.parametrize("seed", range(4))
async def test_valid_frames_split_anywhere_pass_both_ways_at_once(lane: Lane, seed: int) -> None:
    chance = random.Random(seed)
    c2s = framing.cut_anywhere(chance, b"".join(framing.well_formed(chance, 60, masked_frames=True)))
    s2c = framing.cut_anywhere(chance, b"".join(framing.well_formed(chance, 60, masked_frames=False)))
    async with lane.pair() as pair:
        await exchange(pair, c2s, s2c)
        await end_cleanly(pair)
        recorded = await lane.assert_recorded(pair)
    for direction, sent in ((Direction.C2S, pair.client.sent), (Direction.S2C, pair.server.sent)):
        assert recorded.stream(direction) == sent, f"{direction.label}: the record does not give the stream again"
        assert not [frame for frame in recorded.of(direction) if frame.violations]


@pytest.mark.parametrize("seed", range(4))
async def test_frames_against_every_rule_pass_as_they_are(lane: Lane, seed: int) -> None:
    chance = random.Random(1000 + seed)
    c2s = framing.cut_anywhere(chance, b"".join(framing.wild(chance, 80, masked_frames=True)))
    s2c = framing.cut_anywhere(chance, b"".join(framing.wild(chance, 80, masked_frames=False)))
    async with lane.pair() as pair:
        await exchange(pair, c2s, s2c)
        await end_cleanly(pair)
        recorded = await lane.assert_recorded(pair)
    assert any(frame.violations for frame in recorded.of(Direction.C2S))
    assert any(frame.violations for frame in recorded.of(Direction.S2C))


async def test_single_bytes_pass(lane: Lane) -> None:
    stream = b"".join(
        build(opcode, b"abc", fin=fin, mask=KEY) for opcode, fin in ((TEXT, False), (PING, True), (CONTINUATION, True))
    )
    async with lane.pair() as pair:
        await exchange(pair, [bytes((byte,)) for byte in stream], [])
        await end_cleanly(pair)
        await lane.assert_recorded(pair)


async def test_control_frames_between_fragments_keep_their_place(lane: Lane) -> None:
    c2s = [
        build(TEXT, b"one ", fin=False, mask=KEY),
        build(PING, b"between", mask=KEY),
        build(CONTINUATION, b"two ", fin=False, mask=b"\0\0\0\0"),
        build(PONG, b"unasked", mask=KEY),
        build(CONTINUATION, b"", fin=True, mask=KEY),
    ]
    async with lane.pair() as pair:
        await exchange(pair, c2s, [])
        await end_cleanly(pair)
        recorded = await lane.assert_recorded(pair)
    assert [(frame.opcode, frame.message) for frame in recorded.frames] == [
        (TEXT, 1),
        (PING, None),
        (CONTINUATION, 1),
        (PONG, None),
        (CONTINUATION, 1),
    ]
    (message,) = recorded.messages
    assert (message.payload, message.frames, message.size) == (b"one two ", (1, 3, 5), 8)


@pytest.mark.parametrize("rsv", range(1, 8))
async def test_every_reserved_bit_passes(lane: Lane, rsv: int) -> None:
    async with lane.pair() as pair:
        await exchange(
            pair,
            [build(opcode, b"payload", rsv=rsv, mask=KEY) for opcode in (TEXT, BINARY, PING)],
            [build(opcode, b"payload", rsv=rsv) for opcode in (TEXT, BINARY, PONG)],
        )
        await end_cleanly(pair)
        recorded = await lane.assert_recorded(pair)
    assert [frame.rsv for frame in recorded.frames] == [rsv] * 6
    assert all(frame.violations for frame in recorded.frames)


async def test_what_is_forbidden_is_named(lane: Lane) -> None:
    c2s = [
        build(TEXT, b"unmasked"),
        build(0x3, b"reserved opcode", mask=KEY),
        build(PING, b"x" * 126, mask=KEY),
        build(PING, b"fragmented", fin=False, mask=KEY),
        build(CONTINUATION, b"of nothing", mask=KEY),
        build(TEXT, b"\xff\xfe not UTF-8", mask=KEY),
        build(BINARY, b"in two bytes", mask=KEY, length_bytes=2),
        build(BINARY, b"in eight bytes", mask=KEY, length_bytes=8),
        build(BINARY, b"begun", fin=False, mask=KEY),
        build(BINARY, b"begun again", mask=KEY),
        build(CLOSE, b"\x03", mask=KEY),
        build(CLOSE, b"\x03\xed", mask=KEY),
    ]
    async with lane.pair() as pair:
        await exchange(pair, c2s, [build(TEXT, b"masked", mask=KEY)])
        await end_cleanly(pair)
        recorded = await lane.assert_recorded(pair)
    silent = [frame.seq for frame in recorded.frames if not frame.violations and frame.payload != b"begun"]
    assert silent == [], f"no violation on {[str(recorded.frames[seq - 1]) for seq in silent]}"
    assert all("RFC 6455" in violation for frame in recorded.frames for violation in frame.violations)


async def test_frames_after_a_close_pass(lane: Lane) -> None:
    late = [build(CLOSE, b"\x03\xe8", mask=KEY), build(TEXT, b"still here", mask=KEY), build(PING, b"too", mask=KEY)]
    async with lane.pair() as pair:
        await exchange(pair, late, [build(CLOSE, b"\x03\xe9"), build(BINARY, b"late"), build(CLOSE, b"\x03\xea")])
        await end_cleanly(pair)
        recorded = await lane.assert_recorded(pair)
    assert [frame.close_code for frame in recorded.of(Direction.S2C)] == [1001, None, 1002]


async def test_large_frames_stream_through(lane: Lane) -> None:
    chance = random.Random(5)
    payload = chance.randbytes(8 << 20)
    async with lane.pair() as pair:
        # The head and half the payload of a frame arrive before the rest is sent: nothing waits for whole frames.
        c2s, s2c = build(BINARY, payload, mask=KEY), build(BINARY, payload)
        for source, sink, frame in ((pair.client, pair.server, c2s), (pair.server, pair.client, s2c)):
            await asyncio.gather(source.send(frame[: 4 << 20]), sink.expect(frame[: 4 << 20]))
            await asyncio.gather(source.send(frame[4 << 20 :]), sink.expect(frame[4 << 20 :]))
        await end_cleanly(pair)
        recorded = await lane.assert_recorded(pair)
    assert [message.payload == payload for message in recorded.messages] == [True, True]


async def test_a_frame_longer_than_any_stream_is_passed_as_far_as_it_comes(lane: Lane) -> None:
    header = b"\x82\xff" + b"\xff" * 8 + KEY
    async with lane.pair() as pair:
        await exchange(pair, [build(TEXT, b"before", mask=KEY), header, b"as far as it comes"], [])
        await end_cleanly(pair)
        recorded = await lane.record(pair)
    before, huge = recorded.frames
    assert (before.payload, huge.header, huge.completeness) == (b"before", header, Completeness.CUT_OFF)
    assert framing.masked(huge.payload, KEY) == b"as far as it comes"
    assert huge.violations


async def test_a_cut_off_frame_is_on_record_as_far_as_it_came(lane: Lane) -> None:
    async with lane.pair() as pair:
        frame = build(TEXT, b"x" * 1000, mask=KEY)
        await exchange(pair, [build(TEXT, b"whole", mask=KEY), frame[:500]], [])
        await end_cleanly(pair)
        recorded = await lane.assert_recorded(pair)
    assert [one.completeness for one in recorded.frames] == [Completeness.COMPLETE, Completeness.CUT_OFF]


async def test_a_single_byte_that_is_no_frame_yet_passes_and_is_counted(lane: Lane) -> None:
    async with lane.pair() as pair:
        await exchange(pair, [build(TEXT, b"whole", mask=KEY), b"\x82"], [])
        await end_cleanly(pair)
        recorded = await lane.assert_recorded(pair)
    assert len(recorded.frames) == 1
    assert recorded.session.bytes.c2s == len(pair.client.sent)


@pytest.mark.parametrize("kept", [2, 3, 5, 9, 13])
async def test_a_header_that_is_cut_off_is_on_record(lane: Lane, kept: int) -> None:
    header = b"\x82\xff" + (70_000).to_bytes(8, "big") + KEY
    async with lane.pair() as pair:
        await exchange(pair, [build(TEXT, b"whole", mask=KEY), header[:kept]], [])
        await end_cleanly(pair)
        recorded = await lane.assert_recorded(pair)
    assert recorded.stream(Direction.C2S) == pair.client.sent


async def test_compressed_frames_pass_as_they_are_and_are_readable(lane: Lane) -> None:
    extension = ("Sec-WebSocket-Extensions", "permessage-deflate")
    chance = random.Random(11)
    texts = ["".join(chance.choices("abc ", k=chance.randrange(3000))) for _ in range(20)]
    c2s = framing.deflated([text.encode() for text in texts], mask=KEY)
    s2c = framing.deflated([text.upper().encode() for text in texts])
    async with lane.pair(extra=(extension,), answer_extra=(extension,)) as pair:
        assert pair.response.get("sec-websocket-extensions") == "permessage-deflate"
        assert pair.request.get("sec-websocket-extensions") == "permessage-deflate"
        await exchange(pair, framing.cut_anywhere(chance, b"".join(c2s)), s2c)
        await end_cleanly(pair)
        recorded = await lane.assert_recorded(pair)
    assert recorded.session.extensions == "permessage-deflate"
    for direction, wanted in ((Direction.C2S, texts), (Direction.S2C, [text.upper() for text in texts])):
        readable = [one.payload.decode() for one in recorded.messages if one.direction is direction]
        assert readable == wanted
    assert all(message.compressed for message in recorded.messages)


async def test_a_small_frame_that_inflates_to_much_is_on_record(lane: Lane) -> None:
    extension = ("Sec-WebSocket-Extensions", "permessage-deflate")
    payloads = [b"small", b"wsinspect " * 100_000, b"small again", random.Random(3).randbytes(700_000).hex().encode()]
    async with lane.pair(extra=(extension,), answer_extra=(extension,)) as pair:
        await exchange(pair, framing.deflated(payloads, mask=KEY), framing.deflated(payloads))
        await end_cleanly(pair)
        recorded = await lane.assert_recorded(pair)
    for direction in Direction:
        messages = [one for one in recorded.messages if one.direction is direction]
        assert [one.payload == payload for one, payload in zip(messages, payloads, strict=True)] == [True] * 4
        assert [len(one.frames) for one in messages] == [1, 1, 1, 1]
