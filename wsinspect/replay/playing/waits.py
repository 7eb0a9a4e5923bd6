"""What is said of a wait that ran out: what was waited for, what came instead, and how the nearest of that differs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wsinspect.replay.mocking.catalogue import Reading, differences
from wsinspect.replay.playing.report import Came, Wait
from wsinspect.replay.recording import Event
from wsinspect.replay.shape import Shape, likeness

type Heard = tuple[int, int, bytes, Event | None]
"""A live message: its number, opcode and payload, and the recorded one that it is."""


def wait_of(waiting: Event | None, missing: Sequence[Event], waited_ns: int, came: Iterable[Heard]) -> Wait:
    """Describe a wait that ran out.

    Args:
        waiting: What was to be sent.
        missing: What it waited for.
        waited_ns: How long nothing had happened.
        came: What was heard since the message before.
    """
    readings = {
        number: (_came(number, opcode, payload, event), Reading.of(opcode, payload))
        for number, opcode, payload, event in came
    }
    instead = tuple(one for one, _ in readings.values())
    # What was found to be another recorded message has not come in the place of this one.
    unknown = [pair for pair in readings.values() if pair[0].event is None]
    if not missing or not unknown:
        return Wait(waiting, tuple(missing), waited_ns, instead)
    wanted = Reading.of(missing[0].opcode, missing[0].payload)
    nearest, reading = max(unknown, key=lambda pair: _nearness(pair[1].shape, wanted.shape))
    return Wait(waiting, tuple(missing), waited_ns, instead, nearest, tuple(differences(reading, wanted)))


def _came(number: int, opcode: int, payload: bytes, event: Event | None) -> Came:
    kind = str(Reading.of(opcode, payload).shape)
    return Came(number, kind, payload, opcode, None if event is None else event.index)


def _nearness(one: Shape, other: Shape) -> float:
    shared = len(one.fields & other.fields) / max(len(one.fields | other.fields), 1)
    return likeness(one, other) + shared
