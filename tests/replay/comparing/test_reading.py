"""What a message says is read alike fast and slowly, and put back into the document it was."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.model import Direction
from wsinspect.replay.comparing.reading import Content, Reader, tree_of
from wsinspect.replay.leaves import layout
from wsinspect.replay.recording import Event
from wsinspect.replay.shape import shape_of

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
keys = st.sampled_from(["type", "id", "a b", "x", 'quo"te":', "event", "\ud7ff"]) | st.text(max_size=3)
documents = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(keys, inner), max_leaves=8)


def event(payload: bytes | str, opcode: int = 1) -> Event:
    return Event(0, Direction.S2C, 0, opcode, payload.encode() if isinstance(payload, str) else payload, 1)


def read(payload: bytes | str, opcode: int = 1) -> Content:
    return Reader().read(event(payload, opcode))


@given(documents, st.sampled_from([(",", ":"), (", ", ": "), (" , ", " : ")]))
def test_json_is_read_as_it_is_laid_out(document: object, separators: tuple[str, str]) -> None:
    payload = json.dumps(document, separators=separators).encode()
    slow = layout(payload, of_text=True)
    content = read(payload)
    assert content.shape == shape_of(1, slow)
    assert list(content.paths) == [leaf.path for leaf in slow.leaves]
    assert [(type(value), value) for value in content.values] == [
        (type(leaf.value), leaf.value) for leaf in slow.leaves
    ]
    assert (content.containers, content.arrays) == (slow.containers, slow.arrays)


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode), st.sampled_from([1, 2, 9]))
def test_nothing_raises(payload: bytes, opcode: int) -> None:
    content = read(payload, opcode)
    assert content.is_document in (True, False)
    tree_of(content)


@pytest.mark.parametrize(
    ("payload", "values"),
    [
        ('{"a":1,"a":2}', (1, 2)),
        ('{"a":18446744073709551616}', (18446744073709551616,)),
        ("[" * 40 + "1" + "]" * 40, (1,)),
        ('[{"a":' * 40 + "1" + "}]" * 40, (1,)),
        ("{see 7}", (7,)),
        ('["' + "x" * 70_000 + '"]', ("x" * 70_000,)),
    ],
)
def test_what_cannot_be_read_fast_is_read_as_it_is(payload: str, values: tuple[object, ...]) -> None:
    assert read(payload).values == values


def test_what_is_the_same_is_kept_once() -> None:
    reader = Reader()
    one, other = reader.read(event('{"id":1}')), reader.read(event('{"id":2}'))
    assert one.paths is other.paths
    assert one.shape is other.shape
    assert reader.read(event('{"id":1}')) is one
    long = event('{"id":"%s"}' % ("x" * 600))
    assert reader.read(long) == reader.read(long)


def test_no_more_than_so_much_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wsinspect.replay.comparing.reading._MOST_KEPT", 0)
    reader = Reader()
    assert reader.read(event('{"id":1}')) == reader.read(event('{"id":1}'))


@pytest.mark.parametrize(
    ("payload", "is_document"),
    [("[1]", True), ('{"a":{}}', True), ("hello 12", False), ("hello", False), ("a=1&b=2", True), ("", False)],
)
def test_documents_are_told_from_text(payload: str, is_document: bool) -> None:
    assert read(payload).is_document is is_document


def test_values_are_put_back_into_their_document() -> None:
    assert tree_of(read('{"a":{"b":[1,{"c":2}],"d":[],"g":{}},"e f":null}')) == {
        "$": {"a": {"b": {"[0]": (1,), "[1]": {"c": (2,)}}, "d": (), "g": {}}, "e f": (None,)}
    }
    assert tree_of(read("at 12:30")) == {"@0": ("12:30",)}


def test_a_key_that_is_there_twice_is_there_twice() -> None:
    assert tree_of(read('{"a":1,"a":2,"a":{"b":3}}')) == {"$": {"a": (1,), "a (2)": (2,), "a (3)": {"b": (3,)}}}
