"""Statements that write many rows write each exactly once, whatever their number."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from wsinspect.store import schema
from wsinspect.store.columns import COLUMNS, HOT_COLUMNS, SqlValue, insert_statements, update_statements


@pytest.mark.parametrize("count", [0, 1, 2, 4, 5, 17, 300, 3072, 3073, 5000])
def test_every_row_is_inserted_and_updated_once(count: int) -> None:
    rows = [(number, 1, number, number, 0, 1, number, b"\x81\0", 0, b"") for number in range(1, count + 1)]
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        schema.create(connection)
        for sql, parameters in insert_statements("message", HOT_COLUMNS, rows):
            connection.execute(sql, parameters)
        for sql, parameters in update_statements("message", ("held",), [(-row[0], row[0]) for row in rows]):
            connection.execute(sql, parameters)
        found = connection.execute(f"SELECT {','.join(HOT_COLUMNS)}, held FROM message ORDER BY id").fetchall()
    assert found == [(*row, -row[0]) for row in rows]


def test_many_rows_are_few_statements() -> None:
    rows: list[tuple[SqlValue, ...]] = [(None,) * 10] * 10_000
    assert len(insert_statements("message", HOT_COLUMNS, rows)) == 4
    wide: list[tuple[SqlValue, ...]] = [(None,) * len(COLUMNS["session"])] * 1000
    assert len(insert_statements("session", COLUMNS["session"], wide)) == 2


@pytest.mark.parametrize("table", COLUMNS)
@pytest.mark.parametrize("count", [1, 3])
def test_columns_are_those_of_the_schema_and_rows_with_null_in_them_are_kept(table: str, count: int) -> None:
    columns = COLUMNS[table]
    rows = [
        tuple(
            number if place == 0 or name in ("tag", "rule", "why", "number", "seq") else None
            for place, name in enumerate(columns)
        )
        for number in range(1, count + 1)
    ]
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        schema.create(connection)
        for sql, parameters in insert_statements(table, columns, rows):
            connection.execute(sql, parameters)
        assert connection.execute(f'SELECT count(*) FROM "{table}"').fetchone() == (count,)


def test_a_tag_of_a_session_and_a_gap_of_none_are_kept_among_others() -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        schema.create(connection)
        rows = [(None, 1, 2, 3, 4, 5, "why")] * 3
        for sql, parameters in insert_statements("gap", COLUMNS["gap"], rows):
            connection.execute(sql, parameters)
        assert connection.execute("SELECT count(*) FROM gap").fetchone() == (3,)
