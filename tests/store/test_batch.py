"""A batch is few statements in an order in which each finds what it needs."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from tests.store.samples import hot_row, wide_row
from wsinspect.store import schema
from wsinspect.store.batch import REVISION, Batch, Insert, Item, Statement, Update
from wsinspect.store.columns import FRAME_COLUMNS, MESSAGE_COLUMNS


def written(items: list[Item], after_id: int = 0) -> tuple[list[tuple[int, int | None, int | None]], Batch]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        schema.create(connection)
        batch = Batch(items, 9, after_id)
        batch.write(connection)
        select = "SELECT id, truncated, changed FROM message UNION ALL SELECT id, truncated, changed FROM frame"
        return connection.execute(f"{select} ORDER BY 1").fetchall(), batch


def test_updates_of_a_row_become_one_numbered_by_the_commit() -> None:
    rows, batch = written(
        [
            (hot_row(1), 1),
            (Update("message", 1, {"truncated": 1}), 1),
            (Update("message", 1, {"held": 1}), 1),
            (Update("message", 1, {"truncated": 2}), 1),
            (hot_row(2), 1),
        ]
    )
    assert rows == [(1, 2, 9), (2, None, None)]
    assert len(batch.statements) == 2


def test_the_highest_id_of_all_kinds_of_rows_is_remembered() -> None:
    frame = Insert("frame", wide_row(FRAME_COLUMNS, id=5, session=1, seq=5))
    message = Insert("message", wide_row(MESSAGE_COLUMNS, id=4, session=1, seq=5))
    assert written([(hot_row(3), 1)])[1].last_id == 3
    assert written([(hot_row(3), 1), (frame, 1), (message, 1)])[1].last_id == 5
    assert written([(Insert("tag", (1, None, "x")), 1)], after_id=7)[1].last_id == 7


def test_a_row_that_comes_late_counts_as_changed() -> None:
    frame = Insert("frame", wide_row(FRAME_COLUMNS, id=5, session=1, seq=5))
    message = Insert("message", wide_row(MESSAGE_COLUMNS, id=7, session=1, seq=5))
    assert written([(frame, 1), (message, 1)], after_id=6)[0] == [(5, None, 9), (7, None, None)]


def test_a_statement_runs_after_the_inserts_and_knows_its_commit() -> None:
    late = Statement("UPDATE message SET changed = ?, truncated = ? WHERE id = 1", (REVISION, 4))
    assert written([(late, 1), (hot_row(1), 1)])[0] == [(1, 4, 9)]


def test_messages_with_and_without_a_source_go_in_by_one_statement_in_order() -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        schema.create(connection)
        batch = Batch([(hot_row(1), 1), ((*hot_row(2), 3), 1), (hot_row(3), 1)], 9, 0)
        batch.write(connection)
        assert connection.execute("SELECT id, source FROM message ORDER BY 1").fetchall() == [
            (1, None),
            (2, 3),
            (3, None),
        ]
    assert (len(batch.statements), batch.last_id) == (1, 3)
