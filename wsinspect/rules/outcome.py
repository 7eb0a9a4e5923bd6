"""From a turn that the rules are through with to the ruling on it."""

from __future__ import annotations

from wsinspect.model import Direction, HttpHead
from wsinspect.rules.ruling import Abort, CloseSession, Effect, HandshakeRuling, Hit, Inject, Rejection, Ruling
from wsinspect.rules.turn import Turn
from wsinspect.wire.decisions import Decision, Drop, Forward, Hold, Modify, Outcome, Plan

_FORWARD = Forward()
_DROP = Drop()
BAD_GATEWAY = Rejection(502, (), b"")
"""The answer to a handshake that a rule failed on whose `on_error` is not `forward`."""


def message_ruling(turn: Turn, errors: list[Hit], payload: bytes, opcode: int) -> Ruling:
    """Return the ruling on a message.

    Args:
        turn: The message now.
        errors: What failed.
        payload: As it came.
        opcode: As it came.
    """
    outcome = _outcome(turn, payload, opcode)
    held = turn.held and not isinstance(outcome, Drop)
    wanted = Hold(outcome if isinstance(outcome, Modify) else None) if held else outcome
    decision: Decision = wanted
    if turn.not_before or turn.behind or turn.copies or turn.then:
        decision = Plan(wanted, turn.not_before, turn.behind, turn.copies, tuple(turn.then))
    return Ruling(decision, turn.effects, turn.hits, errors)


def control_ruling(turn: Turn, errors: list[Hit], payload: bytes) -> Ruling:
    """Return the ruling on a control frame, which is decided on at once: what is to follow it becomes an effect.

    Args:
        turn: The frame now.
        errors: What failed.
        payload: As it came.
    """
    direction = turn.direction
    assert direction is not None
    effects = [*turn.effects, *_injections(turn, direction)]
    return Ruling(_outcome(turn, payload, turn.opcode), effects, turn.hits, errors)


def event_ruling(turn: Turn, errors: list[Hit]) -> Ruling:
    """Return the ruling on what is no message: nothing is to be decided."""
    return Ruling(_FORWARD, turn.effects, turn.hits, errors)


def handshake_ruling(turn: Turn, errors: list[Hit], head: HttpHead) -> HandshakeRuling:
    """Return the ruling on a head.

    Args:
        turn: The head now.
        errors: What failed.
        head: As it came.
    """
    now = head if turn.head is None else turn.head
    return HandshakeRuling(
        head=now,
        changed=now != head,
        remote=turn.remote,
        keep_host=turn.keep_host,
        reject=turn.reject or (BAD_GATEWAY if turn.dropped else None),
        mock=turn.mock,
        abort=any(isinstance(effect, Abort) for effect in turn.effects),
        delay_ns=max(0, turn.not_before - turn.now) if turn.not_before else 0,
        effects=[effect for effect in turn.effects if not isinstance(effect, Abort | CloseSession)],
        hits=turn.hits,
        errors=errors,
    )


def _outcome(turn: Turn, payload: bytes, opcode: int) -> Outcome:
    if turn.dropped:
        return _DROP
    if turn.fragments or (turn.changed and (turn.payload != payload or turn.opcode != opcode)):
        return Modify(turn.payload, turn.opcode, fragments=turn.fragments)
    return _FORWARD


def _injections(turn: Turn, direction: Direction) -> list[Effect]:
    rules = [hit.rule for hit in turn.hits]
    return [Inject(rules[-1] if rules else "", direction, frame) for frame in turn.then]
