"""One commit: a batch in one transaction, or row by row where one of its rows cannot be written."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from wsinspect.store.batch import Batch, Item

type _Identity = tuple[int, int] | None

_PASSING = frozenset(
    {
        sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PERM,
    }
)  # fmt: skip
_FATAL = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_BAD_DATA = (sqlite3.Error, OverflowError, ValueError, TypeError)


class NoProgressError(Exception):
    """A commit failed for a reason that may pass: a full disk, another process's lock, a file that is gone."""


class DamagedError(Exception):
    """The capture file is beyond writing."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An item that the database does not take, with the reason."""

    item: Item
    why: str


class Committer:
    """Commits to one capture.

    Args:
        connection: Open for writing, in autocommit.
        path: The file, to see whether it is still there.
        revision: The number of the last commit.
        last_id: The highest id of messages and frames so far.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, *, revision: int, last_id: int) -> None:
        self._connection = connection
        self._path = path
        self._identity = _identity(path)
        self._revision = revision
        self._last_id = last_id

    def commit(self, items: Sequence[Item]) -> list[Refusal]:
        """Write items.

        Returns:
            Those that cannot be written whatever happens; all others are.

        Raises:
            NoProgressError: Nothing was written, and may be when tried again.
            DamagedError: Nothing can be written any more.
        """
        refusals: list[Refusal] = []
        if not self._all_at_once(items):
            self._transact(lambda connection: self._one_by_one(connection, items, refusals))
        self._revision += 1
        return refusals

    def _all_at_once(self, items: Sequence[Item]) -> bool:
        try:
            batch = Batch(items, self._revision + 1, self._last_id)
            self._transact(batch.write)
        except _BAD_DATA as error:
            _raise_unless_data(error)
            return False
        self._last_id = batch.last_id
        return True

    def _one_by_one(self, connection: sqlite3.Connection, items: Sequence[Item], refusals: list[Refusal]) -> None:
        for item in items:
            try:
                batch = Batch([item], self._revision + 1, self._last_id)
                batch.write(connection)
            except _BAD_DATA as error:
                _raise_unless_data(error)
                # Of a value that cannot be bound sqlite3 tells the error before, and the real one behind it.
                refusals.append(Refusal(item, f"it cannot be stored: {error.__context__ or error}"))
            else:
                self._last_id = batch.last_id

    def _transact(self, write: Callable[[sqlite3.Connection], None]) -> None:
        if _identity(self._path) != self._identity:
            raise NoProgressError("the capture file was moved, replaced or deleted")
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            write(self._connection)
            self._connection.execute("COMMIT")
        except BaseException as error:
            # A full disk may have rolled it back already.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                _raise_unless_data(error)
            raise


def _raise_unless_data(error: Exception) -> None:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in _PASSING:
        raise NoProgressError(str(error)) from error
    if code in _FATAL:
        raise DamagedError(f"the capture file is damaged: {error}") from error


def _identity(path: Path) -> _Identity:
    try:
        found = os.stat(path)  # noqa: PTH116  # at every commit: three times faster than Path.stat
    except OSError:
        return None
    return found.st_dev, found.st_ino
