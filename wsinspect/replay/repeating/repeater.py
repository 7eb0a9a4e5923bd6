"""One side of a recording, played by hand: a person sends what they choose, as often as they like, changed or not.

Theory of operation. What the recording holds of the other side belongs to the message of ours before it, or to the
opening; so does what comes now, to the message that was sent last. Sent one by one, a message goes at once. Sent all
together, each waits until what is awaited of the other side (see `playing.conversation`) has come again, and no longer
than `PATIENCE_NS`, since a person looks on and sees what is missing.

Whatever a server sends, memory and time are bounded: what is not in the recording is counted from
`repeated.MOST_EXTRA` messages on for each line, of payloads beyond `MOST_BYTES` only the beginnings are kept, and what
is larger than `READ_BYTES` is read no further.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from wsinspect.model import Direction, HttpHead
from wsinspect.replay.comparing.comparison import Knowing
from wsinspect.replay.performing import Act, SendClose, SendMessage
from wsinspect.replay.playing.conversation import understand
from wsinspect.replay.playing.matching import Matcher
from wsinspect.replay.playing.player import Values as PlayedValues
from wsinspect.replay.recording import Event, Recording
from wsinspect.replay.repeating.repeated import Answer, Back, Line, Stage
from wsinspect.replay.repeating.standing import READ_BYTES, Standings
from wsinspect.wire.frames import read_close
from wsinspect.wire.opcodes import Opcode

PATIENCE_NS = 5_000_000_000
MOST_BYTES = 64 << 20
"""Of the payloads that come on a connection."""
MOST_PLAYED = 50_000
"""Messages kept to be compared whole."""
_BEGINNING_BYTES = 1 << 12


class Values(PlayedValues, Protocol):
    """What the other side issues anew and we use: `rebinding.Rebinder`."""

    def opened(self, head: HttpHead | None) -> None:
        """Take the other side's head of the handshake."""

    def written(self, event: Event, now: int, *, latest: bool = False) -> bytes:
        """Return the payload of a message as it is to go; with the latest values, whichever message issued them."""


class Repeater:
    """The performer, and what is shown of it.

    Args:
        recording: The session, as the server had it.
        values: Makes what stands in for the values that the other side issues; asked for anew for each connection.
        side: Which side is played.
        volatile: What knows of values that are other ones each time.
    """

    answers_pings = False
    wake_at: int | None = None

    def __init__(
        self,
        recording: Recording,
        values: Callable[[], Values],
        side: Direction = Direction.C2S,
        volatile: Knowing | None = None,
    ) -> None:
        self.opening = Back()
        """What came before anything was sent."""
        self._recording = recording
        self._side = side
        self._make_values = values
        self._standings = Standings(volatile)
        read = replace(recording, events=tuple(map(_readable, recording.events)))
        self._theirs = read.messages(side.opposite)
        self._conversation = understand(read, side)
        of_kind = ((self._conversation.kind_of[event.index], event) for event in reversed(read.messages()))
        self._first_of_kind = dict(of_kind)
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
        self.begin()

    def begin(self) -> None:
        """Make ready for a new connection: nothing was sent or heard on it yet."""
        self._matcher = Matcher(self._theirs, self._conversation)
        self._values = self._make_values()
        self._queue.clear()
        self._awaited.clear()
        self._patience = self.wake_at = self._closing = self._last = None
        self.is_over = False
        """Whether nothing can be sent any more."""
        self._next = 0
        """Which of our messages would be in its order."""
        self._room = MOST_BYTES
        self._left_out = 0
        self.ended_how = ""
        self.opening, self.played = Back(), []
        for line in self.lines:
            line.stage, line.back, line.sent = Stage.NEW, Back(), b""

    def opened(self, head: HttpHead) -> None:
        """Take the other side's head of the handshake, which may issue values."""
        self._values.opened(head)

    # ---- what a person does; the connection is to be poked after it

    def send(self, lines: Sequence[Line]) -> None:
        """Send lines, each once what was awaited upon the one before has come; those that wait already wait on."""
        for line in lines:
            if line.stage is not Stage.QUEUED:
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
        self.is_over = True

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
        if not self._queue or self.is_over:
            return None
        if self._awaited and self._patience is not None and now < self._patience:
            self.wake_at = self._patience
            return None
        self.wake_at = None
        line = self._queue.popleft()
        line.sent = self._written(line, now)
        line.stage, line.sent_at, line.back = Stage.SENT, now, Back()
        self._last = line
        self._awaited = {event.index for event in line.recorded} & self._conversation.awaited
        self._patience = now + PATIENCE_NS
        self._log(Event(0, self._side, now, line.opcode, line.sent))
        self.on_change()
        compressed = line.event is not None and line.event.compressed
        return SendMessage(line.opcode, line.sent, compressed)

    def heard(self, opcode: int, payload: bytes, now: int) -> None:
        """Take a message of the other side."""
        due = self._last.event.index + 1 if self._last is not None and self._last.event is not None else 0
        last = max((event.index for event in self._expected()), default=due) + 1
        kind, like = self._matcher.match(opcode, payload[:READ_BYTES], due=last, wanted=self._awaited)
        event = None if like is None else self._recording.events[like.index]
        if event is not None:
            self._awaited.discard(event.index)
        if (issued := like or self._first_of_kind.get(kind)) is not None:
            # What is like a recorded one, and comes once more, issues the same values anew.
            self._values.heard(issued, opcode, payload)
        came = Event(0, self._side.opposite, now, opcode, payload)
        standing = None if event is None else self._standings.of(event, came)
        kept = payload if len(payload) <= self._room else payload[: min(_BEGINNING_BYTES, self._room)]
        complete = len(kept) == len(payload)
        if self._note(Answer(now, opcode, kept, event, standing, len(payload))) | self._log(
            replace(came, payload=kept, complete=complete)
        ):
            self._room -= len(kept)

    def heard_control(self, opcode: int, payload: bytes, now: int) -> None:
        """Take a control frame; of these, a close is shown."""
        if opcode == Opcode.CLOSE:
            self.stop()
            self.is_over = True
            code, reason, _ = read_close(payload)
            self.ended_how = f"closed {'without a code' if code is None else code} {reason or ''}".rstrip()
            self._note(Answer(now, opcode, payload, None, size=len(payload)))

    def ended(self, now: int) -> None:  # noqa: ARG002 - the port's
        """Take the end of the connection."""
        self.is_over = True
        self.stop()
        self.ended_how = self.ended_how or "the connection was lost"
        self.on_change()

    def as_recording(self) -> Recording:
        """Return what was played on this connection, to be compared with the recording."""
        left_out = f"{self._left_out:,} messages that came later were not kept."
        return replace(self._recording, events=tuple(self.played), problems=(left_out,) if self._left_out else ())

    @property
    def recording(self) -> Recording:
        """What is repeated."""
        return self._recording

    def _log(self, event: Event) -> bool:
        """Keep what was played; tell whether it was."""
        at = len(self.played)
        if at >= MOST_PLAYED:
            self._left_out += 1
            return False
        self.played.append(replace(event, index=at, number=at + 1))
        return True

    def _expected(self) -> tuple[Event, ...]:
        return self.opening_recorded if self._last is None else self._last.recorded

    def _note(self, answer: Answer) -> bool:
        is_kept = (self.opening if self._last is None else self._last.back).add(answer)
        self.on_change()
        return is_kept

    def _written(self, line: Line, now: int) -> bytes:
        if line.event is None:
            return line.payload
        at = self._ours.index(line.event.index)
        in_order = at == self._next
        self._next = at + 1
        return self._values.written(replace(line.event, payload=line.payload), now, latest=not in_order)


def _readable(event: Event) -> Event:
    """Cut what is too large to be read."""
    return event if len(event.payload) <= READ_BYTES else replace(event, payload=event.payload[:READ_BYTES])
