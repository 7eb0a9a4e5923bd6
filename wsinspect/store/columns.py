"""Column lists of the tables and the statements that write many rows at once.

CPython lets go of the interpreter lock at every step of a statement and must fight a busy event loop to get it back, so
what counts is the number of statements. Rows go in by statements for 1, 4, 16 … rows; what is left over at the end of a
statement is filled up with NULL rows, which the statement passes over.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import chain

type SqlValue = int | float | str | bytes | None
type Row = tuple[SqlValue, ...]

HOT_COLUMNS = ("id", "session", "number", "seq", "dir", "opcode", "time", "header", "size", "payload")
"""Of a single-frame message that was forwarded as it came: the hot path."""
PLAYED_COLUMNS = (*HOT_COLUMNS, "source")
"""Of such a message that no peer sent, but what plays one."""
MESSAGE_COLUMNS = (
    *HOT_COLUMNS, "end", "frames", "wire_size", "wire_payload", "compressed", "source", "verdict", "completeness",
    "held", "delayed", "sent_time", "violations", "truncated", "chunks", "changed",
)  # fmt: skip
FRAME_COLUMNS = (
    "id", "session", "seq", "message", "dir", "opcode", "time", "header", "size", "payload", "source", "verdict",
    "leg", "stage", "of_seq", "held", "delayed", "sent_time", "close_code", "close_reason", "violations", "truncated",
    "completeness", "chunks", "changed",
)  # fmt: skip
SESSION_COLUMNS = (
    "id", "run", "listener", "relay", "state", "url", "scheme", "host", "port", "path", "client", "server",
    "subprotocol", "extensions", "protocol", "status", "opened", "closed", "close_by", "close_code", "close_reason",
    "close_clean", "ends", "error", "request", "response", "tls_client", "tls_server", "violations", "frames_c2s",
    "frames_s2c", "messages_c2s", "messages_s2c", "bytes_c2s", "bytes_s2c", "note", "changed",
)  # fmt: skip
COUNTER_COLUMNS = ("frames_c2s", "frames_s2c", "messages_c2s", "messages_s2c", "bytes_c2s", "bytes_s2c")

COLUMNS: dict[str, tuple[str, ...]] = {
    "session": SESSION_COLUMNS,
    "message": MESSAGE_COLUMNS,
    "frame": FRAME_COLUMNS,
    "listener": ("id", "run", "mode", "address"),
    "chunk": ("owner", "kind", "offset", "data"),
    "message_sent": ("message", "payload"),
    "tag": ("session", "message", "tag"),
    "note": ("message", "note"),
    "view": ("message", "protocol", "event", "kind", "summary", "fields"),
    "rule_hit": ("message", "session", "rule", "action", "detail"),
    "gap": ("session", "time", "end", "frames", "messages", "bytes", "why"),
}
"""What an inserted row of each table holds, in this order."""

REVISED = frozenset({"session", "message", "frame"})
"""Tables whose updates are numbered in `changed`."""

_FILL = {"tag": 3, "rule_hit": 3, "gap": 7}
"""The 1-based column that is never NULL, where it is not the first."""
_LADDER = (1, 4, 16, 32, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 2048, 3072)
_MAX_VARIABLES = 32766
"""SQLite's default since 3.32."""


@cache
def _sizes(width: int) -> tuple[int, ...]:
    most = _MAX_VARIABLES // width
    return (*(size for size in _LADDER if size < most and size < _LADDER[-1]), min(most, _LADDER[-1]))


def _values(rows: int, width: int) -> str:
    row = f"({','.join('?' * width)})"
    return f"VALUES {','.join([row] * rows)}"


@cache
def _insert_sql(table: str, columns: tuple[str, ...], rows: int) -> str:
    names = ",".join(f'"{name}"' for name in columns)
    verb = "INSERT OR REPLACE" if table in ("message_sent", "note", "view") else "INSERT"
    if rows == 1:
        return f"{verb} INTO {table}({names}) {_values(1, len(columns))}"
    fill = _FILL.get(table, 1)
    return f"{verb} INTO {table}({names}) SELECT * FROM ({_values(rows, len(columns))}) WHERE column{fill} IS NOT NULL"


@cache
def _update_sql(table: str, columns: tuple[str, ...], rows: int) -> str:
    if rows == 1:
        return f"UPDATE {table} SET {','.join(f'"{name}"=?' for name in columns)} WHERE id=?"
    width = len(columns) + 1
    changes = ",".join(f'"{name}"=v.column{place}' for place, name in enumerate(columns, 1))
    return f"UPDATE {table} SET {changes} FROM ({_values(rows, width)}) AS v WHERE {table}.id = v.column{width}"


def _statements(rows: Sequence[Row], width: int) -> list[tuple[int, list[SqlValue]]]:
    sizes = _sizes(width)
    made: list[tuple[int, list[SqlValue]]] = []
    start = 0
    while start < len(rows):
        left = len(rows) - start
        size = next((size for size in sizes if size >= left), sizes[-1])
        parameters = list(chain.from_iterable(rows[start : start + size]))
        if left < size:
            parameters.extend([None] * ((size - left) * width))
        made.append((size, parameters))
        start += size
    return made


def insert_statements(table: str, columns: tuple[str, ...], rows: Sequence[Row]) -> list[tuple[str, list[SqlValue]]]:
    """The statements, with their parameters, that insert `rows`, each in the order of `columns`."""
    return [(_insert_sql(table, columns, size), parameters) for size, parameters in _statements(rows, len(columns))]


def update_statements(table: str, columns: tuple[str, ...], rows: Sequence[Row]) -> list[tuple[str, list[SqlValue]]]:
    """The statements that set `columns` of the rows whose id comes last in each of `rows`."""
    return [(_update_sql(table, columns, size), parameters) for size, parameters in _statements(rows, len(columns) + 1)]
