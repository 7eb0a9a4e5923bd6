"""The JSON Schema accepts what `load` accepts, and refuses what it refuses for its structure."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from wsinspect.rules.json_schema import DIALECT, schema, schema_text
from wsinspect.rules.schema import RuleFile

SCHEMA = schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

FILE: dict[str, Any] = {
    "version": 1,
    "seed": 7,
    "vars": {"tenant": "acme", "n": {"a": [1, None]}},
    "include": ["faults.yaml"],
    "rules": [
        {
            "id": "vip",
            "enabled": True,
            "priority": 3,
            "on": {"timer": "5s"},
            "match": {
                "host": ["*.example.test"],
                "header": {"Origin": "*", "Cookie": False},
                "status": [101, 200],
                "text": {"contains": "x"},
                "json": {"$.type": "profile", "$.n": {"gt": 5, "in": [1, 2]}, "$.z": None},
                "bytes": [{"at": 0, "equals": "00"}],
                "size": {"gt": "4k", "le": 5000},
                "index": {"every": 10, "from": 3},
                "since_open": {"lt": 5},
                "close_code": {"ge": 4000},
                "any": [{"dir": "c2s"}, {"not": {"type": "text"}}],
            },
            "when": "size > 4k",
            "rule_state": "start",
            "probability": 0.5,
            "limit": {"times": 5, "cooldown": "200ms", "rate": "10/s"},
            "do": [
                "drop",
                {"hold": None},
                {"replace": {"regex": "a", "with": "b", "count": 3}},
                {"json_set": {"$.user.vip": True}},
                {"json_delete": ["$.a"]},
                {"set_text": "x"},
                {"set_type": "binary"},
                {"header_set": {"A": "b"}},
                {"map_remote": {"url": "ws://a", "keep_host": True}},
                {"extensions_strip": ["a"]},
                {"reject": {"status": 503, "headers": {"A": "b"}}},
                {"mock": {"upstream": False}},
                {"replay": {"file": "a.wsi", "session": 1, "speed": "2x", "ignore": ["a"], "unmatched": "echo"}},
                {"delay": {"ms": 5, "jitter": 1.5, "distribution": "normal"}},
                {"delay": 200},
                {"throttle": {"kbps": 5}},
                {"fragment": [1, 2]},
                {"send": {"to": "client", "json": {"a": 1}, "after": "1s", "repeat": {"every": "1s", "times": 3}}},
                {"reply": "hi"},
                {"ping": "both"},
                {"corrupt": {"bits": 1}},
                {"truncate": "4k"},
                {"raw_frame": {"to": "client", "opcode": 3, "payload": "00"}},
                {"close": {"code": None}},
                {"close": 1013},
                {"capture": {"json": {"a": "$.a"}}, "scope": "host"},
                {"set": {"a": [1]}},
                {"tag": ["a"]},
                {"expect": {"that": "size > 1", "match": {"dir": "c2s"}}},
                {"script": {"file": "a.py", "args": {"a": 1}}},
            ],
            "then": "stop",
            "on_error": "drop",
        }
    ],
}

JUNK = st.sampled_from(
    [None, True, False, 0, -1, 1, 1.5, 70000, "", "x", "drop", "5s", "4k", [], ["x"], [1], {}, {"x": 1}, {"gt": 1}]
)
KEYS = st.sampled_from("x text regex json hex gt scope times every to host drop set equals dir match id do".split())


def paths(value: object, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """List the ways to all parts of a value."""
    yield at
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield from paths(part, (*at, key))


PATHS = [path for path in paths(FILE) if path]


def part(value: Any, path: tuple[str | int, ...]) -> Any:  # noqa: ANN401 - any part of a file
    for key in path:
        value = value[key]
    return value


def structure_errors(value: object) -> list[str]:
    """List what the models refuse a value for, if that is its structure alone and not what a text in it means."""
    try:
        RuleFile.model_validate(value, by_alias=True, by_name=False)
    except ValidationError as error:
        problems = error.errors()
        # Of a value that may have several forms the others are told as well.
        if all(each["type"] != "wrong" for each in problems):
            return [f"{each['loc']}: {each['msg']}" for each in problems]
    return []


def is_accepted(value: object) -> bool:
    try:
        RuleFile.model_validate(value, by_alias=True, by_name=False)
    except ValidationError:
        return False
    return True


def check_agreement(value: object) -> None:
    if is_accepted(value):
        assert [error.message for error in VALIDATOR.iter_errors(value)] == []
    elif problems := structure_errors(value):
        assert not VALIDATOR.is_valid(value), problems


def test_it_is_a_schema_of_the_dialect_it_names() -> None:
    assert SCHEMA["$schema"] == DIALECT
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_its_text_is_what_is_published() -> None:
    assert json.loads(schema_text()) == SCHEMA
    assert schema_text().endswith("}\n")


def test_the_whole_language_is_accepted() -> None:
    assert is_accepted(FILE)
    check_agreement(FILE)


def test_every_key_with_settings_has_a_description() -> None:
    action = SCHEMA["$defs"]["Action"]["anyOf"][1]["properties"]
    assert [name for name, form in action.items() if "description" not in form] == []
    assert SCHEMA["properties"]["vars"] == {
        "additionalProperties": True,
        "description": "Variables as each session begins with them.",
        "type": "object",
    }


def test_it_says_nothing_that_helps_nobody() -> None:
    text = schema_text()
    assert '"title": "Rules of wsinspect"' in text
    assert text.count('"title"') == 1
    assert '"default": null' not in text
    assert "Json" not in SCHEMA["$defs"]


@pytest.mark.parametrize("path", PATHS, ids=str)
def test_without_any_one_part_both_say_the_same(path: tuple[str | int, ...]) -> None:
    value = copy.deepcopy(FILE)
    del part(value, path[:-1])[path[-1]]
    check_agreement(value)


@given(st.sampled_from(PATHS), JUNK)
def test_with_another_value_both_say_the_same(path: tuple[str | int, ...], junk: object) -> None:
    value = copy.deepcopy(FILE)
    part(value, path[:-1])[path[-1]] = junk
    check_agreement(value)


@given(st.sampled_from([path for path in [(), *PATHS] if isinstance(part(FILE, path), dict)]), KEYS, JUNK)
def test_with_another_key_both_say_the_same(path: tuple[str | int, ...], key: str, junk: object) -> None:
    value = copy.deepcopy(FILE)
    part(value, path)[key] = junk
    check_agreement(value)
