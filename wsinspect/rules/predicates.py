"""Matches that are asked by actions: of other sessions, by `broadcast`, and of the event itself, by `expect`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from wsinspect.model import Session
from wsinspect.rules.circumstances import Circumstances, of_request, of_response, of_session
from wsinspect.rules.match import Node, compile_match, resolve, tests_of
from wsinspect.rules.schema import Match
from wsinspect.rules.subject import Probe, Subject
from wsinspect.rules.turn import Turn


def session_predicate(match: Match) -> Callable[[int], Callable[[Session], bool]]:
    """Return a function from the time to one that says whether a match holds for a session."""
    node = _node(match)

    def at(now: int) -> Callable[[Session], bool]:
        def fits(session: Session) -> bool:
            probe = Probe(session)
            probe.now = now
            return _holds(node, replace(of_session(session), of_frame=False), probe)

        return fits

    return at


def turn_predicate(match: Match) -> Callable[[Turn], bool]:
    """Return a function that says whether a match holds for an event as it is now."""
    node = _node(match)
    return lambda turn: _holds(node, _known(turn), turn)


def _node(match: Match) -> Node:
    # Who made it is asked only where the match says so.
    asked = match.source is not None
    return compile_match(match if asked else match.model_copy(update={"source": "any"})).node


def _holds(node: Node, known: Circumstances, subject: Subject) -> bool:
    resolved = resolve(node, known)
    return resolved if isinstance(resolved, bool) else all(test(subject) for test in tests_of(resolved))


def _known(turn: Turn) -> Circumstances:
    if turn.head is not None:
        return (of_response if turn.head.method is None else of_request)(turn.session, turn.head)
    known = of_session(turn.session)
    if turn.direction is None:
        return replace(known, of_frame=False)
    return replace(known, direction=turn.direction, opcode=turn.opcode, source=turn.source)
