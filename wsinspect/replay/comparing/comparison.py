"""What two recordings have in common and where they differ: records, made by `compare`.

The old recording is what was expected, the new one what came. What is `missing` is in the old one only, what is `extra`
in the new one only.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from wsinspect.model import Direction
from wsinspect.replay.leaves import Scalar
from wsinspect.replay.recording import Event, Recording
from wsinspect.replay.shape import Shape


class Knowing(Protocol):
    """Tells which values differ from one run to the next without meaning anything."""

    def is_volatile(self, shape: Shape, path: str, old: Scalar, new: Scalar) -> str | None:
        """Return why a value may differ, for people; None where it may not."""
        ...


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far the time until a reply may be off; both must be exceeded."""

    ratio: float = 1.0
    """Of the old time: 0.5 is half of it more or less."""
    least_ns: int = 100_000_000


@dataclass(frozen=True, slots=True)
class CompareOptions:
    """What to compare, and what to pass over."""

    ignore: tuple[str, ...] = ()
    """Paths whose values do not matter, as `paths.matches` takes them. The handshake is below `$.handshake`, the close
    below `$.close`."""
    direction: Direction | None = None
    """Only messages of this one."""
    control: bool = False
    """Whether pings, pongs and frames with unknown opcodes are compared, too."""
    head: bool = True
    """Whether handshake and close are compared."""
    close: bool = True
    """Whether the close is, where the handshake is."""
    learn: bool = True
    """Whether values that are found to be volatile are passed over, and streams may be of any length."""
    volatile: Knowing | None = None
    """What knows of volatile values; None: what is learned from the two recordings."""
    tolerance: Tolerance = Tolerance()
    timing: bool = False
    """Whether a reply outside the tolerance is a difference; otherwise it is only mentioned."""


type Value = Scalar | list[Value] | dict[str, Value]
"""A value, or a part of a document."""


class What(enum.Enum):
    """What is different about a value."""

    CHANGED = "changed"
    TYPE = "type"
    """It has another type, too."""
    ADDED = "added"
    REMOVED = "removed"
    LENGTH = "length"
    """An array has another number of elements."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A value that differs."""

    path: str
    """As in `leaves`. What is no value of the payload: `@type` is the type of message, `@prefix` what is before the
    document."""
    what: What
    old: Value
    """Of an array its number of elements; None where there was none."""
    new: Value


class Fate(enum.Enum):
    """What became of a message."""

    SAME = "same"
    CHANGED = "changed"
    MISSING = "missing"
    EXTRA = "extra"


@dataclass(frozen=True, slots=True)
class Shift:
    """A reply that came much sooner or later."""

    old_ns: int
    """Time since what it answers."""
    new_ns: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A message of both recordings, or of one that the other one lacks."""

    fate: Fate
    kind: str
    """What it is, for people."""
    old: Event | None
    new: Event | None
    changes: tuple[FieldChange, ...] = ()
    content: bool = False
    """Whether the payloads differ as a whole: no values can be named that do."""
    moved: bool = False
    """Whether it came at another place among those of its direction, or a reply before its request."""
    stream: bool = False
    """Whether it is of a stream whose length does not matter."""
    renamed: int = 0
    """How many of its values differ as one of `Comparison.renames` says."""
    cut: bool = False
    """Whether a part of it is not on record, and not compared."""
    shift: Shift | None = None

    @property
    def direction(self) -> Direction:
        """Which way it went."""
        event = self.old or self.new
        assert event is not None
        return event.direction

    @property
    def differs(self) -> bool:
        """Whether it counts as a difference, apart from its time."""
        lone = self.fate in (Fate.MISSING, Fate.EXTRA)
        return self.fate is Fate.CHANGED or self.moved or (lone and not self.stream)


@dataclass(frozen=True, slots=True)
class Rename:
    """A value that became another one wherever it is."""

    old: Scalar
    new: Scalar
    count: int
    paths: tuple[str, ...]
    """General ones, some of them."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Messages that a server sends again and again unasked, and of which there is another number."""

    kind: str
    direction: Direction
    old: int
    """How many there were."""
    new: int


@dataclass(frozen=True, slots=True)
class Ignored:
    """Values that differ, and why that does not matter."""

    kind: str
    """Of the messages they are in."""
    path: str
    """A general one."""
    reason: str
    count: int
    old: Scalar
    """An example."""
    new: Scalar


@dataclass(frozen=True, slots=True)
class Counts:
    """How many messages there are of which sort."""

    old: int
    new: int
    same: int
    changed: int
    missing: int
    extra: int
    moved: int
    """Also counted as same or changed."""
    shifted: int
    """Replies that came much sooner or later; counted as something else, too."""
    streamed: int
    """Messages of streams that the other recording lacks."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two recordings compared."""

    old: Recording
    new: Recording
    options: CompareOptions
    entries: tuple[Entry, ...]
    """All messages, in the order of the old recording, what is extra after what came before it."""
    head: tuple[FieldChange, ...] = ()
    """Differences of the handshake and the close: `$.handshake.response.server`, `$.close.code`."""
    renames: tuple[Rename, ...] = ()
    streams: tuple[Stream, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    remarks: tuple[str, ...] = ()
    """What could not be compared, or only roughly; a sentence each."""
    unsent: int = 0
    """How many messages of the old one we have not sent again: they are not compared."""

    @property
    def counts(self) -> Counts:
        """The figures."""
        fates = dict.fromkeys(Fate, 0)
        moved = shifted = streamed = 0
        for entry in self.entries:
            if entry.stream and entry.fate in (Fate.MISSING, Fate.EXTRA):
                streamed += 1
            else:
                fates[entry.fate] += 1
            moved += entry.moved
            shifted += entry.shift is not None
        old = sum(entry.old is not None for entry in self.entries)
        new = sum(entry.new is not None for entry in self.entries)
        return Counts(
            old, new, fates[Fate.SAME], fates[Fate.CHANGED], fates[Fate.MISSING], fates[Fate.EXTRA],
            moved, shifted, streamed,
        )  # fmt: skip

    def counts_as_difference(self, entry: Entry) -> bool:
        """Tell whether a message differs; by its time only if that was asked for."""
        return entry.differs or (self.options.timing and entry.shift is not None)

    def differences(self) -> Iterator[Entry]:
        """Yield the messages that differ."""
        return filter(self.counts_as_difference, self.entries)

    @property
    def differs(self) -> bool:
        """Whether there is any difference that counts."""
        return bool(self.head or self.renames or next(self.differences(), None))
