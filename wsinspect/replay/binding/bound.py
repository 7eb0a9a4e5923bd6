"""Values that are bound: who issued them where, and which messages use them."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import NamedTuple

from wsinspect.model import Direction
from wsinspect.replay.binding.clocks import Clock
from wsinspect.replay.binding.pieces import Around, Span
from wsinspect.replay.leaves import Scalar

HANDSHAKE = -1
"""In place of an event's index: the other side's head of the handshake."""


class Origin(enum.Enum):
    """How a binding came to be."""

    FOUND = "found"
    """In the recording, by evidence."""
    ASKED = "asked"
    """A user asked for it."""
    CLOCK = "clock"
    """It is the time."""


class Place(NamedTuple):
    """Where a value was issued."""

    event: int
    """Index, or `HANDSHAKE`."""
    path: str
    value: Scalar
    """As recorded."""
    around: Around | None = None
    """Of a value that is within a string."""


class Use(NamedTuple):
    """Where a message of ours has a value that is written anew."""

    event: int
    path: str
    value: Scalar
    """As recorded."""
    issued: Scalar = None
    """The recorded value that it follows; None where it follows none."""
    source: int | None = None
    """The event that issued it."""
    span: Span | None = None
    """Of a value that is within a string: where."""
    encoded: bool = False
    """Whether it is percent-encoded there."""
    offset: int = 0
    """What a number is more than the issued one."""
    clock: Clock | None = None


@dataclass(frozen=True, slots=True)
class Binding:
    """Values of ours that follow what the other side issues, or the time, or a template."""

    name: str
    """For people, such as `token` or `result.sid`."""
    origin: Origin
    uses: tuple[Use, ...]
    issued: tuple[Place, ...] = ()
    evidence: str = ""
    """Why it is bound, for people: a sentence without a full stop."""
    template: str = ""
    """What is written instead, where a user gave that."""


@dataclass(frozen=True, slots=True, eq=False)
class Bindings:
    """All that is bound when one side of a recording is played. Hashable: each is only itself."""

    player: Direction
    """The side that is played."""
    found: tuple[Binding, ...]
    remarks: tuple[str, ...] = ()
    """What could not be bound, or was not looked at, for people: a sentence each."""

    def for_people(self) -> list[str]:
        """Return a line for each binding, and for each remark. They hold text of the peers, not escaped."""
        return [f"{binding.name}: {binding.evidence}" for binding in self.found] + list(self.remarks)
