"""The capture's writer: rows are put from the event loop's thread, without waiting, and written by a thread of its own.

Theory of operation. `backlog` holds what is put. The thread sleeps until something is there, gathers for `GATHER_S`,
and writes all of it in one transaction; so what is older than 100 ms survives the end of the process. A commit that
fails for a reason that may pass is tried again; when nothing could be written for `stall_ns` the writer is *stalled*:
it refuses rows and counts them, until a commit succeeds and the count goes on record as gaps.

The interpreter's lock is what the thread has least of beside a busy event loop. A process that records should set
`sys.setswitchinterval(SWITCH_INTERVAL_S)`: with Python's own 5 ms a loop that makes a system call every 50 µs is never
asked to let go, and a hundred statements have been measured to take ten seconds.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from wsinspect.model import Gap, Session
from wsinspect.store.annotation import note_statements, tag_statements
from wsinspect.store.backlog import Backlog, Wake, WriterState
from wsinspect.store.batch import Insert, Item, Statement, Update
from wsinspect.store.checkpoint import Checkpointer
from wsinspect.store.columns import COUNTER_COLUMNS, SESSION_COLUMNS, Row, SqlValue
from wsinspect.store.commit import Committer, NoProgressError
from wsinspect.store.losses import Lost
from wsinspect.store.opening import Opened, open_capture
from wsinspect.store.retention import Limits, Retention
from wsinspect.store.rows import session_values, text_value

__all__ = ["ROW_COST", "SWITCH_INTERVAL_S", "CaptureWriter", "WriterState"]

SWITCH_INTERVAL_S = 0.000_02
"""What `sys.setswitchinterval` should be in a process that records."""
RETRY_S = 0.1
"""How long to wait after a commit that failed."""
ROW_COST = 128
"""About what a row costs besides its payload."""
_SESSION_COST = 2048
_PORTION_COST = 1 << 20
_UNLIMITED = Limits()
UNLOCK_S = 0.05
"""How long readers are given at the end, ten times, to let go of the file: `tail` does when the run has ended."""
_UNLOCK_TRIES = 10


class CaptureWriter:
    """Writes one capture. All methods but `close` return at once; they belong to one thread.

    Args:
        path: The file.
        append: Whether an existing capture is continued.
        durable: Whether a commit waits for the disk, so that it survives a loss of power.
        queue_limit: Bytes that may wait; beyond, the caller should read no more, or `overload` drops.
        overload: `wait`: the caller heeds `backlog`; `drop`: rows beyond the limit are counted instead of kept.
        stall_ns: How long without progress until the writer is stalled.
        limits: How much of the capture to keep.
        on_progress: Called in the writer's thread after each commit and each change of `state`.
        version: Of the program, for the record.
        clock: A monotonic clock, nanoseconds.
        wall: The time in Unix nanoseconds.

    Raises:
        StoreError: The file cannot be written; an existing one is left as it was.
    """

    def __init__(
        self,
        path: Path,
        *,
        append: bool = False,
        durable: bool = False,
        queue_limit: int = 256 << 20,
        overload: Literal["wait", "drop"] = "wait",
        stall_ns: int = 5_000_000_000,
        limits: Limits = _UNLIMITED,
        on_progress: Callable[[], None] | None = None,
        version: str = "",
        clock: Callable[[], int] = time.monotonic_ns,
        wall: Callable[[], int] = time.time_ns,
    ) -> None:
        opened = open_capture(path, append=append, durable=durable, version=version, wall=wall)
        self.path = opened.path
        self.last_id = opened.last_id
        """The highest id of messages and frames when the capture was opened."""
        self.last_session = opened.last_session
        """The highest session number when the capture was opened."""
        self.queue_limit = queue_limit
        self._opened = opened
        self._wall = wall
        self._on_progress = on_progress
        self._backlog = Backlog(limit=queue_limit, drop=overload == "drop", stall_ns=stall_ns, clock=clock, wall=wall)
        self.put_message: Callable[[Row, int], None] = self._backlog.put_message
        """Put a single-frame message that was forwarded as it came: a row in the order of `HOT_COLUMNS` or
        `PLAYED_COLUMNS`, and about how many bytes it takes in memory."""
        self._listeners: dict[str, int] = {}
        self._last_listener = opened.last_listener
        self._committer = Committer(opened.connection, opened.path, revision=opened.last_change, last_id=opened.last_id)
        self._retention = Retention(opened.connection, limits, wall=wall, clock=clock) if limits else None
        self._checkpointer = Checkpointer(opened.path)
        self._thread = threading.Thread(target=self._run, name="wsinspect-writer", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def enqueued(self) -> int:
        """Bytes put, ever."""
        return self._backlog.enqueued

    @property
    def written(self) -> int:
        """Bytes written or given up, ever."""
        return self._backlog.written

    @property
    def backlog(self) -> int:
        """Bytes put and not yet written."""
        return self._backlog.enqueued - self._backlog.written

    @property
    def state(self) -> WriterState:
        """How the writer stands, as last known; `check` looks again."""
        return self._backlog.state

    @property
    def error(self) -> str | None:
        """Why the last commit failed; None while they succeed."""
        return self._backlog.error

    @property
    def lost(self) -> Lost:
        """Sums of what was refused or could not be written since the start, on record as gaps or not."""
        return self._backlog.losses.total

    def check(self) -> WriterState:
        """Look whether there was progress in time; to be called now and then while the caller waits for some."""
        return self._backlog.check()

    def close(self) -> None:
        """Write what is left, and put the file back into the form that can be copied.

        Waits for a commit no longer than `stall_ns`; what is not written then is in `lost`.
        """
        self._backlog.close()
        self._thread.join()

    def insert(self, table: str, row: Row, cost: int = ROW_COST) -> None:
        """Put a row of any table, in the order of `COLUMNS`."""
        self._backlog.put(Insert(table, row), cost)

    def insert_message(self, row: Row, cost: int) -> None:
        """Put any message, in the order of `MESSAGE_COLUMNS`."""
        self._backlog.put(Insert("message", row), cost)

    def insert_frame(self, row: Row, cost: int) -> None:
        """Put a frame, in the order of `FRAME_COLUMNS`."""
        self._backlog.put(Insert("frame", row), cost)

    def insert_chunk(self, owner: int, kind: int, offset: int, data: bytes) -> None:
        """Put a piece of the payload of a row that has `chunks` set; `kind` is one of `schema`'s."""
        self._backlog.put(Insert("chunk", (owner, kind, offset, data)), len(data) + ROW_COST)

    def insert_session(self, session: Session) -> None:
        """Put a session, and its listener where that is new."""
        values = session_values(session)
        values.update(run=self._opened.run, listener=self._listener(session.listener), changed=None)
        self._backlog.put(Insert("session", tuple(values[name] for name in SESSION_COLUMNS)), _SESSION_COST)
        for tag in session.tags:
            self.insert("tag", (session.id, None, text_value(tag)))

    def save_session(self, session: Session) -> None:
        """Update all of a session but its tags, and its counters, which `update_counters` keeps."""
        values = session_values(session)
        for name in ("id", *COUNTER_COLUMNS):
            del values[name]
        self._backlog.put(Update("session", session.id, values), _SESSION_COST)

    def update_session(self, session: int, **columns: SqlValue) -> None:
        """Update columns of a session, with values as `rows` makes them."""
        self._backlog.put(Update("session", session, columns), ROW_COST)

    def update_message(self, message: int, cost: int = ROW_COST, **columns: SqlValue) -> None:
        """Update columns of the message with this id."""
        self._backlog.put(Update("message", message, columns), cost)

    def update_frame(self, frame: int, cost: int = ROW_COST, **columns: SqlValue) -> None:
        """Update columns of the frame with this id."""
        self._backlog.put(Update("frame", frame, columns), cost)

    def update_counters(self, counters: Iterable[tuple[int, ...]]) -> None:
        """Update sessions' counters: the session's number, then totals in the order of `COUNTER_COLUMNS`."""
        for session, *totals in counters:
            columns: dict[str, SqlValue] = dict(zip(COUNTER_COLUMNS, totals, strict=True))
            self._backlog.put(Update("session", session, columns), ROW_COST)

    def insert_gap(self, gap: Gap, session: int | None = None) -> None:
        """Put a gap that someone else counted, of a session where it or the gap says so."""
        row = (
            gap.session if session is None else session,
            gap.time,
            gap.end,
            gap.frames,
            gap.messages,
            gap.bytes,
            text_value(gap.why),
        )
        self._backlog.put(Insert("gap", row), ROW_COST)

    def tag(self, session: int, number: int | None, tags: Iterable[str]) -> None:
        """Put tags in place of those of a session, or of its message of this number."""
        self._put_statements(tag_statements(session, number, tags))

    def note(self, session: int, number: int | None, note: str | None) -> None:
        """Put a note in place of that of a session, or of its message of this number; None removes it."""
        self._put_statements(note_statements(session, number, note))

    def add_note(self, message: int, line: str) -> None:
        """Put a line at the end of the note of the message with this id."""
        sql = (
            "INSERT INTO note VALUES (?, ?) ON CONFLICT(message) DO UPDATE SET note = note || char(10) || excluded.note"
        )
        self._put_statements([Statement(sql, (message, text_value(line)))])

    def pause(self, why: str) -> None:
        """Record no further traffic: it is counted, and goes on record as gaps for this reason after `resume`."""
        self._backlog.pause_recording(why)

    def resume(self) -> None:
        """Record again."""
        self._backlog.pause_recording(None)

    def _put_statements(self, statements: Iterable[Statement]) -> None:
        for statement in statements:
            self._backlog.put(statement, ROW_COST)

    def _listener(self, text: str | None) -> int | None:
        if text is None:
            return None
        known = self._listeners.get(text)
        if known is None:
            known = self._listeners[text] = self._last_listener = self._last_listener + 1
            mode, at, address = text.rpartition("@")
            place = (text_value(mode), text_value(address)) if at else (text_value(text), None)
            self.insert("listener", (known, self._opened.run, *place))
        return known

    # The thread.

    def _run(self) -> None:
        try:
            due = self._retain()
            while (wake := self._backlog.wait(due)) is not Wake.END:
                if wake is Wake.ROWS:
                    self._write(self._backlog.take())
                due = self._retain()
        except Exception as error:  # noqa: BLE001  # whatever it is, the traffic goes on and the caller is told
            self._backlog.fail(str(error))
            self._tell()
        self._checkpointer.close()
        _finish(self._opened, self._wall(), clean=self._backlog.state is WriterState.OK)
        self._checkpointer.let_go()

    def _write(self, items: list[Item]) -> None:
        cost = sum(map(itemgetter(1), items))
        while True:
            try:
                refusals = self._committer.commit(items)
                break
            except NoProgressError as trouble:
                if not self._may_try_again(str(trouble)):
                    self._backlog.lose(items, str(trouble))
                    return
            except Exception as error:
                self._backlog.lose(items, str(error))
                raise
        for refusal in refusals:
            self._backlog.lose([refusal.item], refusal.why, written=True)
        self._backlog.progressed(cost)
        self._checkpointer.committed(self._opened.connection, cost)
        self._tell()

    def _retain(self) -> float | None:
        """Keep to the limits; return in how many seconds to look again, None for not by itself."""
        if self._retention is None:
            return None
        try:
            due = self._retention.run()
        except sqlite3.OperationalError:
            # What stands in the way of deleting stands in the way of commits, which tell of it.
            return RETRY_S
        if due == 0:
            self._checkpointer.committed(self._opened.connection, _PORTION_COST)
        return due

    def _may_try_again(self, why: str) -> bool:
        before = self._backlog.state
        self._backlog.error = why
        now = self._backlog.check()
        if now is not before:
            self._tell()
        if now is not WriterState.OK and self._backlog.closing:
            return False
        self._backlog.pause(RETRY_S)
        return True

    def _tell(self) -> None:
        if self._on_progress is not None:
            # An event loop that has been closed no longer takes calls.
            with contextlib.suppress(RuntimeError):
                self._on_progress()


def _finish(opened: Opened, now: int, *, clean: bool) -> None:
    """End the run, and leave a file that needs no other beside it."""
    connection = opened.connection
    with contextlib.suppress(sqlite3.Error):
        connection.execute("UPDATE run SET ended = ?, clean = ? WHERE id = ?", (now, int(clean), opened.run))
        for _ in range(_UNLOCK_TRIES):
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            # A reader that is still there keeps the mode as it is; the log is empty then all the same.
            with contextlib.suppress(sqlite3.OperationalError):
                connection.execute("PRAGMA journal_mode = DELETE").fetchone()
                break
            time.sleep(UNLOCK_S)
    connection.close()
    opened.lock.release()
