"""Opening a capture for reading, wherever it lies and however it was left."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from wsinspect.errors import StoreError
from wsinspect.model import SessionState
from wsinspect.query import register_functions
from wsinspect.store import schema
from wsinspect.store.columns import SESSION_COLUMNS
from wsinspect.store.lock import is_locked
from wsinspect.store.opening import LAST_SEEN, STOPPED
from wsinspect.store.pairs import Pairs
from wsinspect.store.payloads import Payloads, joined

_BUSY_S = 5.0
_CACHE_KIB = 8192
_SENSELESS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What comes of making a record of values that no writer has written, such as a text where a number should be."""


@dataclass(frozen=True, slots=True)
class Access:
    """A capture open for reading."""

    connection: sqlite3.Connection
    live: bool
    """Whether an engine is writing it."""


def open_for_reading(path: Path) -> Access:
    """Open a capture read-only.

    Raises:
        StoreError: It is missing, foreign, newer, damaged or not whole, or SQLite cannot read it where it lies.
    """
    path = path.resolve()
    header = schema.check_file(path)
    live = is_locked(path)
    try:
        connection = _connect(path, immutable=False)
    except sqlite3.OperationalError as error:
        # Without a log and without a writer nothing can change under our hands; SQLite cannot know.
        if not header.wal or live or schema.has_wal(path):
            raise _unreadable(path, error) from error
        connection = _connect(path, immutable=True)
    try:
        schema.check_schema(connection, path)
        if not live:
            with errors_of(path):
                _tell_as_stopped(connection)
    except BaseException:
        connection.close()
        raise
    return Access(connection, live)


@contextmanager
def errors_of(path: Path) -> Iterator[None]:
    """Turn what SQLite complains of into errors for a person, and what no record can be made of."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise schema.damaged(path, error) from error
    except _SENSELESS as error:
        why = f"the capture is damaged, or not of wsinspect: no sense can be made of it ({error!r})"
        raise StoreError(why, where=str(path)) from error


def register(connection: sqlite3.Connection, payloads: Payloads, pairs: Pairs) -> None:
    """Make the functions of filter conditions known."""
    register_functions(connection)
    connection.create_function("wsi_payload", 1, lambda row_id: joined(payloads.of_message(row_id), None))
    connection.create_function("wsi_frame_payload", 1, lambda row_id: joined(payloads.of_frame(row_id), None))
    connection.create_function("wsi_latency", 2, pairs.latency)


def _connect(path: Path, *, immutable: bool) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode=ro{'&immutable=1' if immutable else ''}",
        uri=True,
        timeout=_BUSY_S,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute(f"PRAGMA temp.page_size = {schema.PAGE_BYTES}")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        # The first look at the file itself.
        connection.execute("PRAGMA schema_version").fetchone()
    except sqlite3.OperationalError:
        connection.close()
        raise
    except sqlite3.DatabaseError as error:
        connection.close()
        raise schema.damaged(path, error) from error
    except UnicodeDecodeError as error:
        # What SQLite says of a damaged schema has parts of it in it.
        connection.close()
        raise StoreError("the capture is damaged: its schema cannot be read", where=str(path)) from error
    return connection


def _unreadable(path: Path, error: sqlite3.OperationalError) -> StoreError:
    # To read a log SQLite makes an index of it beside it.
    if schema.has_wal(path) and error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
        return StoreError(
            "its engine was stopped before the file was whole, and its folder is read-only",
            where=str(path),
            hint=f"copy it and {schema.wal_path(path).name} to a folder that can be written, and open it there",
        )
    return schema.damaged(path, error)


def _tell_as_stopped(connection: sqlite3.Connection) -> None:
    """Let sessions that a killed engine left open read as ended: a view of this connection in the table's place."""
    found = connection.execute("SELECT 1 FROM session WHERE state = ? LIMIT 1", (SessionState.OPEN.value,)).fetchone()
    if found is None:
        return
    left_open = f"state = {SessionState.OPEN.value}"
    columns = dict.fromkeys(SESSION_COLUMNS, "")
    columns.update(
        state=f"CASE WHEN {left_open} THEN CASE WHEN status = 101 THEN {SessionState.CLOSED.value}"
        f" ELSE {SessionState.FAILED.value} END ELSE state END AS ",
        error=f"CASE WHEN {left_open} THEN coalesce(error, '{STOPPED}') ELSE error END AS ",
        closed=f"CASE WHEN {left_open} THEN {LAST_SEEN} ELSE closed END AS ",
    )
    names = ", ".join(f"{expression}{name}" for name, expression in columns.items())
    connection.execute(f"CREATE TEMP VIEW session AS SELECT {names} FROM main.session AS session")
