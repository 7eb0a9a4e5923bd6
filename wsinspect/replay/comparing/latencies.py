"""How long replies took, in two recordings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from wsinspect.model import Direction
from wsinspect.replay.comparing.comparison import Shift, Tolerance
from wsinspect.replay.recording import Event


def shifts(
    old: Sequence[Event],
    new: Sequence[Event],
    pairs: Mapping[int, int],
    requests: tuple[Mapping[int, int], Mapping[int, int]],
    tolerance: Tolerance,
) -> dict[int, Shift]:
    """Find the replies that came much sooner or later than before.

    A reply is what names its request, or else what the server says first after the client, where both are the same
    messages in both recordings.

    Args:
        old: Of the one recording.
        new: Of the other.
        pairs: For each place in the one that in the other.
        requests: In each recording the request of each reply.
        tolerance: How much is much.

    Returns:
        For places in the old recording.
    """
    asked, asked_again = ({**_said_before(events), **found} for events, found in zip((old, new), requests, strict=True))
    found = {}
    for reply, request in asked.items():
        other = pairs.get(reply)
        other_request = asked_again.get(other) if other is not None else None
        if other is None or other_request is None or pairs.get(request) != other_request:
            continue
        shift = Shift(old[reply].time - old[request].time, new[other].time - new[other_request].time)
        if _is_much(shift, tolerance):
            found[reply] = shift
    return found


def _said_before(events: Sequence[Event]) -> dict[int, int]:
    """Return the places of what the server says right after the client, each with that of the client's message."""
    ways = (Direction.C2S, Direction.S2C)
    return {
        place + 1: place
        for place, (before, after) in enumerate(pairwise(events))
        if (before.direction, after.direction) == ways
    }


def _is_much(shift: Shift, tolerance: Tolerance) -> bool:
    shorter, longer = sorted((shift.old_ns, shift.new_ns))
    return longer - shorter > max(tolerance.least_ns, tolerance.ratio * max(shorter, 0))
