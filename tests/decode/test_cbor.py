"""CBOR as the peer wrote it, and what is not taken for it."""

from __future__ import annotations

import datetime
import random

import cbor2
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.decode.building import CUT, NOT_READ_ON
from wsinspect.decode.cbor import read_cbor
from wsinspect.decode.source import Source
from wsinspect.decode.tree import Kind, Node, Structure


def read(data: bytes, *, size: int = 0) -> Structure | None:
    return read_cbor(Source(data, max(size, len(data))))


def known(data: bytes, *, size: int = 0) -> Structure:
    found = read(data, size=size)
    assert found is not None
    return found


def only(data: bytes) -> Node:
    """Read one value, which is put between two that leave no doubt of the format."""
    _, node, _ = known(b"\x83\x65doubt" + data + b"\x65never").root.children
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
    st.none() | st.booleans() | st.integers(-(2**64), 2**64 - 1) | st.floats(allow_nan=False) | texts | st.binary(),
    lambda children: st.lists(children) | st.dictionaries(texts, children),
)


@given(st.lists(values))
def test_what_was_encoded_is_read(items: list[object]) -> None:
    sure = ["there is no doubt", *items]
    data = cbor2.dumps(sure)
    found = known(data)
    assert not found.remarks
    assert rebuilt(found.root) == expected(sure)
    assert found.root.end == len(data)


@given(
    st.binary(max_size=200), st.integers(0, 3), st.sampled_from([b"", b"\x82", b"\xa2\x61", b"\x9f", b"\xc1", b"\x7f"])
)
def test_arbitrary_bytes_are_read_or_not(data: bytes, more: int, start: bytes) -> None:
    read(start + data, size=len(start + data) + more)


@pytest.mark.parametrize(
    ("data", "value", "label"),
    [
        (b"\x00", "0", "unsigned"),
        (b"\x1b" + b"\xff" * 8, "18446744073709551615", "unsigned"),
        (b"\x20", "-1", "negative"),
        (b"\x39\x01\x00", "-257", "negative"),
        (b"\x41\x00", b"\x00", "bytes"),
        (b"\x58\x01\x00", b"\x00", "bytes"),
        (b"\x62hi", '"hi"', "text"),
        (b"\xf4", "false", ""),
        (b"\xf7", "undefined", ""),
        (b"\xf0", "simple(16)", ""),
        (b"\xf8\xff", "simple(255)", ""),
        (b"\xf9\x3e\x00", "1.5", "half"),
        (b"\xfa\x3d\xcc\xcc\xcd", "0.1", "single"),
        (b"\xfb\x7f\xf0" + bytes(6), "Infinity", "double"),
    ],
)
def test_each_type_is_named(data: bytes, value: str | bytes, label: str) -> None:
    node = only(data)
    assert (node.value, node.label) == (value, label)
    assert node.end - node.start == len(data)


def test_lengths_may_be_indefinite() -> None:
    array = only(b"\x9f\x01\x82\x02\x03\xff")
    assert (rebuilt(array), array.label) == (["1", ["2", "3"]], "indefinite length")
    assert rebuilt(only(b"\xbf\x61a\x01\x61b\x9f\xff\xff")) == {'"a"': "1", '"b"': []}
    text = only(b"\x7f\x62ab\x61c\xff")
    assert (rebuilt(text), text.label) == (['"ab"', '"c"'], "text in chunks")
    assert rebuilt(only(b"\x5f\x41\x00\xff")) == [b"\x00"]


@pytest.mark.parametrize(
    ("value", "tag", "remark"),
    [
        (cbor2.CBORTag(0, "2024-01-01T00:00:00Z"), "tag 0", "a time"),
        (cbor2.CBORTag(1, 1_700_000_000), "tag 1", "2023-11-14T22:13:20Z"),
        (cbor2.CBORTag(1, 0.5), "tag 1", "1970-01-01T00:00:00.500000Z"),
        (cbor2.CBORTag(1, 1e300), "tag 1", ""),
        (cbor2.CBORTag(1, float("nan")), "tag 1", ""),
        (cbor2.CBORTag(1, "never"), "tag 1", ""),
        (2**70, "tag 2", str(2**70)),
        (-(2**70), "tag 3", str(-(2**70))),
        (cbor2.CBORTag(2, bytes(65)), "tag 2", ""),
        (cbor2.CBORTag(32, "http://example.test"), "tag 32", "an address"),
        (cbor2.CBORTag(37, bytes(range(16))), "tag 37", "00010203-0405-0607-0809-0a0b0c0d0e0f"),
        (cbor2.CBORTag(37, b"short"), "tag 37", ""),
        (cbor2.CBORTag(30, [1, 3]), "tag 30", ""),
        (datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC), "tag 0", "a time"),
    ],
)
def test_tags_say_what_they_make_of_a_value(value: object, tag: str, remark: str) -> None:
    node = only(cbor2.dumps(value))
    assert (node.kind, node.label, node.remark, len(node.children)) == (Kind.TAG, tag, remark, 1)


def test_tag_55799_leaves_no_doubt() -> None:
    assert known(b"\xd9\xd9\xf7\x01").sure
    assert not known(b"\xd9\xd9\xf6\x63abc").sure


@pytest.mark.parametrize("data", [b"\x99\x00", b"\x81"])
def test_a_cut_may_leave_nothing(data: bytes) -> None:
    assert read(data, size=100) is None


def test_double_keys_and_odd_ones_are_kept() -> None:
    root = known(b"\xa4\x65price\x01\x65price\x02\x81\x03\x04\xc1\x05\x63odd").root
    assert [(child.key, child.value) for child in root.children] == [
        *(('"price"', "1"), ('"price"', "2"), ("[\u2026]", "4"), ("1(5)", '"odd"')),
    ]


def test_items_may_follow_each_other() -> None:
    root = known(cbor2.dumps({"name": "one"}) + cbor2.dumps({"name": "two"})).root
    assert (root.kind, len(root.children)) == (Kind.SEQUENCE, 2)


def test_a_payload_may_be_cut() -> None:
    data = cbor2.dumps({"name": "somebody", "picture": b"x" * 100})
    found = known(data[:50], size=len(data))
    assert found.sure
    assert found.remarks == (f"Read were the first 50 of {len(data)} bytes.",)
    assert found.root.remark == NOT_READ_ON
    assert (found.root.children[1].key, found.root.children[1].remark) == ('"picture"', CUT)


@pytest.mark.parametrize(
    "data",
    [
        *(
            b"",
            b"\x80",
            b"\xa0",
            b"\x07",
            b"\x65hello",
            b"\x82\x01",
            b"\x82\x01\x02\x03",
            b"\x81\x1c",
            b"\x81\x1f",
            b"\xdf\x01",
        ),
        *(
            b"\x9b" + b"\xff" * 8,
            b"\x81\x7b" + b"\xff" * 8,
            b"\x81\xf8\x18",
            b"\x81\xff",
            b"\xbf\x61a\xff",
            b"\x7f\x61a\xff",
        ),
        *(b"\x82\x65hello\x7f\x41a\xff", b"\x81\x7f\x7f\x61a\xff\xff", b"\x81\x62\xff\xfe", b"\xc1", b"\x81\x80\x80"),
    ],
)
def test_what_is_no_cbor_is_left_alone(data: bytes) -> None:
    assert read(data) is None


def test_random_bytes_are_hardly_ever_taken_for_it() -> None:
    chance = random.Random(1)
    found = [read(chance.randbytes(size)) for size in range(1, 41) for _ in range(100)]
    claimed = [each for each in found if each is not None]
    assert len(claimed) < 8
    assert not any(each.sure for each in claimed)


@pytest.mark.parametrize("head", [b"\x81", b"\x9f", b"\xc1", b"\xa1", b"\xa1\x01", b"\xbf"])
def test_a_pile_of_containers_is_cut(head: bytes) -> None:
    assert known(head * 100_000).remarks[0].startswith("Shown are the first 20,000 values")
