"""The rows of the list of sessions: the records, and what is shown beside them."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from wsinspect.model import Session, SessionState
from wsinspect.present.session_rows import ACTIVITY_CELLS, SessionRow
from wsinspect.store.activity import activity
from wsinspect.store.reader import CaptureReader
from wsinspect.store.session_listing import SessionChoice, SessionListing
from wsinspect.tui.widgets.feed import Found

ACTIVITY_EVERY_S = 2.0
"""How long the activity of an open session is good for."""
_ACTIVITIES_S = 0.01
"""How long a look reads activities."""
_KEPT_ACTIVITIES = 500


@dataclass(frozen=True, slots=True)
class _Activity:
    made: float
    messages: tuple[int, int]
    """Of the session, by direction, when this was made."""
    rates: Sequence[float]


class SessionTable:
    """The sessions of a choice; a `Table`.

    Args:
        reader: The capture.
        choice: Which, and in which order.
    """

    def __init__(self, reader: CaptureReader, choice: SessionChoice) -> None:
        self._reader = reader
        self._listing = SessionListing(reader, choice)
        self._activities: OrderedDict[int, _Activity] = OrderedDict()
        self._layout = 0
        self._until = 0.0
        """When to leave what takes long to the next look."""
        self._rough = False

    @property
    def size(self) -> int:
        """How many sessions there are."""
        return self._listing.size

    @property
    def total(self) -> int | None:
        """How many sessions there were, where only some are listed."""
        return None if self._listing.choice.sessions is None else self._reader.point().last_session

    @property
    def scanned(self) -> float:
        """How much of the capture was looked at, 0 to 1."""
        return self._listing.scanned

    @property
    def layout(self) -> int:
        """Changes whenever there was something new: any session may stand elsewhere then."""
        return self._layout

    @property
    def rough(self) -> bool:
        """Whether the rows that were read last lack activities."""
        return self._rough

    def advance(self, budget_s: float) -> bool:
        """Take in what is new, and sort again what has changed."""
        more = self._listing.advance(budget_s)
        if not more:
            self._listing.refresh()
        self._layout += 1
        return more

    def unfold(self, keys: frozenset[int]) -> None:
        """Sessions have no rows below them."""

    def rows(self, first: int, count: int, payload_limit: int, *, rough: bool) -> list[SessionRow]:
        """Read rows; a session that is gone from the capture is told as such, and rough ones lack activities."""
        self._until, self._rough = (0.0 if rough else time.monotonic() + _ACTIVITIES_S), False
        numbers = self._listing.entries(first, count)
        sessions = self._reader.sessions_by_id(numbers)
        talking = [number for number, session in sessions.items() if session.state is SessionState.OPEN]
        last = self._reader.last_messages(talking, payload_limit=payload_limit)
        return [
            SessionRow(number, session, last.get(number), () if session is None else self._activity(session))
            for number in numbers
            for session in [sessions.get(number)]
        ]

    def find(self, key: int) -> Found | None:
        """Tell where a session stands."""
        place = self._listing.place_of(key)
        if place is None:
            return None
        return Found(place, exact=self._listing.entries(place, 1) == [key])

    def close(self) -> None:
        """Let go of what is kept in the reader."""
        self._listing.close()

    def _activity(self, session: Session) -> Sequence[float]:
        messages = (session.messages.c2s, session.messages.s2c)
        kept = self._activities.get(session.id)
        now = time.monotonic()
        if kept is None or (kept.messages != messages and now - kept.made >= ACTIVITY_EVERY_S):
            if now > self._until:
                self._rough = True
                return () if kept is None else kept.rates
            rates = tuple(activity(self._reader, session.id, ACTIVITY_CELLS)) if any(messages) else ()
            kept = self._activities[session.id] = _Activity(now, messages, rates)
            while len(self._activities) > _KEPT_ACTIVITIES:
                self._activities.popitem(last=False)
        return kept.rates
