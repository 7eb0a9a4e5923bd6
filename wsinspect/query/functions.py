"""The SQL functions that conditions made by `sql` call.

The reader adds three of its own: `wsi_payload(id)` and `wsi_frame_payload(id)`, the payload of a message or frame row
whose `payload` is NULL, as a BLOB, and `wsi_latency(session, number)`, the nanoseconds since the message that a message
answers. None of these ever raises; NULL never matches.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from wsinspect.errors import FilterError
from wsinspect.query.fields import Kind
from wsinspect.query.json_tests import DocumentTest, document_test
from wsinspect.query.nodes import Comparison, Has, Membership
from wsinspect.query.parser import parse
from wsinspect.query.patterns import Pattern, searcher
from wsinspect.query.table import find

if TYPE_CHECKING:
    import sqlite3

type SqlFunction = Callable[..., int]


def sql_functions() -> Mapping[str, SqlFunction]:
    """Return the functions that need no database, by name.

    Each takes a fixed number of positional arguments and is deterministic.
    """
    return {name: function for name, (function, _) in _FUNCTIONS.items()}


def register_functions(connection: sqlite3.Connection) -> None:
    """Make the functions known to a connection, with `wsi_index`, which reads the messages of that connection."""
    for name, (function, arguments) in _FUNCTIONS.items():
        connection.create_function(name, arguments, function, deterministic=True)
    connection.create_function("wsi_index", 3, _Places(connection).index)


class _Places:
    """Counts messages within their direction.

    From each message it counts on from the one asked for before it, in either order, so that going through a capture
    counts every message once. A message within its direction is never added before another that is there already.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._last: dict[tuple[int, int], tuple[int, int]] = {}

    def index(self, session: int, direction: int, number: int) -> int:
        """Return the index of a message, from 1."""
        last, place = self._last.get((session, direction), (0, 0))
        low, high = sorted((last, number))
        between: int
        (between,) = self._connection.execute(_BETWEEN, (session, low, high, direction)).fetchone()
        place += between if number > last else -between
        self._last[session, direction] = number, place
        return place


_BETWEEN = "SELECT count(*) FROM message AS p WHERE p.session = ? AND p.number > ? AND p.number <= ? AND p.dir = ?"


def _regex(source: bytes, raw: int, value: str | bytes | None) -> int:
    return 0 if value is None else _searcher(source, False, raw)(value)


def _icontains(source: bytes, raw: int, value: str | bytes | None) -> int:
    return 0 if value is None else _searcher(source, True, raw)(value)


def _json(expression: str, value: str | bytes | None) -> int:
    return 0 if value is None else _document_test(expression)(value)


def _utf8(value: bytes | None) -> int:
    try:
        return value is not None and value.decode() is not None
    except UnicodeDecodeError:
        return 0


@functools.lru_cache(maxsize=256)
def _searcher(source: bytes, literal: bool, raw: int) -> Callable[[str | bytes], bool]:
    return searcher(Pattern(source.decode("utf-8", "surrogateescape"), literal=literal, raw=bool(raw)))


@functools.lru_cache(maxsize=256)
def _document_test(expression: str) -> DocumentTest:
    try:
        node = parse(expression)
    except FilterError:
        return lambda _: False
    field = find(node.field) if isinstance(node, Comparison | Membership | Has) else None
    if field is None or field.kind is not Kind.JSON or not isinstance(node, Comparison | Membership | Has):
        return lambda _: False
    return document_test(field, node)


_FUNCTIONS: Mapping[str, tuple[SqlFunction, int]] = {
    "wsi_regex": (_regex, 3),
    "wsi_icontains": (_icontains, 3),
    "wsi_json": (_json, 2),
    "wsi_utf8": (_utf8, 1),
}
