"""Frames of our own, and how they are reported."""

from __future__ import annotations

import pytest

from tests.wire.recording import C2S, MASK, S2C, Recording
from wsinspect.model import Completeness, Direction, Source, Stage, Verdict
from wsinspect.wire.frames import CHUNK_BYTES, encode_frame
from wsinspect.wire.sending import FrameSender, Injection
from wsinspect.wire.sink import Tally


def make(direction: Direction = C2S, *, max_payload: int = 1 << 30) -> tuple[Recording, Tally, FrameSender]:
    sink, tally = Recording(), Tally.zero()
    return sink, tally, FrameSender(sink, direction, tally, mask_key=lambda: MASK, max_payload=max_payload)


@pytest.mark.parametrize(("direction", "key"), [(C2S, MASK), (S2C, None)])
def test_a_message_is_masked_only_for_the_server(direction: Direction, key: bytes | None) -> None:
    sink, tally, sender = make(direction)
    assert sender.inject(Injection(1, b"hi"), 5, Verdict.FORWARDED) == encode_frame(1, b"hi", mask_key=key)
    (frame,), (message,) = sink.frames.values(), sink.messages.values()
    assert (frame.stage, frame.source, frame.of, frame.payload) == (Stage.SENT, Source.USER, None, b"hi")
    assert (message.payload, message.source, message.size) == (b"hi", Source.USER, 2)
    assert message.completeness is Completeness.COMPLETE
    assert message.wire_size == len(frame.header) + 2
    assert (tally.frames[direction], tally.messages[direction]) == (1, 1)


def test_everything_of_a_frame_can_be_wrong() -> None:
    sender = make()[2]
    odd = Injection(2, b"x", fin=False, rsv=7, masked=False, length_bytes=8)
    assert sender.inject(odd, 0, Verdict.FORWARDED) == bytes.fromhex("72 7f 0000000000000001 78")
    assert sender.inject(Injection(3, b""), 0, Verdict.FORWARDED)[:1] == b"\x83"
    with pytest.raises(ValueError, match="do not fit"):
        Injection(16, b"").check()


def test_a_close_is_noted_only_when_it_goes() -> None:
    sink, tally, sender = make(S2C)
    sender.inject(Injection(8, b"\x03\xe8ok"), 0, Verdict.NOT_SENT)
    assert not sender.closed
    assert tally.closes == []
    sender.inject(Injection(8, b"\x03\xe8ok", source=Source.RULE), 0, Verdict.FORWARDED)
    assert sender.closed
    assert [(close.code, close.reason, close.source) for close in tally.closes] == [(1000, "ok", Source.RULE)]
    assert [frame.close for frame in sink.frames.values()] == [(1000, "ok")] * 2
    assert [frame.verdict for frame in sink.frames.values()] == [Verdict.NOT_SENT, Verdict.FORWARDED]


@pytest.mark.parametrize("size", [10, CHUNK_BYTES, CHUNK_BYTES + 1, 600_000])
@pytest.mark.parametrize("max_payload", [5, 300_000, 1 << 30])
def test_large_payloads_are_reported_in_chunks(size: int, max_payload: int) -> None:
    sink, _, sender = make(max_payload=max_payload)
    payload = bytes(range(250)) * 2400
    sender.inject(Injection(2, payload[:size]), 0, Verdict.FORWARDED)
    (frame,), (message,) = sink.frames.values(), sink.messages.values()
    kept = min(size, max_payload)
    assert frame.payload == message.payload == payload[:kept]
    assert frame.truncated == message.truncated == size - kept
    assert frame.received == message.size == size


def test_what_goes_instead_names_what_came() -> None:
    sink, tally, sender = make()
    wire = sender.replace(2, b"new", 0, fin=True, rsv=4, number=7, of=3, source=Source.RULE, verdict=Verdict.MODIFIED)
    assert wire == encode_frame(2, b"new", rsv=4, mask_key=MASK)
    (frame,) = sink.frames.values()
    assert (frame.number, frame.of, frame.stage, frame.verdict) == (7, 3, Stage.SENT, Verdict.MODIFIED)
    assert tally.frames == [0, 0]


@pytest.mark.parametrize(("announced", "header"), [(0, "8200"), (200, "827e00c8"), (1 << 63, "827f8000000000000000")])
def test_a_header_may_announce_another_length(announced: int, header: str) -> None:
    sink, _, sender = make(S2C)
    wire = sender.inject(Injection(2, b"abc", announced=announced), 0, Verdict.FORWARDED)
    assert wire == bytes.fromhex(header) + b"abc"
    (frame,) = sink.frames.values()
    assert (frame.payload, frame.size) == (b"abc", min(announced, (1 << 63) - 1))
    with pytest.raises(ValueError, match="does not fit"):
        Injection(2, b"abc", length_bytes=0, announced=126).check()


def test_what_goes_instead_of_a_control_frame_belongs_to_no_message() -> None:
    sink, _, sender = make(S2C)
    sender.replace(9, b"!", 0, fin=True, rsv=0, number=None, of=3, source=Source.RULE, verdict=Verdict.MODIFIED)
    assert [(frame.number, frame.of) for frame in sink.frames.values()] == [(None, 3)]
