"""What waits to be written, and how a batch of it becomes few statements in one transaction.

Inserts of a batch go before its updates, and updates of the same row are merged, the later one winning; as a batch is a
stretch of what was put, an update never runs before its insert.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import TypeGuard

from wsinspect.store.columns import (
    COLUMNS,
    HOT_COLUMNS,
    PLAYED_COLUMNS,
    REVISED,
    Row,
    SqlValue,
    insert_statements,
    update_statements,
)

_CHANGED = {table: columns.index("changed") for table, columns in COLUMNS.items() if "changed" in columns}


@dataclass(slots=True)
class Insert:
    """A row of a table, in the order of `COLUMNS`."""

    table: str
    row: Row


@dataclass(slots=True)
class Update:
    """Columns to set in the row with an id."""

    table: str
    row_id: int
    columns: dict[str, SqlValue]


class Revision:
    """Stands among the parameters of a `Statement` for the number of its commit."""


REVISION = Revision()


@dataclass(slots=True)
class Statement:
    """Anything else, run after the inserts and updates of its batch."""

    sql: str
    parameters: tuple[SqlValue | Revision, ...]


type Change = Row | Insert | Update | Statement

_ITEM = itemgetter(0)

type Item = tuple[Change, int]
"""A bare row is one of the hot path, in the order of `HOT_COLUMNS` or `PLAYED_COLUMNS`; the number is what it costs in
bytes."""


def _only_hot(items: list[Change]) -> TypeGuard[list[Row]]:
    # Runs no bytecode for each item, as in `backlog`.
    return set(map(type, items)) == {tuple}


def _hot_statements(rows: Sequence[Row]) -> list[tuple[str, list[SqlValue]]]:
    width = len(HOT_COLUMNS)
    if set(map(len, rows)) == {width}:
        return insert_statements("message", HOT_COLUMNS, rows)
    # Together, as rows that do not come in the order of their ids take far longer.
    filled = [(*row, None) if len(row) == width else row for row in rows]
    return insert_statements("message", PLAYED_COLUMNS, filled)


class Batch:
    """A stretch of items, sorted into statements.

    Args:
        items: As they were put.
        revision: The number of this commit, for `changed`.
        after_id: The highest id of the commits before; a message or frame that comes late with a lower one is marked as
            changed, so that whoever follows the capture by id does not miss it.
    """

    def __init__(self, items: Iterable[Item], revision: int, after_id: int) -> None:
        self._revision = revision
        self._after_id = after_id
        self.last_id = after_id
        put = list(map(_ITEM, items))
        if _only_hot(put):
            hot, others = put, []
        else:
            hot = [item for item in put if type(item) is tuple]
            others = [item for item in put if type(item) is not tuple]
        inserts: dict[str, list[Row]] = {}
        further: list[tuple[str, list[SqlValue]]] = []
        updates: dict[tuple[str, int], dict[str, SqlValue]] = {}
        for item in others:
            if type(item) is Insert:
                inserts.setdefault(item.table, []).append(self._arrived(item))
            elif type(item) is Update:
                updates.setdefault((item.table, item.row_id), {}).update(item.columns)
            elif type(item) is Statement:
                further.append((item.sql, [revision if isinstance(v, Revision) else v for v in item.parameters]))
        if hot:
            newest = hot[-1][0]
            assert isinstance(newest, int)
            self.last_id = max(self.last_id, newest)
        self.statements = self._statements(hot, inserts, updates) + further

    def _arrived(self, item: Insert) -> Row:
        row_id = item.row[0]
        if item.table in ("message", "frame") and isinstance(row_id, int):
            if row_id <= self._after_id:
                place = _CHANGED[item.table]
                return (*item.row[:place], self._revision, *item.row[place + 1 :])
            self.last_id = max(self.last_id, row_id)
        return item.row

    def _statements(
        self,
        hot: Sequence[Row],
        inserts: dict[str, list[Row]],
        updates: dict[tuple[str, int], dict[str, SqlValue]],
    ) -> list[tuple[str, list[SqlValue]]]:
        statements: list[tuple[str, list[SqlValue]]] = []
        if hot:
            statements += _hot_statements(hot)
        for table, rows in inserts.items():
            statements += insert_statements(table, COLUMNS[table], rows)
        alike: dict[tuple[str, tuple[str, ...]], list[Row]] = {}
        for (table, row_id), columns in updates.items():
            if table in REVISED:
                columns["changed"] = self._revision
            names = tuple(sorted(columns))
            alike.setdefault((table, names), []).append((*(columns[name] for name in names), row_id))
        for (table, names), rows in alike.items():
            statements += update_statements(table, names, rows)
        return statements

    def write(self, connection: sqlite3.Connection) -> None:
        """Run the statements; the caller has begun the transaction."""
        execute = connection.execute
        for sql, parameters in self.statements:
            execute(sql, parameters)
