"""The oldest finished data goes when a limit says so, all of it, and that is on record."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.store.samples import T0, hot_row, session, wide_row
from wsinspect.model import Completeness, SessionState
from wsinspect.store.columns import COLUMNS, FRAME_COLUMNS, MESSAGE_COLUMNS
from wsinspect.store.retention import EVERY_S, Limits, Retention
from wsinspect.store.writer import CaptureWriter

type Values = dict[str, int | str | bytes | None]
EVERY_NS = int(EVERY_S * 1e9)


@dataclass
class Clock:
    now: int = T0

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.wsi"


def fill(path: Path) -> None:
    """Record a closed session, a refused one and an open one, with everything that belongs to messages."""
    with CaptureWriter(path) as writer:
        writer.insert_session(session(1, state=SessionState.CLOSED, closed=T0 + 3, tags=("old",)))
        writer.insert_session(session(2, state=SessionState.REFUSED, closed=T0 + 1))
        writer.insert_session(session(3))
        writer.put_message(hot_row(1, session=1, payload=b"12345"), 100)
        message: Values = {"session": 1, "number": 2, "seq": 2, "dir": 0, "opcode": 1, "time": T0 + 2}
        writer.insert_message(wide_row(MESSAGE_COLUMNS, id=2, size=3, frames=1, chunks=1, compressed=1, **message), 1)
        frame: Values = {"session": 1, "seq": 2, "message": 2, "dir": 0, "time": T0 + 2, "header": b"\xc1\2"}
        writer.insert_frame(wide_row(FRAME_COLUMNS, id=2, size=2, chunks=1, **frame), 1)
        writer.insert_chunk(2, 0, 0, b"zz")
        writer.insert_chunk(2, 1, 0, b"abc")
        writer.insert("message_sent", (1, b"x"))
        writer.insert("tag", (1, 1, "t"))
        writer.insert("note", (1, "n"))
        writer.insert("view", (1, "p", "e", "k", "s", "{}"))
        writer.insert("rule_hit", (1, 1, "r", "a", "d"))
        writer.insert("rule_hit", (None, 1, "r", "a", "d"))
        writer.insert("rule_hit", (None, 3, "r", "a", "d"))
        cut = Completeness.ARRIVING.value
        row = wide_row(
            MESSAGE_COLUMNS, id=3, session=3, number=1, seq=1, dir=0, opcode=1, time=T0 + 4, size=0, completeness=cut
        )
        writer.insert_message(row, 1)
        row = wide_row(
            FRAME_COLUMNS, id=3, session=3, seq=1, message=1, dir=0, time=T0 + 4, header=b"\1\0", size=0, payload=b""
        )
        writer.insert_frame(row, 1)
        writer.put_message((4, 3, 2, 2, 0, 1, T0 + 5, b"\x81\1", 1, b"x"), 100)


@pytest.fixture
def connection(path: Path) -> Iterator[sqlite3.Connection]:
    fill(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as opened:
        yield opened


def counts(connection: sqlite3.Connection) -> dict[str, int]:
    found = {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in COLUMNS}
    return {table: count for table, count in found.items() if count}


def removals(connection: sqlite3.Connection) -> list[tuple[object, ...]]:
    select = 'SELECT session, sessions, time, "end", frames, messages, bytes, why FROM removal ORDER BY session'
    return connection.execute(select).fetchall()


def test_what_is_too_old_goes_with_all_that_belongs_to_it(connection: sqlite3.Connection, clock: Clock) -> None:
    retention = Retention(connection, Limits(age_ns=10), wall=lambda: clock.now, clock=clock)
    clock.now = T0 + 12
    retention.run()
    # Of session 1 only its first message is older than the limit.
    assert removals(connection) == [
        (0, 1, T0, T0 + 1, 0, 0, 0, "the age limit"),
        (1, 0, T0 + 1, T0 + 1, 1, 1, 5, "the age limit"),
    ]
    clock.now += EVERY_NS
    retention.run()
    assert counts(connection) == {"session": 1, "message": 1, "frame": 1, "rule_hit": 1}
    assert removals(connection) == [
        (0, 2, T0, T0 + 3, 2, 2, 7, "the age limit"),
        (3, 0, T0 + 5, T0 + 5, 1, 1, 1, "the age limit"),
    ]


def test_nothing_is_looked_at_too_often_and_the_next_time_is_known(
    connection: sqlite3.Connection, clock: Clock
) -> None:
    retention = Retention(connection, Limits(age_ns=100 * EVERY_NS), wall=lambda: clock.now, clock=clock)
    assert retention.run() == pytest.approx(100 * EVERY_S)
    assert retention.run() == pytest.approx(EVERY_S)
    clock.now += EVERY_NS
    assert retention.run() == pytest.approx(99 * EVERY_S)
    connection.execute("DELETE FROM message")
    connection.execute("DELETE FROM frame")
    clock.now += EVERY_NS
    assert retention.run() is None


def test_a_size_within_its_limit_is_left_alone(connection: sqlite3.Connection, clock: Clock) -> None:
    before = counts(connection)
    assert Retention(connection, Limits(size_bytes=1 << 30), wall=clock, clock=clock).run() is None
    assert counts(connection) == before


def test_a_size_beyond_its_limit_is_brought_down_and_pages_are_given_back(path: Path, clock: Clock) -> None:
    with CaptureWriter(path) as writer:
        writer.insert_session(session(1))
        for row_id in range(1, 101):
            writer.put_message(hot_row(row_id, payload=bytes(1 << 17)), 1 << 17)
    limit = 6 << 20
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        retention = Retention(connection, Limits(size_bytes=limit), wall=clock, clock=clock)
        while retention.run() == 0:
            pass
        (low, high, count) = connection.execute("SELECT min(id), max(id), count(*) FROM message").fetchone()
        ((_, _, _, _, frames, messages, size, why),) = removals(connection)
    assert (high, count) == (100, 101 - low)
    assert (frames, messages, size, why) == (low - 1, low - 1, (low - 1) << 17, "the size limit")
    assert limit * 0.8 < path.stat().st_size < limit * 1.1


def test_sessions_without_messages_go_too_where_nothing_else_is_left(path: Path, clock: Clock) -> None:
    with CaptureWriter(path) as writer:
        for number in range(1, 1001):
            error = "x" * 1000
            writer.insert_session(session(number, SessionState.FAILED, closed=T0 + number, error=error))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        retention = Retention(connection, Limits(size_bytes=1 << 20), wall=clock, clock=clock)
        while retention.run() == 0:
            pass
        (low, count) = connection.execute("SELECT min(id), count(*) FROM session").fetchone()
    assert low > 1
    assert count == 1001 - low


def test_what_goes_wrong_deletes_nothing(connection: sqlite3.Connection, clock: Clock) -> None:
    before = counts(connection)
    retention = Retention(connection, Limits(age_ns=1), wall=lambda: T0 + 100, clock=clock)
    connection.execute("CREATE TRIGGER kept BEFORE DELETE ON session BEGIN SELECT raise(ABORT, 'kept'); END")
    with pytest.raises(sqlite3.IntegrityError):
        retention.run()
    assert counts(connection) == before
    assert not Limits()
