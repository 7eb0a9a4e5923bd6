"""What may become of a message, and who decides it: the port between the relay and rules or a person."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Protocol

from wsinspect.model import Direction, Source
from wsinspect.wire.sending import Injection


@dataclass(frozen=True, slots=True)
class Gathered:
    """A whole message, as a judge sees it."""

    direction: Direction
    number: int
    opcode: int
    payload: bytes
    """Readable: inflated where it was compressed."""
    time: int
    """Of its last frame."""


@dataclass(frozen=True, slots=True)
class Forward:
    """Send the peer's own frames."""


@dataclass(frozen=True, slots=True)
class Modify:
    """Send another message instead, compressed if the original was.

    Its fragmentation is the original's where the lengths allow: every frame but the last keeps its size.
    """

    payload: bytes
    opcode: int
    """1 or 2."""
    source: Source = Source.RULE
    """Who changed it."""
    fragments: tuple[int, ...] = ()
    """Payload bytes of each frame but the last, which takes the rest; empty: as the original was fragmented."""

    def changes_nothing(self, opcode: int, payload: bytes) -> bool:
        """Tell whether it makes of a message what that is already."""
        return not self.fragments and self.opcode == opcode and self.payload == payload


@dataclass(frozen=True, slots=True)
class Drop:
    """Send nothing."""

    source: Source = Source.RULE


type Outcome = Forward | Modify | Drop


@dataclass(frozen=True, slots=True)
class Hold:
    """Wait for `Relay.decide`; the data messages behind it in its direction wait too."""

    modified: Modify | None = None
    """What it has become so far, for whoever decides; None: as it came."""


@dataclass(frozen=True, slots=True)
class Plan:
    """An outcome that is more than sending, or not, at once."""

    outcome: Outcome | Hold
    not_before: int = 0
    """Unix nanoseconds; the data messages behind it wait too."""
    behind: int = 0
    """How many later messages of its direction go first; it waits for them until `not_before`, if that is not 0."""
    copies: int = 0
    """How often to send it again right behind itself, as messages of the source of the rule's."""
    then: tuple[Injection, ...] = ()
    """Frames of our own right behind it in its direction."""


type Decision = Outcome | Hold | Plan


class Oversize(enum.Enum):
    """What to do with a message too large to be gathered."""

    FORWARD = "forward"
    DROP = "drop"
    CLOSE = "close"
    """Drop it; whoever judges closes the session."""


class Judge(Protocol):
    """Decides on what passes in a direction. One that raises has decided to forward."""

    @property
    def wants_messages(self) -> bool:
        """Whether to ask `judge` and `oversized`; else messages are handed on as they come."""

    @property
    def wants_control(self) -> bool:
        """Whether to ask `control`."""

    def judge(self, message: Gathered) -> Decision:
        """Decide on a message."""

    def control(self, direction: Direction, opcode: int, payload: bytes, now: int) -> Outcome:
        """Decide on a ping, pong or close frame; a `Modify` of one keeps its opcode."""

    def oversized(self, direction: Direction, number: int, opcode: int, now: int) -> Oversize:
        """Decide on a message that is over the limit."""
