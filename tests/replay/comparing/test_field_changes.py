"""Values that differ are named by their paths, whatever the order of keys and the elements before them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.model import Direction
from wsinspect.replay.comparing.comparison import FieldChange, Value, What
from wsinspect.replay.comparing.field_changes import field_changes, same_value
from wsinspect.replay.comparing.reading import Reader
from wsinspect.replay.leaves import Scalar
from wsinspect.replay.recording import Event

scalars = st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["a", "b"])
documents = st.lists(
    st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("abc"), inner), max_leaves=8),
    min_size=1,
)


def changes(old: str, new: str) -> list[FieldChange]:
    reader = Reader()
    return field_changes(*(reader.read(Event(0, Direction.S2C, 0, 1, text.encode(), 1)) for text in (old, new)))


def told(old: str, new: str) -> list[tuple[str, str, Value, Value]]:
    return [(change.path, change.what.value, change.old, change.new) for change in changes(old, new)]


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ('{"a":1,"b":2}', '{"b":2,"a":1}', []),
        ('{"a":1,"b":2}', '{"a":1,"b":3}', [("$.b", "changed", 2, 3)]),
        ('{"a":1}', '{"a":"1"}', [("$.a", "type", 1, "1")]),
        ('{"a":1}', '{"a":1.0}', []),
        ('{"a":1}', '{"a":true}', [("$.a", "type", 1, True)]),
        ('{"a":1}', '{"a":1,"b":{"c":[1,{"d":2}]}}', [("$.b", "added", None, {"c": [1, {"d": 2}]})]),
        ('{"a":1,"b":null}', '{"a":1}', [("$.b", "removed", None, None)]),
        ('{"a":{"b":1}}', '{"a":2}', [("$.a", "type", {"b": 1}, 2)]),
        ('{"a":{},"b":1}', '{"a":{"c":1},"b":1}', [("$.a.c", "added", None, 1)]),
        ('{"a":[],"b":1}', '{"a":[7],"b":1}', [("$.a", "length", 0, 1), ("$.a[0]", "added", None, 7)]),
        ('{"a":[]}', '{"a":{}}', [("$.a", "type", [], {})]),
        ('{"a":{}}', '{"a":[1]}', [("$.a", "type", {}, [1])]),
        ('{"a":1}', '{"a":[]}', [("$.a", "type", 1, [])]),
        ('{"a b":{"c":1}}', '{"a b":{"c":2}}', [("$['a b'].c", "changed", 1, 2)]),
        ("[1,2,3]", "[1,2,4]", [("$[2]", "changed", 3, 4)]),
        ("[1,2,3]", "[2,3]", [("$", "length", 3, 2), ("$[0]", "removed", 1, None)]),
        ("[1,2,3]", "[1,2,3,4]", [("$", "length", 3, 4), ("$[3]", "added", None, 4)]),
        (
            '[{"id":1,"n":5},{"id":2,"n":6},{"id":3,"n":7}]',
            '[{"id":1,"n":5},{"id":3,"n":8}]',
            [
                ("$", "length", 3, 2),
                ("$[1].id", "changed", 2, 3),
                ("$[1].n", "changed", 6, 8),
                ("$[2]", "removed", {"id": 3, "n": 7}, None),
            ],
        ),
        ("at 12:30 in 4", "at 12:31 in 4", [("@0", "changed", "12:30", "12:31")]),
        ('42["a",1]', '42["a",1,2]', [("$", "length", 2, 3), ("$[2]", "added", None, 2)]),
    ],
)
def test_differences_are_named(old: str, new: str, found: list[tuple[str, str, Value, Value]]) -> None:
    assert told(old, new) == found


def test_arrays_that_differ_too_much_are_compared_all_the_same() -> None:
    old, new = [*range(0, 600, 2)], [*range(1, 601, 2), 0]
    found = changes(json.dumps(old), json.dumps(new))
    assert found[0] == FieldChange("$", What.LENGTH, 300, 301)
    assert len(found) > 300


def test_what_lies_very_deep_is_compared_as_a_whole() -> None:
    found = changes('[{"a":' * 60 + "1" + "}]" * 60, '[{"a":' * 60 + '1,"b":2' + "}]" * 60)
    assert [change.what for change in found] == [What.CHANGED]
    assert found[0].path.count("[0]") == 50
    deep = '[{"a":' * 60 + "1" + "}]" * 60
    assert told(f"[{deep},1]", f"[{deep},{{}}]") == [("$[1]", "type", 1, {})]


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [(1, 1.0, True), (1, True, False), (0, False, False), (float("nan"), float("nan"), True), ("1", 1, False),
     (None, None, True), (b"a", "a", False), (1.5, float("nan"), False)],
)  # fmt: skip
def test_values_are_the_same_as_json_has_them(old: Scalar, new: Scalar, same: bool) -> None:
    assert same_value(old, new) is same


@given(documents, documents)
def test_there_are_differences_where_documents_differ(old: object, new: object) -> None:
    one, other = json.dumps(old), json.dumps(new)
    assert (told(one, other) == []) == (_plain(old) == _plain(new))


def _plain(document: object) -> str:
    return json.dumps(document, sort_keys=True)
