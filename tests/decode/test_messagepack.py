"""MessagePack as the peer wrote it, and what is not taken for it."""

from __future__ import annotations

import datetime
import random

import msgpack  # type: ignore[import-untyped]  # it has no types
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.decode.building import CUT, NOT_READ_ON
from wsinspect.decode.messagepack import read_messagepack
from wsinspect.decode.source import Source
from wsinspect.decode.tree import Kind, Node, Structure


def read(data: bytes, *, size: int = 0) -> Structure | None:
    return read_messagepack(Source(data, max(size, len(data))))


def known(data: bytes, *, size: int = 0) -> Structure:
    found = read(data, size=size)
    assert found is not None
    return found


def only(data: bytes) -> Node:
    """Read one value, which is put between two that leave no doubt of the format."""
    _, node, _ = known(b"\x93\xa5doubt" + data + b"\xa5never").root.children
    return node


def rebuilt(node: Node) -> object:
    match node.kind:
        case Kind.OBJECT:
            return {child.key: rebuilt(child) for child in node.children}
        case Kind.ARRAY:
            return [rebuilt(child) for child in node.children]
        case _:
            return node.value


def expected(value: object) -> object:
    match value:
        case dict():
            return {expected(key): expected(item) for key, item in value.items()}
        case list():
            return [expected(item) for item in value]
        case str():
            return orjson.dumps(value).decode()
        case bool() | None:
            return {True: "true", False: "false", None: "null"}[value]
        case bytes():
            return value
    return repr(value).replace("inf", "Infinity")


texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | texts | st.binary(),
    lambda children: st.lists(children) | st.dictionaries(texts, children),
)


@given(st.lists(values))
def test_what_was_packed_is_read(items: list[object]) -> None:
    sure = ["there is no doubt", *items]
    found = known(msgpack.packb(sure))
    assert not found.remarks
    assert rebuilt(found.root) == expected(sure)
    assert found.root.end == len(msgpack.packb(sure))


@given(st.binary(max_size=200), st.integers(0, 3), st.sampled_from([b"", b"\x92", b"\x82\xa1", b"\xdc\x00\x05"]))
def test_arbitrary_bytes_are_read_or_not(data: bytes, more: int, start: bytes) -> None:
    read(start + data, size=len(start + data) + more)


@pytest.mark.parametrize(
    ("data", "value", "label"),
    [
        (b"\x07", "7", "fixint"),
        (b"\xff", "-1", "fixint"),
        (b"\xcc\xff", "255", "uint8"),
        (b"\xcd\x01\x00", "256", "uint16"),
        (b"\xcf" + b"\xff" * 8, "18446744073709551615", "uint64"),
        (b"\xd0\xff", "-1", "int8"),
        (b"\xd1\x00\x01", "1", "int16"),
        (b"\xd3\x80" + bytes(7), "-9223372036854775808", "int64"),
        (b"\xca\x3d\xcc\xcc\xcd", "0.1", "float32"),
        (b"\xcb\x3f\xf8" + bytes(6), "1.5", "float64"),
        (b"\xd9\x02hi", '"hi"', "str8"),
        (b"\xda\x00\x02hi", '"hi"', "str16"),
        (b"\xc4\x01\x00", b"\x00", "bin8"),
        (b"\xd4\x05\x01", b"\x01", "ext 5"),
        (b"\xc7\x02\xfb\x01\x02", b"\x01\x02", "ext -5"),
        (b"\xc0", "null", ""),
        (b"\xd6\xff\x65\x53\xf1\x00", "2023-11-14T22:13:20Z", "timestamp"),
        (b"\xd7\xff" + ((500_000_000 << 34) | 1_700_000_000).to_bytes(8), "2023-11-14T22:13:20.5Z", "timestamp"),
        (
            b"\xc7\x0c\xff\x00\x00\x00\x01" + (-1).to_bytes(8, signed=True),
            "1969-12-31T23:59:59.000000001Z",
            "timestamp",
        ),
        (b"\xc7\x0c\xff\x00\x00\x00\x01\x7f" + bytes(7), b"\x00\x00\x00\x01\x7f" + bytes(7), "ext -1"),
        (b"\xd7\xff" + b"\xff" * 8, b"\xff" * 8, "ext -1"),
        (b"\xd5\xff\x00\x00", b"\x00\x00", "ext -1"),
    ],
)
def test_each_type_is_named(data: bytes, value: str | bytes, label: str) -> None:
    node = only(data)
    assert (node.value, node.label) == (value, label)
    assert node.end - node.start == len(data)


@pytest.mark.parametrize(
    ("data", "label"), [(b"\xdc\x00\x01\x07", "array16"), (b"\xdf\x00\x00\x00\x01\x07\x07", "map32")]
)
def test_containers_are_named(data: bytes, label: str) -> None:
    node = only(data)
    assert (node.label, len(node.children)) == (label, 1)


def test_timestamps_are_those_of_the_library() -> None:
    moment = datetime.datetime(2031, 2, 3, 4, 5, 6, 700_000, datetime.UTC)
    assert only(msgpack.packb(msgpack.Timestamp.from_datetime(moment))).value == "2031-02-03T04:05:06.7Z"


def test_double_keys_and_odd_ones_are_kept() -> None:
    root = known(b"\x84\xa5price\x01\xa5price\x02\x03\x04\xc4\x01\x00\xa3odd").root
    assert [(child.key, child.value) for child in root.children] == [
        *(('"price"', "1"), ('"price"', "2"), ("3", "4"), ("h'00'", '"odd"')),
    ]


def test_a_payload_may_be_cut() -> None:
    data = msgpack.packb({"name": "somebody", "picture": b"x" * 100})
    found = known(data[:50], size=len(data))
    assert found.sure
    assert found.remarks == (f"Read were the first 50 of {len(data)} bytes.",)
    assert found.root.remark == NOT_READ_ON
    assert (found.root.children[1].key, found.root.children[1].remark) == ('"picture"', CUT)


@pytest.mark.parametrize("data", [b"\xdc\x00", b"\x91"])
def test_a_cut_may_leave_nothing(data: bytes) -> None:
    assert read(data, size=100) is None


def test_small_messages_merely_fit() -> None:
    assert not known(b"\x92\x01\x02").sure
    assert known(msgpack.packb({"id": 7, "name": "x"})).sure


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"\x80", b"\x90", b"\x07", b"\xa5hello", b"\x92\x01", b"\x92\x01\x02\x03", b"\x92\x01\xc1", b"\x91\xc1"),
        *(
            b"\xdd\xff\xff\xff\xff",
            b"\x91\xdb\xff\xff\xff\xffabc",
            b"\x91\xc6\xff\xff\xff\xff",
            b"\x91\x90\x90",
            b"\xdc\x00",
        ),
        *(b"\x91\xa2\xff\xfe", b"\x91\xa3\x00\x01\x02", b"\x92\x01\x02hello"),
    ],
)
def test_what_is_no_messagepack_is_left_alone(data: bytes) -> None:
    assert read(data) is None


def test_random_bytes_are_hardly_ever_taken_for_it() -> None:
    chance = random.Random(1)
    found = [read(chance.randbytes(size)) for size in range(1, 41) for _ in range(100)]
    claimed = [each for each in found if each is not None]
    assert len(claimed) < 12
    assert not any(each.sure for each in claimed)


@pytest.mark.parametrize("head", [b"\x91", b"\x81\x01", b"\x81"])
def test_a_pile_of_containers_is_cut(head: bytes) -> None:
    assert known(head * 100_000).remarks[0].startswith("Shown are the first 20,000 values")
