"""Which message of a recording answers which."""

from __future__ import annotations

from collections.abc import Sequence

from wsinspect.decode.correlation import LARGEST_BYTES, signs_of
from wsinspect.decode.pairing import Matcher
from wsinspect.replay.comparing.reading import Content
from wsinspect.replay.leaves import Scalar
from wsinspect.replay.recording import Event
from wsinspect.replay.shape import Shape

_ACK = "@ack"
_PATIENCE = 2048
"""Messages of a shape that are looked at without finding a pair; so many requests are remembered."""


def requests_of(events: Sequence[Event], contents: Sequence[Content]) -> dict[int, int]:
    """Find the replies, by what they share with their requests.

    Args:
        events: Of a recording.
        contents: What each says.

    Returns:
        The place of each reply, and that of its request.
    """
    matcher = Matcher()
    waiting: dict[tuple[int, str, Scalar], int] = {}
    found: dict[int, int] = {}
    in_vain: dict[Shape, int] = {}
    """How many messages of a shape in a row had no part in a pair."""
    for place, (event, content) in enumerate(zip(events, contents, strict=True)):
        if content.paths[:1] == (_ACK,):
            # Of Socket.IO: an event that wants an answer, 42 or 45, and the answer, 43 or 46, with the same number.
            space = content.shape.prefix.partition("/")[2]
            if content.shape.prefix.startswith(("43", "46")):
                request = waiting.pop((event.direction.opposite, space, content.values[0]), None)
                if request is not None:
                    found[place] = request
            else:
                waiting[event.direction, space, content.values[0]] = place
        elif event.is_message and len(event.payload) <= LARGEST_BYTES:
            shape = content.shape
            # Looking takes long, and what is of one shape is silent about requests or is not.
            if shape not in in_vain:
                signs = signs_of(event.payload)
                in_vain[shape] = 0 if signs is not None and (signs.own or signs.asked) else _PATIENCE
            if in_vain[shape] == _PATIENCE:
                continue
            in_vain[shape] += 1
            pair = matcher.take(place, event.direction, event.time, event.payload)
            if pair is not None:
                found[place] = pair[0]
                in_vain[shape] = in_vain[contents[pair[0]].shape] = 0
    return found
