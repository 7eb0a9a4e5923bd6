"""Keeping a capture within a size or an age: the oldest finished data goes, a little at a time, and that is on record.

Messages and frames go in their order of arrival, each with all that belongs to it; what is still arriving stays. A
session goes once it is over and nothing of it is left. `removal` says what went: a row for each session that is still
there, and one with session 0 for all that are not.

Theory of operation. The writer's thread calls `run` between commits; it works no longer than `STEP_S` and says when it
wants to be called again. Pages that become free are used again; those beyond need are given back to the system.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from wsinspect.model import Completeness, SessionState
from wsinspect.store.schema import PAGE_BYTES

STEP_S = 0.04
"""How long one call may take, about."""
EVERY_S = 1.0
"""How often the limits are looked at while rows are written."""
_ROWS_A_STEP = 1000
_BYTES_A_STEP = 16 << 20
_ROW_BYTES = 64
_SESSIONS_A_STEP = 200
_BEGIN_AT, _END_AT = 0.95, 0.90
"""Parts of the size limit: deleting begins above the one and ends below the other."""
_PAGES_A_STEP = 256
_PAGES_KEPT = 32
"""Free pages that wait to be used again."""

_UNDECIDED = f"({', '.join(str(one.value) for one in Completeness if one.undecided)})"
_OLDEST = f"""
SELECT id, time, size, 0 AS framed FROM (SELECT id, time, size FROM message
  WHERE coalesce(completeness, 0) NOT IN {_UNDECIDED} ORDER BY id LIMIT {_ROWS_A_STEP})
UNION ALL
SELECT id, time, size, 1 FROM (SELECT id, time, size FROM frame WHERE coalesce(completeness, 0) NOT IN {_UNDECIDED}
  AND NOT EXISTS (SELECT 1 FROM message AS m WHERE m.session = frame.session AND m.number = frame.message
    AND m.completeness IN {_UNDECIDED}) ORDER BY id LIMIT {_ROWS_A_STEP})
ORDER BY 1 LIMIT {_ROWS_A_STEP}"""
_COUNT = """
INSERT INTO removal(session, sessions, time, "end", frames, messages, bytes, why)
SELECT session, 0, min(time), max(time), total(frames), total(messages), total(bytes), ?
FROM (SELECT session, time, header IS NOT NULL AS frames, 1 AS messages, iif(header IS NULL, 0, size) AS bytes
    FROM message WHERE id IN (SELECT id FROM temp.doomed WHERE framed = 0)
  UNION ALL SELECT session, time, 1, 0, size FROM frame WHERE id IN (SELECT id FROM temp.doomed WHERE framed = 1))
WHERE true GROUP BY session
"""
_MERGE = """ON CONFLICT(session) DO UPDATE SET sessions = sessions + excluded.sessions,
  time = min(time, excluded.time), "end" = max("end", excluded."end"), frames = frames + excluded.frames,
  messages = messages + excluded.messages, bytes = bytes + excluded.bytes, why = excluded.why"""
_MESSAGES = "(SELECT id FROM temp.doomed WHERE framed = 0)"
_DELETE = (
    f"DELETE FROM tag WHERE (session, message) IN (SELECT session, number FROM message WHERE id IN {_MESSAGES})",
    f"DELETE FROM message_sent WHERE message IN {_MESSAGES}",
    f"DELETE FROM note WHERE message IN {_MESSAGES}",
    f"DELETE FROM view WHERE message IN {_MESSAGES}",
    f"DELETE FROM rule_hit WHERE message IN {_MESSAGES}",
    "DELETE FROM chunk WHERE (owner, kind) IN (SELECT id, 1 - framed FROM temp.doomed)",
    f"DELETE FROM message WHERE id IN {_MESSAGES}",
    "DELETE FROM frame WHERE id IN (SELECT id FROM temp.doomed WHERE framed = 1)",
)
_ENDED = f"""
SELECT id FROM session AS s WHERE state <> {SessionState.OPEN.value} AND coalesce(closed, opened) <= ?
  AND NOT EXISTS (SELECT 1 FROM message WHERE session = s.id) AND NOT EXISTS (SELECT 1 FROM frame WHERE session = s.id)
ORDER BY id LIMIT {_SESSIONS_A_STEP}"""
_COUNT_SESSIONS = """
INSERT INTO removal(session, sessions, time, "end", frames, messages, bytes, why)
SELECT 0, count(*), min(s.opened), max(coalesce(s.closed, s.opened)), total(r.frames), total(r.messages),
  total(r.bytes), ? FROM session AS s LEFT JOIN removal AS r ON r.session = s.id
WHERE s.id IN (SELECT id FROM temp.ended) HAVING count(*) > 0
"""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a capture may hold; None for no limit."""

    size_bytes: int | None = None
    """Of the file."""
    age_ns: int | None = None

    def __bool__(self) -> bool:
        return self.size_bytes is not None or self.age_ns is not None


class Retention:
    """Keeps one capture within its limits.

    Args:
        connection: Open for writing, in autocommit; calls belong to the thread that writes.
        limits: The limits.
        wall: The time in Unix nanoseconds.
        clock: A monotonic clock, nanoseconds.
    """

    def __init__(
        self, connection: sqlite3.Connection, limits: Limits, *, wall: Callable[[], int], clock: Callable[[], int]
    ) -> None:
        self._connection = connection
        self._limits = limits
        self._wall, self._clock = wall, clock
        self._shrinking = False
        self._next = clock()
        connection.execute(
            "CREATE TEMP TABLE doomed(id INTEGER, framed INTEGER, PRIMARY KEY(id, framed)) WITHOUT ROWID"
        )
        connection.execute("CREATE TEMP TABLE ended(id INTEGER PRIMARY KEY)")

    def run(self) -> float | None:
        """Delete what is due, a little of it.

        Returns:
            In how many seconds there is more to do, if nothing is written until then; None for never.

        Raises:
            sqlite3.Error: Nothing was deleted.
        """
        if self._clock() < self._next:
            return (self._next - self._clock()) / 1e9
        until = time.perf_counter() + STEP_S
        while self._step():
            if time.perf_counter() > until:
                return 0.0
        self._next = self._clock() + int(EVERY_S * 1e9)
        return self._until_next_age()

    def _step(self) -> bool:
        """Delete one portion; False where none is due."""
        excess = self._excess()
        if excess > 0:
            return self._delete(None, excess, "the size limit") or self._give_back()
        age = self._limits.age_ns
        if age is not None and self._delete(self._wall() - age, _BYTES_A_STEP, "the age limit"):
            return True
        return self._give_back()

    def _excess(self) -> int:
        """Tell how many bytes there are to delete for the sake of the size."""
        limit = self._limits.size_bytes
        if limit is None:
            return 0
        used = (self._figure("page_count") - self._figure("freelist_count")) * PAGE_BYTES
        self._shrinking = used > limit * (_END_AT if self._shrinking else _BEGIN_AT)
        return used - int(limit * _END_AT) if self._shrinking else 0

    def _delete(self, before: int | None, enough: int, why: str) -> bool:
        """Delete the oldest rows.

        Args:
            before: Only those before this time, None for any.
            enough: About so many bytes at most.
            why: For the record.

        Returns:
            Whether there were any.
        """
        connection = self._connection
        doomed, upto = self._oldest(before, min(enough, _BYTES_A_STEP))
        if not doomed and before is None:
            upto = self._oldest_sessions()
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.executemany("INSERT INTO temp.doomed VALUES (?, ?)", doomed)
            connection.execute(_COUNT + _MERGE, (why,))
            for sql in _DELETE if doomed else ():
                connection.execute(sql)
            ended = connection.execute(f"INSERT INTO temp.ended {_ENDED}", (upto,)).rowcount
            connection.execute(_COUNT_SESSIONS + _MERGE, (why,))
            for table in ("removal WHERE", "tag WHERE", "rule_hit WHERE message IS NULL AND"):
                connection.execute(f"DELETE FROM {table} session IN (SELECT id FROM temp.ended)")
            connection.execute("DELETE FROM session WHERE id IN (SELECT id FROM temp.ended)")
            connection.execute("DELETE FROM temp.doomed")
            connection.execute("DELETE FROM temp.ended")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return bool(doomed) or ended > 0

    def _oldest(self, before: int | None, enough: int) -> tuple[Sequence[tuple[int, int]], int]:
        """Choose rows to delete: id and whether of `frame`; with the time up to which all goes."""
        doomed: list[tuple[int, int]] = []
        upto = 0 if before is None else before
        size = 0
        for row_id, when, row_size, framed in self._connection.execute(_OLDEST).fetchall():
            if (before is not None and when >= before) or size >= enough:
                break
            doomed.append((row_id, framed))
            upto = max(upto, when) if before is None else upto
            size += (row_size or 0) + _ROW_BYTES
        return doomed, upto

    def _oldest_sessions(self) -> int:
        select = "SELECT coalesce(closed, opened) AS at FROM session WHERE state <> ? ORDER BY at LIMIT ?"
        ends = self._connection.execute(select, (SessionState.OPEN.value, _SESSIONS_A_STEP)).fetchall()
        return ends[-1][0] if ends else 0

    def _give_back(self) -> bool:
        """Give free pages back, unless they are few; False where they are."""
        free = self._figure("freelist_count")
        if free <= max(_PAGES_KEPT, self._figure("page_count") // 16):
            return False
        self._connection.execute(f"PRAGMA incremental_vacuum({_PAGES_A_STEP})").fetchall()
        return True

    def _until_next_age(self) -> float | None:
        if self._limits.age_ns is None:
            return None
        select = "SELECT min(time) FROM (SELECT min(time) AS time FROM (SELECT time FROM message ORDER BY id LIMIT 1)"
        select += " UNION ALL SELECT min(time) FROM (SELECT time FROM frame ORDER BY id LIMIT 1))"
        (oldest,) = self._connection.execute(select).fetchone()
        if oldest is None:
            return None
        assert isinstance(oldest, int)
        return max((oldest + self._limits.age_ns - self._wall()) / 1e9, EVERY_S)

    def _figure(self, pragma: str) -> int:
        figure: int = self._connection.execute(f"PRAGMA {pragma}").fetchone()[0]
        return figure
