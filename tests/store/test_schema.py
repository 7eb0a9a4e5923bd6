"""What is no whole capture is refused with a clear message and left byte for byte as it was."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.store.samples import record
from wsinspect.errors import StoreError
from wsinspect.store import schema
from wsinspect.store.reader import CaptureReader
from wsinspect.store.writer import CaptureWriter


def patched(position: int, data: bytes) -> Callable[[bytes], bytes]:
    return lambda whole: whole[:position] + data + whole[position + len(data) :]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda whole: b"", "empty"),
        (lambda whole: b"SQLite", "cut short"),
        (lambda whole: b"PK\3\4" + whole, "not a wsinspect capture"),
        (lambda whole: b"P", "not a wsinspect capture"),
        (lambda whole: whole[:-1], "cut short"),
        (lambda whole: whole[: len(whole) // 2], "cut short"),
        (patched(68, bytes(4)), "another program"),
        (patched(60, bytes(4)), "half made"),
        (patched(60, b"\0\0\0\x02"), "newer wsinspect"),
        (patched(100, bytes(5000)), "damaged"),
        (patched(16384, b"\xff" * 16384 * 40), "damaged"),
    ],
)
def test_a_bad_file_is_refused_and_left_alone(tmp_path: Path, change: Callable[[bytes], bytes], complaint: str) -> None:
    path = tmp_path / "a.wsi"
    record(path, 10)
    bad = change(path.read_bytes())
    path.write_bytes(bad)
    with pytest.raises(StoreError, match=complaint) as caught, CaptureReader(path) as reader:
        list(reader.messages())
    assert str(caught.value).startswith(str(path))
    with pytest.raises(StoreError, match=complaint), CaptureWriter(path, append=True):
        pass
    assert path.read_bytes() == bad
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_missing_capture_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no such capture"):
        schema.check_file(tmp_path / "a.wsi")
    with pytest.raises(StoreError, match="cannot be read"):
        schema.check_file(tmp_path)


def test_a_missing_table_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "a.wsi"
    record(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE gap")
    with pytest.raises(StoreError, match="lacks the table 'gap'"):
        CaptureReader(path)


def test_an_older_file_is_migrated_step_by_step_in_one_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    def second(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE second(x)")

    def third(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE third AS SELECT * FROM second")

    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        schema.create(connection)
        monkeypatch.setattr(schema, "VERSION", 3)
        monkeypatch.setattr(schema, "MIGRATIONS", {1: second})
        with pytest.raises(KeyError):
            schema.migrate(connection, 1)
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        monkeypatch.setattr(schema, "MIGRATIONS", {1: second, 2: third})
        schema.migrate(connection, 1)
        assert connection.execute("PRAGMA user_version").fetchone() == (3,)
        assert connection.execute("SELECT * FROM third").fetchall() == []


def test_the_view_of_all_frames_is_merged_by_id_without_sorting() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        schema.create(connection)
        plan = connection.execute(
            "EXPLAIN QUERY PLAN SELECT * FROM frames AS f JOIN session AS s ON s.id = f.session"
            " WHERE f.id > 1 AND f.id <= 9 ORDER BY f.id"
        ).fetchall()
    steps = [step[-1] for step in plan]
    assert steps[0] == "MERGE (UNION ALL)"
    assert not any("TEMP B-TREE" in step or "SCAN" in step for step in steps)
