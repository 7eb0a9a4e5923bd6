"""Actions on what a session's rules remember."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.turns import RESPONSE, SESSION, Plain, act, event, message
from wsinspect.rules.schema import Scope
from wsinspect.rules.turn import ActionError, Turn


def done(turn: Turn) -> list[tuple[object, ...]]:
    assert isinstance(turn.variables, Plain)
    return turn.variables.done


def test_the_state_is_another_from_now_on() -> None:
    turn = message("x")
    assert act({"goto": "logged in"}, turn) == "logged in"
    assert turn.state == "logged in"


@pytest.mark.parametrize(
    ("action", "kept"),
    [
        ({"capture": {"json": {"id": "$.id", "first": "$.list[0]"}}}, {"id": 7, "first": "a"}),
        ({"capture": {"json": {"x": "$..none", "y": "$.list[*]"}}}, {"y": "a"}),
        ({"capture": {"regex": r'"id":(?P<id>\d+)'}}, {"id": "7"}),
        ({"capture": {"regex": r"(?P<no>z)|(?P<yes>i)d"}}, {"yes": "i"}),
        ({"capture": {"regex": r"(?P<no>z)"}}, {}),
        ({"capture": {"header": {"sid": "cookie", "by": "server", "no": "nothing"}}}, {"sid": "sid=7", "by": "demo"}),
        (
            {"capture": {"json": {"a": "$.id"}, "regex": "(?P<b>l)", "header": {"c": "Host"}}},
            {"a": 7, "b": "l", "c": "chat.example.test"},
        ),
        ({"set": {"a": 1, "b": {"c": "{{ vars.n }}"}}}, {"a": 1, "b": {"c": 2}}),
        ({"set": {"n": "{{ vars.n * 10 }}", "m": "{{ vars.n }}"}}, {"n": 20, "m": 2}),
        ({"incr": {"n": 3, "new": -1}}, {"n": 5, "new": -1}),
    ],
)
def test_variables_are_set(action: object, kept: dict[str, object]) -> None:
    turn = message('{"id":7,"list":["a","b"]}', variables={"n": 2})
    detail = act(action, turn)
    assert done(turn) == [(Scope.SESSION, name, value) for name, value in kept.items()]
    assert detail == (", ".join(kept) or "nothing")


@pytest.mark.parametrize("scope", list(Scope))
def test_each_scope_is_asked_for(scope: Scope) -> None:
    for action in ({"capture": {"regex": "(?P<n>x)"}}, {"set": {"n": 1}}, {"incr": {"n": 1}}, {"unset": "n"}):
        turn = message("x")
        act({**action, "scope": scope.value}, turn)
        assert done(turn)[0][:2] == (scope, "n")


def test_variables_are_forgotten() -> None:
    turn = message("x", variables={"a": 1, "b": 2})
    assert act({"unset": ["a", "z"]}, turn) == "a, z"
    assert turn.variables.all() == {"b": 2}


def test_the_head_that_passes_is_asked_before_those_on_record() -> None:
    turn = event(head=replace(RESPONSE, headers=(("Host", "new"),)))
    act({"capture": {"header": {"host": "host"}}}, turn)
    assert done(turn) == [(Scope.SESSION, "host", "new")]
    turn = event(session=replace(SESSION, request=None, response=None))
    assert act({"capture": {"header": {"host": "host"}}}, turn) == "nothing"


@pytest.mark.parametrize("value", ["2", True, [1]])
def test_only_numbers_are_added_to(value: object) -> None:
    with pytest.raises(ActionError, match="the variable n is no number"):
        act({"incr": {"n": 1}}, message("x", variables={"n": value}))


def test_numbers_do_not_grow_without_bounds() -> None:
    with pytest.raises(ActionError, match="longer than 4096 bits"):
        act({"incr": {"n": 1}}, message("x", variables={"n": 2**4096 - 1}))
    turn = message("x", variables={"n": 0.5})
    act({"incr": {"n": 1}}, turn)
    assert turn.variables.get("n") == 1.5
