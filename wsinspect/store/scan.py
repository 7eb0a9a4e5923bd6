"""Going through many rows without a long transaction, which would keep the log of a live capture growing.

Rows are read in windows of ids, each in a statement of its own. A window grows while it is quick and shrinks where
payloads are large or a condition is slow; a statement that takes too long or too much is left and continued behind the
last row it gave.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wsinspect.store.columns import SqlValue

READ_S = 0.025
"""A statement that has given rows for so long is left."""
PAGE_BYTES = 4 << 20
"""A statement that has given so many bytes is left."""
_FIRST_WINDOW, _LARGEST_WINDOW = 256, 1 << 16
_ROWS_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Query:
    """A SELECT whose first column is the id."""

    select: str
    """Up to and with `FROM` and joins."""
    place: str
    """The id, such as `m.id`."""
    where: str
    """Conditions besides the window."""
    parameters: tuple[SqlValue, ...]
    extent: str
    """A SELECT of the lowest and the highest id there is."""
    extent_parameters: tuple[SqlValue, ...] = ()


def scan(
    connection: sqlite3.Connection, query: Query, *, after: int, backwards: bool = False
) -> Iterator[Sequence[SqlValue]]:
    """Yield the rows of a query in the order of their ids.

    Args:
        connection: Open for reading.
        query: The query.
        after: Only ids above this.
        backwards: Whether the highest come first.
    """
    window = _FIRST_WINDOW
    low, high = _extent(connection, query, after)
    sql = (
        f"{query.select} WHERE {query.place} > ? AND {query.place} <= ? AND ({query.where})"
        f" ORDER BY {query.place} {'DESC' if backwards else 'ASC'}"
    )
    while low < high:
        bottom, top = (max(low, high - window), high) if backwards else (low, min(high, low + window))
        began = time.perf_counter()
        rows, whole = _page(connection, sql, (bottom, top, *query.parameters), began + READ_S)
        took = time.perf_counter() - began
        if whole and took < READ_S / 4:
            window = min(window * 2, _LARGEST_WINDOW)
        elif not whole or took > READ_S:
            window = max(window // 2, 1)
        yield from rows
        last = rows[-1][0] if rows else 0
        assert isinstance(last, int)
        if backwards:
            high = bottom if whole else last - 1
        else:
            low = top if whole else last
            if low >= high:
                # A live capture has grown meanwhile.
                _, high = _extent(connection, query, low)


def _extent(connection: sqlite3.Connection, query: Query, after: int) -> tuple[int, int]:
    lowest, highest = connection.execute(query.extent, query.extent_parameters).fetchone()
    return (max(after, lowest - 1), highest) if lowest is not None and highest is not None else (after, after)


def _page(
    connection: sqlite3.Connection, sql: str, parameters: Sequence[SqlValue], deadline: float
) -> tuple[list[Sequence[SqlValue]], bool]:
    """Read rows until the end, the deadline or the limit of bytes; say whether it was the end."""
    rows: list[Sequence[SqlValue]] = []
    size = 0
    cursor = connection.execute(sql, parameters)
    try:
        while batch := cursor.fetchmany(_ROWS_AT_ONCE):
            rows += batch
            size += sum(len(value) for row in batch for value in row if type(value) is bytes)
            if size > PAGE_BYTES or time.perf_counter() > deadline:
                return rows, False
    finally:
        cursor.close()
    return rows, True
