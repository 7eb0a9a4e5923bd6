"""One writer at a time, and nothing left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from wsinspect.errors import StoreError
from wsinspect.store.lock import WriterLock, is_locked, lock_path


def test_a_lock_keeps_others_out_until_it_is_released(tmp_path: Path) -> None:
    path = tmp_path / "a.wsi"
    assert not is_locked(path)
    lock = WriterLock(path)
    assert is_locked(path)
    with pytest.raises(StoreError, match="another engine"):
        WriterLock(path)
    lock.release()
    assert not is_locked(path)
    assert not lock_path(path).exists()


def test_a_lock_file_that_a_killed_engine_left_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "a.wsi"
    lock_path(path).touch()
    assert not is_locked(path)
    WriterLock(path).release()


def test_a_lock_that_was_removed_while_it_was_taken_is_taken_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.wsi"
    answers = iter([False, True])
    monkeypatch.setattr(WriterLock, "_is_current", lambda lock, descriptor: next(answers))
    WriterLock(path).release()
    assert next(answers, None) is None


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written"):
        WriterLock(tmp_path / "missing" / "a.wsi")


def test_a_lock_that_cannot_be_looked_at_counts_as_held(tmp_path: Path) -> None:
    path = tmp_path / "a.wsi"
    lock_path(path).symlink_to(lock_path(path))
    assert is_locked(path)
