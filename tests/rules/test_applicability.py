"""What makes no sense on an event is refused, with the reason, where it is written."""

from __future__ import annotations

import pytest

from wsinspect.rules.applicability import ACTIONS, CAPTURES, CONDITIONS, SESSION_CONDITIONS, Occasion, inapplicable
from wsinspect.rules.forms import keys_of
from wsinspect.rules.schema import Action, Capture, Event, Match, Rule
from wsinspect.rules.yaml_source import parse


def told(keys: str) -> list[str]:
    root = parse(f"id: a\n{keys}", lambda _, message: pytest.fail(message))
    assert root is not None
    rule = Rule.model_validate(root.value, by_alias=True, by_name=False)
    return [f"{place.line}:{place.column}: {message}" for place, message in inapplicable(rule, root)]


def test_every_action_and_every_condition_is_in_the_tables() -> None:
    assert ACTIONS.keys() == Action.model_fields.keys() - {"scope"}
    assert CONDITIONS.keys() == keys_of(Match).keys() - {"any", "all", "not"}
    assert CAPTURES.keys() == keys_of(Capture).keys()
    assert CONDITIONS.keys() > SESSION_CONDITIONS
    assert {event.value for event in Event} == {occasion.value for occasion in Occasion} - {"timer"}


def test_what_makes_sense_is_no_problem() -> None:
    assert told("on: ping\nmatch: {dir: c2s, size: 4, any: [{text: x}]}\ndo: [drop]") == []
    assert told("on: handshake_request\ndo: [{delay: 5}, abort, {capture: {header: {a: Origin}}}, {tag: x}]") == []
    assert told("on: {timer: 5s}\nmatch: {since_open: {gt: 5s}}\ndo: [{send: {to: client, text: x}}, close]") == []
    assert told("do: [{expect: {match: {json: {$.a: 1}}}}, {expect: size > 4}, expect]") == []
    assert told("do: [{broadcast: {to: client, text: x}}]") == []
    assert told("do: [{broadcast: {to: client, text: x, match: {host: a, not: {tag: b}}}}]") == []


@pytest.mark.parametrize(
    ("event", "action", "problem"),
    [
        ("open", "json_set: {$.a: 1}", "json_set cannot be done on open: there is no message"),
        ("ping", "delay: 200", "delay cannot be done on ping: it is for messages"),
        ("close", "hold", "hold cannot be done on close: it is for messages"),
        ("message", "reject", "reject cannot be done on message: the handshake is over"),
        ("open", "header_set: {A: b}", "header_set cannot be done on open: the handshake is over"),
        (
            "handshake_response",
            "path_set: /",
            "path_set cannot be done on handshake_response: the server has answered already",
        ),
        ("handshake_request", "drop", "drop cannot be done on handshake_request: there is no message yet"),
        ("handshake_response", "close", "close cannot be done on handshake_response: the session is not open yet"),
        ("handshake_request", "reply: x", "reply cannot be done on handshake_request: the session is not open yet"),
        ("{timer: 5s}", "reply: x", "reply cannot be done on a timer: there is no sender (use send)"),
        ("{idle: 5s}", "save: x", "save cannot be done on a timer: there is no message"),
        ("ping", "capture: {json: {a: $.a}}", None),
        ("open", "capture: {regex: (?P<a>x)}", None),
    ],
)
def test_actions(event: str, action: str, problem: str | None) -> None:
    if problem is not None:
        assert told(f"on: {event}\ndo:\n- {action}") == [f"4:3: {problem}"]
    else:
        [found] = told(f"on: {event}\ndo:\n- {action}")
        assert found.startswith("4:13: capture cannot take ")


@pytest.mark.parametrize(
    ("event", "conditions", "problem"),
    [
        ("message", "{close_code: 1000}", "3:9: match cannot ask for close_code on message: only a close has a code"),
        ("open", "{dir: c2s}", "3:9: match cannot ask for dir on open: there is no message"),
        ("pong", "{json: {$: 1}}", "3:9: match cannot ask for json on pong: it is for messages"),
        ("{idle: 5}", "{index: 4}", "3:9: match cannot ask for index on a timer: there is no message"),
        (
            "handshake_request",
            "{status: 101}",
            "3:9: match cannot ask for status on handshake_request: the server has not answered yet",
        ),
        (
            "handshake_response",
            "{not: {all: [{since_open: {gt: 1}}]}}",
            "3:22: match cannot ask for since_open on handshake_response: the session is not open yet",
        ),
    ],
)
def test_conditions(event: str, conditions: str, problem: str) -> None:
    assert told(f"on: {event}\nmatch: {conditions}\ndo: [{{tag: x}}]") == [problem]


def test_expectations_are_asked_of_the_same_event() -> None:
    assert told("on: close\ndo:\n- expect: {match: {type: text}}") == [
        "4:20: match cannot ask for type on close: it is for messages"
    ]


def test_a_broadcast_asks_for_sessions() -> None:
    broadcast = "broadcast: {to: client, text: x, match: {dir: c2s, any: [{host: a}, {index: 3}]}}"
    assert told(f"do:\n- {broadcast}") == [
        "3:44: broadcast chooses sessions, which have no dir",
        "3:72: broadcast chooses sessions, which have no index",
    ]


@pytest.mark.parametrize(
    ("action", "size"),
    [
        (f"set_text: {'x' * 126}", 126),
        (f"set_hex: '{'00' * 200}'", 200),
        (f"set_base64: {'aGVs' * 50}", 150),
        (f"set_text: {'x' * 125}", None),
        (f"set_text: '{'x' * 126}{{{{ vars.x }}}}'", None),
        (f"set_hex: '{'00' * 126}{{{{ vars.x }}}}'", None),
        (f"set_base64: '{'aGVs' * 50}{{{{ vars.x }}}}'", None),
    ],
)
def test_a_control_frame_stays_small(action: str, size: int | None) -> None:
    expected = [] if size is None else [f"4:3: a ping has at most 125 bytes, this is {size}"]
    assert told(f"on: ping\ndo:\n- {action}") == expected
