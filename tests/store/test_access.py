"""Captures are read wherever they lie and however they were left."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.store.samples import hot_row, record, session
from wsinspect.errors import StoreError
from wsinspect.store.reader import CaptureReader, Point
from wsinspect.store.schema import wal_path
from wsinspect.store.writer import CaptureWriter

NOBODY = 65534


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A folder that can be written until it is locked by `seal`; root is somebody else meanwhile."""
    folder = tmp_path / "sealed"
    folder.mkdir()
    yield folder
    if os.geteuid() != os.getuid():
        os.seteuid(os.getuid())
    folder.chmod(0o700)


def seal(folder: Path) -> None:
    for file in folder.iterdir():
        file.chmod(0o444)
    folder.chmod(0o555)
    if os.getuid() == 0:
        for parent in list(folder.parents)[:-1]:
            parent.chmod(parent.stat().st_mode | 0o055)
        os.seteuid(NOBODY)


def copy_while_live(path: Path, folder: Path, *, with_log: bool) -> Path:
    """Copy a capture from under its writer, as a crash would leave it."""
    copy = folder / path.name
    with CaptureWriter(path) as writer:
        writer.insert_session(session())
        writer.put_message(hot_row(1), 100)
        while writer.backlog:
            writer._backlog._wake.put(None)
        shutil.copy(path, copy)
        if with_log:
            shutil.copy(wal_path(path), wal_path(copy))
    return copy


def test_a_finished_capture_is_read_in_a_read_only_folder(read_only: Path) -> None:
    path = read_only / "a.wsi"
    record(path, 3)
    seal(read_only)
    with CaptureReader(path) as reader:
        assert len(list(reader.messages())) == 3


def test_a_crashed_capture_with_its_log_is_read_whole(tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    folder.mkdir()
    copy = copy_while_live(tmp_path / "a.wsi", folder, with_log=True)
    before = copy.read_bytes(), wal_path(copy).read_bytes()
    with CaptureReader(copy) as reader:
        assert not reader.live
        assert len(list(reader.messages())) == 1
    assert (copy.read_bytes(), wal_path(copy).read_bytes()) == before


def test_a_crashed_capture_with_its_log_in_a_read_only_folder_says_what_to_do(tmp_path: Path, read_only: Path) -> None:
    copy = copy_while_live(tmp_path / "a.wsi", read_only, with_log=True)
    seal(read_only)
    with pytest.raises(StoreError, match="folder is read-only") as caught:
        CaptureReader(copy)
    assert "copy it and a.wsi-wal" in str(caught.value.hint)


def test_a_capture_that_lost_its_log_is_read_as_far_as_it_goes(tmp_path: Path, read_only: Path) -> None:
    copy = copy_while_live(tmp_path / "a.wsi", read_only, with_log=False)
    seal(read_only)
    with CaptureReader(copy) as reader:
        assert list(reader.messages()) == []


def test_an_open_reader_sees_a_writer_begin_and_end(tmp_path: Path) -> None:
    path = tmp_path / "a.wsi"
    record(path, 1)
    with CaptureReader(path) as reader:
        assert len(list(reader.messages())) == 1
        with CaptureWriter(path, append=True) as writer:
            writer.put_message(hot_row(2), 100)
        assert len(list(reader.messages())) == 2
        (run, again) = reader.runs()
    assert run.clean
    assert again.clean
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_damage_that_shows_late_is_an_error_for_a_person(tmp_path: Path) -> None:
    path = tmp_path / "a.wsi"
    record(path, 3000)
    with CaptureReader(path) as reader:
        messages = reader.messages()
        next(messages)
        whole = path.read_bytes()
        path.write_bytes(whole[: 16384 * 4] + b"\xff" * (len(whole) - 16384 * 4))
        with pytest.raises(StoreError, match="damaged"), CaptureReader(path) as other:
            list(other.messages())


def test_values_that_no_record_can_be_made_of_are_damage(tmp_path: Path) -> None:
    path = tmp_path / "a.wsi"
    record(path, 3)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE session SET changed = 1, state = 99, request = '[1'")
        connection.execute("UPDATE message SET verdict = 'x', time = 'y'")
    with CaptureReader(path) as reader:
        for look in (
            lambda: list(reader.sessions()),
            lambda: list(reader.messages()),
            lambda: reader.session(1),
            lambda: reader.sessions_by_id([1]),
            lambda: reader.changes(Point()),
            lambda: reader.changes(Point(last_id=9, last_session=9, last_change=-1)),
        ):
            with pytest.raises(StoreError, match="damaged, or not of wsinspect"):
                look()


def test_a_schema_that_is_no_text_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "a.wsi"
    record(path)
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE run", b"CREATE TABL\xff run"))
    with pytest.raises(StoreError, match="damaged"):
        CaptureReader(path)
