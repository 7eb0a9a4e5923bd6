"""Reading a capture, live or finished, without ever writing to it.

Every statement is over in a moment: a long one would keep the log of a live capture growing. What an engine that was
killed left open is told as it stands, not as it was last written: its sessions are over, its last frames cut off.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from wsinspect.model import Frame, Gap, Message, Session, SessionId
from wsinspect.query import Expr, Neighbours, SqlFilter, Target, to_predicate
from wsinspect.store.access import errors_of, open_for_reading, register
from wsinspect.store.columns import Row, SqlValue
from wsinspect.store.extents import Extent, extent_of_frame, extent_of_message, extent_of_sent, read_slice
from wsinspect.store.pairs import Pair, Pairs
from wsinspect.store.payloads import Payloads
from wsinspect.store.records import ReadRow, RecordMaker, frame_select, message_select, session_select
from wsinspect.store.rows import text_record
from wsinspect.store.scan import Query, scan
from wsinspect.store.schema import LAST_CHANGE

_MESSAGE_EXTENT = (
    "SELECT (SELECT id FROM message WHERE session = ? ORDER BY number LIMIT 1),"
    " (SELECT id FROM message WHERE session = ? ORDER BY number DESC LIMIT 1)"
)
_FRAME_EXTENT = (
    "SELECT min(low), max(high) FROM ("
    "SELECT (SELECT id FROM message WHERE session = ? ORDER BY number LIMIT 1) AS low,"
    " (SELECT id FROM message WHERE session = ? ORDER BY number DESC LIMIT 1) AS high"
    " UNION ALL SELECT (SELECT id FROM frame WHERE session = ? ORDER BY seq LIMIT 1),"
    " (SELECT id FROM frame WHERE session = ? ORDER BY seq DESC LIMIT 1))"
)
# min() and max() side by side would read the whole table; each by itself is one look at its end.
_ALL_MESSAGES_EXTENT = "SELECT (SELECT min(id) FROM message), (SELECT max(id) FROM message)"
_ALL_FRAMES_EXTENT = (
    "SELECT min(low), max(high) FROM ("
    "SELECT (SELECT min(id) FROM message) AS low, (SELECT max(id) FROM message) AS high"
    " UNION ALL SELECT (SELECT min(id) FROM frame), (SELECT max(id) FROM frame))"
)


@dataclass(frozen=True, slots=True)
class Run:
    """One start of an engine on the capture."""

    id: int
    started: int
    ended: int | None
    version: str
    pid: int
    clean: bool
    """Whether it ended in order."""


@dataclass(frozen=True, slots=True)
class Hit:
    """What a rule did."""

    rule: str
    """Its id."""
    action: str
    """`error` where the rule failed."""
    detail: str | None
    """Of the action, or why the rule failed."""
    times: int
    """How often it did just that."""


@dataclass(frozen=True, slots=True)
class Point:
    """How far someone who follows a capture has come; from the beginning, unless said otherwise."""

    last_id: int = 0
    """Of messages and frames."""
    last_session: int = 0
    last_change: int = 0


@dataclass(frozen=True, slots=True)
class Changes:
    """What is new or was revised since a point."""

    sessions: list[Session]
    messages: list[Message]
    point: Point
    """Where to go on."""


class CaptureReader:
    """Reads one capture; of one thread at a time.

    Args:
        path: The file.

    Raises:
        StoreError: It cannot be read; the file is left as it is. Reading raises it too, where the file is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        opened = open_for_reading(path)
        self.live = opened.live
        """Whether an engine was writing it when it was opened."""
        self._connection = opened.connection
        self._payloads = Payloads(opened.connection)
        self._records = RecordMaker(self._payloads, live=opened.live)
        self._pairs = Pairs(opened.connection)
        register(opened.connection, self._payloads, self._pairs)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def connection(self) -> sqlite3.Connection:
        """For the listings beside this module, which keep temporary tables in it."""
        return self._connection

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def sessions(
        self, chosen: SqlFilter | None = None, *, after_id: int = 0, limit: int | None = None, last: int | None = None
    ) -> Iterator[Session]:
        """Yield sessions in the order of their numbers.

        Args:
            chosen: Which; None for all.
            after_id: Only numbers above this.
            limit: At most so many, the first of them.
            last: At most so many, the last of them.
        """
        where, parameters = _condition(chosen, "", None)
        query = Query(session_select(), "s.id", where, parameters, "SELECT min(id), max(id) FROM session")
        residual = chosen and chosen.residual
        accepts = to_predicate(residual, Target.SESSION) if residual else None

        def make(row: ReadRow) -> Session | None:
            session = self._records.session(row)
            return session if accepts is None or accepts(session) else None

        return self._listed(query, make, after_id, limit, last)

    def messages(
        self,
        chosen: SqlFilter | None = None,
        *,
        session: int | None = None,
        after_id: int = 0,
        limit: int | None = None,
        last: int | None = None,
        payload_limit: int | None = None,
    ) -> Iterator[Message]:
        """Yield messages in order of arrival.

        Args:
            chosen: Which; None for all.
            session: Only of this session.
            after_id: Only ids above this.
            limit: At most so many, the first of them.
            last: At most so many, the last of them.
            payload_limit: Leave no more of each payload than so many bytes, and load no more where the filter allows.
        """
        where, parameters = _condition(chosen, "m", session)
        extent = _ALL_MESSAGES_EXTENT if session is None else _MESSAGE_EXTENT
        residual = chosen and chosen.residual
        load = None if residual else payload_limit
        query = Query(message_select(load), "m.id", where, parameters, extent, (session,) * extent.count("?"))
        return self._listed(query, self._message_maker(chosen, payload_limit), after_id, limit, last)

    def frames(
        self,
        chosen: SqlFilter | None = None,
        *,
        session: int | None = None,
        after_id: int = 0,
        limit: int | None = None,
        last: int | None = None,
        payload_limit: int | None = None,
    ) -> Iterator[Frame]:
        """Yield frames in order of arrival; the arguments are those of `messages`."""
        where, parameters = _condition(chosen, "f", session)
        extent = _ALL_FRAMES_EXTENT if session is None else _FRAME_EXTENT
        residual = chosen and chosen.residual
        load = None if residual else payload_limit
        query = Query(frame_select(load), "f.id", where, parameters, extent, (session,) * extent.count("?"))
        accepts = self.frame_test(residual) if residual else None

        def make(row: ReadRow) -> Frame | None:
            frame = self._records.frame(row, load)
            if accepts is None:
                return frame
            return _shortened(frame, payload_limit) if accepts(frame) else None

        return self._listed(query, make, after_id, limit, last)

    def session(self, session: int) -> Session | None:
        """Read a session by its number."""
        row = self._row(f"{session_select()} WHERE s.id = ?", session)
        with errors_of(self.path):
            return None if row is None else self._records.session(row)

    def message(self, session: int, number: int, *, payload_limit: int | None = None) -> Message | None:
        """Read a message by its number in its session."""
        with errors_of(self.path):
            where = "WHERE m.session = ? AND m.number = ?"
            row = self._row(f"{message_select(payload_limit)} {where}", session, number)
            return None if row is None else self._records.message(row, payload_limit)

    def frame(self, session: int, seq: int, *, payload_limit: int | None = None) -> Frame | None:
        """Read a frame by its `seq` in its session."""
        with errors_of(self.path):
            row_id = self._frame_id(session, seq)
            if row_id is None:
                return None
            row = self._row(f"{frame_select(payload_limit)} WHERE f.id = ? AND f.seq = ?", row_id, seq)
            return None if row is None else self._records.frame(row, payload_limit)

    def messages_by_id(self, ids: Sequence[int], *, payload_limit: int | None = None) -> dict[int, Message]:
        """Read messages by their ids; those that are gone are missing.

        Args:
            ids: No more than a screen full, for one statement reads them.
            payload_limit: Leave no more of each payload than so many bytes.
        """
        where = f"WHERE m.id IN ({', '.join('?' * len(ids))})"
        rows = self._all(f"{message_select(payload_limit)} {where}", tuple(ids))
        with errors_of(self.path):
            return {_integer(row[0]): self._records.message(row, payload_limit) for row in rows}

    def frames_by_id(self, ids: Sequence[int], *, payload_limit: int | None = None) -> dict[int, Frame]:
        """Read frames by their ids; the arguments are those of `messages_by_id`."""
        rows = self._all(f"{frame_select(payload_limit)} WHERE f.id IN ({', '.join('?' * len(ids))})", tuple(ids))
        with errors_of(self.path):
            return {_integer(row[0]): self._records.frame(row, payload_limit) for row in rows}

    def frames_between(
        self, session: int, first_id: int, last_id: int, *, limit: int = 1000, payload_limit: int | None = None
    ) -> list[Frame]:
        """Read the pings and pongs that are folded into one entry.

        Args:
            session: Its number.
            first_id: The id of the first.
            last_id: The id of the last.
            limit: At most so many, the first of them.
            payload_limit: Leave no more of each payload than so many bytes.
        """
        select = (
            "SELECT id FROM frame WHERE session = ? AND seq BETWEEN (SELECT seq FROM frame WHERE id = ?)"
            " AND (SELECT seq FROM frame WHERE id = ?) AND opcode IN (9, 10) AND message IS NULL AND of_seq IS NULL"
            " ORDER BY seq LIMIT ?"
        )
        ids = [_integer(row_id) for (row_id,) in self._all(select, (session, first_id, last_id, limit))]
        found = self.frames_by_id(ids, payload_limit=payload_limit)
        return [found[row_id] for row_id in ids if row_id in found]

    def last_messages(self, sessions: Iterable[int], *, payload_limit: int | None = None) -> dict[int, Message]:
        """Read the last message of each of some sessions, by its number; what has none is missing."""
        select = "SELECT id FROM message WHERE session = ? ORDER BY number DESC LIMIT 1"
        ids = [_integer(row[0]) for number in sessions if (row := self._row(select, number)) is not None]
        return {message.session: message for message in self.messages_by_id(ids, payload_limit=payload_limit).values()}

    def sessions_by_id(self, numbers: Sequence[int]) -> dict[int, Session]:
        """Read sessions by their numbers; those that are gone are missing."""
        rows = self._all(f"{session_select()} WHERE s.id IN ({', '.join('?' * len(numbers))})", tuple(numbers))
        with errors_of(self.path):
            return {session.id: session for session in map(self._records.session, rows)}

    def pairs(self, ids: Sequence[int]) -> dict[int, Pair]:
        """Find what messages answer, or else what answers them, by their ids; what has no pair is missing.

        Args:
            ids: No more than a screen full: only what is near them is looked at.
        """
        with errors_of(self.path):
            return self._pairs.of(ids)

    def seek_pair(self, message: int, most: int) -> tuple[Pair | None, bool]:
        """Look for what a message answers, or what answers it, however far it is; some messages at a time.

        Args:
            message: Its id.
            most: How many messages of its session to look at now.

        Returns:
            The pair where it was found by now; and whether there is more to look at.
        """
        with errors_of(self.path):
            return self._pairs.seek(message, most)

    def frames_of(self, session: int, number: int, *, payload_limit: int | None = None) -> Iterator[Frame]:
        """Yield the frames of a message, those that were sent on instead behind each."""
        message = self.message(session, number, payload_limit=0)
        for seq in () if message is None else message.frames:
            frame = self.frame(session, seq, payload_limit=payload_limit)
            if frame is not None:
                yield frame

    def hits(self, session: int, number: int | None = None, *, limit: int | None = None) -> list[Hit]:
        """Read what rules did, in order, what is the same together.

        Args:
            session: Its number.
            number: Of one of its messages; None: what rules did in the session to no message, as in its handshake, by
                timers and to control frames.
            limit: At most so many, the first of them.
        """
        which = "message IS NULL AND session = ?"
        if number is not None:
            which = "message = (SELECT id FROM message WHERE session = ? AND number = ?)"
        select = (
            f"SELECT rule, action, detail, count(*) FROM rule_hit WHERE {which}"
            " GROUP BY rule, action, detail ORDER BY min(rowid) LIMIT ?"
        )
        chosen = (session,) if number is None else (session, number)
        with errors_of(self.path):
            rows = self._connection.execute(select, (*chosen, -1 if limit is None else limit))
            return [Hit(rule, action, text_record(detail), times) for rule, action, detail, times in rows]

    def payload_chunks(self, session: int, number: int) -> Iterator[bytes]:
        """Yield a message's payload in pieces, each in memory for itself."""
        with errors_of(self.path):
            row = self._row("SELECT id FROM message WHERE session = ? AND number = ?", session, number)
            if row is not None:
                yield from self._payloads.of_message(_integer(row[0]))

    def frame_payload_chunks(self, session: int, seq: int) -> Iterator[bytes]:
        """Yield a frame's payload, as on the wire, in pieces."""
        with errors_of(self.path):
            row_id = self._frame_id(session, seq)
            row = self._row("SELECT payload FROM frames WHERE id = ? AND seq = ?", row_id, seq)
            if row is None or row_id is None:
                return
            if isinstance(row[0], bytes):
                yield row[0]
            else:
                yield from self._payloads.of_frame(row_id)

    def payload_extent(self, session: int, number: int) -> Extent:
        """Tell where a message's payload lies; empty where there is no such message."""
        row = self._row("SELECT id FROM message WHERE session = ? AND number = ?", session, number)
        with errors_of(self.path):
            return Extent() if row is None else extent_of_message(self._connection, _integer(row[0]))

    def sent_extent(self, session: int, number: int) -> Extent | None:
        """Tell where what was sent on instead of a message lies; None where nothing was."""
        row = self._row("SELECT id FROM message WHERE session = ? AND number = ?", session, number)
        with errors_of(self.path):
            return None if row is None else extent_of_sent(self._connection, _integer(row[0]))

    def frame_payload_extent(self, session: int, seq: int) -> Extent:
        """Tell where a frame's payload, as on the wire, lies; empty where there is no such frame."""
        row = self._row("SELECT id FROM frames WHERE id = ? AND seq = ?", self._frame_id(session, seq), seq)
        with errors_of(self.path):
            return Extent() if row is None else extent_of_frame(self._connection, _integer(row[0]))

    def payload_slice(self, extent: Extent, start: int, stop: int) -> bytes:
        """Read bytes `start` to `stop` of a payload without the rest of it; fewer where they are not on record."""
        with errors_of(self.path):
            return read_slice(self._connection, extent, start, stop)

    def sent_frames(self, session: int, number: int, *, limit: int, payload_limit: int | None = None) -> list[Frame]:
        """Read the frames that were sent on instead of a message's own, the first `limit` of them."""
        row = self._row("SELECT seq FROM message WHERE session = ? AND number = ?", session, number)
        if row is None:
            return []
        where = "session = ? AND seq >= ? AND message = ? AND stage = 1 ORDER BY seq LIMIT ?"
        found = self._all(f"SELECT seq FROM frame WHERE {where}", (session, row[0], number, limit))
        frames = (self.frame(session, _integer(seq), payload_limit=payload_limit) for (seq,) in found)
        return [frame for frame in frames if frame is not None]

    def control_frames(
        self, session: int, first_seq: int, last_seq: int, *, limit: int, payload_limit: int | None = None
    ) -> list[Frame]:
        """Read a control frame, or the pings and pongs from one to another, the first `limit` of them."""
        kinds = ">= 8" if first_seq == last_seq else "IN (9, 10)"
        where = f"session = ? AND seq BETWEEN ? AND ? AND opcode {kinds} AND of_seq IS NULL ORDER BY seq LIMIT ?"
        found = self._all(f"SELECT seq FROM frame WHERE {where}", (session, first_seq, last_seq, limit))
        frames = (self.frame(session, _integer(seq), payload_limit=payload_limit) for (seq,) in found)
        return [frame for frame in frames if frame is not None]

    def point(self) -> Point:
        """Tell how far the capture has come."""
        with errors_of(self.path):
            last_id = self._connection.execute(_ALL_FRAMES_EXTENT).fetchone()[1]
            (last_session,) = self._connection.execute("SELECT max(id) FROM session").fetchone()
            (last_change,) = self._connection.execute(f"SELECT max(number) FROM ({LAST_CHANGE})").fetchone()
        return Point(last_id or 0, last_session or 0, last_change or 0)

    def changes(
        self,
        since: Point,
        chosen: SqlFilter | None = None,
        *,
        limit: int = 1000,
        payload_limit: int | None = None,
    ) -> Changes:
        """Read what is new or was revised since a point; each record once, revisions before what is new.

        Args:
            since: Where the last call ended.
            chosen: Which messages; None for all.
            limit: At most so many new messages; the rest comes with the next call.
            payload_limit: Leave no more of each payload than so many bytes.
        """
        # Read first: what changes from here on is told by the next call.
        now = self.point()
        revised = (since.last_change, now.last_change)
        rows = self._all(
            f"{session_select()} WHERE s.changed > ? AND s.changed <= ? AND s.id <= ? ORDER BY s.id",
            (*revised, since.last_session),
        )
        with errors_of(self.path):
            sessions = [self._records.session(row) for row in rows]
        sessions += self.sessions(after_id=since.last_session)
        where, parameters = _condition(chosen, "", None)
        make = self._message_maker(chosen, payload_limit)
        load = None if chosen is not None and chosen.residual else payload_limit
        found = self._all(
            f"{message_select(load)} WHERE m.changed > ? AND m.changed <= ? AND m.id <= ? AND ({where}) ORDER BY m.id",
            (*revised, since.last_id, *parameters),
        )
        with errors_of(self.path):
            messages = [message for row in found if (message := make(row)) is not None]
        new = list(self.messages(chosen, after_id=since.last_id, limit=limit, payload_limit=payload_limit))
        last_id = max(new[-1].id if new else 0, 0 if len(new) == limit else now.last_id)
        last_session = max((session.id for session in sessions), default=0)
        point = Point(max(last_id, since.last_id), max(last_session, since.last_session), now.last_change)
        return Changes(sessions, messages + new, point)

    def gaps(self) -> list[Gap]:
        """Read the stretches that could not be recorded."""
        select = 'SELECT time, "end", frames, messages, bytes, why, session FROM gap ORDER BY id'
        with errors_of(self.path):
            return [Gap(*row) for row in self._connection.execute(select)]

    def runs(self) -> list[Run]:
        """Read the starts of engines on this capture."""
        select = "SELECT id, started, ended, version, pid, clean FROM run ORDER BY id"
        with errors_of(self.path):
            rows = self._connection.execute(select).fetchall()
        return [
            Run(number, started, ended, version, pid, bool(clean))
            for number, started, ended, version, pid, clean in rows
        ]

    def _listed[Record](
        self, query: Query, make: Callable[[ReadRow], Record | None], after: int, limit: int | None, last: int | None
    ) -> Iterator[Record]:
        if last is None:
            return self._found(query, make, after, limit)
        if limit is not None:
            return iter(list(self._found(query, make, after, limit))[-last or limit :])
        return iter(list(self._found(query, make, after, last, backwards=True))[::-1])

    def _found[Record](
        self,
        query: Query,
        make: Callable[[ReadRow], Record | None],
        after: int,
        limit: int | None,
        *,
        backwards: bool = False,
    ) -> Iterator[Record]:
        left = limit
        if left == 0:
            return
        with errors_of(self.path):
            for row in scan(self._connection, query, after=after, backwards=backwards):
                record = make(row)
                if record is None:
                    continue
                yield record
                if left is not None:
                    left -= 1
                    if left == 0:
                        return

    def _message_maker(
        self, chosen: SqlFilter | None, payload_limit: int | None
    ) -> Callable[[ReadRow], Message | None]:
        if chosen is None or chosen.residual is None:
            return lambda row: self._records.message(row, payload_limit)
        accepts = self.message_test(chosen.residual)

        def make(row: ReadRow) -> Message | None:
            message = self._records.message(row, None)
            return _shortened(message, payload_limit) if accepts(message) else None

        return make

    def message_test(self, residual: Expr) -> Callable[[Message], bool]:
        """Make a test of messages of what SQL cannot judge; what it reads of sessions it reads once."""
        predicate = to_predicate(residual, Target.MESSAGE)
        session = self._session_memory()
        placed = any(name in str(residual) for name in ("gap", "index", "latency"))

        def accepts(message: Message) -> bool:
            neighbours = self._neighbours(message) if placed else Neighbours()
            return predicate(message, session(message.session), neighbours)

        return accepts

    def frame_test(self, residual: Expr) -> Callable[[Frame], bool]:
        """Make such a test of frames."""
        predicate = to_predicate(residual, Target.FRAME)
        session = self._session_memory()
        return lambda frame: predicate(frame, session(frame.session))

    def _session_memory(self) -> Callable[[SessionId], Session]:
        known: dict[SessionId, Session] = {}

        def remembered(number: SessionId) -> Session:
            session = known.get(number)
            if session is None:
                session = self.session(number)
                assert session is not None, "the statement joins it"
                known[number] = session
            return session

        return remembered

    def _neighbours(self, message: Message) -> Neighbours:
        where = "FROM message WHERE session = ? AND dir = ? AND number"
        place = (message.session, message.direction.value, message.number)
        before = self._row(f"SELECT time {where} < ? ORDER BY number DESC LIMIT 1", *place)
        # It goes on from the message that it was asked for before.
        counted = self._row("SELECT wsi_index(?, ?, ?)", *place)
        assert counted is not None
        return Neighbours(
            None if before is None else message.time - _integer(before[0]),
            _integer(counted[0]),
            self._pairs.latency(message.session, message.number),
        )

    def _frame_id(self, session: int, seq: int) -> int | None:
        row = self._row("SELECT id FROM frame WHERE session = ? AND seq = ?", session, seq)
        if row is None:
            # A message's number is never above the `seq` of its first frame, so the search begins close to it.
            where = "session = ? AND number <= ? AND seq <= ? ORDER BY number DESC LIMIT 1"
            row = self._row(f"SELECT id FROM message WHERE {where}", session, seq, seq)
        return None if row is None else _integer(row[0])

    def _all(self, sql: str, parameters: Row) -> list[Row]:
        with errors_of(self.path):
            return self._connection.execute(sql, parameters).fetchall()

    def _row(self, sql: str, *parameters: SqlValue) -> Row | None:
        with errors_of(self.path):
            row: Row | None = self._connection.execute(sql, parameters).fetchone()
            return row


def _condition(chosen: SqlFilter | None, alias: str, session: int | None) -> tuple[str, tuple[SqlValue, ...]]:
    where, parameters = ("1", ()) if chosen is None else (chosen.where, chosen.parameters)
    if session is None:
        return where, parameters
    # The + keeps the index of sessions out: what is wanted is a stretch of ids.
    return f"+{alias}.session = ? AND ({where})", (session, *parameters)


def _shortened[Record: (Message, Frame)](record: Record, limit: int | None) -> Record:
    return record if limit is None else replace(record, payload=record.payload[:limit])


def _integer(value: SqlValue) -> int:
    assert isinstance(value, int)
    return value
