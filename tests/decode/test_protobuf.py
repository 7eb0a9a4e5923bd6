"""Protobuf without its schema: fields, what may be in them, and what is not taken for a message."""

from __future__ import annotations

import random
import struct

import blackboxprotobuf
import pytest
from blackboxprotobuf.lib.pytypes import TypeDefDict
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.decode.building import CUT, NOT_READ_ON
from wsinspect.decode.protobuf import read_protobuf
from wsinspect.decode.source import Source
from wsinspect.decode.tree import Kind, Node, Structure

SURE = b"\x0a\x18there is no doubt at all"


def read(data: bytes, *, size: int = 0, nodes: int = 20_000) -> Structure | None:
    return read_protobuf(Source(data, max(size, len(data)), nodes))


def known(data: bytes, *, size: int = 0, nodes: int = 20_000) -> Structure:
    found = read(data, size=size, nodes=nodes)
    assert found is not None
    return found


def only(data: bytes) -> Node:
    """Read one field, which comes behind one that leaves no doubt of the format."""
    _, node = known(SURE + data).root.children
    return node


def varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*encoded, value])


def field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


@pytest.mark.parametrize(
    ("data", "key", "value", "label", "remark"),
    [
        (b"\x10\x96\x01", "2", "150", "varint", ""),
        (b"\x10" + b"\xff" * 9 + b"\x01", "2", "18446744073709551615", "varint", "as int64 -1"),
        (b"\x15" + struct.pack("<f", 1.5), "2", "1.5", "float", "as fixed32 1069547520"),
        (b"\x15" + struct.pack("<I", 77), "2", "77", "fixed32", ""),
        (b"\x11" + struct.pack("<d", -99.25), "2", "-99.25", "double", "as fixed64 13860056551651278848"),
        (b"\x11" + struct.pack("<Q", 7), "2", "7", "fixed64", ""),
        (b"\x11" + bytes(8), "2", "0", "fixed64", ""),
        (b"\x12\x02hi", "2", '"hi"', "string", ""),
        (b"\x12\x03\x1b[m", "2", '"\\u001b[m"', "string", ""),
        (b"\x12\x00", "2", '""', "string", ""),
        (b"\x12\x03\xff\xfe\xfd", "2", b"\xff\xfe\xfd", "bytes", ""),
        (b"\x12\x02a\x01", "2", b"a\x01", "bytes", ""),
        (b"\x12\x02\x0a\x05", "2", b"\x0a\x05", "bytes", ""),
        (b"\xfa\x01\x01x", "31", '"x"', "string", ""),
    ],
)
def test_fields_tell_what_they_may_be(data: bytes, key: str, value: str | bytes, label: str, remark: str) -> None:
    node = only(data)
    assert (node.key, node.value, node.label, node.remark) == (key, value, label, remark)
    assert node.end == len(SURE + data)


def test_messages_are_in_messages() -> None:
    node = only(field(3, field(1, b"\x08\x01\x12\x03abc")))
    assert (node.kind, node.label) == (Kind.OBJECT, "message")
    inner = node.children[0].children
    assert [(each.key, each.value) for each in inner] == [("1", "1"), ("2", '"abc"')]


def test_messages_too_deep_are_bytes() -> None:
    data = b"\x08\x01"
    for _ in range(60):
        data = field(1, data)
    node = only(data)
    levels = 0
    while node.children:
        (node,) = node.children
        levels += 1
    assert (levels, node.kind) == (32, Kind.BYTES)


names = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=4, max_size=40)


@given(st.lists(st.tuples(st.integers(0, 2**63 - 1), names), min_size=2, max_size=20))
def test_what_was_encoded_is_read(rows: list[tuple[int, str]]) -> None:
    row_type: TypeDefDict = {"1": {"type": "int"}, "2": {"type": "string"}}
    data = blackboxprotobuf.encode_message(
        {"1": "the list", "2": [{"1": number, "2": text} for number, text in rows]},
        {"1": {"type": "string"}, "2": {"type": "message", "message_typedef": row_type}},
    )
    found = known(data)
    read_rows = [node for node in found.root.children if node.key == "2"]
    assert [next(child.value for child in node.children) for node in read_rows] == [str(number) for number, _ in rows]
    assert not found.remarks


@given(st.binary(max_size=200), st.integers(0, 3), st.integers(1, 20), st.sampled_from([b"", SURE, b"\x0a\x10\x12"]))
def test_arbitrary_bytes_are_read_or_not(data: bytes, more: int, nodes: int, start: bytes) -> None:
    read(start + data, size=len(start + data) + more, nodes=nodes)


def test_evidence_makes_it_sure() -> None:
    assert not known(b"\x12\x0btesting all").sure
    assert known(SURE + field(2, b"and another text") + field(3, SURE)).sure
    assert not known(SURE + b"\x10" + b"\xff" * 9 + b"\x01").sure


@pytest.mark.parametrize(
    "data",
    [
        *(
            b"",
            b"\x08",
            b"\x08\x01",
            b"\x08\x96\x01",
            b"hello world, this is text",
            SURE + b"\x07",
            SURE + b"\x0b",
            SURE[:-1],
        ),
        *(
            SURE + b"\x00\x01",
            SURE + b"\x10\x80",
            SURE + b"\x10\x80\x00",
            SURE + b"\x10" + b"\xff" * 10,
            SURE + b"\x10" + b"\xff" * 9 + b"\x7f",
        ),
        *(
            SURE + b"\x15\x00",
            SURE + varint(19_500 << 3) + b"\x01",
            SURE + varint(1 << 40) + b"\x01",
            SURE + b"\x12\xff\xff\xff\xff\x0fx",
        ),
        varint(3000 << 3) + b"\x01" + field(2500, b"text that is"),
    ],
)
def test_what_is_no_message_is_left_alone(data: bytes) -> None:
    assert read(data) is None


def test_random_bytes_are_hardly_ever_taken_for_it() -> None:
    chance = random.Random(1)
    found = [read(chance.randbytes(size)) for size in range(1, 41) for _ in range(100)]
    claimed = [each for each in found if each is not None]
    assert len(claimed) < 5
    assert not any(each.sure for each in claimed)


@pytest.mark.parametrize(
    ("data", "last"),
    [
        (SURE + b"\x12\x64text", ('"text"', CUT)),
        (SURE + b"\x12\x64\xff\xfe", (b"\xff\xfe", CUT)),
        (SURE + b"\x12\x64\x08\x01\x12\x05hello", (None, NOT_READ_ON)),
        (SURE + b"\x10\x01\x15\x00", ("1", "")),
        (SURE + b"\x10\x01\x18", ("1", "")),
        (SURE + b"\x10\x01\x1a\xff", ("1", "")),
    ],
)
def test_a_payload_may_be_cut(data: bytes, last: tuple[str | bytes | None, str]) -> None:
    found = known(data, size=1000)
    assert found.remarks == (f"Read were the first {len(data)} of 1,000 bytes.",)
    assert found.root.remark == NOT_READ_ON
    node = found.root.children[-1]
    assert (node.value, node.remark) == last


def test_many_fields_are_cut_wherever_they_are() -> None:
    for data in (SURE + b"\x08\x01" * 100_000, field(1, SURE + b"\x08\x01" * 100_000)):
        assert known(data).remarks[0].startswith("Shown are the first 20,000 values")
    node = known(field(1, SURE + b"\x08\x01" * 100_000)).root.children[0]
    assert len(node.children) == 19_999
