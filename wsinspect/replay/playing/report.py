"""How far the playing of a recording came: records, for people and programs to be made of by others."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from wsinspect.replay.recording import Event

MOST_CAME = 20
"""Messages that are kept to tell what came instead of one that was waited for."""
_MOST_EXTRA_KINDS = 100
NO_MATCH = -1
"""Instead of the index of an event."""


class Outcome(enum.Enum):
    """How playing ended."""

    RUNNING = "running"
    PLAYED = "played"
    """All was sent, and the connection closed."""
    RAN_OUT = "ran_out"
    """What was waited for did not come in time."""
    CLOSED = "closed"
    """The other side closed before all was sent."""
    LOST = "lost"
    """The connection was lost, or ended without a close frame."""
    STOPPED = "stopped"
    """Somebody ended it here."""


@dataclass(frozen=True, slots=True)
class Came:
    """A live message."""

    number: int
    """Of all messages of the session that is played."""
    kind: str
    """What it is, for people."""
    payload: bytes
    opcode: int
    event: int | None = None
    """Index of the recorded message that it was found to be."""


@dataclass(frozen=True, slots=True)
class Wait:
    """A wait that ran out."""

    event: Event | None
    """What was to be sent; None: the end of the connection."""
    missing: tuple[Event, ...]
    """The recorded messages that did not come."""
    waited_ns: int
    came: tuple[Came, ...] = ()
    """What came since the message before it was sent, but for heartbeats."""
    nearest: Came | None = None
    """Which of these is most like the first of `missing`, of those that are not in the recording."""
    differences: tuple[str, ...] = ()
    """Where that one differs, for people."""


@dataclass(frozen=True, slots=True)
class Closing:
    """A close frame."""

    code: int | None
    reason: str = ""


@dataclass(slots=True)
class Report:
    """How far playing came. It grows while it lasts."""

    planned: int = 0
    """How many messages there are to send, but for answers to heartbeats."""
    expected: int = 0
    """How many the other side sent in the recording."""
    sent: int = 0
    heard: int = 0
    matched: list[int] = field(default_factory=list)
    """For each message that was heard the index of the recorded event that it was found to be, -1 for none."""
    answered: int = 0
    """Heartbeats that were answered."""
    extra: dict[str, int] = field(default_factory=dict)
    """How many came of kinds that were not expected any more, or never; by what they are, for people."""
    never_came: list[Event] = field(default_factory=list)
    """What was to come in the recording and has not, when it was over; but for streams and heartbeats."""
    not_listened_to: list[Event] = field(default_factory=list)
    """What was still to come of streams when it was over: nobody has waited for it."""
    unsent: list[Event] = field(default_factory=list)
    """Our messages that have not gone, when it was over."""
    violations: dict[str, int] = field(default_factory=dict)
    """What the other side's frames broke, and how often."""
    unfinished_bytes: int = 0
    """How much came of a frame that never ended."""
    waits: list[Wait] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    """What else is worth knowing, a sentence each."""
    outcome: Outcome = Outcome.RUNNING
    closed: Closing | None = None
    """The other side's close."""
    recorded_close: Closing | None = None
    """The other side's close in the recording."""

    def count_extra(self, kind: str) -> None:
        """Count a message of a kind that was not expected any more, or never."""
        if kind not in self.extra and len(self.extra) >= _MOST_EXTRA_KINDS:
            kind = "others"
        self.extra[kind] = self.extra.get(kind, 0) + 1

    @property
    def as_recorded(self) -> bool:
        """Whether all was sent, all that was waited for came, and the other side closed as it had."""
        return self.outcome is Outcome.PLAYED and not self.waits and not self.close_differs

    @property
    def ended_early(self) -> bool:
        """Whether it was over before all was played."""
        return self.outcome not in (Outcome.RUNNING, Outcome.PLAYED)

    @property
    def close_differs(self) -> bool:
        """Whether the other side closed with another code than in the recording."""
        if self.closed is None or self.recorded_close is None:
            return False
        return self.closed.code != self.recorded_close.code
