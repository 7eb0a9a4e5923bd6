"""Which rules can be asked about what of a session, so that a dry run can say how many of how many matched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from wsinspect.model import Direction, Session, Source
from wsinspect.rules.circumstances import Circumstances, of_request, of_response, of_session
from wsinspect.rules.load import LoadedRule
from wsinspect.rules.match import Node, compile_match, resolve
from wsinspect.rules.schema import Event, OnTimer, Rule

TIMED = ("timer", "idle")
"""What rules are on that nobody asks: they act by themselves."""


def event_of(rule: Rule) -> str:
    """Name what a rule is on."""
    if isinstance(rule.on, Event):
        return rule.on.value
    return "timer" if isinstance(rule.on, OnTimer) else "idle"


class Reach:
    """Tells it of each session.

    Args:
        rules: All that are loaded.
    """

    def __init__(self, rules: Iterable[LoadedRule]) -> None:
        enabled = [one.rule for one in rules if one.rule.enabled]
        self._rules = [(rule.id, event_of(rule), compile_match(rule.match).node) for rule in enabled]

    def of(self, session: Session) -> SessionReach:
        """Tell it of a session, for all that its handshake tells."""
        return SessionReach(self._rules, session)


class SessionReach:
    """Made by `Reach.of`."""

    def __init__(self, rules: Sequence[tuple[str, str, Node]], session: Session) -> None:
        self._rules = rules
        self._session = session
        self._known: dict[tuple[str, Direction | None, Source], tuple[str, ...]] = {}

    def asked(self, event: str, direction: Direction | None = None, source: Source = Source.PEER) -> tuple[str, ...]:
        """List the ids of the rules that are asked about an event.

        Args:
            event: As `event_of` names it; but nobody asks a rule that is `TIMED`.
            direction: Of a message or control frame.
            source: Of the same.
        """
        key = event, direction, source
        there = self._known.get(key)
        if there is None:
            known = self._circumstances(event, direction, source)
            there = self._known[key] = tuple(
                rule for rule, on, node in self._rules if on == event and resolve(node, known) is not False
            )
        return there

    def _circumstances(self, event: str, direction: Direction | None, source: Source) -> Circumstances:
        session = self._session
        if event == Event.HANDSHAKE_REQUEST and session.request is not None:
            return of_request(session, session.request)
        if event == Event.HANDSHAKE_RESPONSE and session.response is not None:
            return of_response(session, session.response)
        known = of_session(session)
        if direction is None:
            return replace(known, of_frame=False)
        return replace(known, direction=direction, source=source)
