"""Checks that a capture holds exactly the messages that were sent."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Mapping
from pathlib import Path


def incomplete(capture: Path, expected: Mapping[str, int]) -> list[str]:
    """Compare a finished capture with what the client sent and received.

    Args:
        capture: The file, which no engine writes any more.
        expected: Messages, both directions together, by the path of the session's request.

    Returns:
        A sentence for everything that is not as it should be; nothing when the capture is complete.
    """
    problems: list[str] = []
    with contextlib.closing(sqlite3.connect(f"file:{capture}?mode=ro", uri=True)) as database:
        recorded: dict[str, int] = dict(
            database.execute(
                "SELECT s.path, count(m.id) FROM session AS s"
                " LEFT JOIN message AS m ON m.session = s.id GROUP BY s.path"
            )
        )
        gaps: int = database.execute("SELECT count(*) FROM gap").fetchone()[0]
        truncated: int = database.execute("SELECT count(*) FROM message WHERE truncated > 0").fetchone()[0]
    for path, count in expected.items():
        held = recorded.get(path, "no session")
        if held != count:
            problems.append(f"{count} messages passed on {path}, and the capture holds {held}")
    problems += [f"unexpected session {path}" for path in recorded.keys() - expected.keys()]
    if gaps:
        problems.append(f"the capture has {gaps} gaps")
    if truncated:
        problems.append(f"{truncated} messages are truncated")
    return problems
