"""Tags and notes: the statements that set them, and setting them in a capture that no engine writes.

While an engine writes the capture it is asked to do so by its control channel.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

from wsinspect.errors import StoreError
from wsinspect.store import schema
from wsinspect.store.batch import REVISION, Revision, Statement
from wsinspect.store.lock import WriterLock, is_locked
from wsinspect.store.rows import text_value

_BUSY_S = 2.0
"""How long to wait for those who read the file just now."""
_MESSAGE_ID = "SELECT id FROM message WHERE session = ? AND number = ?"


def tag_statements(session: int, number: int | None, tags: Iterable[str]) -> Iterator[Statement]:
    """Yield what puts tags in place of those of a session, or of its message of this number."""
    yield Statement("DELETE FROM tag WHERE session = ? AND message IS ?", (session, number))
    for tag in tags:
        yield Statement("INSERT INTO tag VALUES (?, ?, ?)", (session, number, text_value(tag)))
    yield _revise(session, number)


def note_statements(session: int, number: int | None, note: str | None) -> Iterator[Statement]:
    """Yield what puts a note in place of that of a session, or of its message of this number; None removes it."""
    text = text_value(note)
    if number is None:
        yield Statement("UPDATE session SET note = ? WHERE id = ?", (text, session))
    elif note is None:
        yield Statement(f"DELETE FROM note WHERE message IN ({_MESSAGE_ID})", (session, number))
    else:
        yield Statement(f"INSERT OR REPLACE INTO note SELECT id, ? FROM ({_MESSAGE_ID})", (text, session, number))
    yield _revise(session, number)


def _revise(session: int, number: int | None) -> Statement:
    """Mark as changed, for who follows the capture."""
    if number is None:
        return Statement("UPDATE session SET changed = ? WHERE id = ?", (REVISION, session))
    return Statement(f"UPDATE message SET changed = ? WHERE id IN ({_MESSAGE_ID})", (REVISION, session, number))


def set_tags(path: Path, session: int, number: int | None, tags: Iterable[str]) -> None:
    """Put tags in place of those of a session or message, in a capture that nobody writes.

    Args:
        path: The file.
        session: The number of the session.
        number: Of the message in it; None for the session itself.
        tags: All it is to have.

    Raises:
        StoreError: An engine writes the capture, it has no such record, or it cannot be written; then it is as before.
    """
    _write(path, session, number, tag_statements(session, number, dict.fromkeys(tags)))


def set_note(path: Path, session: int, number: int | None, note: str | None) -> None:
    """Put a note in place of that of a session or message; the arguments and errors are those of `set_tags`.

    Args:
        path: The file.
        session: The number of the session.
        number: Of the message in it; None for the session itself.
        note: The note; None for none.
    """
    _write(path, session, number, note_statements(session, number, note))


def _write(path: Path, session: int, number: int | None, statements: Iterable[Statement]) -> None:
    path = path.resolve()
    header = schema.check_file(path)
    if is_locked(path):
        raise StoreError("an engine is writing this capture", where=str(path), hint="set it through the engine")
    lock = WriterLock(path)
    try:
        connection = sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=_BUSY_S, isolation_level=None)
        with contextlib.closing(connection):
            schema.check_schema(connection, path)
            schema.migrate(connection, header.version)
            _transact(connection, path, session, number, statements)
            _leave_whole(connection)
    except sqlite3.Error as error:
        raise StoreError(f"cannot be written ({error})", where=str(path)) from error
    finally:
        lock.release()


def _transact(
    connection: sqlite3.Connection, path: Path, session: int, number: int | None, statements: Iterable[Statement]
) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        _look(connection, path, session, number)
        (last,) = connection.execute(f"SELECT coalesce(max(number), 0) FROM ({schema.LAST_CHANGE})").fetchone()
        for statement in statements:
            values = [last + 1 if isinstance(value, Revision) else value for value in statement.parameters]
            connection.execute(statement.sql, values)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _look(connection: sqlite3.Connection, path: Path, session: int, number: int | None) -> None:
    if connection.execute("SELECT 1 FROM session WHERE id = ?", (session,)).fetchone() is None:
        raise StoreError(f"there is no session {session}", where=str(path))
    if number is not None and connection.execute(_MESSAGE_ID, (session, number)).fetchone() is None:
        raise StoreError(f"there is no message {number} in session {session}", where=str(path))


def _leave_whole(connection: sqlite3.Connection) -> None:
    """Leave a file that needs no other beside it, as far as those who read it let us."""
    with contextlib.suppress(sqlite3.OperationalError):
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        connection.execute("PRAGMA journal_mode = DELETE").fetchone()
