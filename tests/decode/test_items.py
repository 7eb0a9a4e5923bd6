"""Values with heads: containers, keys, cuts; and how strings, bytes and floats are written."""

from __future__ import annotations

import json
import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.decode.building import CUT, Builder, End
from wsinspect.decode.items import (
    Ending,
    Item,
    Opening,
    Unfinished,
    bytes_node,
    float_text,
    notation,
    quoted,
    string_node,
    unsigned,
    walk,
)
from wsinspect.decode.source import Source
from wsinspect.decode.tree import Kind, Node


def head(data: bytes, at: int, key: str | None) -> Item:
    """A format of letters: `[` and `{` go on until `.`, `2` is an array of two, `"` a string of two, others values."""
    match data[at : at + 1]:
        case b"":
            raise IndexError
        case b"[":
            return Opening(Kind.ARRAY, -1, at + 1, "")
        case b"{":
            return Opening(Kind.OBJECT, -1, at + 1, "")
        case b"2":
            return Opening(Kind.ARRAY, 2, at + 1, "")
        case b"0":
            return Opening(Kind.ARRAY, 0, at + 1, "")
        case b".":
            return Ending(at + 1)
        case b'"':
            return string_node(data, at, at + 1, 2, key, "")
        case letter:
            return Node(Kind.WORD, key, letter.decode(), at, at + 1)


def built(data: bytes, *, size: int = 0) -> Builder:
    return walk(Source(data, max(size, len(data))), head, lambda node: node._replace(label="finished"))


def written(node: Node) -> str:
    key = "" if node.key is None else f"{node.key}:"
    if node.kind in (Kind.WORD, Kind.STRING):
        return f"{key}{notation(node)}"
    inside = ",".join(map(written, node.children))
    assert node.label == "finished"
    return f"{key}{'{' + inside + '}' if node.kind is Kind.OBJECT else '[' + inside + ']'}"


@pytest.mark.parametrize(
    ("data", "tree"),
    [
        (b"2ab", "[a,b]"),
        (b"20b", "[[],b]"),
        (b"22ab2cd", "[[a,b],[c,d]]"),
        (b"[ab.", "[a,b]"),
        (b"{abcd.", "{a:b,c:d}"),
        (b"{ab[c.d.", "{a:b,[…]:d}"),
        (b"{a2xyb0c{xz..", "{a:[x,y],b:[],c:{x:z}}"),
        (b"{2xya.", "{[…]:a}"),
        (b"{{.a.", "{{…}:a}"),
        (b"20{.", "[[],{}]"),
    ],
)
def test_values_are_put_where_they_belong(data: bytes, tree: str) -> None:
    found = built(data)
    assert found.end is End.COMPLETE
    assert written(found.root()) == tree


def test_values_may_follow_each_other() -> None:
    assert [written(node) for node in built(b"2ab2bc[a.").documents] == ["[a,b]", "[b,c]", "[a]"]


@pytest.mark.parametrize("data", [b".", b"2.", b"{a.", b"[{a..", b"a", b"0", b"{.", b"2aba"])
def test_an_end_that_ends_nothing_is_broken(data: bytes) -> None:
    assert built(data).end is End.BROKEN


@pytest.mark.parametrize("data", [b"[", b"2a", b"{a", b'["', b'{"ab', b'{"a'])
def test_data_may_end_before_its_values(data: bytes) -> None:
    assert built(data).end is End.TOO_EARLY


def test_what_there_is_of_a_value_is_kept() -> None:
    (node,) = built(b'["a').documents[0].children
    assert (node.value, node.remark, node.end) == ('"a"', CUT, 3)
    assert not built(b'{"a').documents[0].children


def test_nodes_are_counted() -> None:
    found = walk(Source(b"[aaaaa", 6, 3), head, lambda node: node)
    assert found.end is End.ENOUGH
    assert len(found.documents[0].children) == 2


def test_keys_are_written_as_values_are() -> None:
    leaf = Node(Kind.BYTES, None, b"\x0a", 0, 1)
    assert notation(leaf) == "h'0a'"
    assert notation(Node(Kind.TAG, None, None, 0, 1, (leaf,), "tag 7")) == "7(h'0a')"
    assert notation(Node(Kind.TAG, None, None, 0, 1, (), "tag 7")) == "[\u2026]"


@given(st.text())
def test_strings_are_quoted_as_in_json(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    assert json.loads(quoted(text)) == text


def test_a_string_that_is_no_utf8_is_bytes() -> None:
    node = string_node(b"x\xff\xfe", 0, 1, 2, "k", "text")
    assert node == Node(Kind.BYTES, "k", b"\xff\xfe", 0, 3, (), "text", "no UTF-8")
    with pytest.raises(Unfinished) as unfinished:
        bytes_node(b"x\xff", 0, 1, 1 << 32, None, "bytes")
    assert unfinished.value.node == Node(Kind.BYTES, None, b"\xff", 0, 2, (), "bytes", CUT)


def test_a_string_may_be_cut_within_a_character() -> None:
    with pytest.raises(Unfinished) as unfinished:
        string_node("xé".encode()[:-1], 0, 1, 2, None, "text")
    assert unfinished.value.node is not None
    assert unfinished.value.node.value == '""'
    with pytest.raises(Unfinished) as unfinished:
        string_node(b"x\xff\xff\xff\xff\xff", 0, 1, 9, None, "text")
    assert unfinished.value.node is not None
    assert unfinished.value.node.value == b"\xff\xff\xff\xff\xff"


def test_numbers_must_be_there() -> None:
    assert unsigned(b"\x01\x02\x03", 1, 2) == 0x203
    with pytest.raises(IndexError):
        unsigned(b"\x01\x02\x03", 2, 2)


@given(st.sampled_from([("e", 16), ("f", 32), ("d", 64)]), st.data())
def test_floats_are_written_so_that_they_read_the_same(kind: tuple[str, int], data: st.DataObject) -> None:
    code, width = kind
    raw = struct.pack(f">{code}", data.draw(st.floats(width=width)))  # type: ignore[arg-type]  # those it may be
    text = float_text(raw)
    value = float(text.replace("Infinity", "inf"))
    assert math.isnan(value) or struct.pack(f">{code}", value) == raw


def test_floats_are_written_short() -> None:
    assert float_text(struct.pack(">f", 0.1)) == "0.1"
    assert float_text(struct.pack(">f", 0.0078125)) == "0.0078125"
    assert float_text(struct.pack(">e", 0.1)) == "0.0999755859375"
    assert float_text(struct.pack(">f", 3.4028234663852886e38)) == "3.4028235e+38"
    assert float_text(struct.pack(">f", 1.00000011920928955)) == "1.0000001"
    assert [float_text(struct.pack(">d", each)) for each in (math.inf, -math.inf, math.nan)] == [
        *("Infinity", "-Infinity", "NaN"),
    ]
