"""JSON as the peer wrote it: tokens, prefixes, several documents; and what is hostile, cut or no JSON at all."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.decode.building import CUT, NOT_READ_ON, TOO_DEEP
from wsinspect.decode.json_text import read_json
from wsinspect.decode.source import Source
from wsinspect.decode.tree import DEEPEST, Kind, Node, Structure


def read(data: bytes, *, size: int | None = None, nodes: int = 20_000) -> Structure | None:
    return read_json(Source(data, len(data) if size is None else size, nodes))


def known(data: bytes, *, size: int | None = None, nodes: int = 20_000) -> Structure:
    found = read(data, size=size, nodes=nodes)
    assert found is not None
    assert found.format == "JSON"
    return found


def rebuilt(node: Node) -> object:
    """Turn a tree back into what `json.loads` makes of the text."""
    match node.kind:
        case Kind.OBJECT:
            return {json.loads(child.key or ""): rebuilt(child) for child in node.children}
        case Kind.ARRAY:
            return [rebuilt(child) for child in node.children]
    assert isinstance(node.value, str)
    return json.loads(node.value)


def depth(node: Node) -> int:
    levels = 0
    while node.children:
        node = node.children[-1]
        levels += 1
    return levels


def test_every_token_stays_as_written() -> None:
    payload = (
        b' {"a" : 1.0, "a":-1e5,\n"\\u0062": [12345678901234567890123, "\\n\xc3\xa9", true, false, null, {}, [ ]]} '
    )
    root = known(payload).root
    assert [(child.key, child.value) for child in root.children[:2]] == [('"a"', "1.0"), ('"a"', "-1e5")]
    array = root.children[2]
    assert (array.key, array.kind) == ('"\\u0062"', Kind.ARRAY)
    assert [child.value for child in array.children] == [
        *("12345678901234567890123", '"\\né"', "true", "false", "null", None, None),
    ]
    assert [child.kind for child in array.children] == [
        *(Kind.NUMBER, Kind.STRING, Kind.BOOLEAN, Kind.BOOLEAN, Kind.NULL, Kind.OBJECT, Kind.ARRAY),
    ]
    for child in (root, *array.children):
        token = payload[child.start : child.end].decode()
        assert token == child.value if child.value is not None else token[0] in "[{"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
)


@given(st.lists(json_values) | st.dictionaries(st.text(), json_values), st.booleans(), st.sampled_from([None, 1]))
def test_a_tree_says_what_the_text_says(value: object, ascii_only: bool, indent: int | None) -> None:
    found = known(json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode())
    assert found.sure
    assert not found.remarks
    assert rebuilt(found.root) == value


@given(st.lists(json_values, min_size=1), st.data())
def test_any_beginning_of_json_is_read(value: list[object], data: st.DataObject) -> None:
    payload = json.dumps(value).encode()
    found = read(payload[: data.draw(st.integers(1, len(payload) - 1))], size=len(payload))
    assert found is not None
    assert found.sure
    assert found.remarks[0].startswith("Read were the first ")


@given(st.binary() | st.text(alphabet='[]{}",:\\ 0.e-truenfalsx').map(str.encode), st.integers(0, 9), st.integers(1, 9))
def test_arbitrary_bytes_are_read_or_not(data: bytes, more: int, nodes: int) -> None:
    read(data, size=len(data) + more, nodes=nodes)


@pytest.mark.parametrize(
    ("payload", "prefix", "sure"),
    [
        (b'42["event",{"a":1}]', "42", True),
        (b'42/admin,17["event"]', "42/admin,17", True),
        (b'451-["picture",{"_placeholder":true,"num":0}]', "451-", True),
        (b'a["{}"]', "a", True),
        (b')]}\',\n{"a":1}', ")]}',\n", True),
        (b'PRICE {"a":1}', "PRICE ", False),
        (b'\xef\xbb\xbf{"a":1}', "", True),
        (b'\x1e{"a":1}\n', "", True),
        (b'{"type":6}\x1e', "", True),
    ],
)
def test_json_may_have_something_before_it(payload: bytes, prefix: str, sure: bool) -> None:
    found = known(payload)
    assert (found.prefix, found.sure) == (prefix, sure)
    assert payload[found.root.start] in b"[{"


@pytest.mark.parametrize(
    "payload",
    [
        *(
            b"",
            b" ",
            b"7",
            b"true",
            b"null",
            b"hello",
            b"hello [world]",
            b"[INFO] started",
            b"[1] hello",
            b"[1,]",
            b"{}x",
        ),
        *(
            b"[1 2]",
            b"[1}",
            b'{"a"}',
            b"{1:2}",
            b"[",
            b"[1,2",
            b'"a" "b"',
            b'"a',
            b'"a\nb"',
            b"[01]",
            b"[1.]",
            b"[NaN]",
        ),
        *(b"body{}", b'x{"a":1', b'x{"a":1,}', b"\xff[1]", b"[\xff]", b"x" * 100 + b"[1]", b"[-", b"[tru", b'["\\x"]'),
    ],
)
def test_what_is_no_json_is_left_alone(payload: bytes) -> None:
    assert read(payload) is None


def test_a_lone_string_merely_fits() -> None:
    found = known(b'"say \\"hi\\""')
    assert not found.sure
    assert found.root.value == '"say \\"hi\\""'


@pytest.mark.parametrize("payload", [b'{"a":1}\n{"a":2}\n', b'{"a":1}{"a":2}', b'{"a":1}\x1e{"a":2}\x1e'])
def test_documents_may_follow_each_other(payload: bytes) -> None:
    root = known(payload).root
    assert root.kind is Kind.SEQUENCE
    assert [rebuilt(child) for child in root.children] == [{"a": 1}, {"a": 2}]
    assert (payload[root.start : root.start + 1], payload[root.end - 1 : root.end]) == (b"{", b"}")


@pytest.mark.parametrize(
    ("payload", "at", "children"),
    [
        (b'{"a":1,"b":tru}', 11, 1),
        (b'{"a":1,}', 7, 1),
        (b'{"a":1 "b":2}', 7, 1),
        (b'{"a":1] ', 6, 1),
        (b'{"a":1} and more', 8, 1),
    ],
)
def test_broken_json_is_read_as_far_as_it_goes(payload: bytes, at: int, children: int) -> None:
    found = known(payload)
    assert not found.sure
    assert found.remarks == (f"It is no JSON from byte {at} on.",)
    assert len(found.root.children) == children


def test_json_that_ends_too_early_is_not_sure() -> None:
    found = known(b'{"a":1,"b":[2,')
    assert not found.sure
    assert found.remarks == ("It ends before the JSON does.",)
    assert found.root.remark == found.root.children[1].remark == NOT_READ_ON


@pytest.mark.parametrize(
    ("payload", "last"),
    [
        (b'{"a":"bc', ('"a"', '"bc', CUT)),
        (b'{"a":"b\xc3', ('"a"', '"b', CUT)),
        (b'{"a":"b\\u00', ('"a"', '"b\\u00', CUT)),
        (b'{"a":12', ('"a"', "12", CUT)),
        (b'{"a":12.', ('"a"', "12", CUT)),
        (b'{"a":1,"b', ('"a"', "1", "")),
        (b'{"a":1,"b" ', ('"a"', "1", "")),
        (b'{"a":1,"b":', ('"a"', "1", "")),
        (b'{"a":1,"b":fa', ('"a"', "1", "")),
        (b'{"a":true', ('"a"', "true", "")),
        (b'{"a":[1', ('"a"', None, NOT_READ_ON)),
    ],
)
def test_what_was_cut_is_marked(payload: bytes, last: tuple[str, str | None, str]) -> None:
    node = known(payload, size=100).root.children[-1]
    assert (node.key, node.value, node.remark) == last


@pytest.mark.parametrize(("start", "times"), [(b"[", 1_000_000), (b'{"a":', 200_000)])
def test_json_without_an_end_is_not_deep(start: bytes, times: int) -> None:
    assert depth(known(start * times).root) == DEEPEST


def test_what_is_nested_too_deeply_is_left_out() -> None:
    deep = "[" * 200 + '"]"' + "]" * 200
    found = known(f'{{"a":{deep},"b":1}}'.encode())
    assert found.sure
    assert not found.remarks
    node, after = found.root.children
    assert (after.key, after.value) == ('"b"', "1")
    while node.children:
        node = node.children[0]
    assert node.remark == TOO_DEEP
    assert found.root.children[0].end - found.root.children[0].start == len(deep)


@pytest.mark.parametrize(
    ("end", "remark"),
    [
        ("", "It ends before the JSON does."),
        ("1", "It ends before the JSON does."),
        ("x", "It is no JSON from byte 211 on."),
    ],
)
def test_what_is_nested_too_deeply_is_read_nevertheless(end: str, remark: str) -> None:
    assert known(('{"a":1,"b":' + "[" * 200 + end).encode()).remarks == (remark,)


def test_a_bomb_of_small_values_is_cut() -> None:
    found = known(b"[" + b"[]," * 100_000 + b"[]]")
    assert found.sure
    assert len(found.root.children) == 19_999
    assert found.root.remark == NOT_READ_ON
    assert found.remarks == ("Shown are the first 20,000 values, 59,998 of 300,004 bytes.",)


def test_as_many_values_as_may_be_are_no_cut() -> None:
    assert not known(b"[1,2]", nodes=3).remarks
    assert known(b"[1,2,3]", nodes=3).remarks
