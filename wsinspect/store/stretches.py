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
    order: str
    """The column that `m` is read by, which is the order of the ids too."""
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

    messages, frames, order = "m.id > ? AND m.id <= ?", "f.id > ? AND f.id <= ?", "m.id"
    messages_so_far, frames_so_far = "m.id <= ?", "f.id <= ?"

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.scope: tuple[int, ...] = ()
        self._connection = connection
        self._first = self._last = 0

    def begin(self) -> Reach:
        """Tell where nothing has been taken in."""
        lowest = self._lowest_above(-1)
        self._first = 0 if lowest is None else max(lowest - 1, 0)
        self._last = self._connection.execute(_HIGHEST).fetchone()[0] or 0
        return Reach(self._first, self._first)

    def next(self, reach: Reach, rows: int) -> Reach:
        """Tell where a stretch of about so many ids ends."""
        lowest = self._lowest_above(reach.messages)
        if lowest is None:
            return reach
        self._last = self._connection.execute(_HIGHEST).fetchone()[0]
        # Over what retention has left there is no need to go step by step.
        top = min(lowest - 1 + rows, self._last)
        return Reach(top, top)

    def done(self, reach: Reach) -> float:
        """Tell which part of the ids that is."""
        return _part(reach.messages - self._first, self._last - self._first)

    def _lowest_above(self, row_id: int) -> int | None:
        lowest: int | None = self._connection.execute(_LOWEST, (row_id, row_id)).fetchone()[0]
        return lowest


class OneSession:
    """By the numbers of a session's messages and frames.

    Args:
        connection: A reader's.
        session: Its number.
    """

    messages = "m.session = ? AND m.number > ? AND m.number <= ?"
    frames = "f.session = ? AND f.seq > ? AND f.seq <= ?"
    order = "m.number"
    messages_so_far, frames_so_far = "m.number <= ?", "f.seq <= ?"

    def __init__(self, connection: sqlite3.Connection, session: int) -> None:
        self.scope: tuple[int, ...] = (session,)
        self._session = session
        self._connection = connection

    def begin(self) -> Reach:
        """Tell where nothing has been taken in."""
        return Reach(0, 0)

    def next(self, reach: Reach, rows: int) -> Reach:
        """Tell where a stretch of so many messages or frames ends; the last one ends with the last frame."""
        where = (self._session, min(reach.messages + rows, _LARGEST))
        # Two columns of one row, or one statement: what is written between two would be taken out of its order.
        row = self._connection.execute(_FURTHER, where).fetchone()
        row = row or self._connection.execute(_ENDS, (self._session,) * 3).fetchone()
        end = Reach(max(row[0], reach.messages), max(row[1], reach.frames))
        cut = self._connection.execute(_CUT, (self._session, reach.frames, end.frames, rows)).fetchone()
        return end if cut is None else Reach(self._last_before(cut[0], reach.messages, end.messages), cut[0])

    def _last_before(self, seq: int, low: int, high: int) -> int:
        """Find the highest number of a message that began before a frame; from `low`, which did, to `high`."""
        while low < high:
            middle = (low + high + 1) // 2
            number, began = self._connection.execute(_NEAREST, (self._session, middle)).fetchone() or (low, 0)
            if number <= low or began <= seq:
                low = middle
            else:
                high = number - 1
        return low

    def done(self, reach: Reach) -> float:
        """Tell which part of the messages that is."""
        (last,) = self._connection.execute(_LAST_NUMBER, (self._session,)).fetchone() or (0,)
        return _part(reach.messages, last)


_LARGEST = (1 << 63) - 1
# Side by side min() and max() would read whole tables; each by itself is one look at an end.
_LOWEST = """SELECT min(id) FROM (SELECT (SELECT min(id) FROM message WHERE id > ?) AS id
  UNION ALL SELECT (SELECT min(id) FROM frame WHERE id > ?))"""
_HIGHEST = """SELECT max(id) FROM (SELECT (SELECT max(id) FROM message) AS id
  UNION ALL SELECT (SELECT max(id) FROM frame))"""
_LAST_NUMBER = "SELECT number FROM message WHERE session = ? ORDER BY number DESC LIMIT 1"
_ENDS = f"""SELECT coalesce(({_LAST_NUMBER}), 0), max(
  coalesce((SELECT seq FROM message WHERE session = ? ORDER BY number DESC LIMIT 1), 0),
  coalesce((SELECT seq FROM frame WHERE session = ? ORDER BY seq DESC LIMIT 1), 0))"""
_FURTHER = "SELECT number, seq FROM message WHERE session = ? AND number >= ? ORDER BY number LIMIT 1"
_NEAREST = "SELECT number, seq FROM message WHERE session = ? AND number <= ? ORDER BY number DESC LIMIT 1"
_CUT = "SELECT seq FROM frame WHERE session = ? AND seq > ? AND seq < ? ORDER BY seq LIMIT 1 OFFSET ?"


def _part(done: int, whole: int) -> float:
    return min(max(done / whole, 0.0), 1.0) if whole > 0 else 1.0
