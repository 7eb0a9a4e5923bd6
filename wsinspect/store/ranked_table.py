"""A sorted list of entries in a temporary table, of which any place can be looked up at once.

It lies in the memory of the reader's connection: some ten bytes an entry, twenty where it is sorted by something else
than ids. Filling it is left to statements of the caller, who then says what is new. What is sorted by a key is kept in
order by an index; only its places are not counted before `settle`, for counting them one by one takes longer.
"""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from wsinspect.store.ranks import BLOCK, Key, Ranks

_BLOCKS_AT_ONCE = 16
_NUMBERS = itertools.count(1)

type EntryRow = Sequence[Any]
"""Columns of an entry, as the database returns them."""


class RankedTable:
    """The table, with the columns `id`, `kind`, `last_id`, `count`, and `key` where it is sorted by that.

    Args:
        connection: A reader's.
        keyed: Whether entries are sorted by `key`, an integer or a BLOB, and only among equal ones by id.
    """

    def __init__(self, connection: sqlite3.Connection, *, keyed: bool) -> None:
        self.name = f"ranked_{next(_NUMBERS)}"
        """Of the table, for statements."""
        self._connection = connection
        self._keyed = keyed
        self._settled = not keyed
        self._ranks = Ranks()
        self._newest = 0
        self._counting: Iterator[None] | None = None
        columns = f"id INTEGER PRIMARY KEY, kind, last_id, count{', key' if keyed else ''}"
        connection.execute(f"CREATE TEMP TABLE {self.name}({columns})")
        if keyed:
            connection.execute(f"CREATE INDEX temp.{self.name}_key ON {self.name}(key)")

    @property
    def size(self) -> int:
        """How many entries there are; none before they are counted."""
        return self._ranks.size

    @property
    def settling(self) -> bool:
        """Whether `settle` has begun and is to be called again."""
        return self._counting is not None and not self._settled

    def took_newer(self, count: int) -> None:
        """Take notice of so many new entries, whose ids should be above those of all others."""
        if count and self._settled:
            self._append(count)
        self._look_for_newest()

    def took(self, ids: Iterable[int]) -> None:
        """Take notice of new entries anywhere."""
        if self._settled:
            key = "key" if self._keyed else "id"
            select = f"SELECT {key}, id FROM {self.name} WHERE id = ?"
            found = [self._one(select, row_id) for row_id in ids]
            self._add((key, row_id) for key, row_id in found)
        self._look_for_newest()

    def change_key(self, row_id: int, old: int | bytes, new: int | bytes) -> None:
        """Give an entry another key."""
        self._connection.execute(f"UPDATE {self.name} SET key = ? WHERE id = ?", (new, row_id))
        if self._settled:
            self._ranks.remove((old, row_id))
            self._add([(new, row_id)])

    def remove(self, ids: Iterable[int]) -> None:
        """Take entries out."""
        key = "key" if self._keyed else "id"
        for row_id in ids:
            if self._settled:
                self._ranks.remove((self._one(f"SELECT {key} FROM {self.name} WHERE id = ?", row_id)[0], row_id))
            self._connection.execute(f"DELETE FROM {self.name} WHERE id = ?", (row_id,))

    def settle(self) -> bool:
        """Count places, some at each call, once everything there is has been put in.

        Returns:
            Whether there are more to count; nothing may be put in until there are none.
        """
        if self._settled:
            return False
        if self._counting is None:
            self._counting = self._count_places()
        self._settled = len(list(itertools.islice(self._counting, _BLOCKS_AT_ONCE))) < _BLOCKS_AT_ONCE
        return not self._settled

    def window(self, first: int, count: int, *, descending: bool) -> list[EntryRow]:
        """Read entries from a place on, which is counted from the end where the last one comes first."""
        count = min(count, self.size - first)
        if first < 0 or count <= 0:
            return []
        return self.rows(self.size - first - count, count)[::-1] if descending else self.rows(first, count)

    def seat(self, row_id: int, *, descending: bool) -> int | None:
        """Tell the place of an entry as `place_of` does, counted from the end where the last one comes first."""
        place = self.place_of(row_id)
        return self.size - 1 - place if place is not None and descending else place

    def rows(self, first: int, count: int) -> list[EntryRow]:
        """Read entries from a place on: id, kind, last_id and count of each."""
        count = min(count, self.size - first)
        if count <= 0:
            return []
        start, offset = self._ranks.find(first)
        return self._walk("id, kind, last_id, count", start, count, offset)

    def place_of(self, row_id: int) -> int | None:
        """Tell the place of the entry with an id; in the order of ids, that of the nearest before it without one."""
        key = row_id
        if self._keyed:
            row = self._connection.execute(f"SELECT key FROM {self.name} WHERE id = ?", (row_id,)).fetchone()
            if row is None or not self._settled:
                return None
            (key,) = row
        around = self._ranks.around((key, row_id))
        if around is None:
            return None
        start, before = around
        place = before + self._up_to(start, (key, row_id)) - 1
        return place if place >= 0 else None

    def drop(self) -> None:
        """Give the memory back."""
        # Where the reader is closed the table is gone with it.
        with suppress(sqlite3.ProgrammingError):
            self._connection.execute(f"DROP TABLE IF EXISTS temp.{self.name}")

    def _look_for_newest(self) -> None:
        (newest,) = self._one(f"SELECT max(id) FROM {self.name}")
        self._newest = newest or 0

    def _append(self, count: int) -> None:
        above = f"FROM {self.name} WHERE id > ?"
        if self._keyed:
            keys = self._connection.execute(f"SELECT key, id {above}", (self._newest,)).fetchall()
            newer = len(keys)
            self._add(keys)
        else:
            (newer,) = self._one(f"SELECT count(*) {above}", self._newest)
            self._ranks.append((self._newest + 1, self._newest + 1), newer)
        if newer < count:
            # What others have written into a capture need not be in order.
            for _ in self._count_places():
                pass

    def _count_places(self) -> Iterator[None]:
        """Count all places anew, a block a step."""
        self._ranks = Ranks()
        (left,) = self._one(f"SELECT count(*) FROM {self.name}")
        key = "key, id" if self._keyed else "id, id"
        rows = self._connection.execute(f"SELECT {key} FROM {self.name} ORDER BY {key} LIMIT 1").fetchall()
        while rows:
            self._ranks.append(rows[0], min(left, BLOCK))
            left -= BLOCK
            rows = self._walk(key, rows[0], 1, BLOCK) if left > 0 else []
            yield

    def _add(self, keys: Iterable[Key]) -> None:
        """Count entries that are in the table already."""
        for key in keys:
            self._ranks.add(key)
        while (start := self._ranks.overlong()) is not None:
            first, second = self._walk("key, id" if self._keyed else "id, id", start, 1, BLOCK)[0]
            self._ranks.split(start, (first, second))

    def _walk(self, columns: str, start: Key, count: int, offset: int) -> list[EntryRow]:
        if not self._keyed:
            sql = f"SELECT {columns} FROM {self.name} WHERE id >= ? ORDER BY id LIMIT ? OFFSET ?"
            return self._connection.execute(sql, (start[1], count, offset)).fetchall()
        every = f"SELECT key, id FROM {self.name} WHERE"
        # A comparison of both columns at once would use the index for the first one only. What is passed over is not
        # looked up in the table.
        found = f"{every} key = ? AND id >= ? UNION ALL {every} key > ? ORDER BY key, id LIMIT ? OFFSET ?"
        sql = (
            f"SELECT {columns} FROM (SELECT key AS k, id AS i FROM ({found})) CROSS JOIN {self.name} ON id = i"
            " ORDER BY k, i"
        )
        return self._connection.execute(sql, (*start, start[0], count, offset)).fetchall()

    def _up_to(self, start: Key, end: Key) -> int:
        """Count entries from one key to another, both included."""
        count = f"SELECT count(*) FROM {self.name} WHERE"
        within: int
        if not self._keyed or start[0] == end[0]:
            same = "" if not self._keyed else " AND key = ?"
            (within,) = self._one(f"{count} id >= ? AND id <= ?{same}", start[1], end[1], *end[: bool(same)])
        else:
            parts = f"({count} key = ? AND id >= ?) + ({count} key > ? AND key < ?) + ({count} key = ? AND id <= ?)"
            (within,) = self._one(f"SELECT {parts}", *start, start[0], end[0], *end)
        return within

    def _one(self, sql: str, *parameters: int | bytes) -> EntryRow:
        row: EntryRow = self._connection.execute(sql, parameters).fetchone()
        return row
