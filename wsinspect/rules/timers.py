"""Rules on time: every so often in a session's life, or once it has been silent for so long.

A timer that was woken late fires once, and then when it would have fired anyway.
"""

from __future__ import annotations

from collections.abc import Sequence

from wsinspect.rules.compiled_rule import TIMER, CompiledRule
from wsinspect.rules.state import SessionState


class Timers:
    """The timers of one session.

    Args:
        rules: On timers and silence.
        state: What rules remember of the session: a timer that ran before a reload goes on.
    """

    def __init__(self, rules: Sequence[CompiledRule], state: SessionState) -> None:
        self._rules = sorted(rules, key=lambda rule: rule.order)
        self._state = state
        if state.opened is not None:
            # What is new does not make up for what it missed.
            for rule in self._rules:
                if rule.event == TIMER:
                    state.fired.setdefault(rule.id, state.passed)

    def start(self, now: int) -> None:
        """Let them run from now on."""
        state = self._state
        state.opened = now
        state.passed = max(state.passed, now)

    @property
    def due_at(self) -> int | None:
        """Unix nanoseconds; None: none runs."""
        if not self._rules or self._state.opened is None:
            return None
        return min((due for rule in self._rules if (due := self._due_at(rule)) is not None), default=None)

    def due(self, now: int) -> list[CompiledRule]:
        """Return the rules that are due, and count them as fired."""
        found = [rule for rule in self._rules if (due := self._due_at(rule)) is not None and due <= now]
        for rule in found:
            self._state.fired[rule.id] = now if rule.event == TIMER else self._state.passed
        return found

    def _due_at(self, rule: CompiledRule) -> int | None:
        state = self._state
        if state.opened is None or not rule.state.enabled:
            return None
        every = rule.every_ns
        fired = state.fired.get(rule.id)
        if rule.event == TIMER:
            return state.opened + every * (1 if fired is None else (fired - state.opened) // every + 1)
        # Once in each silence.
        return None if fired == state.passed else state.passed + every
