"""How many messages of its own a rule has put into a turn, and taking away what is over its limit."""

from __future__ import annotations

from dataclasses import dataclass, replace

from wsinspect.rules.ruling import Broadcast, Effect, Inject
from wsinspect.rules.turn import Turn


@dataclass(frozen=True, slots=True)
class Before:
    """What the turn had before the rule."""

    copies: int
    then: int
    effects: int


def counted(turn: Turn) -> Before:
    """Note what a turn has."""
    return Before(turn.copies, len(turn.then), len(turn.effects))


def cap(turn: Turn, had: Before, left: int) -> tuple[int, bool]:
    """Take away what is over a number of messages.

    Of what is to be sent again and again, as many times stay as are left.

    Args:
        turn: After the rule.
        had: Before the rule.
        left: Most messages to let through.

    Returns:
        How many there are now, and whether any was taken away.
    """
    start = left
    copies = min(turn.copies - had.copies, left)
    then = min(len(turn.then) - had.then, left - copies)
    over = copies + then < turn.copies - had.copies + len(turn.then) - had.then
    left -= copies + then
    turn.copies = had.copies + copies
    del turn.then[had.then + then :]
    kept: list[Effect] = []
    for effect in turn.effects[had.effects :]:
        wanted, part = _part(effect, left)
        if part is None:
            over = True
            continue
        # To be sent for ever is to be sent until the limit is reached.
        over = over or (wanted is not None and wanted > left)
        left -= 0 if wanted == 0 else left if wanted is None else min(wanted, left)
        kept.append(part)
    turn.effects[had.effects :] = kept
    return start - left, over


def _part(effect: Effect, left: int) -> tuple[int | None, Effect | None]:
    """Return how many messages an effect is, None for no end, and what of it is within a limit."""
    match effect:
        case Inject(times=times):
            if times is not None and times <= left:
                return times, effect
            return times, replace(effect, times=left) if left else None
        case Broadcast(directions=directions):
            wanted = len(directions)
            return wanted, effect if wanted <= left else None
        case _:
            return 0, effect
