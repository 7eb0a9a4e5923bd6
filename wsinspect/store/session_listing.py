"""A list of sessions in some order, of which nothing is in memory but numbers and what they are sorted by.

New sessions are listed as they open. What changes about a session that is listed, as its counters do all the time,
moves no line: only `refresh` puts it in its place again.
"""

from __future__ import annotations

import enum
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

from wsinspect.model import SessionState
from wsinspect.query import Expr, SqlFilter, Target, to_sql
from wsinspect.store.access import errors_of
from wsinspect.store.columns import SqlValue
from wsinspect.store.ranked_table import RankedTable
from wsinspect.store.reader import CaptureReader
from wsinspect.store.residuals import accepted_sessions

_FIRST_ROWS, _MOST_ROWS = 64, 8192
_STATEMENT_S = 0.008


class SessionOrder(enum.Enum):
    """What sessions are sorted by."""

    NUMBER = "number"
    HOST = "host"
    """And the path."""
    PROTOCOL = "protocol"
    SENT = "sent"
    """Messages of the client."""
    RECEIVED = "received"
    """Messages of the server."""
    SIZE = "size"
    """Bytes in both directions."""
    DURATION = "duration"
    STATE = "state"
    LAST = "last"
    """When the last message came."""


@dataclass(frozen=True, slots=True)
class SessionChoice:
    """Which sessions are listed, and how."""

    sessions: Expr | None = None
    """Which; None for all."""
    order: SessionOrder = SessionOrder.NUMBER
    descending: bool = False


class SessionListing:
    """A listing of one reader; of the thread that the reader belongs to.

    Args:
        reader: The capture; it must be open as long as the listing is used.
        choice: What is listed.

    Raises:
        StoreError: The capture cannot be read; the methods raise it too.
    """

    def __init__(self, reader: CaptureReader, choice: SessionChoice) -> None:
        self.choice = choice
        self.complete = False
        """Whether every session that was there has been looked at once; what is sorted has no entries before."""
        self._reader = reader
        self._connection = reader.connection
        self._chosen = SqlFilter("1", (), None) if choice.sessions is None else to_sql(choice.sessions, Target.SESSION)
        self._keyed = choice.order is not SessionOrder.NUMBER
        self._now = time.time_ns()
        self._reach = 0
        self._rows = _FIRST_ROWS
        self._open: set[int] = set()
        with errors_of(reader.path):
            self._table = RankedTable(self._connection, keyed=self._keyed)
            self._seen = self._refreshed = self._last_change()
            self._removed = self._removals()

    @property
    def scanned(self) -> float:
        """Which part of the sessions has been looked at, from 0 to 1."""
        with errors_of(self._reader.path):
            return 1.0 if self.complete else self._reach / max(self._one("SELECT max(id) FROM session") or 0, 1)

    @property
    def size(self) -> int:
        """How many entries there are so far."""
        return self._table.size

    def advance(self, budget_s: float = 0.02) -> bool:
        """List sessions that are new, and those that match only now.

        Args:
            budget_s: How long to work, about; at least one step is made.

        Returns:
            Whether there is more.
        """
        until = time.perf_counter() + budget_s
        with errors_of(self._reader.path):
            while self._step():
                if time.perf_counter() > until:
                    return True
        self.complete = True
        return False

    def refresh(self) -> None:
        """Put every session in its place as it is now, and take out what is gone or does not match any more."""
        if not self.complete:
            return
        with errors_of(self._reader.path):
            self._now = time.time_ns()
            last = self._last_change()
            changed = f"s.changed > {self._refreshed} AND s.changed <= {last}"
            if self._keyed:
                self._sort_again(changed)
            if self.choice.sessions is not None:
                self._take_out(changed)
            removed = self._removals()
            if removed != self._removed:
                name = self._table.name
                gone = f"SELECT id FROM {name} AS l WHERE NOT EXISTS (SELECT 1 FROM session AS s WHERE s.id = l.id)"
                self._table.remove(self._ids(gone))
            self._removed, self._refreshed = removed, last

    def entries(self, first: int, count: int) -> list[int]:
        """Read the numbers of sessions.

        Args:
            first: The place of the first, from 0.
            count: At most so many.
        """
        with errors_of(self._reader.path):
            return [row[0] for row in self._table.window(first, count, descending=self.choice.descending)]

    def place_of(self, number: int) -> int | None:
        """Find the entry of a session; by number it is the nearest one below it where that is not listed."""
        with errors_of(self._reader.path):
            return self._table.seat(number, descending=self.choice.descending)

    def close(self) -> None:
        """Give the memory back; nothing is listed any more."""
        self._table.drop()

    def _step(self) -> bool:
        """Do a little; False where there is nothing to do."""
        if self._table.settling:
            self._table.settle()
            return True
        highest = self._one("SELECT max(id) FROM session") or 0
        if self._reach < highest:
            self._take_new(highest)
            return True
        self._take_revised()
        return self._table.settle()

    def _take_new(self, highest: int) -> None:
        began = time.perf_counter()
        top = min(self._reach + self._rows, highest)
        self._table.took_newer(self._take("s.id > ? AND s.id <= ?", (self._reach, top)))
        self._reach = top
        took = time.perf_counter() - began
        if took < _STATEMENT_S / 2:
            self._rows = min(self._rows * 2, _MOST_ROWS)
        elif took > _STATEMENT_S:
            self._rows = max(self._rows // 2, 1)

    def _take(self, condition: str, parameters: tuple[int, ...]) -> int:
        """List the sessions of a condition that are chosen; return how many."""
        chosen = self._chosen
        where = f"{condition} AND ({chosen.where})"
        values: tuple[SqlValue, ...] = (*parameters, *chosen.parameters)
        if chosen.residual is not None:
            found = self._ids(f"SELECT s.id FROM session AS s WHERE {where} ORDER BY s.id", values)
            where = "s.id IN (SELECT value FROM json_each(?))"
            values = (json.dumps(accepted_sessions(self._reader, chosen.residual, found)),)
        columns, select = ("id, key", f"s.id, {self._key()}") if self._keyed else ("id", "s.id")
        insert = f"INSERT OR IGNORE INTO {self._table.name}({columns}) SELECT {select} FROM session AS s"
        if self.choice.order is SessionOrder.DURATION:
            still = f"SELECT s.id FROM session AS s WHERE s.state = {SessionState.OPEN.value} AND {where}"
            self._open.update(self._ids(still, values))
        return self._connection.execute(f"{insert} WHERE {where} ORDER BY s.id", values).rowcount

    def _take_revised(self) -> None:
        last = self._last_change()
        if last > self._seen and self.choice.sessions is not None:
            listed = f"SELECT 1 FROM {self._table.name} AS l WHERE l.id = s.id"
            revised = f"s.changed > ? AND s.changed <= ? AND s.id <= ? AND NOT EXISTS ({listed})"
            parameters = (self._seen, last, self._reach)
            maybe = self._ids(f"SELECT s.id FROM session AS s WHERE {revised}", parameters)
            self._take(revised, parameters)
            select = f"SELECT id FROM {self._table.name} WHERE id IN (SELECT value FROM json_each(?))"
            self._table.took(self._ids(select, (json.dumps(maybe),)))
        self._seen = last

    def _sort_again(self, changed: str) -> None:
        key = self._key()
        select = f"SELECT s.id, l.key, {key} FROM session AS s JOIN {self._table.name} AS l ON l.id = s.id WHERE"
        rows = self._connection.execute(f"{select} {changed} AND l.key <> {key}").fetchall()
        if self._open:
            # Those last longer without being written.
            still = json.dumps(sorted(self._open))
            more = f"{select} s.id IN (SELECT value FROM json_each(?)) AND l.key <> {key}"
            rows = list({row[0]: row for row in (*rows, *self._connection.execute(more, (still,)))}.values())
            ended = f"SELECT id FROM session WHERE state <> {SessionState.OPEN.value} AND id IN"
            self._open.difference_update(self._ids(f"{ended} (SELECT value FROM json_each(?))", (still,)))
        for row_id, old, new in rows:
            self._table.change_key(row_id, old, new)

    def _take_out(self, changed: str) -> None:
        chosen = self._chosen
        select = f"SELECT s.id FROM session AS s JOIN {self._table.name} AS l ON l.id = s.id WHERE {changed}"
        listed = self._ids(select)
        fitting = self._ids(f"{select} AND ({chosen.where})", chosen.parameters)
        if chosen.residual is not None:
            fitting = accepted_sessions(self._reader, chosen.residual, fitting)
        self._table.remove(sorted(set(listed).difference(fitting)))

    def _key(self) -> str:
        match self.choice.order:
            case SessionOrder.HOST:
                return "CAST(lower(coalesce(s.host, s.url, '')) || ' ' || coalesce(s.path, '') AS BLOB)"
            case SessionOrder.PROTOCOL:
                return "CAST(lower(coalesce(s.protocol, s.subprotocol, '')) AS BLOB)"
            case SessionOrder.DURATION:
                return f"(coalesce(s.closed, {self._now}) - s.opened)"
            case order:
                return _KEYS[order]

    def _last_change(self) -> int:
        return self._one("SELECT max(changed) FROM session WHERE changed IS NOT NULL") or 0

    def _removals(self) -> int:
        return self._one("SELECT sum(sessions) FROM removal WHERE session = 0") or 0

    def _one(self, select: str) -> int | None:
        value: int | None = self._connection.execute(select).fetchone()[0]
        return value

    def _ids(self, select: str, parameters: Sequence[SqlValue] = ()) -> list[int]:
        return [row_id for (row_id,) in self._connection.execute(select, parameters)]


_LAST_TIME = 'SELECT coalesce(m."end", m.time) FROM message AS m WHERE m.session = s.id ORDER BY m.number DESC LIMIT 1'
_KEYS = {
    SessionOrder.NUMBER: "s.id",
    SessionOrder.SENT: "coalesce(s.messages_c2s, 0)",
    SessionOrder.RECEIVED: "coalesce(s.messages_s2c, 0)",
    SessionOrder.SIZE: "(coalesce(s.bytes_c2s, 0) + coalesce(s.bytes_s2c, 0))",
    SessionOrder.STATE: "s.state",
    SessionOrder.LAST: f"coalesce(({_LAST_TIME}), s.opened)",
}
