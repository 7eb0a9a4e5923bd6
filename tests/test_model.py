"""The records: what a frame's raw header says, and that records cannot be changed."""

from __future__ import annotations

import dataclasses

import pytest

from wsinspect.model import Completeness, Direction, Frame, PerDirection, SessionId


def frame(header: bytes, size: int = 0) -> Frame:
    return Frame(SessionId(1), 1, 0, Direction.C2S, header, size, b"")


@pytest.mark.parametrize(("direction", "label"), [(Direction.C2S, "c2s"), (Direction.S2C, "s2c")])
def test_a_direction_has_a_label(direction: Direction, label: str) -> None:
    assert direction.label == label


@pytest.mark.parametrize(
    ("header", "fin", "rsv", "opcode", "masked"),
    [
        (b"\x81\x05", True, 0, 1, False),
        (b"\x02\x85abcd", False, 0, 2, True),
        (b"\xc1\x00", True, 4, 1, False),
        (b"\xa1\x00", True, 2, 1, False),
        (b"\x9f\x80abcd", True, 1, 15, True),
        (b"\x70\x00", False, 7, 0, False),
    ],
)
def test_the_first_two_bytes_of_a_header(header: bytes, fin: bool, rsv: int, opcode: int, masked: bool) -> None:
    seen = frame(header)
    assert (seen.fin, seen.rsv, seen.opcode, seen.masked) == (fin, rsv, opcode, masked)


@pytest.mark.parametrize(
    ("header", "mask_key"),
    [
        (b"\x81\x05", None),
        (b"\x81\x85abcd", b"abcd"),
        (b"\x81\xfe\x01\x00abcd", b"abcd"),
        (b"\x81\xff\x00\x00\x00\x00\x00\x01\x00\x00abcd", b"abcd"),
        (b"\x81\x7e\x01\x00", None),
        (b"\x81\x85abc", None),
        (b"\x81\xfe\x01\x00ab", None),
    ],
)
def test_the_masking_key_is_that_of_a_masked_and_complete_header(header: bytes, mask_key: bytes | None) -> None:
    assert frame(header).mask_key == mask_key


def test_the_size_on_the_wire_counts_the_header() -> None:
    assert frame(b"\x81\x85abcd", size=5).wire_size == 11


def test_records_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        PerDirection().c2s = 1  # type: ignore[misc]  # that is what is tested


def test_each_direction_has_its_opposite() -> None:
    assert [direction.opposite for direction in Direction] == [Direction.S2C, Direction.C2S]


def test_what_arrives_or_waits_is_undecided() -> None:
    undecided = [completeness for completeness in Completeness if completeness.undecided]
    assert undecided == [Completeness.ARRIVING, Completeness.WAITING]
