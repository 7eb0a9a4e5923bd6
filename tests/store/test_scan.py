"""Long lists are read in short statements that give each row once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from wsinspect.store import scan as scanning
from wsinspect.store.scan import Query, scan

QUERY = Query("SELECT id, data FROM t", "id", "data <> ?", (b"no",), "SELECT min(id), max(id) FROM t")


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as opened:
        opened.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, data)")
        yield opened


def fill(connection: sqlite3.Connection, ids: range, data: bytes = b"yes") -> None:
    connection.executemany("INSERT INTO t VALUES (?, ?)", ((row_id, data) for row_id in ids))


@pytest.mark.parametrize("backwards", [False, True])
def test_every_row_comes_once_in_order(connection: sqlite3.Connection, backwards: bool) -> None:
    fill(connection, range(1, 3001, 3))
    fill(connection, range(2, 3001, 3), b"no")
    found = [row[0] for row in scan(connection, QUERY, after=10, backwards=backwards)]
    wanted = list(range(13, 3001, 3))
    assert found == (wanted[::-1] if backwards else wanted)


@pytest.mark.parametrize("backwards", [False, True])
def test_a_statement_that_gives_too_much_is_left_and_continued(
    connection: sqlite3.Connection, backwards: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "PAGE_BYTES", 100)
    statements: list[str] = []
    fill(connection, range(1, 501), b"0123456789")
    connection.set_trace_callback(statements.append)
    found = [row[0] for row in scan(connection, QUERY, after=0, backwards=backwards)]
    wanted = list(range(1, 501))
    assert found == (wanted[::-1] if backwards else wanted)
    assert len(statements) > 10


def test_a_slow_statement_is_left_and_continued(
    connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "READ_S", 0.0)
    fill(connection, range(1, 201))
    assert [row[0] for row in scan(connection, QUERY, after=0)] == list(range(1, 201))


def test_rows_that_come_meanwhile_are_seen(connection: sqlite3.Connection) -> None:
    fill(connection, range(1, 11))
    rows = scan(connection, QUERY, after=0)
    assert next(rows)[0] == 1
    fill(connection, range(11, 21))
    assert [row[0] for row in rows] == list(range(2, 21))


def test_an_empty_table_and_an_end_that_is_passed_give_nothing(connection: sqlite3.Connection) -> None:
    assert list(scan(connection, QUERY, after=0)) == []
    fill(connection, range(1, 11))
    assert list(scan(connection, QUERY, after=10)) == []
    assert list(scan(connection, replace(QUERY, parameters=(b"yes",)), after=0)) == []
