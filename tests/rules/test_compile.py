"""Sets of rules: order, problems, what they remember, and which sessions they touch."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.running import ASKED, OPEN, Files, acted, judged, rule_set
from wsinspect.errors import RuleError
from wsinspect.model import Session
from wsinspect.rules.ruling import Ruling
from wsinspect.rules.state import Memory
from wsinspect.wire.decisions import Modify


def test_rules_run_by_priority_and_then_in_order() -> None:
    set_ = rule_set(
        "rules: [{id: a, do: [drop]}, {id: b, priority: 5, do: [drop]},"
        " {id: c, on: {timer: 1s}, note: hi, do: [{set: {x: 1}}]},"
        " {id: d, on: {idle: 1s}, priority: 5, enabled: false, do: [{set: {x: 1}}]}, {id: e, on: ping, do: [drop]}]"
    )
    states = set_.statuses()
    assert [(state.id, state.event, state.enabled) for state in states] == [
        ("b", "message", True), ("d", "idle", False), ("a", "message", True), ("c", "timer", True), ("e", "ping", True),
    ]  # fmt: skip
    assert (states[3].note, states[0].place.startswith("rules.yaml:2:")) == ("hi", True)


def test_all_problems_are_told_with_their_places() -> None:
    text = """rules:
    - {id: a, do: [{script: act.py}]}
    - {id: b, do: [{tag: x}, {from_file: none.bin}]}
    - {id: c, do: [{send: {to: client, file: none.bin}}]}
    - {id: fine, do: [{from_file: there.bin}, {from_file: "{{ vars.later }}"}]}
    """
    memory = Memory()
    with pytest.raises(RuleError) as caught:
        rule_set(text, memory, read=Files({"there.bin": b"x"}).read)
    lines = str(caught.value).splitlines()
    assert [line.partition(": rule '")[0].rpartition(":")[0] for line in lines] == [
        "rules.yaml:3", "rules.yaml:4", "rules.yaml:5",
    ]  # fmt: skip
    assert ["--allow-scripts" in lines[0], "none.bin is not there" in lines[1]] == [True, True]
    assert "rule 'c': send: " in lines[2]
    assert memory == Memory()


def test_scripts_and_files_where_they_are_allowed() -> None:
    set_ = rule_set("rules: [{id: a, do: [{script: act.py}]}]", scripts=True)
    assert set_.statuses()[0].enabled


def test_an_error_that_shows_later_is_counted_while_the_rule_is_there() -> None:
    set_ = rule_set("rules: [{id: a, do: [{save: x}]}]")
    set_.count_error("a", "the disk is full")
    set_.count_error("gone", "what")
    (state,) = set_.statuses()
    assert (state.errors, state.last_error) == (1, "the disk is full")


def _decided(ruling: Ruling | None) -> object:
    return None if ruling is None else ruling.decision


def test_variables_of_files_and_of_the_command_line() -> None:
    text = "vars: {x: file, y: file}\nrules: [{id: a, do: [{set_text: '{{ vars.x }} {{ vars.y }} {{ env.Z }}'}]}]"
    rules = rule_set(text, variables={"x": "line"}, environment={"Z": "env"}).session(OPEN)
    assert rules is not None
    assert _decided(judged(rules)) == Modify(b"line file env", 1)


# ---- which sessions


@pytest.mark.parametrize(
    ("rule", "asked", "opened"),
    [
        ("{id: a, do: [drop]}", True, True),
        ("{id: a, enabled: false, do: [drop]}", True, True),
        ("{id: a, match: {host: '*.test'}, do: [drop]}", True, True),
        ("{id: a, match: {host: b.test}, do: [drop]}", False, False),
        ("{id: a, match: {subprotocol: v1}, do: [drop]}", True, False),
        ("{id: a, match: {text: x}, do: [drop]}", True, True),
        ("{id: a, on: open, match: {path: /none}, do: [abort]}", False, False),
        ("{id: a, on: handshake_request, match: {path: /none}, do: [reject]}", True, False),
        ("{id: a, on: handshake_request, match: {host: b.test}, do: [reject]}", False, False),
        ("{id: a, on: handshake_response, match: {status: 403}, do: [abort]}", True, False),
    ],
)
def test_which_sessions_rules_can_touch(rule: str, asked: bool, opened: bool) -> None:
    set_ = rule_set(f"rules: [{rule}]")
    assert (set_.session(ASKED) is not None, set_.session(OPEN) is not None) == (asked, opened)


@pytest.mark.parametrize(
    ("rule", "there"),
    [
        ("{id: a, do: [drop]}", False),
        ("{id: a, on: handshake_request, do: [reject]}", True),
        ("{id: a, on: handshake_request, do: [{tag: x}, {map_remote: 'ws://b.test'}]}", True),
        ("{id: a, on: handshake_request, do: [{mock: {upstream: false}}]}", True),
        ("{id: a, on: handshake_request, do: [abort]}", True),
        ("{id: a, on: handshake_request, do: [{header_set: {X: '1'}}]}", False),
        ("{id: a, on: handshake_response, do: [abort]}", False),
        ("{id: a, on: handshake_request, enabled: false, do: [reject]}", False),
        ("{id: a, on: handshake_request, match: {host: A.test, path: /x}, do: [reject]}", True),
        ("{id: a, on: handshake_request, match: {host: b.test}, do: [reject]}", False),
        ("{id: a, on: handshake_request, match: {not: {host: '*.test'}}, do: [reject]}", False),
        ("{id: a, on: handshake_request, match: {not: {path: /x}}, do: [reject]}", True),
    ],
)
def test_whether_a_handshake_may_go_elsewhere(rule: str, there: bool) -> None:
    assert rule_set(f"rules: [{rule}]").may_reroute("a.test", 443) is there


@pytest.mark.parametrize(
    ("rule", "anywhere"),
    [
        ("{id: a, on: handshake_request, match: {host: b.test}, do: [reject]}", True),
        ("{id: a, on: handshake_request, match: {not: {host: b.test}}, do: [mock: {upstream: false}]}", True),
        ("{id: a, on: handshake_request, enabled: false, do: [reject]}", False),
        ("{id: a, on: handshake_request, match: {host: b.test}, do: [{header_set: {X: y}}]}", False),
        ("{id: a, on: handshake_response, do: [reject]}", False),
    ],
)
def test_where_only_the_request_will_name_the_host_it_may_be_any(rule: str, anywhere: bool) -> None:
    assert rule_set(f"rules: [{rule}]").may_reroute(None, 443) is anywhere


# ---- reloading

COUNTING = """rules:
- {id: a, limit: {times: 3}, do: [{incr: {everywhere: 1}, scope: global}, {incr: {here: 1}, scope: host}]}
- {id: b, enabled: false, do: [{tag: x}]}
"""


def test_memory_outlives_a_reload() -> None:
    memory = Memory()
    first = rule_set(COUNTING, memory)
    first.enable("b", enabled=True)
    rules = first.session(OPEN)
    assert rules is not None
    for _ in range(2):
        assert acted(judged(rules)) == ["a", "a", "b"]
    second = rule_set(COUNTING.replace("rules:", "rules:\n- {id: new, do: [{tag: y}]}"), first.memory)
    assert [(state.id, state.hits, state.enabled) for state in second.statuses()] == [
        ("new", 0, True), ("a", 2, True), ("b", 2, True),
    ]  # fmt: skip
    other: Session = replace(OPEN, id=OPEN.id + 1)  # type: ignore[arg-type]  # a number
    rules = second.session(other)
    assert rules is not None
    assert [acted(judged(rules)) for _ in range(2)] == [["new", "a", "a", "b"], ["new", "b"]]
    assert memory.everywhere == {"everywhere": 3}
    assert memory.hosts == {"a.test": {"here": 3}}


def test_rules_that_nobody_knows_are_not_enabled() -> None:
    with pytest.raises(KeyError):
        rule_set(COUNTING).enable("c", enabled=True)
