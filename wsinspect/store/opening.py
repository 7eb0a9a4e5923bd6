"""Opening a capture for writing: making a new one, or taking up an existing one where its last run left it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from wsinspect.errors import StoreError
from wsinspect.model import Completeness, SessionState, Verdict
from wsinspect.store import schema
from wsinspect.store.lock import WriterLock

STOPPED = "the engine was stopped"
"""The `error` of sessions that were open when their engine ended without closing them."""
BUSY_S = 0.1
"""How long SQLite itself waits for another process's lock before it says so."""
_CACHE_KIB = 8192
_WAL_LIMIT_BYTES = 64 << 20
_CHECKED_BYTES = 64 << 20
"""Up to here a file is checked as a whole before it is continued, which takes a fraction of a second."""

_FIGURES = (
    "SELECT max(coalesce((SELECT max(id) FROM message), 0), coalesce((SELECT max(id) FROM frame), 0)),"
    " coalesce((SELECT max(id) FROM session), 0), coalesce((SELECT max(id) FROM listener), 0),"
    f" (SELECT coalesce(max(number), 0) FROM ({schema.LAST_CHANGE}))"
)


@dataclass(frozen=True, slots=True)
class Opened:
    """A capture that is ours to write."""

    path: Path
    connection: sqlite3.Connection
    lock: WriterLock
    run: int
    last_id: int
    """The highest id of messages and frames, 0 in a new capture."""
    last_session: int
    last_listener: int
    last_change: int
    """The highest number in `changed`."""


def open_capture(path: Path, *, append: bool, durable: bool, version: str, wall: Callable[[], int]) -> Opened:
    """Make a capture or take one up, lock it, and begin a run in it.

    Args:
        path: The file.
        append: Whether an existing file is taken up; otherwise it is refused.
        durable: Whether every commit waits until the disk has it.
        version: Of the program, for the record.
        wall: The time, in Unix nanoseconds.

    Raises:
        StoreError: It cannot be; an existing file is left as it was.
    """
    path = path.resolve()
    exists = path.exists()
    if exists and not append:
        raise StoreError(
            "the file exists", where=str(path), hint="continue it with --append, or choose another with -o"
        )
    if exists:
        checked = schema.check_file(path)
    lock = WriterLock(path)
    try:
        if exists:
            _look(path)
        connection = _connect(path, new=not exists)
        try:
            if exists:
                schema.migrate(connection, checked.version)
            else:
                schema.create(connection)
            return _begin(path, connection, lock, durable=durable, version=version, wall=wall)
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        lock.release()
        raise StoreError(f"cannot be written ({error})", where=str(path)) from error
    except BaseException:
        lock.release()
        raise


def _look(path: Path) -> None:
    """Read what will be built upon before anything is changed: a damaged file is left as it is."""
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=BUSY_S, isolation_level=None)
    with closing(connection):
        schema.check_schema(connection, path)
        try:
            connection.execute(_FIGURES).fetchone()
            connection.execute("SELECT count(url) FROM session").fetchone()
            if path.stat().st_size <= _CHECKED_BYTES:
                (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
                if verdict != "ok":
                    raise StoreError(f"the capture is damaged ({verdict})", where=str(path))
        except sqlite3.DatabaseError as error:
            raise schema.damaged(path, error) from error


def _connect(path: Path, *, new: bool) -> sqlite3.Connection:
    if new:
        # Payloads may hold what nobody else should read.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    return sqlite3.connect(
        f"{path.as_uri()}?mode=rw",
        uri=True,
        timeout=BUSY_S,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )


def _begin(
    path: Path,
    connection: sqlite3.Connection,
    lock: WriterLock,
    *,
    durable: bool,
    version: str,
    wall: Callable[[], int],
) -> Opened:
    tune(connection, durable=durable)
    connection.execute("BEGIN IMMEDIATE")
    _mark_stopped(connection)
    run = connection.execute(
        "INSERT INTO run(started, version, pid, clean) VALUES (?, ?, ?, 0)", (wall(), version, os.getpid())
    ).lastrowid
    connection.execute("COMMIT")
    figures = connection.execute(_FIGURES).fetchone()
    assert run is not None
    return Opened(path, connection, lock, run, *figures)


def tune(connection: sqlite3.Connection, *, durable: bool) -> None:
    """Set a writing connection up: WAL, checkpoints left to `checkpoint`."""
    connection.execute("PRAGMA journal_mode = WAL").fetchone()
    connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
    connection.execute("PRAGMA wal_autocheckpoint = 0").fetchone()
    connection.execute(f"PRAGMA journal_size_limit = {_WAL_LIMIT_BYTES}").fetchone()
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    # Some systems build SQLite to overwrite what is deleted with zeros; the row is written twice then.
    connection.execute("PRAGMA secure_delete = OFF").fetchone()


def _mark_stopped(connection: sqlite3.Connection) -> None:
    """Say of what a killed engine left open how it stands."""
    connection.execute(
        f"UPDATE session SET state = CASE WHEN status = 101 THEN {SessionState.CLOSED.value}"
        f" ELSE {SessionState.FAILED.value} END, error = coalesce(error, ?), closed = {LAST_SEEN}"
        f" WHERE state = {SessionState.OPEN.value}",
        (STOPPED,),
    )
    for table in ("message", "frame"):
        connection.execute(
            f"UPDATE {table} SET completeness = {Completeness.CUT_OFF.value}"
            f" WHERE completeness = {Completeness.ARRIVING.value}"
        )
        connection.execute(
            f"UPDATE {table} SET completeness = NULL, verdict = {Verdict.NOT_SENT.value}"
            f" WHERE completeness = {Completeness.WAITING.value}"
        )


LAST_SEEN = """coalesce(closed, max(opened,
  coalesce((SELECT coalesce(m."end", m.time) FROM message AS m WHERE m.session = session.id
    ORDER BY m.number DESC LIMIT 1), 0),
  coalesce((SELECT f.time FROM frame AS f WHERE f.session = session.id ORDER BY f.seq DESC LIMIT 1), 0)))"""
"""SQL for when a session that was left open last showed life."""
