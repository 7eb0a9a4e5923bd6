"""What a recording says about a message of it: what it was answered by, and what else was coming anyway."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from wsinspect.model import Direction
from wsinspect.replay.comparing.pairing import requests_of
from wsinspect.replay.comparing.reading import Reader
from wsinspect.replay.fuzz.outcome import Outcome
from wsinspect.replay.fuzz.shooting import Listening
from wsinspect.replay.fuzz.variation import Carried
from wsinspect.replay.recording import Event, Recording
from wsinspect.replay.shape import ALIKE, likeness

_LEAST_SETTLE_NS = 50_000_000
_LONGER = 1.5


def carried_by(event: Event) -> Carried:
    """Return a recorded message as one to vary."""
    return Carried(event.opcode, event.payload, event.compressed)


def listening_for(recording: Recording, event: Event, listening: Listening) -> Listening:
    """Return how to listen for answers to a message.

    The answer is the reply that what they share shows to be one. Where nothing does, it is, of what came before the
    client's next message, the first of a kind that did not come before; if there is none, just the first.

    Args:
        recording: What was recorded.
        event: The message.
        listening: For how long.
    """
    events = [each for each in recording.events if each.is_message]
    reader = Reader()
    contents = [reader.read(each) for each in events]
    requests = requests_of(events, contents)
    place = next(place for place, each in enumerate(events) if each.index == event.index)
    theirs = [at for at, each in enumerate(events) if each.direction is Direction.S2C]
    own = [at for at in theirs if requests.get(at) == place]
    if own:
        background = {contents[at].shape for at in theirs if at not in requests}
        return replace(listening, answers=frozenset({contents[own[0]].shape}), background=frozenset(background))
    before = {contents[at].shape for at in theirs if at < place}
    behind = [at for at in theirs if at > place and at not in requests]
    until = next((at for at, each in enumerate(events) if at > place and each.direction is Direction.C2S), len(events))
    near = [contents[at].shape for at in behind if at < until] or [contents[at].shape for at in behind]
    new = [shape for shape in near if not any(likeness(shape, known) >= ALIKE for known in before)]
    return replace(listening, answers=frozenset((new or near)[:1]), background=frozenset(before))


def settled(listening: Listening, baseline: Sequence[Outcome]) -> Listening:
    """Return how to listen, knowing how long after the first answer to the unchanged message the last one came."""
    spreads = [outcome.replies[-1].delay - outcome.replies[0].delay for outcome in baseline if outcome.replies]
    settle = max([_LEAST_SETTLE_NS, *(_LEAST_SETTLE_NS + round(spread * _LONGER) for spread in spreads)])
    return replace(listening, settle_ns=min(settle, listening.listen_ns))
