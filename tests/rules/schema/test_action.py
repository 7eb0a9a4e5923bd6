"""An item of `do` is one action, in its full form or in a short one."""

from __future__ import annotations

import pytest

from tests.rules.schema.validating import errors_of, fits_json_schema, read
from wsinspect.rules.schema.action import BARE, SCOPED, Action
from wsinspect.rules.schema.settings import Close, Nothing, Reject, Scope

FINE: list[object] = [
    *sorted(BARE),
    *({name: None} for name in sorted(BARE)),
    *({name: True} for name in sorted(BARE)),
    *({name: {}} for name in sorted(BARE)),
    {"replace": {"text": "a", "with": "b"}},
    {"json_set": {"$.a": {"b": [1]}}},
    {"json_delete": "$.a"},
    {"json_delete": ["$.a", "$.b"]},
    {"set_text": "x"},
    {"set_hex": "00"},
    {"set_base64": "aGk="},
    {"from_file": "a.bin"},
    {"set_type": "binary"},
    {"set_fields": {"args": [1]}},
    {"header_set": {"A": "b"}},
    {"header_add": {"A": "b"}},
    {"header_remove": "A"},
    {"path_set": "/x"},
    {"map_remote": "ws://127.0.0.1:80/x"},
    {"subprotocol_set": "x"},
    {"extensions_strip": "permessage-deflate"},
    {"extensions_strip": ["a", "b"]},
    {"reject": 503},
    {"mock": {"upstream": False}},
    {"replay": {"file": "shop.wsi", "session": 3}},
    {"delay": 200},
    {"delay": {"ms": 200}},
    {"throttle": {"kbps": 5}},
    {"duplicate": 2},
    {"reorder": 3},
    {"fragment": 5},
    {"fragment": [1, 2]},
    {"fragment": {"sizes": [1]}},
    {"send": {"to": "client", "text": "x"}},
    {"reply": "hi"},
    {"reply": {"json": 1}},
    {"ping": "client"},
    {"pong": {"to": "both", "text": "x"}},
    {"broadcast": {"to": "client", "text": "x"}},
    {"corrupt": {"bits": 1}},
    {"truncate": 5},
    {"truncate": "1k"},
    {"raw_frame": {"to": "client", "opcode": 1}},
    {"close": 1013},
    {"blackhole": "c2s"},
    {"half_close": "server"},
    {"goto": "x"},
    {"capture": {"json": {"a": "$.a"}}},
    {"set": {"a": [1]}, "scope": "global"},
    {"incr": {"a": -1}, "scope": "host"},
    {"unset": ["a"], "scope": "session"},
    {"tag": "x"},
    {"note": "x"},
    {"log": "x"},
    {"alert": "x"},
    {"expect": "size > 1"},
    {"save": "x.bin"},
    {"script": "x.py"},
]
WRONG: list[object] = [
    "relpace",
    "replace",
    "goto",
    5,
    None,
    [],
    {},
    {"scope": "host"},
    {"replace": None},
    {"set_text": None},
    {"set_text": 5},
    {"set_text": True},
    {"drop": False},
    {"drop": {"x": 1}},
    {"drop": None, "hold": None},
    {"drop": None, "scope": "host"},
    {"set": {"a": 1}, "incr": {"b": 1}},
    {"set": {"a": 1}, "scope": "all"},
    {"set": {}},
    {"incr": {"a": 1.5}},
    {"json_set": {}},
    {"delay": "x"},
    {"reply": 5},
    {"goto": ""},
    {"fragment": {}},
    {"extensions_strip": 5},
    {"extensions_strip": False},
    {"map_remote": 5},
]


@pytest.mark.parametrize("value", FINE, ids=str)
def test_actions(value: object) -> None:
    assert errors_of(Action, value) == []
    assert fits_json_schema(Action, value)


@pytest.mark.parametrize("value", WRONG, ids=str)
def test_what_is_no_action(value: object) -> None:
    assert errors_of(Action, value) != []
    assert not fits_json_schema(Action, value)


def test_short_forms_stand_for_full_ones() -> None:
    assert read(Action, "drop").drop == Nothing()
    assert read(Action, {"close": 1013}).close == Close(code=1013)
    assert read(Action, "reject").reject == Reject()
    assert read(Action, "extensions_strip").extensions_strip == []


@pytest.mark.parametrize("name", Action.model_fields.keys() - {"scope"})
def test_every_action_is_shown_above(name: str) -> None:
    assert any(name == value or (isinstance(value, dict) and name in value) for value in FINE)


def test_an_action_knows_its_name() -> None:
    assert read(Action, {"set": {"a": 1}, "scope": "host"}).name == "set"
    assert read(Action, {"set": {"a": 1}, "scope": "host"}).scope is Scope.HOST
    assert read(Action, "abort").name == "abort"


def test_only_variables_have_a_scope() -> None:
    assert (
        "drop has no scope: only capture, set, incr, unset have" in errors_of(Action, {"drop": {}, "scope": "host"})[0]
    )
    assert SCOPED == ("capture", "set", "incr", "unset")
