"""A finished capture takes tags and notes, and is a finished capture afterwards."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.store.samples import hot_row, record, session
from wsinspect.errors import StoreError
from wsinspect.model import SessionState
from wsinspect.store.annotation import set_note, set_tags
from wsinspect.store.lock import is_locked
from wsinspect.store.reader import CaptureReader
from wsinspect.store.writer import CaptureWriter


@pytest.fixture
def path(tmp_path: Path) -> Path:
    record(tmp_path / "a.wsi", 3)
    return tmp_path / "a.wsi"


def annotated(path: Path) -> list[tuple[tuple[str, ...], str | None]]:
    """Of session 1 and its messages."""
    with CaptureReader(path) as reader:
        found = reader.session(1)
        assert found is not None
        return [(found.tags, found.note), *((message.tags, message.note) for message in reader.messages())]


def test_sessions_and_messages_take_tags_and_notes(path: Path) -> None:
    set_tags(path, 1, None, ["a", "ü", "a"])
    set_tags(path, 1, 2, ["b"])
    set_note(path, 1, None, "of the session")
    set_note(path, 1, 3, "of a message \ud800")
    nothing: tuple[tuple[str, ...], None] = ((), None)
    assert annotated(path) == [(("a", "ü"), "of the session"), nothing, (("b",), None), ((), "of a message \ud800")]
    set_tags(path, 1, 2, [])
    set_tags(path, 1, None, ["c"])
    set_note(path, 1, None, None)
    set_note(path, 1, 3, None)
    assert annotated(path) == [(("c",), None), nothing, nothing, nothing]


def test_it_is_written_as_an_engine_would(tmp_path: Path, path: Path) -> None:
    other = tmp_path / "b.wsi"
    with CaptureWriter(other) as writer:
        writer.insert_session(session(state=SessionState.CLOSED))
        for row_id in range(1, 4):
            writer.put_message(hot_row(row_id), 100)
        writer.tag(1, 2, ["x", "y"])
        writer.note(1, 2, "n")
        writer.tag(1, None, ["z"])
        writer.note(1, None, "m")
    set_tags(path, 1, 2, ["x", "y"])
    set_note(path, 1, 2, "n")
    set_tags(path, 1, None, ["z"])
    set_note(path, 1, None, "m")

    def rows(capture: Path) -> list[list[tuple[object, ...]]]:
        selects = ("SELECT * FROM tag", "SELECT * FROM note", "SELECT id, note, changed > 0 FROM session")
        with closing(sqlite3.connect(capture)) as connection:
            more = connection.execute("SELECT id, changed > 0 FROM message").fetchall()
            return [more, *(connection.execute(select).fetchall() for select in selects)]

    assert rows(path) == rows(other)


def test_who_follows_the_capture_is_told(path: Path) -> None:
    with CaptureReader(path) as reader:
        point = reader.point()
        set_tags(path, 1, 2, ["b"])
        set_note(path, 1, None, "n")
        changes = reader.changes(point)
        assert [message.tags for message in changes.messages] == [("b",)]
        assert [found.note for found in changes.sessions] == ["n"]
        assert changes.point.last_change == 2


def test_nothing_is_left_beside_the_file(path: Path) -> None:
    set_tags(path, 1, None, ["a"])
    with CaptureReader(path):
        set_tags(path, 1, None, ["b"])
    assert [file.name for file in path.parent.iterdir()] == ["a.wsi"]
    assert path.read_bytes()[18:20] == b"\1\1"
    assert not is_locked(path)


def test_a_capture_whose_engine_was_killed_becomes_whole(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("UPDATE session SET note = 'before'")
        connection.commit()
        copy, log = path.read_bytes(), path.with_name("a.wsi-wal").read_bytes()
    path.write_bytes(copy)
    path.with_name("a.wsi-wal").write_bytes(log)
    set_tags(path, 1, None, ["a"])
    assert annotated(path)[0] == (("a",), "before")
    assert [file.name for file in path.parent.iterdir()] == ["a.wsi"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda path: set_tags(path, 2, None, ["a"]), "there is no session 2"),
        (lambda path: set_tags(path, 1, 9, ["a"]), "there is no message 9 in session 1"),
        (lambda path: set_note(path.with_name("b.wsi"), 1, None, "a"), "there is no such capture"),
    ],
)
def test_what_is_not_there_is_refused(path: Path, change: Callable[[Path], None], why: str) -> None:
    before = path.read_bytes()
    with pytest.raises(StoreError, match=why):
        change(path)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["a.wsi"]


def test_a_capture_that_is_written_is_refused(path: Path) -> None:
    with CaptureWriter(path, append=True), pytest.raises(StoreError, match="an engine is writing"):
        set_note(path, 1, None, "n")


def test_a_file_that_is_not_to_be_written_is_left(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = path.read_bytes()
    # For root every file can be written.
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda name, **rest: connect(name.replace("mode=rw", "mode=ro"), **rest))
    with pytest.raises(StoreError, match="cannot be written"):
        set_note(path, 1, None, "n")
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["a.wsi"]


def test_a_file_that_is_locked_for_long_is_left(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wsinspect.store.annotation._BUSY_S", 0.01)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked"):
            set_note(path, 1, None, "n")
    assert annotated(path)[0] == ((), None)
