"""How long replies took, of a whole capture or of one session: the pairs of `pairs`, counted session by session.

Payloads are read, which takes longer than all other figures together: so it is gone through by itself, in short looks.
A session that is open is come back to. What was remembered of it may be forgotten then: a few messages are read again.
"""

from __future__ import annotations

import heapq
import time
from dataclasses import dataclass, field

from wsinspect.decode.correlation import LARGEST_BYTES
from wsinspect.decode.pairing import Matcher
from wsinspect.errors import StoreError
from wsinspect.model import Direction, SessionState
from wsinspect.store.access import errors_of
from wsinspect.store.reader import CaptureReader
from wsinspect.store.spread import Spread

SLOWEST = 20
_AT_ONCE = 64
_MOST_MATCHERS = 32
_AGAIN = 256
"""Messages that are read again where it was forgotten what waits for a reply."""


@dataclass(frozen=True, slots=True, order=True)
class Reply:
    """A message that answers one."""

    latency_ns: int
    session: int
    number: int
    request: int
    """Number of the message that it answers."""
    direction: Direction


@dataclass(slots=True)
class ReplyFigures:
    """What has been counted."""

    latencies: tuple[Spread, Spread] = field(default_factory=lambda: (Spread(), Spread()))
    """Nanoseconds, by who replied."""
    slowest: list[Reply] = field(default_factory=list)
    """The slowest first."""

    @property
    def count(self) -> int:
        """How many replies there are."""
        return self.latencies[0].count + self.latencies[1].count


class ReplyCount:
    """Counts replies.

    Args:
        session: Number of the only session that matters; None: all of them.
    """

    def __init__(self, session: int | None = None) -> None:
        self.figures = ReplyFigures()
        self.looked_at = 0
        """Messages, the large ones among them not counted."""
        self._only = session
        self._seen = 0
        """The newest session that was looked at."""
        self._open: dict[int, int] = {}
        """Sessions that may go on, and the number of the last message of each that was looked at."""
        self._left: list[int] = []
        """Of these, which are to be looked at again, the next one last."""
        self._matchers: dict[int, Matcher] = {}

    def advance(self, reader: CaptureReader, budget_s: float = 0.015) -> bool:
        """Count more; return whether there is more to be counted.

        Args:
            reader: Of the capture; each call may have another.
            budget_s: For how long, about.

        Raises:
            StoreError: The capture cannot be read.
        """
        deadline = time.perf_counter() + budget_s
        try:
            with errors_of(reader.path):
                while time.perf_counter() < deadline:
                    if not self._left and not self._next(reader):
                        self._left = sorted(self._open, reverse=True)
                        return False
                    self._look(reader, self._left[-1])
        except (ValueError, IndexError, TypeError) as error:
            raise StoreError("the capture is damaged", where=str(reader.path)) from error
        return True

    def _next(self, reader: CaptureReader) -> bool:
        """Go on to a session that has not been looked at, if there is one."""
        row = reader.connection.execute(_NEXT, (self._seen, self._only)).fetchone()
        if row is None:
            return False
        self._seen = row[0]
        self._open[self._seen] = 0
        self._left.append(self._seen)
        return True

    def _look(self, reader: CaptureReader, session: int) -> None:
        """Look at the next messages of a session."""
        reach = self._open[session]
        matcher = self._matchers.pop(session, None)
        after = reach
        if matcher is None:
            matcher, after = Matcher(), max(reach - _AGAIN, 0)
        # Asked first: what a session has that is over by now is all there.
        state = reader.connection.execute(_STATE, (session,)).fetchone()
        limit = _AT_ONCE + (reach - after)
        rows = reader.connection.execute(_ROWS, (session, after, limit)).fetchall()
        for number, direction, moment, payload in rows:
            found = matcher.take(number, direction, moment, payload)
            if found is not None and number > reach:
                self._take(Reply(found[1], session, number, found[0], Direction(direction)))
        self.looked_at += sum(1 for row in rows if row[0] > reach)
        if rows:
            self._open[session] = max(reach, rows[-1][0])
        if len(rows) == limit:
            self._keep(session, matcher)
            return
        self._left.pop()
        if state is None or state[0] != SessionState.OPEN:
            del self._open[session]
        else:
            self._keep(session, matcher)

    def _keep(self, session: int, matcher: Matcher) -> None:
        if len(self._matchers) >= _MOST_MATCHERS:
            del self._matchers[next(iter(self._matchers))]
        self._matchers[session] = matcher

    def _take(self, reply: Reply) -> None:
        figures = self.figures
        figures.latencies[reply.direction].add(reply.latency_ns)
        if len(figures.slowest) < SLOWEST or reply > figures.slowest[-1]:
            figures.slowest = heapq.nlargest(SLOWEST, [*figures.slowest, reply])


_NEXT = "SELECT id FROM session WHERE id > ? AND id = coalesce(?, id) ORDER BY id LIMIT 1"
_STATE = "SELECT state FROM session WHERE id = ?"
# The size of what has not wholly come is not known.
_ROWS = (
    "SELECT number, dir, time, coalesce(payload, wsi_payload(id)) FROM message WHERE session = ? AND number > ?"
    f" AND size <= {LARGEST_BYTES} AND (payload IS NOT NULL OR coalesce(completeness, 0) IN (0, 3))"
    " ORDER BY number LIMIT ?"
)
