"""A list of messages and control frames in some order, of which nothing is in memory but ids.

Theory of operation. What is listed lies in a `RankedTable`. `advance` takes the capture in by stretches, each a few
short statements that put ids straight from one table into the other, so that an engine's log never waits for a long
read and this process's other threads never wait for the interpreter's lock. Only control frames, and what is left of a
filter that SQL cannot judge, come through Python.

Messages and frames whose rows are written late, or that match only once they are revised, are put into their places
when their commits' numbers are seen in `changed`; what is listed stays listed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import assert_never

from wsinspect.query import Target
from wsinspect.store.access import errors_of
from wsinspect.store.beats import Heard, Run, fold
from wsinspect.store.choice import Choice, Chosen, Entry, Kind, Order
from wsinspect.store.columns import SqlValue
from wsinspect.store.ranked_table import EntryRow, RankedTable
from wsinspect.store.reader import CaptureReader
from wsinspect.store.residuals import accepted_frames, accepted_messages
from wsinspect.store.stretches import OneSession, Reach, Stretches, WholeCapture

__all__ = ["Choice", "Entry", "Kind", "MessageListing", "Order"]

_FIRST_ROWS, _MOST_ROWS = 64, 1 << 14
_STRETCH_S = 0.008
"""How long one should take, at most."""
_COMMITS_AT_ONCE = 16
_LARGEST = (1 << 63) - 1


class MessageListing:
    """A listing of one reader; of the thread that the reader belongs to.

    In the order of arrival, ascending, entries keep their places while what is new comes behind them; only what was
    written late comes between.

    Args:
        reader: The capture; it must be open as long as the listing is used.
        choice: What is listed.

    Raises:
        StoreError: The capture cannot be read; the methods raise it too.
    """

    def __init__(self, reader: CaptureReader, choice: Choice) -> None:
        self.choice = choice
        self.complete = False
        """Whether everything that was there has been taken in once; what is sorted has no entries before."""
        self._reader = reader
        self._connection = reader.connection
        keyed = choice.order is not Order.ARRIVAL
        with errors_of(reader.path):
            self._table = RankedTable(self._connection, keyed=keyed)
            everything = choice.session is None
            self._stretches: Stretches = (
                WholeCapture(self._connection) if everything else OneSession(self._connection, choice.session or 0)
            )
            self._seen = self._last_change()
            self._reach = self._stretches.begin()
        self._messages = Chosen(choice.messages, Target.MESSAGE)
        self._frames = Chosen(choice.frames, Target.FRAME)
        self._folds = choice.fold and not keyed
        self._shows_control = choice.show_control and choice.order is not Order.LATENCY
        self._rows = _FIRST_ROWS
        self._last_run: Run | None = None

    @property
    def scanned(self) -> float:
        """Which part of the capture has been looked at, from 0 to 1."""
        with errors_of(self._reader.path):
            return 1.0 if self.complete else self._stretches.done(self._reach)

    @property
    def size(self) -> int:
        """How many entries there are so far."""
        return self._table.size

    def advance(self, budget_s: float = 0.02) -> bool:
        """Take in what is new since.

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
        return False

    def entries(self, first: int, count: int) -> list[Entry]:
        """Read entries.

        Args:
            first: The place of the first, from 0.
            count: At most so many.
        """
        with errors_of(self._reader.path):
            rows = self._table.window(first, count, descending=self.choice.descending)
        return [
            Entry(place, Kind(kind), row_id, last_id or row_id, number or 1)
            for place, (row_id, kind, last_id, number) in enumerate(rows, first)
        ]

    def place_of(self, record_id: int) -> int | None:
        """Find the entry of a message or frame.

        In the order of arrival it is the run that holds it, or else the nearest entry before it in time; None where
        there is none, and in other orders where it is not listed.
        """
        with errors_of(self._reader.path):
            return self._table.seat(record_id, descending=self.choice.descending)

    def close(self) -> None:
        """Give the memory back; nothing is listed any more."""
        self._table.drop()

    def _step(self) -> bool:
        """Do a little; False where there is nothing to do."""
        if self._table.settling:
            self._table.settle()
            return True
        goal = self._stretches.next(self._reach, self._rows)
        if goal != self._reach:
            self._take(goal)
            return True
        if self._take_revised() or self._table.settle():
            return True
        self.complete = True
        return False

    def _take(self, goal: Reach) -> None:
        began = time.perf_counter()
        taken = self._take_messages(goal) if self.choice.show_messages else 0
        if self._shows_control:
            taken += self._take_frames(goal)
        self._table.took_newer(taken)
        self._reach = goal
        took = time.perf_counter() - began
        if took < _STRETCH_S / 2:
            self._rows = min(self._rows * 2, _MOST_ROWS)
        elif took > _STRETCH_S:
            self._rows = max(self._rows // 2, 1)

    # ---- messages

    def _take_messages(self, goal: Reach) -> int:
        chosen, order = self._messages, f"ORDER BY {self._stretches.order}"
        where = f"{self._stretches.messages} AND ({chosen.where})"
        parameters = (*self._stretches.scope, self._reach.messages, goal.messages, *chosen.parameters)
        if chosen.residual is None:
            return self._connection.execute(self._message_insert(where, order), parameters).rowcount
        return self._insert_messages(self._ids(f"SELECT m.id {chosen.source} WHERE {where} {order}", parameters))

    def _insert_messages(self, ids: Sequence[int]) -> int:
        """List messages that are chosen but for the residual; return how many are."""
        if self._messages.residual is not None:
            ids = accepted_messages(self._reader, self._messages.residual, ids)
        insert = self._message_insert("m.id IN (SELECT value FROM json_each(?))", "ORDER BY m.id")
        return self._connection.execute(insert, (json.dumps(ids),)).rowcount if ids else 0

    def _message_insert(self, where: str, order: str) -> str:
        source, insert = self._messages.source, f"INSERT OR IGNORE INTO {self._table.name}"
        match self.choice.order:
            case Order.ARRIVAL:
                return f"{insert}(id, kind) SELECT m.id, 0 {source} WHERE {where} {order}"
            case Order.SIZE:
                return f"{insert}(id, kind, key) SELECT m.id, 0, {_size('m')} {source} WHERE {where} {order}"
            case Order.LATENCY:
                # With a limit it is a table of its own, so that the latency is found once.
                found = (
                    f"SELECT m.id AS i, wsi_latency(m.session, m.number) AS k {source} WHERE {where} {order} LIMIT -1"
                )
                return f"{insert}(id, kind, key) SELECT i, 0, k FROM ({found}) WHERE k IS NOT NULL"
            case order_asked:
                assert_never(order_asked)

    # ---- control frames

    def _take_frames(self, goal: Reach) -> int:
        select = f"{self._frame_select()} AND {self._stretches.frames} AND ({self._frames.where}) ORDER BY f.id"
        within = (*self._stretches.scope, self._reach.frames, goal.frames, *self._frames.parameters)
        rows = self._connection.execute(select, within).fetchall()
        if self._frames.residual is not None:
            accepted = set(accepted_frames(self._reader, self._frames.residual, [row[0] for row in rows]))
            rows = [row for row in rows if row[0] in accepted]
        before = self._last_run
        heard = (Heard(row_id, session, bool(beat) and self._folds, near) for row_id, session, beat, near, _ in rows)
        runs = list(fold(heard, before))
        if not runs:
            return 0
        self._insert_runs(runs, self._keys_of(rows))
        self._last_run = runs[-1]
        return len(runs) - (before is not None and runs[0].id == before.id)

    def _frame_select(self) -> str:
        before = f"coalesce((SELECT max(l.id) FROM {self._table.name} AS l WHERE l.id < f.id), 0)"
        return (
            f"SELECT f.id, f.session, f.opcode IN (9, 10), {before}, {_size('f')} {self._frames.source}"
            " WHERE f.opcode >= 8 AND f.message IS NULL AND f.of_seq IS NULL"
        )

    def _keys_of(self, rows: Sequence[EntryRow]) -> dict[int, int] | None:
        return {row[0]: row[4] for row in rows} if self.choice.order is Order.SIZE else None

    def _insert_runs(self, runs: Sequence[Run], keys: dict[int, int] | None) -> None:
        rows: list[tuple[SqlValue, ...]] = [
            (run.id, Kind.BEATS.value, run.last_id, run.count)
            if run.count > 1
            else (run.id, Kind.CONTROL.value, None, None)
            for run in runs
        ]
        columns = "id, kind, last_id, count"
        if keys is not None:
            rows = [(*row, keys[run.id]) for row, run in zip(rows, runs, strict=True)]
            columns += ", key"
        marks = ", ".join("?" * len(rows[0]))
        self._connection.executemany(f"INSERT OR REPLACE INTO {self._table.name}({columns}) VALUES ({marks})", rows)

    # ---- what was revised

    def _take_revised(self) -> bool:
        """Put what was written late or matches by now into its place; False where nothing was revised."""
        last = self._last_change()
        if last <= self._seen:
            return False
        # Not all at once: someone may come back to a capture after hours.
        last = min(last, self._seen + _COMMITS_AT_ONCE)
        commits = (self._seen, last)
        if self.choice.show_messages:
            self._take_revised_messages(commits)
        if self._shows_control:
            self._take_revised_frames(commits)
        self._seen = last
        return True

    def _take_revised_messages(self, commits: tuple[int, int]) -> None:
        chosen, name, scope, parameters = self._messages, self._table.name, *self._revised_scope("m")
        revised = f"m.changed > ? AND m.changed <= ? AND {scope}"
        if self.choice.order is Order.SIZE:
            key = _size("m")
            select = f"SELECT m.id, l.key, {key} FROM message AS m JOIN {name} AS l ON l.id = m.id"
            changes = self._connection.execute(f"{select} WHERE {revised} AND l.key <> {key}", (*commits, *parameters))
            for row_id, old, new in changes.fetchall():
                self._table.change_key(row_id, old, new)
        unlisted = f"NOT EXISTS (SELECT 1 FROM {name} AS l WHERE l.id = m.id)"
        select = f"SELECT m.id {chosen.source} WHERE {revised} AND {unlisted} AND ({chosen.where})"
        found = self._ids(select, (*commits, *parameters, *chosen.parameters))
        if found and self._insert_messages(found):
            self._table.took(self._listed(found))

    def _take_revised_frames(self, commits: tuple[int, int]) -> None:
        chosen, name, scope, parameters = self._frames, self._table.name, *self._revised_scope("f")
        nearest = f"SELECT coalesce(l.last_id, l.id) FROM {name} AS l WHERE l.id <= f.id ORDER BY l.id DESC LIMIT 1"
        select = (
            f"{self._frame_select()} AND f.changed > ? AND f.changed <= ? AND {scope} AND ({chosen.where})"
            f" AND coalesce(({nearest}), 0) < f.id"
        )
        rows = self._connection.execute(select, (*commits, *parameters, *chosen.parameters)).fetchall()
        found = [row[0] for row in rows]
        if chosen.residual is not None:
            found = accepted_frames(self._reader, chosen.residual, found)
        if found:
            self._insert_runs([Run(row_id, row_id, 1, 0, open=False) for row_id in found], self._keys_of(rows))
            self._table.took(found)

    def _revised_scope(self, alias: str) -> tuple[str, tuple[int, ...]]:
        reach = self._reach
        if alias == "m":
            condition, place = self._stretches.messages_so_far, reach.messages
        else:
            condition, place = self._stretches.frames_so_far, reach.frames
        if self.choice.session is None:
            return condition, (place,)
        # The + keeps the index of sessions out.
        return f"+{alias}.session = ? AND {condition}", (self.choice.session, place)

    def _last_change(self) -> int:
        last: int = self._connection.execute(_LAST_CHANGE).fetchone()[0]
        return last

    def _listed(self, ids: Sequence[int]) -> list[int]:
        return self._ids(
            f"SELECT id FROM {self._table.name} WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(ids),)
        )

    def _ids(self, select: str, parameters: Sequence[SqlValue]) -> list[int]:
        return [row_id for (row_id,) in self._connection.execute(select, parameters)]


_LAST_CHANGE = " UNION ALL ".join(
    f"SELECT max(changed) AS number FROM {table} WHERE changed IS NOT NULL" for table in ("message", "frame")
)
_LAST_CHANGE = f"SELECT coalesce(max(number), 0) FROM ({_LAST_CHANGE})"


def _size(alias: str) -> str:
    # What no column can hold is the largest.
    return f"coalesce({alias}.size, {_LARGEST})"
