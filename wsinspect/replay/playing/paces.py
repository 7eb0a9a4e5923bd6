"""When each message of a recording may go: as soon as its turn comes, by the clock, or by what was heard before it.

A gate is told what comes, and asked when a step may go. `InOrder` counts and does not look at anything; the others
match what comes with what was recorded (see `matching` and, for what is waited for, `conversation`).
"""

from __future__ import annotations

import enum
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from wsinspect.model import Direction
from wsinspect.replay.playing.clock import RecordedClock
from wsinspect.replay.playing.conversation import Conversation, understand
from wsinspect.replay.playing.matching import Matcher
from wsinspect.replay.playing.steps import Step
from wsinspect.replay.recording import Event, Recording

_SECOND_NS = 1_000_000_000

type Needs = Callable[[Event], Collection[int]]
"""Returns the indices of recorded messages of the other side whose values a message of ours carries."""


class Pace(enum.Enum):
    """What decides when a message is sent."""

    SEQUENCE = "sequence"
    """As many messages of the other side have come as before it in the recording, whatever they are."""
    TIMED = "timed"
    """As much time has passed as in the recording."""
    CAUSAL = "causal"
    """The messages of the other side have come that it waits for."""


@dataclass(frozen=True, slots=True)
class PlayOptions:
    """How to play."""

    pace: Pace = Pace.CAUSAL
    speed: float = 1.0
    """Of `Pace.TIMED`: 2.0 is twice as fast."""
    wait_ns: int = 10 * _SECOND_NS
    """How long a message may wait since something was sent, or came that is in the recording and was asked for."""
    linger_ns: int = 3 * _SECOND_NS
    """How long to wait in the end for what is still to come, streams, too, and for the close of the other side."""
    keep_going: bool = False
    """Whether to go on where a wait has run out."""
    plain: bool = False
    """Whether messages go as a library would send them, instead of in the frames they were recorded in."""


class Match(NamedTuple):
    """What a live message was found to be."""

    event: Event | None
    """The recorded message; None: there is none left."""
    kind: int = -1
    """See `conversation`; -1: nobody has looked."""


class Gate(Protocol):
    """Decides when a step may go."""

    def due(self, step: Step, now: int) -> int | None:
        """Return when a step may go, now or later; None: not before more has been heard."""

    def heard(self, opcode: int, payload: bytes, upcoming: int) -> Match:
        """Take a live message.

        Args:
            opcode: Text or binary.
            payload: Readable.
            upcoming: Index of the event that waits.
        """

    def missing(self, step: Step | None) -> list[Event]:
        """Return what a step waits for, or what was to come in the whole recording and has not."""

    def lags(self, step: Step | None) -> bool:
        """Tell whether less has come of streams than before a step, or in the whole recording."""

    def not_listened_to(self) -> list[Event]:
        """Return what was still to come of streams that have begun, as far as the recording goes."""

    def forgive(self, step: Step) -> None:
        """Wait no longer for what a step waits for."""

    def over_at(self) -> int:
        """Return when the recording is over by the clock; 0 where that does not matter."""


class InOrder:
    """The gate of `Pace.SEQUENCE`.

    Args:
        theirs: The recorded messages of the other side.
    """

    def __init__(self, theirs: Sequence[Event]) -> None:
        self._theirs = theirs
        self._heard = 0
        self._forgiven = 0

    def due(self, step: Step, now: int) -> int | None:
        """Return when a step may go; see `Gate`."""
        return now if self._heard + self._forgiven >= step.after else None

    def heard(self, opcode: int, payload: bytes, upcoming: int) -> Match:  # noqa: ARG002 - whatever it is
        """Take a live message; see `Gate`."""
        place = self._heard + self._forgiven
        self._heard += 1
        return Match(self._theirs[place] if place < len(self._theirs) else None)

    def missing(self, step: Step | None) -> list[Event]:
        """Return what has not come; see `Gate`."""
        end = len(self._theirs) if step is None else step.after
        return list(self._theirs[self._heard + self._forgiven : end])

    def lags(self, step: Step | None) -> bool:  # noqa: ARG002 - it knows no streams
        """Return False: all is waited for alike."""
        return False

    def not_listened_to(self) -> list[Event]:
        """Return nothing: it knows no streams."""
        return []

    def forgive(self, step: Step) -> None:
        """Wait no longer for what a step waits for."""
        self._forgiven = step.after - self._heard

    def over_at(self) -> int:
        """Return 0: the clock does not matter."""
        return 0


class Following:
    """The gate of `Pace.CAUSAL`.

    Args:
        theirs: The recorded messages of the other side.
        conversation: The recording, understood.
        needs: What the messages of ours need.
    """

    def __init__(self, theirs: Sequence[Event], conversation: Conversation, needs: Needs) -> None:
        self._matcher = Matcher(theirs, conversation)
        self._awaited = [event for event in theirs if event.index in conversation.awaited]
        self._events = {event.index: event for event in theirs}
        self._of_streams = [
            event.index
            for event in theirs
            if event.complete and conversation.kind_of[event.index] in conversation.streams
        ]
        self._streamed = 0
        """How many messages of streams have come."""
        self._streams = conversation.streams
        self._kind_of = conversation.kind_of
        self._needs = needs
        self._came: set[int] = set()
        self._looked_at = 0
        self._at = -1
        self._outstanding: dict[int, Event] = {}
        self._needed: dict[int, Event] = {}
        """Those of them whose values are needed."""

    def due(self, step: Step, now: int) -> int | None:
        """Return when a step may go; see `Gate`."""
        self._advance(step)
        return None if self._outstanding else now

    def heard(self, opcode: int, payload: bytes, upcoming: int) -> Match:
        """Take a live message; see `Gate`."""
        kind, event = self._matcher.match(opcode, payload, due=upcoming, wanted=self._needed)
        self._streamed += kind in self._streams
        if event is not None:
            self._came.add(event.index)
            self._outstanding.pop(event.index, None)
            self._needed.pop(event.index, None)
        return Match(event, kind)

    def missing(self, step: Step | None) -> list[Event]:
        """Return what has not come; see `Gate`."""
        if step is None:
            return [event for event in self._awaited if event.index not in self._came]
        return list(self._outstanding.values())

    def lags(self, step: Step | None) -> bool:
        """Tell whether less has come of streams than had; see `Gate`."""
        end = len(self._of_streams) if step is None else bisect_left(self._of_streams, step.event.index)
        return self._streamed < end

    def not_listened_to(self) -> list[Event]:
        """Return what was still to come of streams; see `Gate`."""
        last: dict[int, int] = {}
        for index in self._of_streams:
            if index in self._came:
                last[self._kind_of[index]] = index
        return [self._events[index] for index in self._of_streams if index > last.get(self._kind_of[index], index)]

    def forgive(self, step: Step) -> None:  # noqa: ARG002 - it is the one that was looked at
        """Wait no longer for what a step waits for."""
        self._outstanding.clear()
        self._needed.clear()

    def over_at(self) -> int:
        """Return 0: the clock does not matter."""
        return 0

    def _advance(self, step: Step) -> None:
        """Find out what a step waits for, the first time it is looked at."""
        if step.event.index == self._at:
            return
        self._at = step.event.index
        self._outstanding.update((event.index, event) for event in self._passed(step))
        self._needed = {
            index: self._events[index]
            for index in sorted(self._needs(step.event))
            if index in self._events and index not in self._came
        }
        self._outstanding.update(self._needed)

    def _passed(self, step: Step) -> Iterator[Event]:
        while self._looked_at < len(self._awaited) and self._awaited[self._looked_at].index < step.event.index:
            event = self._awaited[self._looked_at]
            self._looked_at += 1
            if event.index not in self._came:
                yield event


class ByTheClock(Following):
    """The gate of `Pace.TIMED`: nothing but values is waited for, and nothing goes too early.

    All is reckoned from the start, so that what was late once does not make the rest late.

    Args:
        theirs: The recorded messages of the other side.
        conversation: The recording, understood.
        needs: What the messages of ours need.
        clock: Times of the recording as times of now.
    """

    def __init__(self, theirs: Sequence[Event], conversation: Conversation, needs: Needs, clock: RecordedClock) -> None:
        super().__init__(theirs, conversation, needs)
        self._clock = clock

    def due(self, step: Step, now: int) -> int | None:
        """Return when a step may go; see `Gate`."""
        at = self._clock.now_of(step.event.time, now)
        if at > now:
            return at
        self._advance(step)
        return None if self._needed else now

    def missing(self, step: Step | None) -> list[Event]:
        """Return what has not come; see `Gate`."""
        return super().missing(step) if step is None else list(self._needed.values())

    def lags(self, step: Step | None) -> bool:  # noqa: ARG002 - the clock says when it is over
        """Return False: the clock says when it is over."""
        return False

    def over_at(self) -> int:
        """Return when the recording is over by the clock."""
        return self._clock.end


def gate_of(
    recording: Recording, side: Direction, pace: Pace, speed: float, needs: Needs
) -> tuple[Gate, Conversation | None]:
    """Return the gate of a pace, and the conversation where it is looked at.

    Args:
        recording: What is played.
        side: Whose messages are ours.
        pace: What decides.
        speed: Of the clock; 2.0 is twice as fast.
        needs: What the messages of ours need.
    """
    theirs = recording.messages(side.opposite)
    if pace is Pace.SEQUENCE:
        return InOrder(theirs), None
    conversation = understand(recording, side)
    if pace is Pace.CAUSAL:
        return Following(theirs, conversation, needs), conversation
    events = recording.events
    whole = not events or events[0].number in (None, 1)
    # A part of a session begins with its first message, a whole one with the handshake.
    begin = recording.session.opened if whole else events[0].time
    last = events[-1].time if events else begin
    return ByTheClock(theirs, conversation, needs, RecordedClock(begin, last, speed)), conversation
