"""One direction: what is reported for which bytes, whichever way they come."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.recording import C2S, MASK, S2C, Recording
from wsinspect.model import Completeness, Direction, Verdict
from wsinspect.wire.deflate import DeflateParams, Deflater, Inflater
from wsinspect.wire.frames import CHUNK_BYTES, encode_frame
from wsinspect.wire.lane import Lane
from wsinspect.wire.messages import OpenMessage
from wsinspect.wire.sink import Tally
from wsinspect.wire.violations import Violation

V = Violation


def make(
    sink: Recording,
    direction: Direction = C2S,
    *,
    deflate: bool = False,
    opaque: bool = False,
    max_payload: int = 64 << 20,
) -> Lane:
    inflater = Inflater(DeflateParams(), direction) if deflate else None
    return Lane(sink, direction, Tally.zero(), inflater=inflater, opaque=opaque, max_payload=max_payload)


def record(
    data: bytes, direction: Direction = C2S, *, step: int = 1 << 30, end: bool = True, **options: bool
) -> Recording:
    sink = Recording()
    lane = make(sink, direction, **options)
    for start in range(0, len(data), step):
        lane.read(data[start : start + step], 0, start)
    if end:
        lane.end(len(data))
    return sink


def masked(opcode: int, payload: bytes, *, fin: bool = True, rsv: int = 0, length_bytes: int | None = None) -> bytes:
    return encode_frame(opcode, payload, fin=fin, rsv=rsv, mask_key=MASK, length_bytes=length_bytes)


def plain(opcode: int, payload: bytes, *, fin: bool = True, rsv: int = 0) -> bytes:
    return encode_frame(opcode, payload, fin=fin, rsv=rsv, mask_key=None)


@pytest.mark.parametrize("step", [1, 3, 1 << 30])
@pytest.mark.parametrize("size", [0, 1, 125, 126, 8192, 65535, 65536, 70_000])
def test_plain_messages_take_the_hot_path(step: int, size: int) -> None:
    if size > 8192 and step < 9:
        step = 4096
    data = b"".join(masked(opcode, bytes(size)) for opcode in (1, 2))
    sink = record(data, step=step)
    assert sink.fast == 2
    assert sink.payloads() == [bytes(size)] * 2
    assert [(frame.seq, frame.number, frame.size) for frame in sink.frames.values()] == [(1, 1, size), (2, 2, size)]
    server = record(plain(1, "späť".encode()) * 3, S2C, step=step)
    assert (server.fast, server.payloads()) == (3, ["späť".encode()] * 3)


@pytest.mark.parametrize(
    ("data", "direction", "found"),
    [
        (masked(3, b"x"), C2S, [V.RESERVED_OPCODE]),
        (masked(11, b"x"), C2S, [V.RESERVED_OPCODE]),
        (masked(1, b"x", rsv=4), C2S, [V.RESERVED_BIT]),
        (masked(2, b"x", rsv=1), C2S, [V.RESERVED_BIT]),
        (plain(1, b"x"), C2S, [V.NOT_MASKED]),
        (masked(1, b"x"), S2C, [V.MASKED]),
        (masked(9, b"x", fin=False), C2S, [V.CONTROL_FRAGMENTED]),
        (masked(9, bytes(126)), C2S, [V.CONTROL_TOO_LONG]),
        (masked(0, b"x"), C2S, [V.NOTHING_TO_CONTINUE]),
        (masked(1, b"\xff"), C2S, [V.INVALID_UTF8]),
        (masked(8, b"\xff"), C2S, [V.CLOSE_TOO_SHORT]),
        (masked(8, b"\x03\xed"), C2S, [V.CLOSE_CODE]),
        (masked(8, b"\x03\xe8\xff"), C2S, [V.CLOSE_REASON]),
        (masked(1, b"x", length_bytes=2), C2S, [V.LENGTH_NOT_MINIMAL]),
        (masked(2, bytes(300), length_bytes=8), C2S, [V.LENGTH_NOT_MINIMAL]),
        (plain(2, b"")[:1] + b"\x7f\xff" + bytes(7), S2C, [V.LENGTH_TOP_BIT]),
        (masked(1, b"a", fin=False) + masked(1, b"b"), C2S, [V.MESSAGE_INTERRUPTED]),
        (masked(8, b"") + masked(1, b"b"), C2S, [V.DATA_AFTER_CLOSE]),
        (masked(8, b"") + masked(9, b"b") + masked(8, b""), C2S, []),
        (masked(1, b"\xe2", fin=False) + masked(0, b"("), C2S, [V.INVALID_UTF8]),
    ],
)
@pytest.mark.parametrize("step", [1, 1 << 30])
def test_violations_are_on_record(data: bytes, direction: Direction, found: list[V], step: int) -> None:
    sink = record(data, direction, step=step)
    assert [violation for frame in sink.frames.values() for violation in frame.violations] == found
    assert sink.fast == 0
    for message in sink.messages.values():
        assert message.violations == tuple(found)


def test_close_codes_and_reasons_are_on_record() -> None:
    sink = Recording()
    lane = make(sink)
    lane.read(masked(8, b"\x0f\xa1bye") + masked(8, b""), 0, 0)
    assert [frame.close for frame in sink.frames.values()] == [(4001, "bye"), (None, None)]
    assert lane.closed
    assert [(close.code, close.reason) for close in lane._tally.closes] == [(4001, "bye")]


def test_control_frames_come_between_fragments() -> None:
    sink = record(masked(1, b"a", fin=False) + masked(9, b"p") + masked(0, b"b"))
    assert [(frame.opcode, frame.number) for frame in sink.frames.values()] == [(1, 1), (9, None), (0, 1)]
    assert sink.payloads() == [b"ab"]


def test_compressed_messages() -> None:
    deflater = Deflater(15)
    data = b"".join(masked(1, deflater.compress(b"hello"), rsv=4) for _ in range(2)) + masked(9, b"", rsv=4)
    sink = record(data, deflate=True)
    assert sink.payloads() == [b"hello", b"hello"]
    assert sink.frames[3].violations == (V.COMPRESSION_BIT,)


def test_unknown_extensions_are_left_alone() -> None:
    sink = record(masked(1, b"\xff") * 2 + masked(1, b"\xff", rsv=4) + masked(5, b""), opaque=True)
    assert sink.fast == 2
    assert [frame.violations for frame in sink.frames.values()] == [(), (), (V.OPAQUE,), ()]
    assert record(masked(1, b"\xff"), opaque=True, step=1).fast == 1


@pytest.mark.parametrize(
    ("data", "header", "payload", "size", "number"),
    [
        (masked(1, b"hello")[:-2], b"\x81\x85" + MASK, b"hel", 5, 1),
        (masked(1, b"hello")[:4], b"\x81\x85" + MASK[:2], b"", 5, 1),
        (masked(9, b"hello")[:2], b"\x89\x85", b"", 5, None),
        (masked(2, bytes(300))[:3], b"\x82\xfe\x01", b"", 0, 1),
    ],
)
def test_a_frame_cut_off_is_on_record(
    data: bytes, header: bytes, payload: bytes, size: int, number: int | None
) -> None:
    sink = record(data)
    (frame,) = sink.frames.values()
    assert (frame.header, frame.payload, frame.size, frame.number) == (header, payload, size, number)
    assert frame.completeness is Completeness.CUT_OFF
    assert [(m.completeness, m.size, m.wire_size) for m in sink.messages.values()] == (
        [(Completeness.CUT_OFF, len(payload), len(data))] if number else []
    )


def test_a_single_byte_is_left_and_an_open_message_cut_off() -> None:
    sink = Recording()
    lane = make(sink)
    lane.read(masked(1, b"a", fin=False) + b"\x80", 0, 0)
    assert not lane.between_messages
    assert lane.end(0) == b"\x80"
    assert [message.completeness for message in sink.messages.values()] == [Completeness.CUT_OFF]


LARGE = bytes(range(256)) * 1200


@pytest.mark.parametrize("step", [1000, 70_000, 1 << 30])
def test_large_frames_stream(step: int) -> None:
    data = masked(1, LARGE[:128] * 2400) + masked(2, LARGE, fin=False) + masked(0, LARGE) + masked(1, b"x")
    sink = record(data, step=step)
    assert sink.payloads() == [LARGE[:128] * 2400, LARGE * 2, b"x"]
    assert sink.fast == 1
    assert all(size <= CHUNK_BYTES for size in sink.chunks)
    assert {frame.completeness for frame in sink.frames.values()} == {Completeness.COMPLETE}
    assert [message.size for message in sink.messages.values()] == [307_200, 614_400, 1]


def test_large_frames_are_judged_too() -> None:
    bad = bytearray(b"a" * 300_000)
    bad[150_000] = 0xFF
    sink = record(masked(1, bytes(bad)) + masked(9, LARGE) + masked(8, LARGE) + masked(0, LARGE), step=50_000)
    assert [frame.violations for frame in sink.frames.values()] == [
        (V.INVALID_UTF8,),
        (V.CONTROL_TOO_LONG,),
        (V.CONTROL_TOO_LONG,),
        (V.DATA_AFTER_CLOSE, V.NOTHING_TO_CONTINUE),
    ]
    assert sink.messages[1].violations == (V.INVALID_UTF8,)


def test_only_the_first_close_counts_however_large() -> None:
    lane = make(Recording())
    lane.read(masked(8, LARGE) * 2, 0, 0)
    assert len(lane._tally.closes) == 1


def test_large_compressed_frames() -> None:
    payload = b"".join(str(index * 7919 % 100_003).encode() for index in range(200_000))
    sink = record(masked(2, Deflater(15).compress(payload), rsv=4), step=30_000, deflate=True)
    assert len(sink.frames[1].payload) > CHUNK_BYTES
    assert sink.payloads() == [payload]


@pytest.mark.parametrize("step", [1, 100_000])
@pytest.mark.parametrize("limit", [0, 10, 100_000])
def test_what_is_not_recorded_is_counted(step: int, limit: int) -> None:
    sink = Recording()
    lane = make(sink, max_payload=limit)
    data = (
        masked(2, b"x" * 50)
        + masked(9, b"x" * 50)
        + (b"" if step == 1 else masked(2, LARGE, fin=False) + masked(0, LARGE) + masked(9, LARGE))
    )
    for start in range(0, len(data), step):
        lane.read(data[start : start + step], 0, 0)
    for frame in sink.frames.values():
        assert len(frame.payload) == min(limit, frame.size)
        assert len(frame.payload) + frame.truncated == frame.size == frame.received
    for message in sink.messages.values():
        assert len(message.payload) + message.truncated == message.size


def test_a_large_frame_cut_off() -> None:
    data = masked(2, LARGE)[:-1000]
    sink = record(data, step=100_000)
    (frame,), (message,) = sink.frames.values(), sink.messages.values()
    assert (frame.completeness, frame.received, frame.payload) == (
        Completeness.CUT_OFF,
        len(LARGE) - 1000,
        LARGE[:-1000],
    )
    assert (message.completeness, message.size) == (Completeness.CUT_OFF, len(LARGE) - 1000)
    control = record(masked(9, LARGE)[:-1000])
    assert control.frames[1].completeness is Completeness.CUT_OFF


def test_times_are_those_of_header_and_end() -> None:
    sink = record(masked(2, LARGE), step=100_000, end=False)
    assert sink.times == {1: [0, 300_000]}


def test_a_gigabyte_passes_in_little_memory() -> None:
    class Quiet(Recording):
        received = 0

        def chunk(self, direction: int, seq: int, offset: int, data: bytes) -> None:
            pass

    size = 1 << 30
    sink = Quiet()
    lane = make(sink, max_payload=1 << 20)
    lane.read(b"\x81\xff" + size.to_bytes(8, "big") + MASK, 0, 0)
    piece = bytes(256 << 10)
    tracemalloc.start()
    try:
        for _ in range(size // len(piece)):
            lane.read(piece, 0, 0)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 << 20
    assert sink.frames[1].received == sink.messages[1].size == size
    assert sink.messages[1].truncated == size - (1 << 20)
    assert sink.frames[1].completeness is Completeness.COMPLETE


class Notes:
    """A gate that notes what it is given."""

    def __init__(
        self, *, passes: bool = True, decides: Verdict | None = Verdict.DROPPED, outside: Verdict | None = None
    ) -> None:
        self.notes: list[str] = []
        self.bytes = b""
        self._passes = passes
        self._decides = decides
        self._outside = outside

    def passes(self, number: int, opcode: int, header: bytes, raw: bytes, payload: bytes, now: int) -> bool:
        self.notes.append(f"passes {number} {payload.decode()}")
        if self._passes:
            self.bytes += header + raw
        return self._passes

    def outside(
        self, header: bytes, raw: bytes, payload: bytes, seq: int, now: int, completeness: Completeness
    ) -> Verdict | None:
        self.bytes += header + raw
        return self._outside

    def outside_begins(self, header: bytes, now: int) -> Verdict:
        self.bytes += header
        return Verdict.NOT_SENT

    def outside_goes_on(self, raw: bytes) -> None:
        self.bytes += raw

    def writes_frame(self, *, outside: bool) -> bool:
        return outside

    def opened(self, message: OpenMessage, now: int) -> None:
        self.notes.append(f"opened {message.number}")

    def header(self, header: bytes, size: int, now: int) -> None:
        self.notes.append(f"header of {size}")
        self.bytes += header

    def raw(self, raw: bytes, now: int) -> None:
        self.bytes += raw

    def plain(self, data: bytes) -> None:
        self.notes.append(f"plain {len(data)}")

    def decided(self, message: OpenMessage, now: int, completeness: Completeness) -> Verdict | None:
        self.notes.append(f"decided {message.number} {completeness.name}")
        return self._decides


def gated(
    data: bytes,
    *,
    passes: bool = True,
    decides: Verdict | None = Verdict.DROPPED,
    outside: Verdict | None = Verdict.FORWARDED,
    step: int = 1 << 30,
) -> tuple[Notes, Recording]:
    sink, gate = Recording(), Notes(passes=passes, decides=decides, outside=outside)
    lane = make(sink)
    lane.set_gate(gate)
    for start in range(0, len(data), step):
        lane.read(data[start : start + step], 0, 0)
    left = lane.end(0)
    assert gate.bytes + left == data
    return gate, sink


def test_a_gate_gets_everything_in_order() -> None:
    data = masked(1, b"ab", fin=False) + masked(9, b"") + masked(0, b"c") + b"\x80"
    gate, sink = gated(data)
    assert gate.notes == ["opened 1", "header of 2", "plain 2", "header of 1", "plain 1", "decided 1 COMPLETE"]
    assert sink.messages[1].verdict is Verdict.DROPPED


def test_a_gate_may_take_a_plain_message_at_once_or_not() -> None:
    gate, sink = gated(masked(1, b"a"))
    assert (gate.notes, sink.fast) == (["passes 1 a"], 1)
    gate, sink = gated(masked(1, b"a"), passes=False)
    assert gate.notes == ["passes 1 a", "opened 1", "header of 1", "plain 1", "decided 1 COMPLETE"]
    assert sink.messages[1].verdict is Verdict.DROPPED


def test_a_gate_is_told_what_is_cut_off() -> None:
    data = masked(1, b"a", fin=False) + masked(2, b"b", fin=False) + masked(0, b"c")[:3]
    gate, sink = gated(data)
    assert [note for note in gate.notes if note.startswith("decided")] == ["decided 1 CUT_OFF", "decided 2 CUT_OFF"]
    assert [message.verdict for message in sink.messages.values()] == [Verdict.DROPPED] * 2


def test_what_waits_has_no_verdict_yet() -> None:
    data = masked(1, b"a", fin=False) + masked(0, b"b") + masked(8, b"") + masked(1, b"c", fin=False)
    _, sink = gated(data, decides=None, outside=None)
    assert [(message.completeness, message.verdict) for message in sink.messages.values()] == [
        (Completeness.WAITING, Verdict.FORWARDED),
        (Completeness.CUT_OFF, Verdict.NOT_SENT),
    ]
    assert sink.frames[3].completeness is Completeness.WAITING


def test_a_close_frame_behind_a_gate_is_not_sent_by_itself() -> None:
    for gate, closes in ((Notes(outside=Verdict.DROPPED), 0), (None, 1)):
        sink, tally = Recording(), Tally.zero()
        lane = Lane(sink, C2S, tally, inflater=None, opaque=False, max_payload=1000)
        lane.set_gate(gate)
        lane.read(masked(8, b""), 0, 0)
        assert lane.closed
        assert len(tally.closes) == closes
        assert sink.frames[1].verdict is (Verdict.DROPPED if gate else Verdict.FORWARDED)


def test_a_gate_gets_large_frames_in_pieces() -> None:
    data = masked(2, LARGE) + masked(9, LARGE)
    gate, _ = gated(data, step=100_000)
    assert gate.notes[:2] == ["opened 1", f"header of {len(LARGE)}"]
    assert gate.notes[-1] == "decided 1 COMPLETE"
    lane = make(Recording())
    lane.read(b"\x82", 0, 0)
    assert lane.in_written_frame
    lane = make(Recording())
    for gate, frame, written in ((Notes(), 9, True), (Notes(), 2, False)):
        lane.set_gate(gate)
        assert not lane.in_written_frame
        lane.read(masked(frame, LARGE)[:-1], 0, 0)
        assert lane.in_written_frame is written
        lane.read(masked(frame, LARGE)[-1:], 0, 0)


FRAMES = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 1, 1, 2, 2, 3, 8, 9, 10, 12]),
        st.one_of(
            st.binary(max_size=8), st.text(max_size=8).map(str.encode), st.just(bytes(126)), st.just(bytes(66_000))
        ),
        st.booleans(),
        st.sampled_from([0, 0, 0, 4, 4, 2]),
        st.sampled_from([MASK, MASK, None]),
    ),
    max_size=8,
)


@given(FRAMES, st.lists(st.integers(0, 300), max_size=6), st.booleans(), st.booleans())
def test_any_split_is_recorded_alike(
    frames: list[tuple[int, bytes, bool, int, bytes | None]], cuts: list[int], deflate: bool, opaque: bool
) -> None:
    deflater = Deflater(15)
    data = b"".join(
        encode_frame(op, deflater.compress(payload) if rsv == 4 else payload, fin=fin, rsv=rsv, mask_key=key)
        for op, payload, fin, rsv, key in frames
    )
    whole = record(data, deflate=deflate, opaque=opaque)
    sink = Recording()
    lane = make(sink, deflate=deflate, opaque=opaque)
    edges = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    for start, stop in pairwise(edges):
        lane.read(data[start:stop], 0, 0)
    lane.end(0)
    assert (sink.frames, sink.messages) == (whole.frames, whole.messages)


@given(st.binary(max_size=300), st.integers(1, 300), st.booleans())
def test_arbitrary_bytes_never_raise(data: bytes, step: int, deflate: bool) -> None:
    for direction in (C2S, S2C):
        sink = record(data, direction, step=step, deflate=deflate)
        recorded = sum(len(frame.header) + frame.received for frame in sink.frames.values())
        assert len(data) - recorded in {0, 1}
