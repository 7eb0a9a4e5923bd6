"""What could not be recorded, counted until it can be put on record as gaps."""

from __future__ import annotations

from dataclasses import dataclass

from wsinspect.store.batch import Change, Insert, Statement, Update
from wsinspect.store.columns import COLUMNS, HOT_COLUMNS

_LARGEST = (1 << 63) - 1
"""A gap must be storable even where what it counts was not."""
_SIZE = HOT_COLUMNS.index("size")
_SESSION = HOT_COLUMNS.index("session")
_TIME = HOT_COLUMNS.index("time")


@dataclass(slots=True)
class Lost:
    """Sums of what is not on record."""

    frames: int = 0
    messages: int = 0
    bytes: int = 0
    """Of payloads."""

    def add(self, other: Lost) -> None:
        """Add another's sums."""
        self.frames += other.frames
        self.messages += other.messages
        self.bytes += other.bytes

    def __bool__(self) -> bool:
        return bool(self.frames or self.messages or self.bytes)


@dataclass(slots=True)
class _Stretch:
    begin: int
    end: int
    lost: Lost


class Losses:
    """Counts by session; the caller sees to it that one thread at a time is here."""

    def __init__(self) -> None:
        self.total = Lost()
        """Since the start, on record as gaps or not."""
        self._stretches: dict[tuple[int | None, str], _Stretch] = {}

    def __bool__(self) -> bool:
        return bool(self._stretches)

    def add(self, item: Change, time: int, why: str) -> None:
        """Count an item that is not going to be written.

        Args:
            item: The item.
            time: When, in Unix nanoseconds, unless the item itself says.
            why: In words.
        """
        lost = lost_by(item)
        if not lost:
            return
        self.total.add(lost)
        session, time = _place(item, time)
        stretch = self._stretches.get((session, why))
        if stretch is None:
            self._stretches[session, why] = _Stretch(time, time, lost)
        else:
            stretch.begin, stretch.end = min(stretch.begin, time), max(stretch.end, time)
            stretch.lost.add(lost)

    def take(self) -> list[Insert]:
        """Return the gaps to write and begin anew."""
        gaps = [
            Insert("gap", (session, at.begin, at.end, at.lost.frames, at.lost.messages, at.lost.bytes, why))
            for (session, why), at in self._stretches.items()
        ]
        self._stretches.clear()
        return gaps


def lost_by(item: Change) -> Lost:
    """Tell what is lost where an item is not written."""
    match item:
        case Insert("message", row):
            single = row[HOT_COLUMNS.index("header")] is not None
            return Lost(int(single), 1, _number(row[_SIZE]) if single else 0)
        case Insert("frame", row):
            return Lost(1, 0, _number(row[COLUMNS["frame"].index("size")]))
        case Insert("chunk" | "message_sent", row):
            return Lost(0, 0, len(row[-1]) if isinstance(row[-1], bytes) else 0)
        case Insert() | Statement():
            return Lost()
        case Update(columns=columns):
            return Lost(0, 0, sum(len(value) for value in columns.values() if isinstance(value, bytes)))
        case row:
            return Lost(1, 1, _number(row[_SIZE]))


def _place(item: Change, time: int) -> tuple[int | None, int]:
    match item:
        case Insert("message" | "frame" as table, row):
            columns = COLUMNS[table]
            return _number(row[columns.index("session")]), _number(row[columns.index("time")])
        case Insert() | Update() | Statement():
            return None, time
        case row:
            return _number(row[_SESSION]), _number(row[_TIME])


def _number(value: object) -> int:
    return min(value, _LARGEST) if isinstance(value, int) else 0
