"""From rules as they were read to rules that run.

Rules run by priority, the higher first, then in the order of the files. What rules remember (`Memory`) outlives a
reload, and so does what those of an open session remember: state, variables, what they have used of their limits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from wsinspect.errors import RuleError
from wsinspect.model import Session
from wsinspect.rules.actions import compile_action
from wsinspect.rules.circumstances import Circumstances, of_session
from wsinspect.rules.compiled_rule import IDLE, TIMER, CompiledRule, may_match
from wsinspect.rules.conditions import compile_when
from wsinspect.rules.given import given_variables
from wsinspect.rules.limits import Limits
from wsinspect.rules.load import LoadedRule, LoadedRules
from wsinspect.rules.match import compile_match
from wsinspect.rules.schema import Event, OnTimer, Rule, Then
from wsinspect.rules.session_rules import SessionRules
from wsinspect.rules.state import Chance, Memory, Quota, RuleState, SessionState
from wsinspect.rules.turn import ActionError, Surroundings, Turn

_HANDSHAKE = (Event.HANDSHAKE_REQUEST, Event.HANDSHAKE_RESPONSE)
_REROUTING = ("mock", "map_remote", "reject", "abort")
SWITCHED = 101
"""The status of an upgrade that was granted."""


class RuleSet:
    """All rules that are loaded.

    Args:
        loaded: What was read.
        surroundings: What they know of the world.
        memory: What earlier rules remember; None: nothing yet. Give the same one at a reload.

    Raises:
        RuleError: Some cannot run here; with all problems. Then the memory is as it was.
    """

    def __init__(self, loaded: LoadedRules, surroundings: Surroundings, memory: Memory | None = None) -> None:
        self.memory = Memory() if memory is None else memory
        """To be given to the rules that are loaded next."""
        self._surroundings = surroundings
        self._seed = loaded.seed
        in_order = sorted(loaded.rules, key=lambda each: -each.rule.priority)
        problems: list[str] = []
        actions = [list(_actions(each, surroundings, problems)) for each in in_order]
        if problems:
            raise RuleError("\n".join(problems))
        given = given_variables(loaded, surroundings)
        self._rules = [
            self._compiled(each, order, compiled)
            for order, (each, compiled) in enumerate(zip(in_order, actions, strict=True))
        ]
        self._by_id = {rule.id: rule for rule in self._rules}
        self.memory.given = given

    def statuses(self) -> Sequence[RuleState]:
        """List the rules, in the order in which they run."""
        return [rule.state for rule in self._rules]

    def enable(self, rule_id: str, enabled: bool) -> None:
        """Let a rule act, or not; it stays so over reloads. What sessions want may be another after it.

        Raises:
            KeyError: There is no such rule.
        """
        self._by_id[rule_id].state.enabled = enabled
        self.memory.switched[rule_id] = enabled

    def count_error(self, rule_id: str, error: str) -> None:
        """Count an error of a rule that shows only when what it wants is carried out."""
        if rule_id in self._by_id:  # else it is gone since
            state = self._by_id[rule_id].state
            state.errors += 1
            state.last_error = error

    def may_reroute(self, host: str | None, port: int) -> bool:  # noqa: ARG002 - no rule tests the port by itself
        """Say whether a handshake there may be answered by us, or taken elsewhere: then nothing is connected before.

        Args:
            host: Of the server; None: only the request will tell, so it may be any.
            port: Of the server.
        """
        known = Circumstances(host=host, of_frame=False)
        return any(
            rule.event == Event.HANDSHAKE_REQUEST
            and rule.state.enabled
            and any(name in _REROUTING for name, _ in rule.actions)
            and may_match(rule, known)
            for rule in self._rules
        )

    def session(
        self, session: Session, previous: SessionRules | None = None, now: int | None = None
    ) -> SessionRules | None:
        """Return the rules that can touch a session; None: no rule can, not even one that is enabled later.

        Args:
            session: As far as it is known: before the handshake, without any answer.
            previous: Its rules before a reload: its state and variables go on.
            now: Unix nanoseconds, where it is open already: its timers run from here, not from its opening.
        """
        rules = [rule for rule in self._rules if self._may_touch(rule, session)]
        if not rules:
            return None
        state = SessionState() if previous is None else previous.memory_of_session
        state.counts = [max(state.counts[0], session.messages.c2s), max(state.counts[1], session.messages.s2c)]
        if session.status == SWITCHED and state.opened is None:
            state.opened = session.opened
            state.passed = session.opened if now is None else now
        environment = self._surroundings.environment
        return SessionRules(rules, session, state, self.memory, environment, self._chance)

    def _may_touch(self, rule: CompiledRule, session: Session) -> bool:
        if rule.event not in _HANDSHAKE:
            known = of_session(session)
        elif session.status == SWITCHED:
            return False
        else:
            # Earlier rules may change the head.
            known = Circumstances(host=session.host, of_frame=False)
        return may_match(rule, known)

    def _chance(self, rule_id: str, session: int) -> Chance:
        return Chance(self._surroundings.random, self._seed, rule_id, session)

    def _compiled(
        self, loaded: LoadedRule, order: int, actions: list[tuple[str, Callable[[Turn], None]]]
    ) -> CompiledRule:
        rule = loaded.rule
        event, every_ns = _event(rule)
        state = self.memory.states.setdefault(rule.id, RuleState(rule.id, loaded.place, rule.enabled, event))
        state.place, state.event, state.note = loaded.place, event, rule.note
        state.enabled = self.memory.switched.get(rule.id, rule.enabled)
        return CompiledRule(
            id=rule.id,
            order=order,
            folder=loaded.folder,
            event=event,
            every_ns=every_ns,
            match=compile_match(rule.match),
            when=None if rule.when is None else compile_when(rule.when),
            rule_state=rule.rule_state,
            probability=rule.probability,
            limits=Limits(rule.limit, self.memory.quotas.setdefault(rule.id, Quota())),
            actions=tuple(actions),
            stops=rule.then is Then.STOP,
            on_error=rule.on_error,
            on_oversize=rule.on_oversize,
            state=state,
        )


def _event(rule: Rule) -> tuple[str, int]:
    if isinstance(rule.on, Event):
        return rule.on.value, 0
    return (TIMER, rule.on.timer) if isinstance(rule.on, OnTimer) else (IDLE, rule.on.idle)


def _actions(
    loaded: LoadedRule, surroundings: Surroundings, problems: list[str]
) -> Iterator[tuple[str, Callable[[Turn], None]]]:
    """Compile the actions of a rule, and list what keeps them from running here."""
    for action, place in zip(loaded.rule.do, loaded.actions, strict=True):
        try:
            yield action.name, compile_action(action, surroundings, loaded.folder)
        except ActionError as error:
            problems.append(f"{place}: rule '{loaded.rule.id}': {action.name}: {error}")
