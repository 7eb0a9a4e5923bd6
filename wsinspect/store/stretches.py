"""The stretches in which a listing takes a capture in, one after the other.

All of it goes by ids, which messages and frames share. One session goes by the numbers of its messages and frames, by
which there are indices: the rest of the capture is not looked at, and of its messages nothing but the index.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a listing has come: the highest id, or a message's number and a frame's `seq`."""

    messages: int
    frames: int


class Stretches(Protocol):
    """What is left of a capture, or of one session."""

    messages: str
    """A condition on `m`: two `?` for what is above the one and not above the other."""
    frames: str
    """The same on `f`."""
    scope: tuple[int, ...]
    """Parameters before those two."""
    messages_so_far: str
    """A condition on `m`: one `?` for what is not above it."""
    frames_so_far: str
    """The same on `f`."""

    def begin(self) -> Reach:
        """Tell where nothing has been taken in."""

    def next(self, reach: Reach, rows: int) -> Reach:
        """Tell where a stretch of about so many messages ends; where it began, if there is nothing."""

    def done(self, reach: Reach) -> float:
        """Tell which part of the capture that is, from 0 to 1."""


class WholeCapture:
    """By ids.

    Args:
        connection: A reader's.
    """

    messages, frames = "m.id > ? AND m.id <= ?", "f.id > ? AND f.id <= ?"
    messages_so_far, frames_so_far = "m.id <= ?", "f.id <= ?"

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.scope: tuple[int, ...] = ()
        self._connection = connection
        self._first = self._last = 0

    def begin(self) -> Reach:
        """Tell where nothing has been taken in."""
        lowest = self._extent("min")
        self._first = max(lowest - 1, 0)
        return Reach(self._first, self._first)

    def next(self, reach: Reach, rows: int) -> Reach:
        """Tell where a stretch of about so many ids ends."""
        self._last = self._extent("max")
        top = max(min(reach.messages + rows, self._last), reach.messages)
        return Reach(top, top)

    def done(self, reach: Reach) -> float:
        """Tell which part of the ids that is."""
        return _part(reach.messages - self._first, self._last - self._first)

    def _extent(self, end: str) -> int:
        # Side by side they would read the whole table; each by itself is one look at its end.
        both = " UNION ALL ".join(f"SELECT (SELECT {end}(id) FROM {table}) AS id" for table in ("message", "frame"))
        found: int | None = self._connection.execute(f"SELECT {end}(id) FROM ({both})").fetchone()[0]
        return found or 0


class OneSession:
    """By the numbers of a session's messages and frames.

    Args:
        connection: A reader's.
        session: Its number.
    """

    messages = "m.session = ? AND m.number > ? AND m.number <= ?"
    frames = "f.session = ? AND f.seq > ? AND f.seq <= ?"
    messages_so_far, frames_so_far = "m.number <= ?", "f.seq <= ?"

    def __init__(self, connection: sqlite3.Connection, session: int) -> None:
        self.scope: tuple[int, ...] = (session,)
        self._session = session
        self._connection = connection

    def begin(self) -> Reach:
        """Tell where nothing has been taken in."""
        return Reach(0, 0)

    def next(self, reach: Reach, rows: int) -> Reach:
        """Tell where a stretch of so many messages ends; behind the last one it ends with the last frame."""
        far = "SELECT number, seq FROM message WHERE session = ? AND number > ? ORDER BY number LIMIT 1 OFFSET ?"
        row = self._connection.execute(far, (self._session, reach.messages, rows - 1)).fetchone()
        # One statement: what is written between two would be taken out of its order.
        row = row or self._connection.execute(_ENDS, (self._session,) * 3).fetchone()
        return Reach(max(row[0], reach.messages), max(row[1], reach.frames))

    def done(self, reach: Reach) -> float:
        """Tell which part of the messages that is."""
        (last,) = self._connection.execute(_LAST_NUMBER, (self._session,)).fetchone() or (0,)
        return _part(reach.messages, last)


_LAST_NUMBER = "SELECT number FROM message WHERE session = ? ORDER BY number DESC LIMIT 1"
_ENDS = f"""SELECT coalesce(({_LAST_NUMBER}), 0), max(
  coalesce((SELECT seq FROM message WHERE session = ? ORDER BY number DESC LIMIT 1), 0),
  coalesce((SELECT seq FROM frame WHERE session = ? ORDER BY seq DESC LIMIT 1), 0))"""


def _part(done: int, whole: int) -> float:
    return min(max(done / whole, 0.0), 1.0) if whole > 0 else 1.0
