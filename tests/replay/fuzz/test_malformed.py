"""Frames that the RFC forbids, as bytes."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from wsinspect.model import Completeness
from wsinspect.replay.fuzz.malformed import malformed
from wsinspect.replay.fuzz.variation import Carried, Expected, Variation
from wsinspect.replay.performing import SendFrame
from wsinspect.wire.frames import FrameReader, header_violations, read_close
from wsinspect.wire.masking import unmask

TEXT = Carried(1, b'{"a":1}')


def all_of() -> dict[str, Variation]:
    return {variation.label: variation for variation in malformed(random.Random(1))}


ALL = all_of()


def frames(label: str, carried: Carried = TEXT) -> list[SendFrame]:
    acts = ALL[label].make(carried)
    found = [act for act in acts if isinstance(act, SendFrame)]
    assert len(found) == len(acts)
    return found


class Gathered:
    """Keeps frames as they are read."""

    def __init__(self) -> None:
        self.frames: list[tuple[bytes, bytes]] = []

    def whole(self, header: bytes, raw: bytes, now: int, completeness: Completeness) -> None:
        self.frames.append((header, unmask(header, raw)))

    def begin(self, header: bytes, size: int, now: int) -> None:
        self.frames.append((header, b""))

    def part(self, raw: bytes, now: int) -> None: ...

    def finish(self, now: int, completeness: Completeness) -> None: ...


def read(sent: list[SendFrame]) -> Iterator[tuple[int, bool, bytes]]:
    gathered = Gathered()
    reader = FrameReader(gathered)
    data = b"".join(frame.header + unmask(frame.header, frame.payload) for frame in sent)
    at = 0
    while at < len(data):
        at = reader.read_one(data, at, 0)
    for header, payload in gathered.frames:
        yield header[0] & 0xF, bool(header[0] & 0x80), payload


def test_there_are_all_kinds() -> None:
    for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
        assert [label for label in ALL if label.startswith(f"reserved opcode {opcode:#x} ")]
    for code in (0, 1005, 1006, 65535):
        assert read_close(frames(f"close {code}")[0].payload)[0] == code
    assert {variation.expected for variation in ALL.values()} == set(Expected)


@pytest.mark.parametrize("label", [label for label, one in ALL.items() if one.expected is Expected.ANSWER])
def test_what_is_to_be_answered_is_the_whole_message(label: str) -> None:
    sent = frames(label)
    data = b"".join(payload for opcode, _, payload in read(sent) if opcode < 8)
    assert data == TEXT.payload
    for frame in sent:
        assert header_violations(frame.header, masked=True, deflate=False, opaque=False) == []


@pytest.mark.parametrize(
    "label", ["not masked", "RSV2", "RSV3", "all reserved bits", "compressed garbage", "ping of 126 bytes",
              "ping in fragments", "ping with RSV1", "length 2^63", "length in more bytes than it takes",
              "ping of 65,536 bytes", "close in fragments"],
)  # fmt: skip
def test_the_header_breaks_the_rfc(label: str) -> None:
    found = [header_violations(frame.header, masked=True, deflate=False, opaque=False) for frame in frames(label)]
    assert any(found)


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("continuation of nothing", [(0, True)]),
        ("new message between fragments", [(1, False), (1, True), (0, True)]),
        ("message within a message", [(1, False), (2, False), (0, True), (0, True)]),
        ("FIN missing", [(1, False)]),
        ("text that is no UTF-8, in two frames", [(1, False), (0, True)]),
        ("ping and pong between fragments", [(1, False), (9, True), (10, True), (0, True)]),
        ("close between fragments", [(1, False), (8, True), (0, True)]),
        ("message behind a close", [(8, True), (1, True)]),
        ("two closes", [(8, True), (8, True)]),
        ("close without a code", [(8, True)]),
        ("as the other type, text or binary", [(2, True)]),
        ("text with a character in two frames", [(1, False), (0, True)]),
    ],
)
def test_frames_follow_each_other_as_they_are_meant_to(label: str, expected: list[tuple[int, bool]]) -> None:
    assert [(opcode, fin) for opcode, fin, _ in read(frames(label))] == expected


def test_binary_becomes_text() -> None:
    assert frames("as the other type, text or binary", Carried(2, b"a"))[0].header[0] == 0x81


@pytest.mark.parametrize(
    ("label", "announced"),
    [("length 2^63-1", 2**63 - 1), ("length 2^40", 2**40), ("length too large", 17), ("length too small", 3),
     ("header only", 10)],
)  # fmt: skip
def test_the_header_says_another_length(label: str, announced: int) -> None:
    (frame,) = frames(label)
    size = frame.header[1] & 0x7F
    assert (int.from_bytes(frame.header[2:10], "big") if size == 127 else size) == announced
    assert len(frame.payload) != announced


def test_a_small_frame_inflates_to_much() -> None:
    (frame,) = frames("16 Mi that compress to 16 ki")
    assert len(frame.payload) < 20_000


def test_the_rest_is_made_too() -> None:
    for label in ("half a header", "close of 1 byte", "close with a reason of 124 bytes", "text that is no UTF-8",
                  "close whose reason is no UTF-8", "empty message", "reserved opcode 0x3 (data)"):  # fmt: skip
        assert frames(label)


def test_the_same_seed_masks_alike() -> None:
    assert [one.make(TEXT) for one in malformed(random.Random(1))] == [one.make(TEXT) for one in ALL.values()]
    assert ALL["FIN missing"].make(TEXT) != next(
        one for one in malformed(random.Random(2)) if one.label == "FIN missing"
    ).make(TEXT)
