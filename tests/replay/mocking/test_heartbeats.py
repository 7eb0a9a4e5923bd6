"""The heartbeat of Engine.IO is known by its request and its first packet, and is kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.replay.recordings import T0, recorded
from wsinspect.model import Direction
from wsinspect.replay.mocking.heartbeats import PING, PONG, Beating, Heartbeat, heartbeat_of
from wsinspect.wire.opcodes import Opcode

C2S, S2C = Direction.C2S, Direction.S2C
OPEN = '< 0{"sid":"x","pingInterval":300}'
MS = 1_000_000


@pytest.mark.parametrize(
    ("target", "first", "side", "found"),
    [
        ("/?EIO=4", OPEN, S2C, Heartbeat(300 * MS, asks=True)),
        ("/?EIO=4", OPEN, C2S, Heartbeat(300 * MS, asks=False)),
        ("/?a=1&EIO=3&b=2", OPEN, S2C, Heartbeat(300 * MS, asks=False)),
        ("/?EIO=3", OPEN, C2S, Heartbeat(300 * MS, asks=True)),
        ("/", OPEN, S2C, Heartbeat(300 * MS, asks=True)),
        ("/?EIO=4", "< 3probe", S2C, Heartbeat(25_000 * MS, asks=True)),
        ("/?EIO=4", "> 40", S2C, Heartbeat(25_000 * MS, asks=True)),
        ("/?EIO=4", '< 0{"pingInterval":1}', S2C, Heartbeat(100 * MS, asks=True)),
        ("/?EIO=4", '< 0{"pingInterval":true}', S2C, Heartbeat(25_000 * MS, asks=True)),
        ("/", "< 0{", S2C, None),
        ("/", "< hi", S2C, None),
    ],
)
def test_what_there_is_to_keep(target: str, first: str, side: Direction, found: Heartbeat | None) -> None:
    assert heartbeat_of(recorded(first, target=target), side) == found


def test_without_a_request_the_first_packet_tells() -> None:
    recording = recorded(OPEN)
    recording = replace(recording, session=replace(recording.session, request=None))
    assert heartbeat_of(recording, S2C) == Heartbeat(300 * MS, asks=True)


def test_it_beats_and_answers() -> None:
    beating = Beating(Heartbeat(300 * MS, asks=True))
    beating.begin(T0)
    assert beating.next(T0) is None
    assert beating.wake_at == T0 + 300 * MS
    beat = beating.next(T0 + 300 * MS)
    assert beat is not None
    assert (beat.opcode, beat.payload) == (Opcode.TEXT, PING)
    assert beating.heard(Opcode.TEXT, PING)
    assert beating.heard(Opcode.TEXT, PONG)
    assert not beating.heard(Opcode.TEXT, b"40")
    assert not beating.heard(Opcode.BINARY, PING)
    answer = beating.next(T0 + 301 * MS)
    assert answer is not None
    assert answer.payload == PONG
    assert beating.next(T0 + 301 * MS) is None


def test_where_there_is_none_nothing_is_kept() -> None:
    for beating in (Beating(None), Beating(Heartbeat(1, asks=False))):
        beating.begin(T0)
        assert beating.wake_at is None
        assert beating.next(T0 + 10**12) is None
    assert not Beating(None).heard(Opcode.TEXT, PING)
