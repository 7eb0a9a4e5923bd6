"""A performer hears whole messages and control frames, however they were split, and bounded whatever comes."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.peers import framing
from tests.peers.framing import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, build
from wsinspect.model import Direction
from wsinspect.replay.client.hearing import Incoming
from wsinspect.wire.deflate import DeflateParams, Deflater
from wsinspect.wire.frames import CHUNK_BYTES
from wsinspect.wire.violations import Violation

S2C = Direction.S2C
KEY = b"\x01\x02\x03\x04"
LARGE = CHUNK_BYTES + 1000


@dataclass
class Ear:
    deflate: DeflateParams | None = None
    opaque: bool = False
    most: int = 64 << 20
    messages: list[tuple[int, bytes]] = field(default_factory=list)
    controls: list[tuple[int, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.incoming = Incoming(
            S2C,
            self.deflate,
            opaque=self.opaque,
            on_message=lambda opcode, payload, _: self.messages.append((opcode, payload)),
            on_control=lambda opcode, payload, _: self.controls.append((opcode, payload)),
            most=self.most,
        )

    def hears(self, data: bytes, step: int | None = None) -> Ear:
        for start in range(0, len(data), step or len(data) or 1):
            self.incoming.read(data[start : start + (step or len(data))], 5)
        return self


def test_messages_and_control_frames() -> None:
    data = b"".join(
        (
            build(TEXT, b"hi"),
            build(BINARY, b"a", fin=False),
            build(PING, b"p"),
            build(CONTINUATION, b"b"),
            build(PONG),
            build(CLOSE, b"\x03\xe8"),
            build(TEXT, b"late"),
        )
    )
    for step in (None, 1, 2, 3):
        ear = Ear().hears(data, step)
        assert ear.messages == [(TEXT, b"hi"), (BINARY, b"ab"), (TEXT, b"late")]
        assert ear.controls == [(PING, b"p"), (PONG, b""), (CLOSE, b"\x03\xe8")]


def test_the_time_is_that_of_the_bytes() -> None:
    times: list[int] = []
    incoming = Incoming(
        S2C, None, opaque=False, on_message=lambda *said: times.append(said[2]), on_control=lambda *_: None
    )
    incoming.read(build(TEXT, b"a")[:2], 1)
    incoming.read(b"a", 2)
    assert times == [2]


@pytest.mark.parametrize("step", [None, 5000])
@pytest.mark.parametrize("compressed", [False, True])
def test_large_messages(compressed: bool, step: int | None) -> None:
    chance = random.Random(1)
    payload = chance.randbytes(LARGE)
    wire = Deflater(15).compress(payload) if compressed else payload
    data = build(BINARY, wire[:LARGE], fin=False, rsv=4 * compressed) + build(CONTINUATION, wire[LARGE:])
    assert Ear(DeflateParams() if compressed else None).hears(data, step).messages == [(BINARY, payload)]


def test_what_a_small_compressed_message_was() -> None:
    deflater = Deflater(15)
    data = b"".join(build(TEXT, deflater.compress(b"hello"), rsv=4) for _ in range(3))
    assert Ear(DeflateParams()).hears(data, 1).messages == [(TEXT, b"hello")] * 3


def test_with_an_unknown_extension_payloads_are_as_they_came() -> None:
    assert Ear(DeflateParams(), opaque=True).hears(build(TEXT, b"\xff", rsv=4)).messages == [(TEXT, b"\xff")]


def test_a_message_is_heard_up_to_a_limit() -> None:
    pieces = build(BINARY, b"x" * 60, fin=False) + build(0, b"y" * 60, fin=False) + build(0, b"z")
    assert Ear(most=100).hears(pieces).messages == [(BINARY, b"x" * 60 + b"y" * 40)]
    assert Ear(most=100).hears(build(BINARY, bytes(LARGE)), 9999).messages == [(BINARY, bytes(100))]


def test_many_small_pieces_are_put_together() -> None:
    data = build(BINARY, b"", fin=False) + build(CONTINUATION, b"x", fin=False) * 3000 + build(CONTINUATION)
    assert Ear().hears(data).messages == [(BINARY, b"x" * 3000)]


def test_what_does_not_come_whole_is_not_heard() -> None:
    ear = Ear().hears(build(TEXT, b"cut", fin=False) + build(TEXT, b"other") + build(TEXT, b"never")[:-1])
    assert ear.messages == [(TEXT, b"other")]


def test_odd_frames() -> None:
    data = build(CONTINUATION, b"of nothing") + build(3, b"odd") + build(15, mask=KEY) + build(PING, b"x" * 200)
    assert Ear().hears(data).controls == [(3, b"odd"), (15, b""), (PING, b"x" * 200)]


def test_a_large_frame_beside_messages_has_its_payload_left_out() -> None:
    data = build(TEXT, b"a", fin=False) + build(PING, bytes(LARGE)) + build(CONTINUATION, b"b")
    ear = Ear().hears(data + build(CONTINUATION, bytes(LARGE)))
    assert (ear.controls, ear.messages) == ([(PING, b"")], [(TEXT, b"ab")])


def test_what_is_broken_is_counted() -> None:
    ear = Ear().hears(build(TEXT, b"\xff") + build(11, b"x") * 2 + build(PONG, mask=KEY))
    assert ear.incoming.violations == {
        Violation.INVALID_UTF8: 1, Violation.RESERVED_OPCODE: 2, Violation.MASKED: 1,
    }  # fmt: skip
    assert ear.incoming.unfinished_bytes == 0
    large = Ear().hears(build(TEXT, b"\xff" * LARGE, mask=KEY)[:-1], 1000)
    assert large.incoming.violations == {Violation.MASKED: 1}
    assert large.incoming.unfinished_bytes == LARGE + 13
    large.hears(b"\xff")
    assert large.incoming.violations == {Violation.MASKED: 1, Violation.INVALID_UTF8: 1}
    assert Ear().hears(b"\x81").incoming.unfinished_bytes == 1


def test_damaged_compression_is_heard_as_far_as_it_can_be_read() -> None:
    ear = Ear(DeflateParams()).hears(build(TEXT, b"\xff\xff\xff", rsv=4) + build(TEXT, b"plain"))
    assert ear.messages == [(TEXT, b""), (TEXT, b"plain")]


@given(st.lists(st.binary(max_size=40), max_size=20), st.booleans())
def test_arbitrary_bytes_raise_nothing(pieces: list[bytes], deflate: bool) -> None:
    ear = Ear(DeflateParams() if deflate else None)
    for piece in pieces:
        ear.hears(piece)


@given(st.integers(0, 1000), st.integers(1, 50))
def test_the_split_does_not_matter(seed: int, step: int) -> None:
    data = b"".join(framing.wild(random.Random(seed), 10, masked_frames=False))[:20_000]
    whole, split = Ear().hears(data), Ear().hears(data, step)
    assert (whole.messages, whole.controls) == (split.messages, split.controls)
