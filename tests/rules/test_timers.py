"""Rules on time and silence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.running import OPEN, SECOND, START_NS, acted, judged, rule_set, session_rules
from wsinspect.model import Source
from wsinspect.rules.session_rules import SessionRules

TIMER = "rules: [{id: t, on: {timer: 5s}, do: [{set: {x: 1}}]}]"
IDLE = "rules: [{id: i, on: {idle: 30s}, do: [{set: {x: 1}}]}]"
UNOPENED = replace(OPEN, status=None)


def at(seconds: float) -> int:
    return START_NS + round(seconds * SECOND)


def opened(text: str, seconds: float = 0) -> SessionRules:
    rules = session_rules(text, UNOPENED)
    assert rules.wake_at is None
    assert rules.opened(at(seconds)) is None
    return rules


def test_a_timer_fires_all_the_life_of_the_session() -> None:
    rules = opened(TIMER, 1)
    for due in (6, 11, 16):
        assert rules.wake_at == at(due)
        assert rules.wake(at(due - 0.5)) is None
        assert acted(rules.wake(at(due))) == ["t"]
        assert rules.wake(at(due)) is None


def test_a_timer_that_is_late_fires_once_and_then_in_time() -> None:
    rules = opened(TIMER)
    assert acted(rules.wake(at(17))) == ["t"]
    assert rules.wake_at == at(20)


def test_silence_is_told_of_once() -> None:
    rules = opened(IDLE)
    assert rules.wake_at == at(30)
    assert judged(rules, time=at(10)) is None
    assert rules.wake_at == at(40)
    assert rules.wake(at(30)) is None
    assert acted(rules.wake(at(40))) == ["i"]
    assert rules.wake_at is None
    assert rules.wake(at(99)) is None
    judged(rules, time=at(100))
    assert rules.wake_at == at(130)


def test_messages_of_our_own_do_not_break_the_silence() -> None:
    rules = opened(IDLE)
    judged(rules, time=at(10), source=Source.RULE)
    assert rules.wake_at == at(30)


def test_the_next_of_several_is_due_and_all_that_are_due_run_in_order() -> None:
    rules = opened(
        """rules:
        - {id: slow, on: {timer: 10s}, do: [{set: {x: 1}}]}
        - {id: silence, on: {idle: 10s}, do: [{set: {x: 1}}]}
        - {id: fast, on: {timer: 5s}, priority: 1, do: [{set: {x: 1}}]}
        - {id: never, enabled: false, on: {timer: 1s}, do: [{set: {x: 1}}]}
        """
    )
    assert rules.wake_at == at(5)
    assert acted(rules.wake(at(5))) == ["fast"]
    assert acted(rules.wake(at(10))) == ["fast", "slow", "silence"]


@pytest.mark.parametrize(("now", "due"), [(at(12), at(15)), (None, at(5))])
def test_timers_of_rules_that_come_later_run_with_the_session(now: int | None, due: int) -> None:
    rules = rule_set(TIMER).session(OPEN, now=now)
    assert rules is not None
    assert rules.wake_at == due


def test_timers_go_on_after_a_reload() -> None:
    before = opened(TIMER, 1)
    assert acted(before.wake(at(6))) == ["t"]
    judged(before, time=at(8.5))
    after = rule_set(TIMER + "\nvars: {y: 1}").session(OPEN, before)
    assert after is not None
    assert after.wake_at == at(11)
    new = rule_set("rules: [{id: new, on: {timer: 2s}, do: [{set: {x: 1}}]}]").session(OPEN, before)
    assert new is not None
    assert new.wake_at == at(9)
    silence = rule_set(IDLE).session(OPEN, before)
    assert silence is not None
    assert silence.wake_at == at(38.5)
