"""A capture that lacks, doubles or cuts messages is found out."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from tests.bench.captures import incomplete


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """A file with a session on `/a` that has three messages, and one on `/b` that has none."""
    path = tmp_path / "a.wsi"
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.executescript(
            "CREATE TABLE session (id, path); CREATE TABLE message (id, session, truncated); CREATE TABLE gap (id);"
            "INSERT INTO session VALUES (1, '/a'), (2, '/b');"
            "INSERT INTO message VALUES (1, 1, NULL), (2, 1, 0), (3, 1, 0)"
        )
    return path


def change(path: Path, statement: str) -> None:
    """Run one statement on a capture."""
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute(statement)


def test_a_complete_capture_has_no_problems(capture: Path) -> None:
    assert incomplete(capture, {"/a": 3, "/b": 0}) == []


def test_every_difference_is_named(capture: Path) -> None:
    assert incomplete(capture, {"/a": 4, "/c": 1}) == [
        "4 messages passed on /a, and the capture holds 3",
        "1 messages passed on /c, and the capture holds no session",
        "unexpected session /b",
    ]


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("INSERT INTO gap VALUES (1)", "the capture has 1 gaps"),
        ("UPDATE message SET truncated = 7 WHERE id = 2", "1 messages are truncated"),
    ],
)
def test_gaps_and_cuts_are_problems(capture: Path, statement: str, problem: str) -> None:
    change(capture, statement)
    assert incomplete(capture, {"/a": 3, "/b": 0}) == [problem]
