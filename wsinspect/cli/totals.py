"""How much a capture holds: the figures that `capture` counts up and that `exec` ends with."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from wsinspect.model import SessionState
from wsinspect.present.text import number_of, size_text


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over a capture."""

    sessions: int = 0
    live: int = 0
    """Sessions that are open."""
    failed: int = 0
    """Sessions that were refused or failed."""
    messages: int = 0
    frames: int = 0
    bytes: int = 0
    """Of the frame streams, headers included."""
    lost: int = 0
    """Messages that passed and could not be recorded."""

    def __str__(self) -> str:
        parts = [number_of(self.sessions, "session")]
        if self.failed:
            parts[0] += f" ({self.failed} without a connection)"
        parts += [
            number_of(self.messages, "message"),
            number_of(self.frames, "frame"),
            f"{size_text(self.bytes)} bytes",
        ]
        if self.lost:
            parts.append(f"{number_of(self.lost, 'message')} NOT RECORDED")
        return ", ".join(parts)


def read_totals(capture: Path, *, after_session: int = 0) -> Totals:
    """Sum up a capture, live or finished.

    Args:
        capture: The file.
        after_session: Leave out sessions up to this number.

    Returns:
        The sums; zeros where there is nothing to read yet.
    """
    try:
        with closing(sqlite3.connect(f"{capture.absolute().as_uri()}?mode=ro", uri=True, timeout=1.0)) as database:
            (sums,) = database.execute(
                _SUMS, (SessionState.OPEN, SessionState.OPEN, SessionState.CLOSED, after_session)
            )
            ((lost,),) = database.execute(
                "SELECT TOTAL(messages) FROM gap WHERE session IS NULL OR session > ?", (after_session,)
            )
    except sqlite3.Error:
        return Totals()
    sessions, live, failed, messages, frames, size = map(int, sums)
    return Totals(sessions, live, failed, messages, frames, size, int(lost))


def last_session(capture: Path) -> int:
    """Return the number of a capture's last session, 0 where there is none."""
    try:
        with closing(sqlite3.connect(f"{capture.absolute().as_uri()}?mode=ro", uri=True, timeout=1.0)) as database:
            ((last,),) = database.execute("SELECT MAX(id) FROM session")
    except sqlite3.Error:
        return 0
    return last or 0


_SUMS = """
SELECT COUNT(*), TOTAL(state = ?), TOTAL(state NOT IN (?, ?)), TOTAL(messages_c2s + messages_s2c),
    TOTAL(frames_c2s + frames_s2c), TOTAL(bytes_c2s + bytes_s2c)
FROM session WHERE id > ?
"""
