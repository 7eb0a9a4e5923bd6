"""Headers, payloads, and the incremental reader."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets import frames as websockets_frames
from websockets.streams import StreamReader
from wsproto.frame_protocol import FrameProtocol

from tests.wire.recording import MASK
from wsinspect.model import Completeness
from wsinspect.wire import frames
from wsinspect.wire.frames import (
    CHUNK_BYTES,
    FrameReader,
    announced_size,
    encode_frame,
    encode_header,
    frame_sizes,
    read_close,
)
from wsinspect.wire.masking import unmask
from wsinspect.wire.violations import Violation

Fields = tuple[int, bytes, bool, int, bytes | None]

RFC_EXAMPLES: list[tuple[str, Fields]] = [
    ("81 05 48656c6c6f", (1, b"Hello", True, 0, None)),
    ("81 85 37fa213d 7f9f4d5158", (1, b"Hello", True, 0, MASK)),
    ("01 03 48656c", (1, b"Hel", False, 0, None)),
    ("80 02 6c6f", (0, b"lo", True, 0, None)),
    ("89 05 48656c6c6f", (9, b"Hello", True, 0, None)),
    ("8a 85 37fa213d 7f9f4d5158", (10, b"Hello", True, 0, MASK)),
    ("82 7e0100" + "00" * 256, (2, bytes(256), True, 0, None)),
    ("82 7f0000000000010000" + "00" * 65536, (2, bytes(65536), True, 0, None)),
    ("c1 07 f248cdc9c90700", (1, bytes.fromhex("f248cdc9c90700"), True, 4, None)),
    ("f3 80 37fa213d", (3, b"", True, 7, MASK)),
    ("82 7e007d" + "00" * 125, (2, bytes(125), True, 0, None)),
    ("82 7f000000000000007d" + "00" * 125, (2, bytes(125), True, 0, None)),
]
LENGTH_BYTES = {10: 2, 11: 8}


class Frames:
    """A consumer that keeps frames."""

    def __init__(self) -> None:
        self.seen: list[tuple[bytes, bytes, Completeness]] = []
        self.announced: list[int] = []

    def whole(self, header: bytes, raw: bytes, now: int, completeness: Completeness) -> None:
        self.seen.append((header, raw, completeness))

    def begin(self, header: bytes, size: int, now: int) -> None:
        self.announced.append(size)
        self.seen.append((header, b"", Completeness.ARRIVING))

    def part(self, raw: bytes, now: int) -> None:
        assert 0 < len(raw) <= CHUNK_BYTES
        header, before, _ = self.seen[-1]
        self.seen[-1] = (header, before + raw, Completeness.ARRIVING)

    def finish(self, now: int, completeness: Completeness) -> None:
        self.seen[-1] = (*self.seen[-1][:2], completeness)

    def fields(self) -> list[Fields]:
        return [
            (head[0] & 15, unmask(head, raw), head[0] > 127, head[0] >> 4 & 7, head[-4:] if head[1] > 127 else None)
            for head, raw, _ in self.seen
        ]


def feed(reader: FrameReader, data: bytes, step: int) -> None:
    for start in range(0, len(data), step):
        part = data[start : start + step]
        position = 0
        while position < len(part):
            position = reader.read_one(part, position, 0)


@pytest.mark.parametrize(("encoded", "fields"), RFC_EXAMPLES)
@pytest.mark.parametrize("step", [1, 2, 7, 1 << 20])
def test_bytes_become_fields(encoded: str, fields: Fields, step: int) -> None:
    consumer = Frames()
    reader = FrameReader(consumer)
    feed(reader, bytes.fromhex(encoded), step)
    assert consumer.fields() == [fields]
    assert consumer.seen[0][2] is Completeness.COMPLETE
    assert reader.at_boundary


@pytest.mark.parametrize(("encoded", "fields"), RFC_EXAMPLES)
def test_trailing_bytes_wait(encoded: str, fields: Fields) -> None:
    consumer = Frames()
    reader = FrameReader(consumer)
    data = bytes.fromhex(encoded)
    assert reader.read_one(b"??" + data + b"\x81", 2, 0) == 2 + len(data)
    assert reader.read_one(b"\x81", 0, 0) == 1
    assert not reader.at_boundary
    assert consumer.fields() == [fields]


@pytest.mark.parametrize("index", range(len(RFC_EXAMPLES)))
def test_fields_become_bytes(index: int) -> None:
    encoded, (opcode, payload, fin, rsv, key) = RFC_EXAMPLES[index]
    made = encode_frame(opcode, payload, fin=fin, rsv=rsv, mask_key=key, length_bytes=LENGTH_BYTES.get(index))
    assert made == bytes.fromhex(encoded)


@pytest.mark.parametrize(
    "arguments",
    [
        {"opcode": 16, "size": 0},
        {"opcode": -1, "size": 0},
        {"opcode": 1, "size": 0, "rsv": 8},
        {"opcode": 1, "size": 0, "mask_key": b"abc"},
        {"opcode": 1, "size": 126, "length_bytes": 0},
        {"opcode": 1, "size": 65536, "length_bytes": 2},
        {"opcode": 1, "size": 1, "length_bytes": 1},
        {"opcode": 1, "size": -1},
    ],
)
def test_encoding_is_strict(arguments: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"fit|4 bytes"):
        encode_header(**arguments)  # type: ignore[arg-type]


FRAMES = st.tuples(
    st.sampled_from([0, 1, 2, 3, 8, 9, 10, 15]),
    st.one_of(st.binary(max_size=20), st.integers(120, 300).map(bytes), st.sampled_from([65535, 65536]).map(bytes)),
    st.booleans(),
    st.integers(0, 7),
    st.one_of(st.none(), st.binary(min_size=4, max_size=4)),
)


@given(st.lists(FRAMES, max_size=5), st.lists(st.integers(0, 400), max_size=10))
def test_any_split_reads_alike(sent: list[Fields], cuts: list[int]) -> None:
    data = b"".join(
        encode_frame(opcode, payload, fin=fin, rsv=rsv, mask_key=key) for opcode, payload, fin, rsv, key in sent
    )
    consumer = Frames()
    reader = FrameReader(consumer)
    edges = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    for start, stop in pairwise(edges):
        feed(reader, data[start:stop], 1 << 20)
    assert consumer.fields() == sent
    assert reader.end(0) == b""


@given(st.lists(st.binary(max_size=40)))
def test_arbitrary_bytes_never_raise_and_none_is_lost(pieces: list[bytes]) -> None:
    consumer = Frames()
    reader = FrameReader(consumer)
    for piece in pieces:
        feed(reader, piece, 1 << 20)
    left = reader.end(0)
    assert b"".join(header + raw for header, raw, _ in consumer.seen) + left == b"".join(pieces)


def test_larger_payloads_stream() -> None:
    consumer = Frames()
    payload = bytes(range(256)) * 4096
    data = encode_frame(2, payload, mask_key=MASK)
    reader = FrameReader(consumer)
    feed(reader, data, 100_000)
    feed(reader, data, 1 << 30)
    assert consumer.announced == [1 << 20, 1 << 20]
    assert consumer.fields() == [(2, payload, True, 0, MASK)] * 2
    assert reader.at_boundary


@pytest.mark.parametrize("size", [(1 << 63) - 1, (1 << 64) - 1])
def test_the_longest_frame_is_only_announced(size: int) -> None:
    consumer = Frames()
    reader = FrameReader(consumer)
    feed(reader, b"\x82\x7f" + size.to_bytes(8, "big") + b"abc", 1)
    assert consumer.announced == [(1 << 63) - 1]
    assert not reader.at_boundary
    assert reader.end(0) == b""
    assert consumer.seen[0][1:] == (b"abc", Completeness.CUT_OFF)


@pytest.mark.parametrize(
    ("data", "seen", "left"),
    [
        (b"", None, b""),
        (b"\x81", None, b"\x81"),
        (b"\x81\x85ab", (b"\x81\x85ab", b""), b""),
        (b"\x81\x85abcdef", (b"\x81\x85abcd", b"ef"), b""),
        (b"\x81\x85abcd", (b"\x81\x85abcd", b""), b""),
        (b"\x81\x7e\x01", (b"\x81\x7e\x01", b""), b""),
    ],
)
def test_what_never_completes_is_handed_over(data: bytes, seen: tuple[bytes, bytes] | None, left: bytes) -> None:
    consumer = Frames()
    reader = FrameReader(consumer)
    feed(reader, data, 1)
    assert reader.end(0) == left
    assert consumer.seen == ([(*seen, Completeness.CUT_OFF)] if seen else [])
    assert reader.at_boundary


def test_a_payload_in_tiny_pieces_is_joined_now_and_then() -> None:
    consumer = Frames()
    reader = FrameReader(consumer)
    data = encode_frame(2, bytes(5000), mask_key=MASK)
    feed(reader, data[:-1], 1)
    assert len(reader._pieces) < 2000
    feed(reader, data[-1:], 1)
    assert consumer.fields() == [(2, bytes(5000), True, 0, MASK)]


def test_a_size_that_is_not_there_yet_counts_as_none() -> None:
    assert announced_size(b"\x81\x7e\x01") == 0
    assert announced_size(b"\x81\x7f\x01") == 0
    assert announced_size(b"\x81\x7e\x01\x02") == 258


V = Violation


@pytest.mark.parametrize(
    ("header", "masked", "found"),
    [
        ("81 05", False, []),
        ("81 85", True, []),
        ("83 05", False, [V.RESERVED_OPCODE]),
        ("8b 05", False, [V.RESERVED_OPCODE]),
        ("8f 05", False, [V.RESERVED_OPCODE]),
        ("c1 05", False, [V.RESERVED_BIT]),
        ("91 05", False, [V.RESERVED_BIT]),
        ("81 05", True, [V.NOT_MASKED]),
        ("81 85", False, [V.MASKED]),
        ("82 7e 007d", False, [V.LENGTH_NOT_MINIMAL]),
        ("82 7e 007e", False, []),
        ("82 7f 000000000000ffff", False, [V.LENGTH_NOT_MINIMAL]),
        ("82 7f 0000000000010000", False, []),
        ("82 7f 8000000000000000", False, [V.LENGTH_TOP_BIT]),
        ("82 7f 7fffffffffffffff", False, []),
        ("82 7f 80", False, []),
        ("09 00", False, [V.CONTROL_FRAGMENTED]),
        ("89 7d", False, []),
        ("89 7e 007e", False, [V.CONTROL_TOO_LONG]),
        ("01 00", False, []),
    ],
)
def test_what_a_header_breaks(header: str, masked: bool, found: list[Violation]) -> None:
    assert frames.header_violations(bytes.fromhex(header), masked=masked, deflate=False, opaque=False) == found


@pytest.mark.parametrize(
    ("first", "found"),
    [
        (0xC1, []),
        (0x42, []),
        (0xC0, [V.COMPRESSION_BIT]),
        (0xC9, [V.COMPRESSION_BIT]),
        (0xE1, [V.RESERVED_BIT]),
        (0xF0, [V.COMPRESSION_BIT, V.RESERVED_BIT]),
    ],
)
def test_the_compression_bit_where_it_is_agreed(first: int, found: list[Violation]) -> None:
    assert frames.header_violations(bytes((first, 0)), masked=False, deflate=True, opaque=False) == found


def test_an_unknown_extension_may_define_anything() -> None:
    assert frames.header_violations(b"\xf3\x00", masked=False, deflate=False, opaque=True) == []


@pytest.mark.parametrize(
    ("payload", "code", "reason", "found"),
    [
        (b"", None, None, []),
        (b"\x03", None, None, [V.CLOSE_TOO_SHORT]),
        (b"\x03\xe8", 1000, "", []),
        (b"\x03\xe8bye \xc3\xa9", 1000, "bye é", []),
        (b"\x03\xee", 1006, "", [V.CLOSE_CODE]),
        (b"\x03\xe8\xff", 1000, "\ufffd", [V.CLOSE_REASON]),
        (b"\x00\x00\xff", 0, "\ufffd", [V.CLOSE_CODE, V.CLOSE_REASON]),
    ],
)
def test_close_payloads(payload: bytes, code: int | None, reason: str | None, found: list[Violation]) -> None:
    assert read_close(payload) == (code, reason, found)


def test_a_close_payload_reads_back() -> None:
    assert read_close(frames.encode_close(4001, "späť")) == (4001, "späť", [])


def test_control_opcodes() -> None:
    assert [opcode for opcode in range(16) if frames.is_control(opcode)] == list(range(8, 16))


@given(st.sampled_from([1, 2, 9, 10]), st.binary(max_size=125), st.booleans())
def test_websockets_reads_what_we_write(opcode: int, payload: bytes, masked: bool) -> None:
    data = encode_frame(opcode, payload, mask_key=MASK if masked else None)
    stream = StreamReader()
    stream.feed_data(data)
    parser = websockets_frames.Frame.parse(stream.read_exact, mask=masked)
    with pytest.raises(StopIteration) as stopped:
        next(parser)
    frame: websockets_frames.Frame = stopped.value.value
    assert (frame.opcode, frame.data, frame.fin) == (opcode, payload, True)
    consumer = Frames()
    feed(FrameReader(consumer), frame.serialize(mask=masked), 3)
    assert [fields[:4] for fields in consumer.fields()] == [(opcode, payload, True, 0)]


@given(st.lists(st.one_of(st.binary(max_size=300), st.text(max_size=100)), min_size=1, max_size=5), st.booleans())
def test_wsproto_and_we_see_the_same_frames(messages: list[bytes | str], client: bool) -> None:
    sender, receiver = FrameProtocol(client, []), FrameProtocol(not client, [])
    data = b"".join(sender.send_data(message, fin=True) for message in messages) + sender.ping(b"p")
    consumer = Frames()
    feed(FrameReader(consumer), data, 5)
    receiver.receive_bytes(data)
    theirs = []
    for frame in receiver.received_frames():
        assert not isinstance(frame.payload, tuple)
        theirs.append(
            (frame.opcode, frame.payload.encode() if isinstance(frame.payload, str) else bytes(frame.payload))
        )
    assert [fields[:2] for fields in consumer.fields()] == theirs


class Refusing:
    """Takes nothing."""

    def whole(self, header: bytes, raw: bytes, now: int, completeness: Completeness) -> None:
        raise RuntimeError

    def begin(self, header: bytes, size: int, now: int) -> None:
        raise RuntimeError

    def part(self, raw: bytes, now: int) -> None:
        raise AssertionError

    def finish(self, now: int, completeness: Completeness) -> None:
        raise AssertionError


@pytest.mark.parametrize("size", [0, 5, 200, 300_000])
@pytest.mark.parametrize("cut", [0, 1, 3, 5])
def test_what_nobody_took_is_still_there(size: int, cut: int) -> None:
    frame = encode_frame(1, bytes(size), mask_key=b"wxyz")
    reader = FrameReader(Refusing())
    reader.read_one(frame[:cut], 0, 0)
    assert (reader.unhanded(), reader.unhanded_bytes, reader.unfinished_bytes) == (frame[:cut], cut, cut)
    with pytest.raises(RuntimeError):
        reader.read_one(frame[cut:], 0, 0)
    assert reader.unhanded()[:cut] == frame[:cut]


def test_a_part_of_a_payload_nobody_took_is_still_there() -> None:
    frame = encode_frame(1, bytes(200), mask_key=b"wxyz")
    reader = FrameReader(Refusing())
    reader.read_one(frame[:100], 0, 0)
    assert (reader.unhanded(), reader.unhanded_bytes) == (frame[:100], 100)
    with pytest.raises(RuntimeError):
        reader.read_one(frame[100:], 0, 0)
    assert reader.unhanded() == frame


def test_what_streams_was_taken() -> None:
    reader = FrameReader(Frames())
    reader.read_one(encode_frame(1, bytes(300_000), mask_key=None)[:1000], 0, 0)
    assert (reader.unhanded(), reader.unhanded_bytes, reader.unfinished_bytes) == (b"", 0, 1000)


@pytest.mark.parametrize("sizes", [[], [3], [0, 126, 70_000, 1]])
def test_sizes_of_frames(sizes: list[int]) -> None:
    raw = b"".join(encode_frame(2, bytes(size), mask_key=b"wxyz") for size in sizes)
    assert frame_sizes(raw, 4) == sizes
    assert frame_sizes(raw * 5, 4) == (sizes if not sizes else None)
