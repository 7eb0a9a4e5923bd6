"""Rules, and files of them."""

from __future__ import annotations

import pytest

from tests.rules.schema.validating import errors_of, fits_json_schema, read
from wsinspect.rules.schema.rule import Event, OnIdle, OnTimer, Rule, RuleFile

RULE: dict[str, object] = {"id": "a", "do": ["drop"]}
FINE: list[dict[str, object]] = [
    {},
    {"id": "A_1.b-c", "enabled": False, "priority": -5, "note": "x"},
    {"on": "handshake_request"},
    {"on": {"timer": "5s"}},
    {"on": {"idle": 0.5}},
    {"match": {"dir": "c2s"}, "when": "size > 1", "rule_state": "start"},
    {"probability": 0},
    {"probability": 0.5},
    {"limit": {"times": 1, "times_per_session": 2, "cooldown": "1s", "rate": "10/s", "until": "1m", "injected": 0}},
    {"then": "stop", "on_error": "close", "on_oversize": "drop"},
]
WRONG: list[dict[str, object]] = [
    {"id": ""},
    {"id": ".a"},
    {"id": "a b"},
    {"id": "a" * 101},
    {"id": 5},
    {"do": []},
    {"do": None},
    {"do": "drop"},
    {"enabled": "yes"},
    {"priority": 1.5},
    {"on": "messages"},
    {"on": {}},
    {"on": {"timer": "5s", "idle": "5s"}},
    {"on": {"timer": 0}},
    {"match": None},
    {"when": None},
    {"rule_state": ""},
    {"probability": 1.5},
    {"limit": {"times": 0}},
    {"limit": {"rate": "10"}},
    {"limit": {"rat": "10/s"}},
    {"then": "end"},
    {"hots": 1},
]
FILES_FINE: list[object] = [
    {"version": 1},
    {"version": 1, "seed": 7, "vars": {"a": {"b": 1}}, "include": ["a.yaml"], "rules": [RULE]},
]
FILES_WRONG: list[object] = [
    {},
    [],
    None,
    "x",
    {"version": 2},
    {"version": "1"},
    {"version": 1, "seed": None},
    {"version": 1, "seed": "x"},
    {"version": 1, "vars": None},
    {"version": 1, "include": "a.yaml"},
    {"version": 1, "rules": RULE},
    {"version": 1, "rules": [None]},
]


@pytest.mark.parametrize("keys", FINE, ids=str)
def test_rules(keys: dict[str, object]) -> None:
    assert errors_of(Rule, {**RULE, **keys}) == []
    assert fits_json_schema(Rule, {**RULE, **keys})


@pytest.mark.parametrize("keys", WRONG, ids=lambda keys: str(keys)[:60])
def test_what_is_no_rule(keys: dict[str, object]) -> None:
    assert errors_of(Rule, {**RULE, **keys}) != []
    assert not fits_json_schema(Rule, {**RULE, **keys})


@pytest.mark.parametrize("missing", ["id", "do"])
def test_a_rule_has_an_id_and_something_to_do(missing: str) -> None:
    rule = {key: value for key, value in RULE.items() if key != missing}
    assert errors_of(Rule, rule) != []
    assert not fits_json_schema(Rule, rule)


@pytest.mark.parametrize("value", FILES_FINE, ids=str)
def test_files(value: object) -> None:
    assert errors_of(RuleFile, value) == []
    assert fits_json_schema(RuleFile, value)


@pytest.mark.parametrize("value", FILES_WRONG, ids=str)
def test_what_is_no_file(value: object) -> None:
    assert errors_of(RuleFile, value) != []
    assert not fits_json_schema(RuleFile, value)


def test_events() -> None:
    assert read(Rule, RULE).on is Event.MESSAGE
    timer, idle = (read(Rule, {**RULE, "on": {key: "5s"}}).on for key in ("timer", "idle"))
    assert isinstance(timer, OnTimer)
    assert isinstance(idle, OnIdle)
    assert timer.timer == idle.idle == 5_000_000_000
