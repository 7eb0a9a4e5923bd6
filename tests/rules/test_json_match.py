"""`match: {json: …}`: values at paths."""

from __future__ import annotations

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.running import turn_of
from wsinspect.rules.json_match import in_bounds, json_test, same
from wsinspect.rules.schema import Match, Range

DOCUMENT = (
    b'{"type": "profile", "n": 5, "f": 1.0, "ok": true, "none": null, "list": [1, "a"], "deep": {"x": {"y": "z"}}}'
)


def matches(payload: bytes, path: str, wanted: object) -> bool:
    given = Match.model_validate({"json": {path: wanted}}).json_
    assert given is not None
    return json_test(path, given[path])(turn_of(payload))


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("$.type", "profile"),
        ("$.n", 5),
        ("$.n", 5.0),
        ("$.f", 1),
        ("$.ok", True),
        ("$.none", None),
        ("$.list", [1, "a"]),
        ("$.list[*]", "a"),
        ("$.deep", {"equals": {"x": {"y": "z"}}}),
        ("$.none", {"equals": None}),
        ("$..y", "z"),
        ("$.type", {"regex": "^pro"}),
        ("$.type", {"contains": "fil"}),
        ("$.list", {"contains": "a"}),
        ("$.type", {"exists": True}),
        ("$.nope", {"exists": False}),
        ("$.n", {"gt": 4, "lt": 6}),
        ("$.n", {"ge": 5, "le": 5}),
        ("$.n", {"in": [1, 5]}),
        ("$.list[*]", {"gt": 0}),
    ],
)
def test_matches(path: str, wanted: object) -> None:
    assert matches(DOCUMENT, path, wanted)


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("$.type", "prof"),
        ("$.n", "5"),
        ("$.n", True),
        ("$.f", True),
        ("$.ok", 1),
        ("$.none", False),
        ("$.nope", None),
        ("$.list", [1]),
        ("$.list", ["a", 1]),
        ("$.deep", {"equals": {"x": {"y": 1}}}),
        ("$.deep", {"equals": {"x": {}}}),
        ("$.nope", {"equals": None}),
        ("$.type", {"regex": "^fil"}),
        ("$.n", {"regex": "5"}),
        ("$.n", {"contains": "5"}),
        ("$.nope", {"exists": True}),
        ("$.type", {"exists": False}),
        ("$.none", {"exists": False}),
        ("$.n", {"gt": 5}),
        ("$.n", {"gt": 1, "lt": 5}),
        ("$.ok", {"ge": 0}),
        ("$.type", {"gt": 0}),
        ("$.n", {"in": [1, "5"]}),
        # Of several values one must pass all the tests.
        ("$.list[*]", {"gt": 0, "contains": "a"}),
    ],
)
def test_does_not_match(path: str, wanted: object) -> None:
    assert not matches(DOCUMENT, path, wanted)


@pytest.mark.parametrize("payload", [b"", b"type profile", b'{"type": "profile"', b"\xff\xfe", b'["type", "profile"]'])
def test_what_is_no_such_document_does_not_match(payload: bytes) -> None:
    assert not matches(payload, "$.type", "profile")


@pytest.mark.parametrize("payload", [b"", b"type profile", b'{"type": "profile"', b"\xff\xfe"])
def test_nothing_is_absent_from_what_is_no_document(payload: bytes) -> None:
    assert not matches(payload, "$.nope", {"exists": False})


def test_what_is_written_in_another_way_is_found() -> None:
    assert matches(b'{"t\\u0079pe": "pro\\u0066ile"}', "$.type", "profile")
    assert matches('{"type": "é\\n"}'.encode(), "$.type", "é\n")
    assert matches(b'{"a": 1e0}', "$.a", 1)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.0, 1.0, 1.5, "", "a", 'q"\n', "é"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", 'q"']), inner, max_size=3),
)


@given(JSON, JSON)
def test_sameness_is_that_of_json(one: object, other: object) -> None:
    assert same(one, one)
    assert same(one, other) == same(other, one)
    if orjson.dumps(one, option=orjson.OPT_SORT_KEYS) == orjson.dumps(other, option=orjson.OPT_SORT_KEYS):
        assert same(one, other)


@given(JSON, st.sampled_from(["a", 'q"\n', "é", 1, None, True]), st.booleans())
def test_looking_for_texts_before_reading_loses_nothing(document: object, wanted: object, escaped: bool) -> None:
    payload = json.dumps({"a": document}, ensure_ascii=escaped).encode()
    found = same(document["b"], wanted) if isinstance(document, dict) and "b" in document else False
    assert matches(payload, "$.a.b", wanted) is found


def test_bounds() -> None:
    assert in_bounds(Range(gt=1, le=3))(3)
    assert not in_bounds(Range(ge=1, lt=3))(3)
    assert in_bounds(Range(equals=9))(3), "what equals is asked for by itself"
