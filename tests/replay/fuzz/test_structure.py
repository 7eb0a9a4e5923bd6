"""The structure of JSON changes, and nothing else does."""

from __future__ import annotations

import json

import msgpack  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.replay.fuzz.structure import DEEP, DEEPEST, MANY, parts, structures
from wsinspect.replay.fuzz.variation import Carried, Variation
from wsinspect.replay.performing import SendMessage

MESSAGE = Carried(1, b'{ "a" : 1, "b": {"c": [1,2], "d": {}}, "e": [] }')


def all_of(carried: Carried = MESSAGE) -> dict[tuple[str, str], Variation]:
    return {(variation.position, variation.label): variation for variation in structures(carried, ())}


def payload(variation: Variation, carried: Carried = MESSAGE) -> bytes:
    (act,) = variation.make(carried)
    assert isinstance(act, SendMessage)
    return act.payload


@pytest.mark.parametrize(
    ("path", "label", "expected"),
    [
        ("$.a", "removed", b'{ "b": {"c": [1,2], "d": {}}, "e": [] }'),
        ("$.b", "removed", b'{ "a" : 1, "e": [] }'),
        ("$.e", "removed", b'{ "a" : 1, "b": {"c": [1,2], "d": {}} }'),
        ("$.b.c[0]", "removed", b'{ "a" : 1, "b": {"c": [2], "d": {}}, "e": [] }'),
        ("$.b.c[1]", "twice", b'{ "a" : 1, "b": {"c": [1,2,2], "d": {}}, "e": [] }'),
        ("$.a", "twice", b'{ "a" : 1,"a" : 1, "b": {"c": [1,2], "d": {}}, "e": [] }'),
        ("$.a", "twice, first with null", b'{ "a" : null,"a" : 1, "b": {"c": [1,2], "d": {}}, "e": [] }'),
        ("$.b.c", "key renamed", b'{ "a" : 1, "b": {"c_": [1,2], "d": {}}, "e": [] }'),
        ("$.b.c", "key in the other case", b'{ "a" : 1, "b": {"C": [1,2], "d": {}}, "e": [] }'),
        ("$.b.c", "key is __proto__", b'{ "a" : 1, "b": {"__proto__": [1,2], "d": {}}, "e": [] }'),
        ("$.b.c", "emptied", b'{ "a" : 1, "b": {"c": [], "d": {}}, "e": [] }'),
        ("$.b", "emptied", b'{ "a" : 1, "b": {}, "e": [] }'),
        ("$.b.d", "unknown key added", b'{ "a" : 1, "b": {"c": [1,2], "d": {"wsinspect":1}}, "e": [] }'),
        ("$", "empty key added", b'{"":1, "a" : 1, "b": {"c": [1,2], "d": {}}, "e": [] }'),
        ("", "cut off before the last byte", MESSAGE.payload[:-1]),
        ("", "empty message", b""),
        ("", "white space only", b" \n"),
        ("", "cut off in the middle", MESSAGE.payload[:24]),
        ("", "twice", MESSAGE.payload * 2),
        ("", "'}' behind", MESSAGE.payload + b"}"),
        ("", "in an array", b"[" + MESSAGE.payload + b"]"),
        ("", "null instead", b"null"),
        ("", "1 Mi of white space before", b" " * (1 << 20) + MESSAGE.payload),
    ],
)
def test_only_what_is_meant_changes(path: str, label: str, expected: bytes) -> None:
    assert payload(all_of()[path, label]) == expected


def test_the_only_item_can_be_removed() -> None:
    carried = Carried(1, b'{"a": [ 1 ]}')
    assert payload(all_of(carried)["$.a[0]", "removed"], carried) == b'{"a": [  ]}'


def test_there_is_much_and_deep() -> None:
    found = all_of()
    assert len(json.loads(payload(found["$.b.c", f"{MANY:,} items"]))["b"]["c"]) == MANY
    assert json.loads(payload(found["$.e", f"{MANY:,} items"]))["e"] == [None] * MANY
    assert len(json.loads(payload(found["$.b.d", f"{MANY:,} keys"]))["b"]["d"]) == MANY
    assert payload(found["$.a", f"{DEEP:,} arrays deep"]).count(b"[") == DEEP + 2
    assert payload(found["", f"{DEEPEST:,} arrays"]) == b"[" * DEEPEST + b"]" * DEEPEST
    assert payload(found["", f"{DEEPEST:,} arrays without an end"]) == b"[" * DEEPEST
    assert payload(found["", f"{DEEPEST:,} objects"]).count(b"{") == DEEPEST


def test_the_part_is_looked_for_in_the_message_that_goes() -> None:
    removal = all_of()["$.a", "removed"]
    assert payload(removal, Carried(1, b'{"token": "x", "a": 22}')) == b'{"token": "x"}'
    with pytest.raises(ValueError, match=r"no \$\.a"):
        removal.make(Carried(1, b"{}"))


def test_only_what_was_asked_for_changes() -> None:
    found = list(structures(MESSAGE, ("$.b",)))
    assert {variation.position for variation in found} == {"$.b", "$.b.c", "$.b.c[0]", "$.b.c[1]", "$.b.d"}


def test_several_documents_have_a_path_each() -> None:
    carried = Carried(1, b'{"a":1}\n{"a":2}')
    assert payload(all_of(carried)["$1.a", "removed"], carried) == b'{"a":1}\n{}'


def test_a_prefix_stays() -> None:
    carried = Carried(1, b'42["say","hi"]')
    assert payload(all_of(carried)["$[1]", "removed"], carried) == b'42["say"]'


@pytest.mark.parametrize(
    ("carried", "nest", "bomb"),
    [
        (Carried(2, msgpack.packb({"a": 1})), b"\x91", b"\xdd\xff\xff\xff\xff"),
        (Carried(2, bytes.fromhex("a1616101")), b"\x81", b"\x9b" + b"\xff" * 8),
    ],
    ids=["MessagePack", "CBOR"],
)
def test_of_binary_documents_the_whole_changes(carried: Carried, nest: bytes, bomb: bytes) -> None:
    found = all_of(carried)
    assert payload(found["", f"{DEEPEST:,} arrays deep"], carried) == nest * DEEPEST + carried.payload
    assert payload(found["", "an array that says to have more"], carried) == bomb
    assert parts(carried) == []


@pytest.mark.parametrize("carried", [Carried(1, b"hello"), Carried(2, b"\x00\x01")])
def test_what_has_no_structure_is_cut_and_doubled(carried: Carried) -> None:
    labels = [label for _, label in all_of(carried)]
    assert labels == [
        "empty message", "white space only", "cut off in the middle", "cut off before the last byte", "twice",
    ]  # fmt: skip


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=3), JSON, min_size=1, max_size=3), st.sampled_from([None, 2]))
def test_what_is_removed_or_doubled_leaves_json(document: object, indent: int | None) -> None:
    carried = Carried(1, json.dumps(document, indent=indent).encode())
    for variation in structures(carried, ()):
        if variation.label in ("removed", "twice", "key renamed", "unknown key added") and variation.position:
            json.loads(payload(variation, carried))
