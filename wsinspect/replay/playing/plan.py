"""What playing would do: each message to send with what it waits for, for a look at it before anything is sent."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from wsinspect.model import Direction
from wsinspect.replay.playing.conversation import understand
from wsinspect.replay.playing.paces import Needs, Pace
from wsinspect.replay.playing.steps import steps_of
from wsinspect.replay.recording import Event, Recording


@dataclass(frozen=True, slots=True)
class Planned:
    """A step."""

    event: Event
    at_ns: int | None = None
    """When it is due by the recorded clock, since the beginning; None: it goes as soon as it may."""
    awaited: tuple[Event, ...] = ()
    """What it waits for that nothing before it has waited for."""
    after: int = 0
    """How many messages of the other side, whatever they are, must have come; 0 where that does not matter."""
    by_rote: bool = False
    """Whether it is sent as an answer whenever there is something to answer."""


def plan_of(
    recording: Recording, side: Direction, pace: Pace, *, plain: bool = False, speed: float = 1.0, needs: Needs
) -> Iterator[Planned]:
    """Yield what is to be sent, in order.

    Args:
        recording: What is played.
        side: Whose messages are ours.
        pace: What decides when they go.
        plain: Whether only plain messages go.
        speed: Of the recorded clock.
        needs: What the messages of ours need.
    """
    if pace is Pace.SEQUENCE:
        for step in steps_of(recording, side, plain=plain).steps:
            yield Planned(step.event, after=step.after)
        return
    conversation = understand(recording, side)
    by_rote = {event.index for events in conversation.answers.values() for event in events}
    turns = {step.event.index for step in steps_of(recording, side, plain=plain, answers=by_rote).steps}
    awaited = conversation.awaited if pace is Pace.CAUSAL else frozenset()
    waiting = _Waiting(recording, awaited, needs)
    begin = recording.session.opened
    for event in recording.events:
        if event.index in turns:
            at_ns = round((event.time - begin) / speed) if pace is Pace.TIMED else None
            yield Planned(event, at_ns, tuple(waiting.of(event)))
        elif event.index in by_rote:
            yield Planned(event, by_rote=True)


class _Waiting:
    def __init__(self, recording: Recording, awaited: Collection[int], needs: Needs) -> None:
        self._events: Mapping[int, Event] = {event.index: event for event in recording.events}
        self._awaited = sorted(awaited)
        self._place = 0
        self._waited: set[int] = set()
        self._needs = needs

    def of(self, event: Event) -> Iterator[Event]:
        """Yield what an event waits for and none before it did."""
        found = set(self._needs(event))
        while self._place < len(self._awaited) and self._awaited[self._place] < event.index:
            found.add(self._awaited[self._place])
            self._place += 1
        new = sorted(index for index in found - self._waited if index in self._events)
        self._waited.update(new)
        for index in new:
            yield self._events[index]
