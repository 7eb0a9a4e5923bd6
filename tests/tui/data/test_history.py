"""What was entered is there again: the newest last, each once, whatever becomes of the file."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from wsinspect.tui.data.history import LONGEST_ENTRY, MOST_ENTRIES, History, Walk, folder, history_of


def test_entries_are_there_for_the_next_program(tmp_path: Path) -> None:
    path = tmp_path / "state" / "history" / "messages"
    history = History(path)
    for entry in ("size > 4k", "über ~ x", "size > 4k"):
        history.add(entry)
    assert History(path).entries() == ["über ~ x", "size > 4k"]
    assert [each.name for each in path.parent.iterdir()] == ["messages"]


def test_no_more_than_so_many_are_kept(tmp_path: Path) -> None:
    history = History(tmp_path / "sessions")
    for number in range(MOST_ENTRIES + 5):
        history.add(f"port == {number}")
    assert history.entries()[0] == "port == 5"
    assert history.entries()[-1] == f"port == {MOST_ENTRIES + 4}"
    assert len(History(tmp_path / "sessions").entries()) == MOST_ENTRIES


@pytest.mark.parametrize("entry", ["", "  ", "two\nlines", "\x1b[31m", "\u202ex", "x" * (LONGEST_ENTRY + 1)])
def test_what_is_no_line_of_text_is_not_kept(tmp_path: Path, entry: str) -> None:
    history = History(tmp_path / "messages")
    history.add(entry)
    assert history.entries() == []


def test_what_another_program_wrote_meanwhile_is_not_lost(tmp_path: Path) -> None:
    mine, other = History(tmp_path / "messages"), History(tmp_path / "messages")
    mine.add("mine")
    other.add("other")
    mine.add("again")
    assert sorted(History(tmp_path / "messages").entries()) == ["again", "mine", "other"]
    assert mine.entries()[-1] == "again"


def test_a_file_with_rubbish_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    (tmp_path / "messages").write_bytes(b"good\n\x1b[2Jbad\n\xff\xfe\n\ndir == c2s")
    assert History(tmp_path / "messages").entries()[0] == "good"
    assert History(tmp_path / "messages").entries()[-1] == "dir == c2s"
    assert not any("\x1b" in entry for entry in History(tmp_path / "messages").entries())


def test_what_cannot_be_written_is_remembered_until_the_end(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    history = History(tmp_path / "file" / "messages")
    history.add("price")
    assert history.entries() == ["price"]


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "messages").mkdir()
    history = History(tmp_path / "messages")
    history.add("price")
    assert history.entries() == ["price"]
    assert [each.name for each in tmp_path.iterdir()] == ["messages"]


@pytest.mark.skipif(sys.platform == "win32", reason="has no such permissions")
def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    History(tmp_path / "state" / "messages").add("token")
    assert stat.S_IMODE((tmp_path / "state" / "messages").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) & 0o077 == 0


def test_a_walk_goes_back_and_comes_home_to_the_draft(tmp_path: Path) -> None:
    history = History(tmp_path / "messages")
    history.add("one")
    history.add("two")
    walk = Walk(history, "dra")
    assert walk.newer() is None
    assert [walk.older(), walk.older(), walk.older()] == ["two", "one", None]
    assert [walk.newer(), walk.newer(), walk.newer()] == ["two", "dra", None]


def test_a_draft_that_is_an_entry_is_met_once(tmp_path: Path) -> None:
    history = History(tmp_path / "messages")
    history.add("one")
    history.add("two")
    assert Walk(history, "two").older() == "one"


def test_a_kind_has_one_history_in_the_users_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    if sys.platform == "linux":
        assert folder() == tmp_path / "wsinspect" / "history"
    assert history_of("messages") is history_of("messages")
    assert history_of("messages") is not history_of("sessions")
