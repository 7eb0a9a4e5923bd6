"""One rule, ready to run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from wsinspect.rules.circumstances import Circumstances
from wsinspect.rules.conditions import Condition
from wsinspect.rules.json_match import PayloadTest
from wsinspect.rules.limits import Limits
from wsinspect.rules.match import CompiledMatch, resolve, tests_of
from wsinspect.rules.schema import OnError
from wsinspect.rules.state import RuleState
from wsinspect.rules.turn import Turn

TIMER = "timer"
IDLE = "idle"


@dataclass(frozen=True, slots=True, eq=False)
class CompiledRule:
    """What a rule is to be asked about, and what it does."""

    id: str
    order: int
    """Its place among all rules."""
    folder: str
    """Of its file."""
    event: str
    """A value of `schema.Event`, `TIMER` or `IDLE`."""
    every_ns: int
    """Of a timer; of silence, how long it has to last."""
    match: CompiledMatch
    when: Condition | None
    rule_state: str | None
    probability: float | None
    limits: Limits
    actions: tuple[tuple[str, Callable[[Turn], None]], ...]
    """With their names."""
    stops: bool
    """Whether no later rule sees what it acted on."""
    on_error: OnError
    on_oversize: OnError
    state: RuleState


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A rule that may match in given circumstances, and what is left to be asked."""

    rule: CompiledRule
    tests: tuple[PayloadTest, ...]


def candidates(rules: Sequence[CompiledRule], known: Circumstances) -> tuple[Candidate, ...]:
    """Choose the rules that may match, in order."""
    found: list[Candidate] = []
    for rule in rules:
        node = resolve(rule.match.node, known)
        if node is not False:
            found.append(Candidate(rule, () if node is True else tests_of(node)))
    return tuple(found)


def may_match(rule: CompiledRule, known: Circumstances) -> bool:
    """Say whether a rule may match, as far as is known."""
    return resolve(rule.match.node, known) is not False
