"""A capture is summed up, live or not, and what is no capture counts nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from wsinspect.cli.totals import Totals, last_session, read_totals
from wsinspect.model import SessionState


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    path = tmp_path / "a #1.wsi"
    counters = ("messages_c2s", "messages_s2c", "frames_c2s", "frames_s2c", "bytes_c2s", "bytes_s2c")
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(f"CREATE TABLE session (id INTEGER PRIMARY KEY, state INTEGER, {', '.join(counters)})")
        database.execute("CREATE TABLE gap (session INTEGER, messages INTEGER)")
        database.executemany(
            "INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (1, SessionState.CLOSED, 1, 2, 3, 4, 5, 6),
                (2, SessionState.OPEN, 10, 20, 30, 40, 5000, 6000),
                (3, SessionState.REFUSED, 0, 0, 0, 0, 0, 0),
            ],
        )
        database.execute("INSERT INTO gap VALUES (2, 7)")
    return path


def test_everything_is_summed_up(capture: Path) -> None:
    totals = read_totals(capture)
    assert totals == Totals(sessions=3, live=1, failed=1, messages=33, frames=77, bytes=11011, lost=7)
    assert str(totals) == (
        "3 sessions (1 without a connection), 33 messages, 77 frames, 11.0k bytes, 7 messages NOT RECORDED"
    )


def test_what_came_after_a_session_is_summed_up(capture: Path) -> None:
    assert read_totals(capture, after_session=2) == Totals(sessions=1, failed=1)
    assert last_session(capture) == 3


def test_what_is_no_capture_counts_nothing(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("no database")
    for path in (tmp_path / "x", tmp_path / "absent"):
        assert read_totals(path) == Totals()
        assert last_session(path) == 0
    assert not (tmp_path / "absent").exists()
