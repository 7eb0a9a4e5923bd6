"""Commits tell what may pass from what will not, and one bad row from the rest."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.store.samples import hot_row
from wsinspect.store import schema
from wsinspect.store.commit import Committer, NoProgressError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.wsi"


@pytest.fixture
def connection(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as made:
        schema.create(made)
        yield made


def ids(connection: sqlite3.Connection) -> list[int]:
    return [row_id for (row_id,) in connection.execute("SELECT id FROM message ORDER BY id")]


def test_a_batch_is_all_there_or_not_at_all(connection: sqlite3.Connection, path: Path) -> None:
    committer = Committer(connection, path, revision=0, last_id=0)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(NoProgressError, match="locked"):
            committer.commit([(hot_row(1), 1), (hot_row(2), 1)])
        assert not connection.in_transaction
        other.execute("ROLLBACK")
    assert ids(connection) == []
    assert committer.commit([(hot_row(1), 1), (hot_row(2), 1)]) == []
    assert ids(connection) == [1, 2]


def test_bad_rows_are_left_out_each_with_its_reason(connection: sqlite3.Connection, path: Path) -> None:
    committer = Committer(connection, path, revision=0, last_id=0)
    refusals = committer.commit([(hot_row(row_id), 1) for row_id in (1, 1, 1 << 64, 2)])
    assert ids(connection) == [1, 2]
    assert [refusal.item[0] for refusal in refusals] == [hot_row(1), hot_row(1 << 64)]
    assert "UNIQUE" in refusals[0].why
    assert "too large" in refusals[1].why


def test_a_vanished_file_is_no_place_to_commit_to(connection: sqlite3.Connection, path: Path) -> None:
    committer = Committer(connection, path, revision=0, last_id=0)
    path.unlink()
    with pytest.raises(NoProgressError, match="deleted"):
        committer.commit([(hot_row(1), 1)])
    path.touch()
    with pytest.raises(NoProgressError, match="replaced"):
        committer.commit([(hot_row(1), 1)])


def test_a_read_only_database_may_pass(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("PRAGMA query_only = ON")
    with pytest.raises(NoProgressError, match="readonly"):
        Committer(connection, path, revision=0, last_id=0).commit([(hot_row(1), 1)])
