"""The action that plays a recorded session."""

from __future__ import annotations

from dataclasses import replace as copied

from wsinspect.errors import RuleError
from wsinspect.model import Direction
from wsinspect.rules.acting import Act, Place
from wsinspect.rules.ruling import Replay as Effect
from wsinspect.rules.schema import Replay, Side
from wsinspect.rules.turn import ActionError, Turn


def replay(settings: Replay, place: Place) -> Act:
    """Play a side of a recorded session, from now on; the recording is looked at when the rules are loaded."""
    effect = wanted_by(settings, place.folder)
    if place.surroundings.rehearse is None:
        raise ActionError(f"{settings.file}: no captures can be read here")
    try:
        what = place.surroundings.rehearse(effect)
    except RuleError as error:
        raise ActionError(str(error)) from error

    def act(turn: Turn) -> str:
        turn.effects.append(copied(effect, rule=turn.rule))
        return f"{what} to the {settings.side.value}, {settings.mode.value}"

    return act


def wanted_by(settings: Replay, folder: str) -> Effect:
    """Return what an action wants to be played, without the name of its rule.

    Args:
        settings: Of the action.
        folder: Of the rule file.
    """
    return Effect(
        rule="",
        folder=folder,
        file=settings.file,
        session=settings.session,
        mode=settings.mode,
        speed=settings.speed,
        first=settings.from_,
        last=settings.to,
        direction=Direction.S2C if settings.side is Side.CLIENT else Direction.C2S,
        rebind=tuple(settings.rebind),
        ignore=tuple(settings.ignore),
        unmatched=settings.unmatched,
        loop=settings.loop,
    )
