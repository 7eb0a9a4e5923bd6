"""Which rules can be asked about what of a session, so that a dry run can say how many of how many matched."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from wsinspect.model import Direction, Session, Source
from wsinspect.rules.circumstances import Circumstances, of_request, of_response, of_session
from wsinspect.rules.load import LoadedRule
from wsinspect.rules.match import compile_match, resolve
from wsinspect.rules.schema import Event, OnIdle, OnTimer, Rule

type Asked = dict[tuple[str, Direction | None], tuple[str, ...]]
"""Ids of rules by event, and by direction where it has one."""

_FRAMES = (Event.MESSAGE, Event.PING, Event.PONG, Event.CLOSE)
_HEADS = (Event.HANDSHAKE_REQUEST, Event.HANDSHAKE_RESPONSE)

TIMED = ("timer", "idle")
"""What rules are on that nobody asks: they act by themselves."""


def event_of(rule: Rule) -> str:
    """Name what a rule is on."""
    match rule.on:
        case OnTimer():
            return "timer"
        case OnIdle():
            return "idle"
        case Event():
            return rule.on.value


class Reach:
    """Tells it of each session.

    Args:
        rules: All that are loaded.
    """

    def __init__(self, rules: Iterable[LoadedRule]) -> None:
        enabled = [one.rule for one in rules if one.rule.enabled]
        self._rules = [(rule.id, event_of(rule), compile_match(rule.match).node) for rule in enabled]

    def of(self, session: Session) -> Asked:
        """List the rules by what they can be asked about, for all that the handshake tells; timers are not asked."""
        known = of_session(session)
        asked: Asked = {}
        for event in _FRAMES:
            for direction in Direction:
                there = replace(known, direction=direction, source=Source.PEER)
                asked[event.value, direction] = self._on(event.value, there)
        asked[Event.OPEN.value, None] = self._on(Event.OPEN.value, replace(known, of_frame=False))
        for event, head, of_head in zip(
            _HEADS, (session.request, session.response), (of_request, of_response), strict=True
        ):
            asked[event.value, None] = () if head is None else self._on(event.value, of_head(session, head))
        return asked

    def _on(self, event: str, known: Circumstances) -> tuple[str, ...]:
        return tuple(rule for rule, on, node in self._rules if on == event and resolve(node, known) is not False)
