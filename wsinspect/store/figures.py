"""The figures of a capture, or of one session: taken in stretch by stretch in SQL, and followed while it grows.

Theory of operation. A `Gathering` goes through messages and control frames once, in stretches that take a few
milliseconds each, and adds what SQLite has counted of a stretch to `Figures`, whose size does not depend on the
capture's. It keeps nothing of a reader, so that it goes on with another one. Messages that were still arriving, or
whose rows are written late, it does not count again: it says that it is `stale`, and somebody begins anew now and then.

Of the times between messages a *turnaround* is the time from the last message of one direction to the next of the
other: the nearest thing to a latency where nothing pairs questions with answers. A *ping* is the time until the pong
that brings its payload back.
"""

from __future__ import annotations

import heapq
import sqlite3
import time
from dataclasses import dataclass, field
from itertools import islice

import orjson

from wsinspect.errors import StoreError
from wsinspect.model import Direction, Stage
from wsinspect.store.access import errors_of
from wsinspect.store.rates import Rates
from wsinspect.store.reader import CaptureReader
from wsinspect.store.spread import Spread, bucket_sql
from wsinspect.store.stretches import OneSession, Reach, Stretches, WholeCapture
from wsinspect.wire.opcodes import Opcode

SLOWEST = 20
_FIRST_ROWS, _MOST_ROWS = 512, 16384
_SHORT_S = 0.006
"""What a stretch should take; several statements make one look."""
_MOST_REMEMBERED = 10_000
"""Sessions whose last message is remembered, and pings that wait for their pongs."""


@dataclass(slots=True)
class Amount:
    """How much of a kind there is."""

    count: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True, order=True)
class Turnaround:
    """How long an answer took."""

    duration_ns: int
    session: int
    number: int
    """Of the message that came then."""


@dataclass(slots=True)
class Figures:
    """What has been counted of messages and control frames."""

    messages: int = 0
    bytes: int = 0
    """Of readable payloads."""
    kinds: dict[tuple[Direction, int], Amount] = field(default_factory=dict)
    """By direction and opcode, messages and control frames."""
    rates: Rates = field(default_factory=Rates)
    sizes: tuple[Spread, Spread] = field(default_factory=lambda: (Spread(), Spread()))
    """Of clients' and of servers' messages."""
    turnarounds: tuple[Spread, Spread] = field(default_factory=lambda: (Spread(), Spread()))
    """Nanoseconds, by who answered."""
    pings: Spread = field(default_factory=Spread)
    """Nanoseconds."""
    slowest: list[Turnaround] = field(default_factory=list)
    """The turnarounds of servers that took longest, the longest first."""


class Gathering:
    """Takes a capture in.

    Args:
        session: Number of the session; None: all of them.
    """

    def __init__(self, session: int | None = None) -> None:
        self.session = session
        self.figures = Figures()
        self.done = 0.0
        """Which part of the capture has been taken in, from 0 to 1."""
        self.stale = False
        """Whether messages that had been taken in were revised, or some came late: only another gathering is exact."""
        self._reach: Reach | None = None
        self._rows = _FIRST_ROWS
        self._last: dict[int, int] = {}
        """Of a session: time of its last message, times two, and its direction."""
        self._pings: dict[tuple[int, int, bytes], int] = {}
        """When a ping came, by session, direction and payload."""
        self._seen_change = 0

    def advance(self, reader: CaptureReader, budget_s: float = 0.015) -> bool:
        """Take in more of the capture.

        Args:
            reader: Of the capture; each call may have another.
            budget_s: For how long, about.

        Returns:
            Whether there is more.

        Raises:
            StoreError: The capture cannot be read.
        """
        try:
            with errors_of(reader.path):
                return self._advance(reader, time.perf_counter() + budget_s)
        except (ValueError, IndexError, TypeError) as error:
            # A direction that is none, a time that is text: nothing that was written so.
            raise StoreError("the capture is damaged", where=str(reader.path)) from error

    def _advance(self, reader: CaptureReader, deadline: float) -> bool:
        connection = reader.connection
        stretches: Stretches = (
            WholeCapture(connection) if self.session is None else OneSession(connection, self.session)
        )
        if self._reach is None:
            self._begin(connection)
            (self._seen_change,) = connection.execute(_LAST_CHANGE).fetchone()
            self._reach = stretches.begin()
        while True:
            began = time.perf_counter()
            before, reach = self._reach, stretches.next(self._reach, self._rows)
            if reach == before:
                self._look_behind(connection, stretches, reach)
                self.done = 1.0
                return False
            self._take_in(connection, stretches, before, reach)
            self._reach = reach
            self.done = stretches.done(reach)
            self._adapt(time.perf_counter() - began)
            if time.perf_counter() > deadline:
                return True

    def _adapt(self, took: float) -> None:
        if took < _SHORT_S / 2:
            self._rows = min(self._rows * 2, _MOST_ROWS)
        elif took > _SHORT_S * 2:
            self._rows = max(self._rows // 2, 16)

    def _begin(self, connection: sqlite3.Connection) -> None:
        """Make the steps of time as long as they will have to be, so that stretches give few of them."""
        where, parameters = ("1", ()) if self.session is None else ("session = ?", (self.session,))
        order = "id" if self.session is None else "number"
        ends = [
            connection.execute(
                f"SELECT time FROM message WHERE {where} ORDER BY {order} {way} LIMIT 1", parameters
            ).fetchone()
            for way in ("ASC", "DESC")
        ]
        if ends[0] is not None and ends[1] is not None:
            self.figures.rates.fit(*sorted((ends[0][0], ends[1][0])))

    def _take_in(self, connection: sqlite3.Connection, stretches: Stretches, low: Reach, high: Reach) -> None:
        messages = (*stretches.scope, low.messages, high.messages)
        frames = (*stretches.scope, low.frames, high.frames)
        self._take_kinds(connection, stretches.messages, messages)
        self._take_sizes(connection, stretches.messages, messages)
        self._take_turnarounds(connection, stretches.messages, messages)
        self._take_control(connection, stretches.frames, frames)

    def _take_kinds(self, connection: sqlite3.Connection, where: str, parameters: tuple[int, ...]) -> None:
        rates = self.figures.rates
        rows = connection.execute(_KINDS.format(where=where), (rates.step_ns, *parameters))
        for step, direction, opcode, count, size in rows.fetchall():
            self._add_kind(Direction(direction), opcode, count, size)
            rates.add(step, Direction(direction), count, size)
        rates.fit_steps()

    def _add_kind(self, direction: Direction, opcode: int, count: int, size: int) -> None:
        figures = self.figures
        amount = figures.kinds.setdefault((direction, opcode), Amount())
        amount.count += count
        amount.bytes += size
        if opcode < Opcode.CLOSE:
            figures.messages += count
            figures.bytes += size

    def _take_sizes(self, connection: sqlite3.Connection, where: str, parameters: tuple[int, ...]) -> None:
        for direction, *counted in connection.execute(_SIZES.format(where=where), parameters).fetchall():
            self.figures.sizes[direction].take(*counted)

    def _take_turnarounds(self, connection: sqlite3.Connection, where: str, parameters: tuple[int, ...]) -> None:
        columns = connection.execute(_COURSE.format(where=where), parameters).fetchone()
        if columns[0] is None:
            return
        last, slowest = self._last, self.figures.slowest
        floor = slowest[-1].duration_ns if len(slowest) == SLOWEST else -1
        took: tuple[list[int], list[int]] = ([], [])
        for session, direction, moment, number in zip(
            *(orjson.loads(f"[{column}]") for column in columns), strict=True
        ):
            before = last.get(session)
            last[session] = moment << 1 | direction
            if before is None or before & 1 == direction:
                continue
            duration = max(moment - (before >> 1), 0)
            took[direction].append(duration)
            if direction and duration > floor:
                slowest.append(Turnaround(duration, session, number))
        for spread, durations in zip(self.figures.turnarounds, took, strict=True):
            for duration in durations:
                spread.add(duration)
        self.figures.slowest = heapq.nlargest(SLOWEST, slowest)
        if len(last) > _MOST_REMEMBERED:
            self._last = dict(islice(last.items(), len(last) - _MOST_REMEMBERED, None))

    def _take_control(self, connection: sqlite3.Connection, where: str, parameters: tuple[int, ...]) -> None:
        for direction, opcode, count, size in connection.execute(_CONTROL.format(where=where), parameters).fetchall():
            self._add_kind(Direction(direction), opcode, count, size)
        for session, direction, opcode, moment, payload in connection.execute(_PINGS.format(where=where), parameters):
            if opcode == Opcode.PING:
                if len(self._pings) >= _MOST_REMEMBERED:
                    del self._pings[next(iter(self._pings))]
                self._pings[session, direction, payload] = moment
            elif (asked := self._pings.pop((session, 1 - direction, payload), None)) is not None:
                self.figures.pings.add(max(moment - asked, 0))

    def _look_behind(self, connection: sqlite3.Connection, stretches: Stretches, reach: Reach) -> None:
        (last,) = connection.execute(_LAST_CHANGE).fetchone()
        if last > self._seen_change and not self.stale:
            revised = f"{_REVISED} AND {stretches.messages_so_far}"
            scope = ("1", ()) if self.session is None else ("+m.session = ?", (self.session,))
            select = f"SELECT EXISTS (SELECT 1 FROM message AS m WHERE {revised} AND {scope[0]})"
            (found,) = connection.execute(select, (self._seen_change, reach.messages, *scope[1])).fetchone()
            self.stale = bool(found)
        self._seen_change = last


_KINDS = "SELECT m.time / ?, m.dir, m.opcode, count(*), sum(m.size) FROM message AS m WHERE {where} GROUP BY 1, 2, 3"
# Sizes repeat: to find the bucket of each once takes less than of each message.
_SIZES = (
    f"SELECT dir, {bucket_sql('size')} AS bucket, sum(n), sum(n * size), min(size), max(size) FROM"
    f" (SELECT m.dir AS dir, m.size AS size, count(*) AS n FROM message AS m WHERE {{where}} GROUP BY 1, 2)"
    " GROUP BY 1, 2"
)
# One row, in which each column is the list of its values: SQLite gives that without waking Python for each message.
_COURSE = (
    "SELECT group_concat(m.session), group_concat(m.dir), group_concat(m.time), group_concat(m.number)"
    " FROM message AS m WHERE {where}"
)
_RECEIVED = f"f.opcode >= {Opcode.CLOSE.value} AND f.stage IS NOT {Stage.SENT.value}"
_CONTROL = (
    f"SELECT f.dir, f.opcode, count(*), sum(f.size) FROM frame AS f WHERE {{where}} AND {_RECEIVED} GROUP BY 1, 2"
)
_PINGS = (
    "SELECT f.session, f.dir, f.opcode, f.time, f.payload FROM frame AS f"
    f" WHERE {{where}} AND f.opcode IN ({Opcode.PING.value}, {Opcode.PONG.value}) AND {_RECEIVED} ORDER BY f.id"
)
_LAST_CHANGE = "SELECT coalesce(max(changed), 0) FROM message WHERE changed IS NOT NULL"
_REVISED = "m.changed IS NOT NULL AND m.changed > ?"
