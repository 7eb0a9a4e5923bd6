"""Inflating what real compressors make, bounded; compressing for a window that is known."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode
from wsproto import extensions as wsproto_extensions
from wsproto.frame_protocol import FrameProtocol, RsvBits
from wsproto.frame_protocol import Opcode as WsprotoOpcode

from tests.wire.recording import C2S, S2C
from wsinspect.wire.deflate import WINDOW_BYTES, DeflateParams, Deflater, History, Inflater
from wsinspect.wire.violations import Violation

NO_BITS = RsvBits(False, False, False)
PARAMS = st.builds(DeflateParams, st.booleans(), st.booleans(), st.integers(9, 15), st.integers(9, 15))
PAYLOADS = st.lists(
    st.one_of(
        st.binary(max_size=200),
        st.text("abc ", max_size=300).map(str.encode),
        st.tuples(st.binary(min_size=1, max_size=9), st.integers(0, 9000)).map(lambda pair: pair[0] * pair[1]),
    ),
    max_size=8,
)


def inflate(inflater: Inflater, *pieces: bytes) -> bytes:
    """Inflate a message that comes in pieces."""
    out = [
        part for index, piece in enumerate(pieces) for part in inflater.inflate(piece, final=index == len(pieces) - 1)
    ]
    inflater.commit()
    return b"".join(out)


def test_parameters_belong_to_directions() -> None:
    params = DeflateParams(True, False, 9, 11)
    assert (params.window_bits(C2S), params.window_bits(S2C)) == (11, 9)
    assert (params.no_context_takeover(C2S), params.no_context_takeover(S2C)) == (False, True)


@pytest.mark.parametrize(
    ("pieces", "payload"),
    [
        (["f248cdc9c90700"], b"Hello"),
        (["f248cd", "c9c90700"], b"Hello"),
        (["000500faff48656c6c6f00"], b"Hello"),
        (["f348cdc9c9070000"], b"Hello"),  # BFINAL, and the byte that has to follow
        (["f348cdc9c90700"], b"Hello"),  # BFINAL without it
        (["f24805000000ffffcac9c90700"], b"Hello"),
        (["00"], b""),
        (["f348cdc9c90700", "f248cdc9c90700"], b"HelloHello"),
    ],
)
def test_examples_of_the_rfc(pieces: list[str], payload: bytes) -> None:
    assert inflate(Inflater(DeflateParams(), C2S), *map(bytes.fromhex, pieces)) == payload


def test_the_window_reaches_over_the_end_of_a_deflate_stream() -> None:
    ended = zlib.compressobj(wbits=-15)
    first = ended.compress(b"a long enough text") + ended.flush(zlib.Z_FINISH) + b"\x00"
    inflater = Inflater(DeflateParams(), C2S)
    assert inflate(inflater, first) == b"a long enough text"
    assert (
        inflate(inflater, Deflater(15, b"a long enough text").compress(b"a long enough text")) == b"a long enough text"
    )


@given(PARAMS, PAYLOADS, st.integers(1, 50))
def test_reads_what_websockets_compresses(params: DeflateParams, payloads: list[bytes], step: int) -> None:
    for direction in (C2S, S2C):
        theirs = PerMessageDeflate(
            False, params.no_context_takeover(direction), 15, params.window_bits(direction), {"memLevel": 5}
        )
        inflater = Inflater(params, direction)
        for payload in payloads:
            wire = bytes(theirs.encode(Frame(Opcode.BINARY, payload)).data)
            pieces = [wire[start : start + step * 10] for start in range(0, len(wire), step * 10)]
            assert inflate(inflater, *pieces) == payload
            assert inflater.failure is None


@given(PARAMS, PAYLOADS)
def test_reads_what_wsproto_compresses(params: DeflateParams, payloads: list[bytes]) -> None:
    for direction in (C2S, S2C):
        extension = wsproto_extensions.PerMessageDeflate(
            params.client_no_context_takeover,
            params.client_max_window_bits,
            params.server_no_context_takeover,
            params.server_max_window_bits,
        )
        extension._enabled = True
        protocol = FrameProtocol(direction is C2S, [extension])
        inflater = Inflater(params, direction)
        for payload in payloads:
            rsv, wire = extension.frame_outbound(protocol, WsprotoOpcode.BINARY, NO_BITS, payload, True)
            assert rsv.rsv1
            assert inflate(inflater, wire) == payload


@given(PARAMS, PAYLOADS)
def test_websockets_reads_what_we_compress(params: DeflateParams, payloads: list[bytes]) -> None:
    theirs = PerMessageDeflate(False, False, params.server_max_window_bits, 15)
    deflater = Deflater(params.server_max_window_bits)
    for payload in payloads:
        frame = Frame(Opcode.BINARY, deflater.compress(payload), rsv1=True)
        assert bytes(theirs.decode(frame).data) == payload


def test_a_window_of_eight_bits_can_be_read() -> None:
    inflater = Inflater(DeflateParams(server_max_window_bits=8), S2C)
    assert inflate(inflater, bytes.fromhex("f248cdc9c90700")) == b"Hello"


def test_a_bomb_ends_at_the_limit() -> None:
    inflater = Inflater(DeflateParams(), C2S, limit=1 << 20)
    bomb = Deflater(15).compress(bytes(64 << 20))
    sizes = [len(piece) for piece in inflater.inflate(bomb, final=True)]
    assert sum(sizes) <= 1 << 20
    assert max(sizes) <= 256 << 10
    assert inflater.failure is Violation.INFLATE_LIMIT
    assert list(inflater.inflate(b"x", final=True)) == []
    inflater.commit()
    assert inflater.opaque
    assert inflater.failure is None


def test_a_bomb_is_the_end_even_without_takeover() -> None:
    inflater = Inflater(DeflateParams(client_no_context_takeover=True), C2S, limit=10)
    assert inflate(inflater, Deflater(15).compress(bytes(100))) == b""
    assert inflater.opaque


def test_without_a_limit_all_is_read() -> None:
    inflater = Inflater(DeflateParams(), C2S, limit=1)
    inflater.limit = None
    assert inflate(inflater, Deflater(15).compress(bytes(1 << 20))) == bytes(1 << 20)


@pytest.mark.parametrize("takeover", [True, False])
def test_damage_spoils_the_direction_only_with_takeover(takeover: bool) -> None:
    inflater = Inflater(DeflateParams(client_no_context_takeover=not takeover), C2S)
    assert list(inflater.inflate(b"\xff\xff", final=True)) == []
    assert inflater.failure is Violation.INFLATE_ERROR
    inflater.commit()
    assert inflater.opaque is takeover
    if not takeover:
        assert inflate(inflater, Deflater(15).compress(b"again")) == b"again"


@given(st.lists(st.binary(max_size=60), max_size=6), st.booleans())
def test_arbitrary_bytes_never_raise(pieces: list[bytes], takeover: bool) -> None:
    inflater = Inflater(DeflateParams(client_no_context_takeover=takeover), C2S)
    for piece in pieces:
        inflate(inflater, piece)


def test_output_that_zlib_keeps_back_is_not_lost() -> None:
    for size in range((256 << 10) - 2, (256 << 10) + 300, 37):
        assert inflate(Inflater(DeflateParams(), C2S), Deflater(15).compress(bytes(size))) == bytes(size)


@given(st.lists(st.integers(0, 40_000), max_size=12))
def test_history_is_the_end_of_what_was_added(sizes: list[int]) -> None:
    history, whole = History(), b""
    for index, size in enumerate(sizes):
        piece = bytes((index,)) * size
        history.append(piece)
        whole += piece
    assert history.tail() == whole[-WINDOW_BYTES:]
    assert history.tail(100) == whole[-100:]
    history.clear()
    assert history.tail() == b""


def test_history_keeps_few_pieces() -> None:
    history = History()
    for _ in range(70_000):
        history.append(b"x")
    assert len(history._pieces) <= 65
    assert history.tail() == b"x" * WINDOW_BYTES
