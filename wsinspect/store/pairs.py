"""The pairs of requests and replies of a capture, found as they are asked for; `decode.pairing` has the rule.

Messages are read in the order of their numbers, once: what was still arriving then is not paired.
"""

from __future__ import annotations

import sqlite3
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from wsinspect.decode.correlation import LARGEST_BYTES, signs_of
from wsinspect.decode.pairing import Matcher

_AT_ONCE = 64
"""Messages read by one statement, further than asked for where there are more."""
_BEFORE = 1024
"""So many messages before those that are shown are looked at, and half as many behind."""
_MOST_STRANDS = 32
_LARGEST = (1 << 63) - 1
_MOST_AT_A_LOOK = 4096
"""Messages looked at for the sake of those that are shown, about."""
# The size of what has not wholly come is not known.
_ROWS = (
    "SELECT number, dir, time, coalesce(payload, wsi_payload(id)) FROM message WHERE session = ? AND number > ?"
    f" AND size <= {LARGEST_BYTES} AND (payload IS NOT NULL OR coalesce(completeness, 0) IN (0, 3))"
    f" ORDER BY number LIMIT {_AT_ONCE}"
)


@dataclass(frozen=True, slots=True)
class Pair:
    """What a message has to do with another."""

    other_id: int
    other_number: int
    latency_ns: int
    """From the request to the reply."""
    answers: bool
    """Whether it is the reply; otherwise it is the request."""


class Strand:
    """A stretch of a session's messages in which pairs have been found.

    Args:
        connection: A reader's.
        session: Its number.
        after: The number before the first message.
    """

    def __init__(self, connection: sqlite3.Connection, session: int, after: int) -> None:
        self.after = after
        self.reach = after
        """The number of the last message that was looked at."""
        self._connection = connection
        self._session = session
        self._matcher = Matcher()
        # Side by side, in the order of the replies: 24 bytes a pair, where objects would take ten times as much.
        self._replies, self._requests, self._latencies = array("q"), array("q"), array("q")

    def extend(self, to: int) -> None:
        """Look at further messages, up to and with a number."""
        while self.reach < to:
            rows = self._connection.execute(_ROWS, (self._session, self.reach)).fetchall()
            for number, direction, time, payload in rows:
                found = self._matcher.take(number, direction, time, payload)
                if found is not None:
                    self._replies.append(number)
                    self._requests.append(found[0])
                    self._latencies.append(found[1])
            self.reach = rows[-1][0] if len(rows) == _AT_ONCE else max(to, rows[-1][0] if rows else 0)

    def request_of(self, number: int) -> tuple[int, int] | None:
        """Find what a message answers: the number, and the latency."""
        place = bisect_left(self._replies, number)
        if place == len(self._replies) or self._replies[place] != number:
            return None
        return self._requests[place], self._latencies[place]

    def reply_of(self, number: int) -> tuple[int, int] | None:
        """Find what answers a message: the number, and the latency."""
        try:
            place = self._requests.index(number, bisect_right(self._replies, number))
        except ValueError:
            return None
        return self._replies[place], self._latencies[place]


class Pairs:
    """Pairs of one capture, found as they are asked for.

    Args:
        connection: A reader's, with its functions.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._whole: dict[int, Strand] = {}
        """From the first message on, for filters and sorting."""
        self._around: dict[int, Strand] = {}
        """Around messages that are shown."""

    def latency(self, session: int, number: int) -> int | None:
        """Tell after how many nanoseconds a message answers one, None where it answers none.

        All messages before it in its session are looked at, each once.
        """
        strand = self._strand_of_all(session)
        strand.extend(number)
        found = strand.request_of(number)
        return None if found is None else found[1]

    def seek(self, row_id: int, most: int) -> tuple[Pair | None, bool]:
        """Look for the pair of a message among all of its session, from the first one on, some at a time.

        Args:
            row_id: Id of the message.
            most: How many messages to look at now.

        Returns:
            The pair where it was found by now; and whether there is more to look at.
        """
        row = self._connection.execute(_PLACE, (row_id,)).fetchone()
        if row is None or row[2] is None or signs_of(row[2]) is None:
            return None, False
        session, number, _ = row
        last: int = self._connection.execute(_LAST_NUMBER, (session, _LARGEST)).fetchone()[0]
        strand = self._strand_of_all(session)
        if strand.reach < last:
            strand.extend(min(strand.reach + most, last))
        pair = self._pair(strand, session, number)
        return pair, pair is None and strand.reach < last

    def _strand_of_all(self, session: int) -> Strand:
        strand = self._whole.get(session)
        if strand is None:
            strand = self._whole[session] = Strand(self._connection, session, 0)
        return strand

    def of(self, ids: Sequence[int]) -> dict[int, Pair]:
        """Find the pairs of messages that are shown, by their ids, looking around them only."""
        select = f"SELECT session, number, id FROM message WHERE id IN ({', '.join('?' * len(ids))})"
        rows = self._connection.execute(f"{select} ORDER BY session, number", tuple(ids)).fetchall()
        groups: list[list[tuple[int, int, int]]] = []
        for row in rows:
            session, number = groups[-1][-1][:2] if groups else (0, 0)
            if groups and row[0] == session and row[1] - number <= _BEFORE:
                groups[-1].append(row)
            else:
                groups.append([row])
        before = min(_BEFORE, _MOST_AT_A_LOOK // max(len(groups), 1))
        found: dict[int, Pair] = {}
        for group in groups:
            strand = self._strand_around(group[0][0], group[0][1], group[-1][1], before)
            for session, number, row_id in group:
                pair = self._pair(strand, session, number)
                if pair is not None:
                    found[row_id] = pair
        return found

    def _strand_around(self, session: int, first: int, last: int, before: int) -> Strand:
        strand = self._whole.get(session)
        if strand is None or strand.reach < last:
            strand = self._around.pop(session, None)
            if strand is None or not _reaches(strand, first, before):
                strand = Strand(self._connection, session, max(first - before, 0))
            # The one that was used last stands last.
            self._around[session] = strand
            if len(self._around) > _MOST_STRANDS:
                del self._around[next(iter(self._around))]
        there = self._connection.execute(_LAST_NUMBER, (session, min(last + before // 2, _LARGEST))).fetchone()
        strand.extend(there[0] if there else last)
        return strand

    def _pair(self, strand: Strand, session: int, number: int) -> Pair | None:
        answered = strand.request_of(number)
        found = answered or strand.reply_of(number)
        if found is None:
            return None
        other, latency = found
        row = self._connection.execute(_ID, (session, other)).fetchone()
        return None if row is None else Pair(row[0], other, latency, answered is not None)


def _reaches(strand: Strand, first: int, before: int) -> bool:
    begins = strand.after == 0 or first - strand.after > before // 2
    return begins and first <= strand.reach + before


_PLACE = (
    f"SELECT session, number, CASE WHEN size <= {LARGEST_BYTES} THEN coalesce(payload, wsi_payload(id)) END"
    " FROM message WHERE id = ?"
)
_ID = "SELECT id FROM message WHERE session = ? AND number = ?"
_LAST_NUMBER = "SELECT number FROM message WHERE session = ? AND number <= ? ORDER BY number DESC LIMIT 1"
