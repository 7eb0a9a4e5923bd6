"""What rules remember."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.rules import state
from wsinspect.rules.schema import Scope
from wsinspect.rules.state import Chance, Memory, SessionState, SessionVariables
from wsinspect.rules.turn import ActionError, Random


def test_the_nearest_scope_is_seen() -> None:
    memory = Memory(given={"x": 0, "given": 0})
    one, other = SessionVariables(memory, "a", {}), SessionVariables(memory, "a", {})
    elsewhere = SessionVariables(memory, "b", {})
    everyone = (one, other, elsewhere)
    assert [each.get("x") for each in everyone] == [0, 0, 0]
    one.set(Scope.GLOBAL, "x", 1)
    assert [each.get("x") for each in everyone] == [1, 1, 1]
    one.set(Scope.HOST, "x", 2)
    assert [each.get("x") for each in everyone] == [2, 2, 1]
    one.set(Scope.SESSION, "x", 3)
    assert [each.get("x") for each in everyone] == [3, 2, 1]
    assert dict(one.all()) == {"x": 3, "given": 0}
    for scope, expected in ((Scope.SESSION, 2), (Scope.HOST, 1), (Scope.GLOBAL, 0), (Scope.GLOBAL, 0)):
        one.unset(scope, "x")
        assert one.get("x") == expected
    assert one.get("none") is None


@given(st.lists(st.tuples(st.sampled_from(Scope), st.sampled_from("ab"), st.none() | st.integers()), max_size=12))
def test_changes_are_taken_back(changes: list[tuple[Scope, str, int | None]]) -> None:
    memory = Memory(everywhere={"a": 1})
    variables = SessionVariables(memory, "h", {"b": 2})
    variables.set(Scope.HOST, "a", 3)
    before = [dict(variables.own), dict(memory.everywhere), dict(memory.hosts["h"])]
    variables.journal = []
    for scope, name, value in changes:
        if value is None:
            variables.unset(scope, name)
        else:
            variables.set(scope, name, value)
    variables.undo(variables.journal)
    assert [variables.own, memory.everywhere, memory.hosts["h"]] == before


def test_values_are_bounded() -> None:
    variables = SessionVariables(Memory(), "h", {})
    with pytest.raises(ActionError, match="larger than"):
        variables.set(Scope.SESSION, "x", "x" * (2 << 20))
    assert variables.get("x") is None


def test_there_are_not_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "MAX_VARIABLES", 2)
    monkeypatch.setattr(state, "MAX_HOSTS", 1)
    memory = Memory()
    variables = SessionVariables(memory, "a", {})
    for name in "xy":
        variables.set(Scope.GLOBAL, name, 1)
    variables.set(Scope.GLOBAL, "x", 2)
    with pytest.raises(ActionError, match="scope global"):
        variables.set(Scope.GLOBAL, "z", 1)
    variables.set(Scope.HOST, "x", 1)
    with pytest.raises(ActionError, match="hosts have variables"):
        SessionVariables(memory, "b", {}).set(Scope.HOST, "x", 1)
    SessionVariables(memory, "b", {}).unset(Scope.SESSION, "x")


@pytest.mark.parametrize("scope", Scope)
def test_all_together_are_bounded(monkeypatch: pytest.MonkeyPatch, scope: Scope) -> None:
    monkeypatch.setattr(state, "MAX_CHARACTERS", 100)
    memory, own = Memory(), dict[str, object]()
    variables = SessionVariables(memory, "a.test", own)
    variables.set(scope, "a", "x" * 60)
    variables.set(scope, "a", "y" * 60)
    variables.set(scope, "b", ["z" * 30])
    variables.journal = []
    with pytest.raises(ActionError, match="none may grow"):
        variables.set(scope, "c", "x" * 10)
    variables.unset(scope, "a")
    variables.set(scope, "c", "x" * 60)
    variables.undo(variables.journal)
    again = SessionVariables(memory, "b.test" if scope is Scope.GLOBAL else "a.test", own)
    with pytest.raises(ActionError, match="none may grow"):
        again.set(scope, "c", "x" * 10)
    again.set(scope, "c", "x" * 9)
    assert again.get("a") == "y" * 60


def test_uses_are_kept_by_rule() -> None:
    session = SessionState()
    session.use("a").times += 1
    assert session.use("a").times == 1
    assert session.use("b").times == 0


def _drawn(chance: Random) -> list[object]:
    return [
        chance.random(), chance.randint(1, 9), chance.randbytes(3), chance.gauss(0.0, 1.0), chance.gauss(),
        chance.expovariate(1.0), chance.paretovariate(3.0),
    ]  # fmt: skip


def test_chance_repeats_with_a_seed_and_differs_by_rule_and_session() -> None:
    drawn = [_drawn(Chance(random.Random, *key)) for key in ((7, "a", 1), (7, "b", 1), (7, "a", 2), (8, "a", 1))]
    assert _drawn(Chance(random.Random, 7, "a", 1)) == drawn[0]
    assert len({repr(each) for each in drawn}) == 4


def test_chance_without_a_seed_is_any() -> None:
    asked: list[int | None] = []

    def make(seed: int | None) -> Random:
        asked.append(seed)
        return random.Random(1)

    chance = Chance(make, None, "a", 1)
    assert asked == []
    _drawn(chance)
    assert asked == [None]
