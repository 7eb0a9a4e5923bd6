"""Conditions: what may be asked, in which forms."""

from __future__ import annotations

import pytest

from tests.rules.schema.validating import errors_of, fits_json_schema, read
from wsinspect.rules.schema.match import Match, ValueTest

FINE: list[dict[str, object]] = [
    {},
    {"host": "*.test", "path": ["/a", "~^/b"], "url": "*", "subprotocol": "x", "protocol": "socketio"},
    {"query": {"token": "*"}, "header": {"Origin": "*", "Cookie": False}},
    {"status": 101},
    {"status": [101, 403]},
    {"dir": "c2s", "type": "binary", "source": "any"},
    {"text": "x"},
    {"text": {"icontains": "x", "starts": "y"}},
    {"json": {"$.a": 1, "$.b": None, "$.c": [1, {"x": 1}], "$.d": "x", "$.e": True, "$.f": 1.5}},
    {"json": {"$.a": {"equals": {"x": 1}}, "$.b": {"exists": False}, "$.c": {"in": [1, None]}, "$.d": {"gt": 1.5}}},
    {"json": {"$.a": {"equals": None}}},
    {"hex": "0a ??", "bytes": {"at": -1, "equals": "ff"}},
    {"bytes": [{"equals": "ff"}, {"at": 3, "equals": "00"}]},
    {"size": 5},
    {"size": "4k"},
    {"size": {"gt": "1k", "le": 5000}},
    {"event": "chat:*", "fields": {"args": 1, "$.args[0]": {"regex": "x"}}},
    {"index": 7},
    {"index": {"every": 10, "from": 3}},
    {"since_open": {"lt": "5s"}, "gap": {"ge": 1}},
    {"close_code": 1005},
    {"close_code": [1000, 1001]},
    {"close_code": {"ge": 4000, "lt": 5000}},
    {"tag": ["a", "b*"]},
    {"any": [{"host": "a"}, {"all": [{"not": {"dir": "s2c"}}]}]},
]
WRONG: list[dict[str, object]] = [
    {"hots": "x"},
    {"json_": {"$": 1}},
    {"host": None},
    {"host": []},
    {"header": {"Origin": 5}},
    {"header": {}},
    {"status": 99},
    {"status": "101"},
    {"dir": "both"},
    {"text": {}},
    {"text": {"equals": None}},
    {"json": {}},
    {"json": {"$.a": {}}},
    {"json": {"$.a": {"x": 1}}},
    {"json": {"$.a": {"gt": "x"}}},
    {"json": {"$.a": {"in": []}}},
    {"bytes": {"at": 1}},
    {"size": -1},
    {"size": {}},
    {"size": {"gt": "5s"}},
    {"index": 0},
    {"index": {"every": 0}},
    {"index": {}},
    {"gap": "5s"},
    {"close_code": 65536},
    {"close_code": {}},
    {"source": "me"},
    {"any": []},
    {"any": {}},
    {"not": [{}]},
    {"not": {"nope": 1}},
]


@pytest.mark.parametrize("value", FINE)
def test_conditions_that_may_be_asked(value: dict[str, object]) -> None:
    assert errors_of(Match, value) == []
    assert fits_json_schema(Match, value)


@pytest.mark.parametrize("value", WRONG)
def test_conditions_that_may_not_be_asked(value: dict[str, object]) -> None:
    assert errors_of(Match, value) != []
    assert not fits_json_schema(Match, value)


@pytest.mark.parametrize("value", [{"regex": "("}, {"json": {"a": 1}}, {"hex": "xyz"}, {"host": "~["}])
def test_texts_that_mean_nothing_are_refused(value: dict[str, object]) -> None:
    assert errors_of(Match, value) != []


def test_a_mapping_behind_a_path_is_tests_and_all_else_a_value() -> None:
    match = read(Match, {"json": {"$.a": {"gt": 1}, "$.b": [{"gt": 1}], "$.c": 1}})
    assert match.json_ == {"$.a": ValueTest(gt=1), "$.b": [{"gt": 1}], "$.c": 1}


def test_whether_there_is_a_test_for_null_can_be_told() -> None:
    match = read(Match, {"json": {"$.a": {"equals": None}, "$.b": {"exists": True}}})
    assert ["equals" in test.model_fields_set for test in match.json_.values()] == [True, False]
