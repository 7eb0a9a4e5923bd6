"""How many messages of its own a rule has put into a turn, and taking away what is over its limit."""

from __future__ import annotations

from dataclasses import replace

from wsinspect.rules.ruling import Broadcast, Effect, Inject
from wsinspect.rules.turn import Turn

MOST_BYTES = 32 << 20
"""Of all that rules have one event be followed by."""


def cap(turn: Turn, left: int, *, copies: int, then: int, effects: int) -> tuple[int, bool]:
    """Take away what is over a number of messages.

    Of what is to be sent again and again, as many times stay as are left; only what has no part left is gone.

    Args:
        turn: After the rule.
        left: Most messages to let through.
        copies: How many the turn had before the rule.
        then: How many frames were to follow then.
        effects: How many there were.

    Returns:
        How many messages of the rule there are now, and whether any was taken away.
    """
    new_copies, new_then = turn.copies - copies, len(turn.then) - then
    if not new_copies and not new_then and len(turn.effects) == effects:
        return 0, False
    kept_copies = min(new_copies, left)
    kept_then = min(new_then, left - kept_copies)
    turn.copies = copies + kept_copies
    del turn.then[then + kept_then :]
    sent = kept_copies + kept_then
    over = sent < new_copies + new_then
    kept: list[Effect] = []
    for effect in turn.effects[effects:]:
        count, part, less = _within(effect, left - sent)
        sent += count
        over = over or less
        if part is not None:
            kept.append(part)
    turn.effects[effects:] = kept
    return sent, over


def cap_bytes(turn: Turn) -> bool:
    """Take away what is over `MOST_BYTES`, from the end; return whether there was any.

    A frame that is sent again and again counts once: it goes at different times.
    """
    size = len(turn.payload)
    copies = min(turn.copies, MOST_BYTES // max(size, 1))
    left = MOST_BYTES - copies * size
    then = turn.then
    effects: list[Effect] = []
    for number, frame in enumerate(turn.then):
        left -= len(frame.payload)
        if left < 0:
            then = turn.then[:number]
            break
    for effect in turn.effects:
        if isinstance(effect, Inject | Broadcast):
            left -= len(effect.frame.payload)
            if left < 0:
                continue
        effects.append(effect)
    over = left < 0 or copies < turn.copies
    if over:
        turn.copies, turn.then[:], turn.effects[:] = copies, then, effects
    return over


def _within(effect: Effect, left: int) -> tuple[int, Effect | None, bool]:
    """Return how many messages are within a limit, what of the effect they are, and whether that is less than wanted.

    To be sent for ever is to be sent until the limit is reached.
    """
    match effect:
        case Inject(times=times):
            count = left if times is None else min(times, left)
            part = effect if count == times else replace(effect, times=count)
            return count, part if count else None, count == 0 or (times is not None and times > left)
        case Broadcast(directions=directions):
            count = len(directions)
            return (count, effect, False) if count <= left else (0, None, True)
        case _:
            return 0, effect, False
