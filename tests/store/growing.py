"""A capture that grows commit by commit, each as the engine's writer would make it, at once and in this thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from tests.store.samples import T0, session, wide_row
from wsinspect.model import Session, SessionState
from wsinspect.store import schema
from wsinspect.store.batch import Batch, Insert, Statement, Update
from wsinspect.store.columns import FRAME_COLUMNS, MESSAGE_COLUMNS, SESSION_COLUMNS
from wsinspect.store.opening import tune
from wsinspect.store.rows import session_values

type Change = Insert | Update | Statement
type Value = int | str | bytes | None


class Growing:
    """The capture, open for writing.

    Args:
        path: Where it is made.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection = sqlite3.connect(path, isolation_level=None)
        schema.create(self._connection)
        tune(self._connection, durable=False)
        self._connection.execute("PRAGMA synchronous = OFF")
        self._revision = 0
        self._last_id = 0

    def commit(self, *changes: Change) -> None:
        """Write changes in one commit."""
        self._revision += 1
        batch = Batch([(change, 1) for change in changes], self._revision, self._last_id)
        self._connection.execute("BEGIN IMMEDIATE")
        batch.write(self._connection)
        self._connection.execute("COMMIT")
        self._last_id = batch.last_id

    def run(self, sql: str, *parameters: Value) -> list[Sequence[Value]]:
        """Run any statement."""
        return self._connection.execute(sql, parameters).fetchall()

    def close(self) -> None:
        """Let go of it."""
        self._connection.close()


def new_session(number: int, state: SessionState = SessionState.CLOSED, **fields: object) -> Insert:
    """Open a session."""
    made: Session = session(number, state, **fields)
    values = session_values(made)
    values.update(run=None, listener=None, changed=None)
    return Insert("session", tuple(values[name] for name in SESSION_COLUMNS))


def new_message(row_id: int, session: int, number: int, seq: int, payload: bytes = b"abc", **columns: Value) -> Insert:
    """Write a message of a single frame, client to server where its number is odd."""
    given: dict[str, Value] = {"dir": 1 - number % 2, "header": b"\x81\3", "payload": payload, "size": len(payload)}
    given.update(id=row_id, session=session, number=number, seq=seq, opcode=1, time=T0 + row_id % 10**9)
    return Insert("message", wide_row(MESSAGE_COLUMNS, **{**given, **columns}))


def new_frame(row_id: int, session: int, seq: int, opcode: int, payload: bytes = b"", **columns: Value) -> Insert:
    """Write a frame."""
    header = bytes([0x80 | opcode, len(payload)])
    given: dict[str, Value] = {"dir": 0, "header": header, "payload": payload, "size": len(payload)}
    given.update(id=row_id, session=session, seq=seq, opcode=opcode, time=T0 + row_id % 10**9)
    return Insert("frame", wide_row(FRAME_COLUMNS, **{**given, **columns}))
