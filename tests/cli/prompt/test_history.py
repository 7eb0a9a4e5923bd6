"""What was typed is kept for the next time, for nobody else, and not without end."""

from __future__ import annotations

import stat
from pathlib import Path

import platformdirs
import pytest
from prompt_toolkit.history import InMemoryHistory

from wsinspect.cli.prompt.history import history_path, open_history


def test_it_is_in_the_users_state_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(platformdirs, "user_state_path", lambda name, appauthor: tmp_path / name)
    assert history_path() == tmp_path / "wsinspect" / "send-history"


def test_it_is_kept_and_is_the_users_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "history"
    open_history(path).store_string("one\ntwo")
    open_history(path).store_string("three")
    assert list(open_history(path).load_history_strings()) == ["three", "one\ntwo"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_it_need_not_be_kept(tmp_path: Path) -> None:
    assert isinstance(open_history(None), InMemoryHistory)
    (tmp_path / "file").touch()
    assert isinstance(open_history(tmp_path / "file" / "history"), InMemoryHistory)


def test_it_does_not_grow_without_end(tmp_path: Path) -> None:
    path = tmp_path / "history"
    history = open_history(path)
    for number in range(3):
        history.store_string(f"{number} " + "x" * (400 << 10))
    kept = [entry[0] for entry in open_history(path).load_history_strings()]
    assert kept == ["2"]
    path.write_bytes(b"x" * (2 << 20))
    assert list(open_history(path).load_history_strings()) == []


def test_a_file_that_is_gone_is_no_trouble(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "history"
    history = open_history(path)
    path.unlink()
    path.parent.rmdir()
    history.store_string("x")
    assert list(history.load_history_strings()) == []


def test_what_is_no_text_in_it_can_be_shown(tmp_path: Path) -> None:
    path = tmp_path / "history"
    open_history(path).store_string("x")
    path.write_bytes(path.read_bytes().replace(b"+x", b"+\xff\xed\xa0\x80"))
    for entry in open_history(path).load_history_strings():
        entry.encode()
