"""One side of a recording, played by hand: a person sends what they choose, as often as they like, changed or not.

Theory of operation. What the recording holds of the other side belongs to the message of ours before it, or to the
opening; so does what comes now, to the message that was sent last. Sent one by one, a message goes at once. Sent all
together, each waits until what is awaited of the other side (see `playing.conversation`) has come again, and no longer
than `PATIENCE_NS`, since a person looks on and sees what is missing.
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from wsinspect.model import Direction, HttpHead
from wsinspect.replay.performing import Act, SendClose, SendMessage
from wsinspect.replay.player import Values as PlayedValues
from wsinspect.replay.playing.conversation import understand
from wsinspect.replay.playing.matching import Matcher
from wsinspect.replay.recording import Event, Recording
from wsinspect.wire.frames import read_close
from wsinspect.wire.opcodes import Opcode

PATIENCE_NS = 5_000_000_000


class Values(PlayedValues, Protocol):
    """What the other side issues anew and we use: `rebinding.Rebinder`."""

    def written(self, event: Event, now: int, *, latest: bool = False) -> bytes:
        """Return the payload of a message as it is to go; with the latest values, whichever message issued them."""


class Stage(enum.Enum):
    """How a line stands."""

    NEW = "not sent"
    QUEUED = "will be sent"
    SENT = "sent"


@dataclass(slots=True)
class Answer:
    """A message of the other side, or how it closed."""

    time: int
    opcode: int
    payload: bytes
    event: Event | None
    """The recorded one that it is; None: there is none."""


@dataclass(slots=True)
class Line:
    """A message to send, and what comes back upon it."""

    opcode: int
    payload: bytes
    """As it is to go; where it is not edited, with the values of now in it."""
    event: Event | None = None
    """As it was recorded; None: a person made it up."""
    recorded: tuple[Event, ...] = ()
    """What came back in the recording."""
    edited: bool = False
    stage: Stage = Stage.NEW
    sent: bytes = b""
    """As it went the last time."""
    sent_at: int = 0
    answers: list[Answer] = field(default_factory=list)
    """What came back since it went the last time."""


class Repeater:
    """The performer, and what is shown of it.

    Args:
        recording: The session, as the server had it.
        values: Makes what stands in for the values that the other side issues; asked for anew for each connection.
        side: Which side is played.
    """

    answers_pings = False
    wake_at: int | None = None

    def __init__(self, recording: Recording, values: Callable[[], Values], side: Direction = Direction.C2S) -> None:
        self.request: HttpHead | None = recording.session.request
        self.opening: list[Answer] = []
        """What came before anything was sent."""
        self._recording = recording
        self._side = side
        self._make_values = values
        self._conversation = understand(recording, side)
        messages = recording.messages()
        first = next((at for at, event in enumerate(messages) if event.direction is side), len(messages))
        self.opening_recorded: tuple[Event, ...] = tuple(messages[:first])
        """What came in the recording before anything was sent."""
        self._ours = [event.index for event in recording.messages(side)]
        self.lines: list[Line] = []
        for event in messages[first:]:
            if event.direction is side:
                self.lines.append(Line(event.opcode, event.payload, event))
            else:
                self.lines[-1].recorded += (event,)
        self.on_change: Callable[[], None] = lambda: None
        """Called when something was sent or heard."""
        self.played: list[Event] = []
        """What was sent and heard on this connection, as a recording would have it."""
        self.ended_how: str = ""
        """How the connection ended, in words; empty as long as it has not."""
        self._queue: deque[Line] = deque()
        self._last: Line | None = None
        self._awaited: set[int] = set()
        self._patience: int | None = None
        self._closing: tuple[int | None, str] | None = None
        self._over = True
        self.begin()

    def begin(self) -> None:
        """Make ready for a new connection: nothing was sent or heard on it yet."""
        theirs = [event for event in self._recording.messages() if event.direction is not self._side]
        self._matcher = Matcher(theirs, self._conversation)
        self._values = self._make_values()
        self._queue.clear()
        self._awaited.clear()
        self._patience = self.wake_at = self._closing = self._last = None
        self._over = False
        self._next = 0
        """Which of our messages would be in its order."""
        self.ended_how = ""
        self.opening, self.played = [], []
        for line in self.lines:
            line.stage, line.answers, line.sent = Stage.NEW, [], b""

    # ---- what a person does; the connection is to be poked after it

    def send(self, lines: Sequence[Line]) -> None:
        """Send lines, each once what was awaited upon the one before has come."""
        for line in lines:
            line.stage = Stage.QUEUED
            self._queue.append(line)

    def stop(self) -> None:
        """Send nothing more of what was to be sent."""
        for line in self._queue:
            line.stage = Stage.NEW
        self._queue.clear()
        self.wake_at = None

    def close(self, code: int | None = 1000, reason: str = "") -> None:
        """Close the connection, whatever was to be sent."""
        self.stop()
        self._closing = (code, reason)

    def insert(self, at: int, opcode: int, payload: bytes) -> Line:
        """Put a message of a person's own before line `at`."""
        line = Line(opcode, payload, edited=True)
        self.lines.insert(at, line)
        return line

    def edit(self, line: Line, opcode: int, payload: bytes) -> None:
        """Have a line go otherwise."""
        line.opcode, line.payload = opcode, payload
        line.edited = line.event is None or (opcode, payload) != (line.event.opcode, line.event.payload)

    def remove(self, line: Line) -> None:
        """Take a line out; what came back upon it in the recording goes to the one before."""
        at = self.lines.index(line)
        del self.lines[at]
        if line in self._queue:
            self._queue.remove(line)
        if at:
            before = self.lines[at - 1]
            before.recorded += line.recorded
        else:
            self.opening_recorded += line.recorded

    # ---- performing.Performer

    def next(self, now: int) -> Act | None:
        """Return what to do now."""
        if self._closing is not None:
            (code, reason), self._closing = self._closing, None
            return SendClose(code, reason)
        if not self._queue or self._over:
            return None
        if self._awaited and self._patience is not None and now < self._patience:
            self.wake_at = self._patience
            return None
        self.wake_at = None
        line = self._queue.popleft()
        line.sent = self._written(line, now)
        line.stage, line.sent_at, line.answers = Stage.SENT, now, []
        self._last = line
        self._awaited = {event.index for event in line.recorded} & self._conversation.awaited
        self._patience = now + PATIENCE_NS
        self._log(self._side, line.opcode, line.sent, now)
        self.on_change()
        compressed = line.event is not None and line.event.compressed
        return SendMessage(line.opcode, line.sent, compressed)

    def heard(self, opcode: int, payload: bytes, now: int) -> None:
        """Take a message of the other side."""
        due = self._last.event.index + 1 if self._last is not None and self._last.event is not None else 0
        last = max((event.index for event in self._expected()), default=due) + 1
        kind, event = self._matcher.match(opcode, payload, due=last, wanted=self._awaited)
        if event is not None:
            self._awaited.discard(event.index)
        if (like := event or self._like(kind)) is not None:
            # What is like a recorded one, and comes once more, issues the same values anew.
            self._values.heard(like, opcode, payload)
        self._log(self._side.opposite, opcode, payload, now)
        self._note(Answer(now, opcode, payload, event))

    def heard_control(self, opcode: int, payload: bytes, now: int) -> None:
        """Take a control frame; of these, a close is shown."""
        if opcode == Opcode.CLOSE:
            code, reason, _ = read_close(payload)
            self.ended_how = f"closed {'without a code' if code is None else code} {reason or ''}".rstrip()
            self._note(Answer(now, opcode, payload, None))

    def ended(self, now: int) -> None:  # noqa: ARG002 - the port's
        """Take the end of the connection."""
        self._over = True
        self.stop()
        self.ended_how = self.ended_how or "the connection was lost"
        self.on_change()

    def as_recording(self) -> Recording:
        """Return what was played on this connection, to be compared with the recording."""
        return replace(self._recording, events=tuple(self.played), problems=())

    @property
    def recording(self) -> Recording:
        """What is repeated."""
        return self._recording

    def _log(self, direction: Direction, opcode: int, payload: bytes, now: int) -> None:
        at = len(self.played)
        self.played.append(Event(at, direction, now, opcode, payload, at + 1))

    def _expected(self) -> tuple[Event, ...]:
        return self.opening_recorded if self._last is None else self._last.recorded

    def _like(self, kind: int) -> Event | None:
        of = self._conversation.kind_of
        return next((event for event in self._recording.messages() if of[event.index] == kind), None)

    def _note(self, answer: Answer) -> None:
        (self.opening if self._last is None else self._last.answers).append(answer)
        self.on_change()

    def _written(self, line: Line, now: int) -> bytes:
        if line.event is None:
            return line.payload
        at = self._ours.index(line.event.index)
        in_order = at == self._next
        self._next = at + 1
        return self._values.written(replace(line.event, payload=line.payload), now, latest=not in_order)
