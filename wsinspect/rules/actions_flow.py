"""Actions on when, whether and in what frames a message is sent on."""

from __future__ import annotations

from collections.abc import Callable

from wsinspect.rules.acting import Act, Place
from wsinspect.rules.schema import Delay, Duplicate, Fragment, Nothing, Reorder, Throttle
from wsinspect.rules.turn import ActionError, Random, Turn

MOST_DELAY_NS = 24 * 3600 * 10**9
MOST_FRAMES = 10_000
"""That a message is cut into."""
_MS = 1_000_000
_SECOND = 10**9
_TAIL = 3.0
"""The shape of the Pareto distribution; below 2 it would have no standard deviation."""
_TAIL_DEVIATION = 0.75**0.5

_SPREAD: dict[str, Callable[[Random], float]] = {
    "uniform": lambda random: 2 * random.random() - 1,
    "normal": lambda random: random.gauss(0.0, 1.0),
    "exponential": lambda random: random.expovariate(1.0),
    "pareto": lambda random: (random.paretovariate(_TAIL) - 1) / _TAIL_DEVIATION,
}
"""What `jitter` is multiplied by. Exponential and Pareto delays are never below `ms`."""


def drop(_: Nothing, __: Place) -> Act:
    """Do not send it on."""

    def act(turn: Turn) -> None:
        turn.dropped = turn.ended = True

    return act


def hold(_: Nothing, __: Place) -> Act:
    """Keep it for a person."""

    def act(turn: Turn) -> None:
        turn.held = True

    return act


def delay(settings: Delay, _: Place) -> Act:
    """Hold it back for a time; delays of several rules add up."""
    spread = _SPREAD[settings.distribution]

    def act(turn: Turn) -> str:
        ms = settings.ms + (settings.jitter * spread(turn.random) if settings.jitter else 0)
        delay_ns = round(max(ms, 0) * _MS)
        _wait(turn, max(turn.not_before, turn.now) + delay_ns)
        return f"{delay_ns / _MS:g} ms"

    return act


def throttle(settings: Throttle, place: Place) -> Act:
    """Slow a direction down: messages queue for a line of so many bits, or messages, a second."""
    del place
    name = f"throttle {settings.kbps} {settings.messages_per_s}"

    def act(turn: Turn) -> str:
        key = f"{name} {turn.rule} {turn.direction}"
        free = turn.memory.get(key)
        starts = max(turn.not_before, turn.now, free if isinstance(free, int) else 0)
        if settings.kbps is not None:
            # The last bit leaves when all of them were on the line.
            leaves = ends = starts + round(min(len(turn.payload) * 8 * _MS / settings.kbps, MOST_DELAY_NS))
        else:
            assert settings.messages_per_s is not None  # the schema wants one of both
            leaves, ends = starts, starts + round(min(_SECOND / settings.messages_per_s, MOST_DELAY_NS))
        turn.memory[key] = min(ends, turn.now + MOST_DELAY_NS)
        _wait(turn, leaves)
        return f"{max(leaves - turn.now, 0) / _MS:g} ms"

    return act


def duplicate(settings: Duplicate, _: Place) -> Act:
    """Send it again, right behind itself."""

    def act(turn: Turn) -> str:
        turn.copies += settings.times
        return f"{settings.times} more"

    return act


def reorder(settings: Reorder, _: Place) -> Act:
    """Let later messages go first."""

    def act(turn: Turn) -> str:
        turn.behind = turn.random.randint(0, settings.window - 1)
        if turn.behind:
            _wait(turn, max(turn.not_before, turn.now + settings.within))
        return f"behind {turn.behind} more"

    return act


def fragment(settings: Fragment, _: Place) -> Act:
    """Send it in frames of these sizes, the last of which repeats."""
    *first, repeated = settings.sizes

    def act(turn: Turn) -> str:
        left = len(turn.payload)
        sizes: list[int] = []
        for size in first:
            if left <= size:
                break
            sizes.append(size)
            left -= size
        more = max(left - 1, 0) // repeated if len(sizes) == len(first) else 0
        if len(sizes) + more >= MOST_FRAMES:
            raise ActionError(f"the message would be cut into over {MOST_FRAMES} frames")
        turn.fragments = (*sizes, *[repeated] * more)
        return f"{len(turn.fragments) + 1} frames"

    return act


def _wait(turn: Turn, until: int) -> None:
    turn.not_before = min(until, turn.now + MOST_DELAY_NS)
