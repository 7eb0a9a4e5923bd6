"""What a recording says about a message of it: what it was answered by, and what else was coming anyway."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from wsinspect.model import Direction
from wsinspect.replay.fuzz.outcome import Outcome, Reply
from wsinspect.replay.fuzz.shooting import Listening
from wsinspect.replay.fuzz.variation import Carried
from wsinspect.replay.recording import Event, Recording
from wsinspect.replay.shape import ALIKE, Shape, likeness

_LEAST_SETTLE_NS = 50_000_000
_LONGER = 1.5


def carried_by(event: Event) -> Carried:
    """Return a recorded message as one to vary."""
    return Carried(event.opcode, event.payload, event.compressed)


def listening_for(recording: Recording, event: Event, listening: Listening) -> Listening:
    """Return how to listen for answers to a message.

    The answer is the first message of the server behind it that is of a kind which did not come before; if there is
    none, the first.

    Args:
        recording: What was recorded.
        event: The message.
        listening: For how long.
    """
    heard = recording.messages(Direction.S2C)
    before = {_shape(message) for message in heard if message.index < event.index}
    behind = [_shape(message) for message in heard if message.index > event.index]
    new = [shape for shape in behind if not any(likeness(shape, known) >= ALIKE for known in before)]
    return replace(listening, answers=frozenset((new or behind)[:1]), background=frozenset(before))


def settled(listening: Listening, baseline: Sequence[Outcome]) -> Listening:
    """Return how to listen, knowing how long after the first answer to the unchanged message the last one came."""
    spreads = [outcome.replies[-1].delay - outcome.replies[0].delay for outcome in baseline if outcome.replies]
    settle = max([_LEAST_SETTLE_NS, *(_LEAST_SETTLE_NS + round(spread * _LONGER) for spread in spreads)])
    return replace(listening, settle_ns=min(settle, listening.listen_ns))


def _shape(event: Event) -> Shape:
    return Reply.of(event.opcode, event.payload, 0).shape
