"""What is counted of sessions: how they stand or ended, and which are the busiest.

All of them are counted each time, some hundred rows a look, as the counters in the rows of open ones grow.
"""

from __future__ import annotations

import heapq
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from wsinspect.model import SessionState
from wsinspect.store.access import errors_of
from wsinspect.store.reader import CaptureReader
from wsinspect.store.rows import text_record

BUSIEST = 20
_ROWS = 500
_URL_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Busy:
    """How much a session has had."""

    session: int
    url: str
    """Its beginning."""
    state: SessionState
    messages: int
    bytes: int
    """Of the frame streams."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a session stands, or ended."""

    state: SessionState
    code: int | None
    """Of the first close frame; of one that was refused the status of the answer."""


@dataclass(slots=True)
class SessionFigures:
    """What has been counted."""

    count: int = 0
    endings: Counter[Ending] = field(default_factory=Counter)
    busiest: list[Busy] = field(default_factory=list)
    """The busiest first."""


class SessionCount:
    """Counts sessions, from the first one on.

    Args:
        session: Number of the only one that matters; None: all of them.
    """

    def __init__(self, session: int | None = None) -> None:
        self.figures = SessionFigures()
        self._session = session
        self._after = 0

    def advance(self, reader: CaptureReader, budget_s: float = 0.015) -> bool:
        """Count more of them.

        Args:
            reader: Of the capture.
            budget_s: For how long, about.

        Returns:
            Whether there are more.

        Raises:
            StoreError: The capture cannot be read.
        """
        deadline = time.perf_counter() + budget_s
        while time.perf_counter() < deadline:
            with errors_of(reader.path):
                rows = reader.connection.execute(_SESSIONS, (self._after, self._session, _ROWS)).fetchall()
                if not rows:
                    return False
                self._count(rows)
        return True

    def _count(self, rows: Sequence[Sequence[Any]]) -> None:
        figures = self.figures
        busy: list[Busy] = []
        for number, url, state, status, code, messages, size in rows:
            self._after = number
            figures.count += 1
            told = SessionState(state)
            figures.endings[Ending(told, status if told is SessionState.REFUSED else code)] += 1
            beginning = (text_record(url) or "")[:_URL_CHARACTERS]
            busy.append(Busy(number, beginning, told, messages or 0, size or 0))
        figures.busiest = heapq.nlargest(BUSIEST, [*figures.busiest, *busy], key=_business)


def _business(busy: Busy) -> tuple[int, int, int]:
    return busy.messages, busy.bytes, -busy.session


_SESSIONS = (
    "SELECT id, url, state, status, close_code, messages_c2s + messages_s2c,"
    " bytes_c2s + bytes_s2c FROM session WHERE id > ? AND id = coalesce(?, id) ORDER BY id LIMIT ?"
)
