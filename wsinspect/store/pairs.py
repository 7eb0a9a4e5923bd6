"""Which message answers which, without a decoder of their protocol.

The rule. Both carry the same value in a field that numbers messages or names requests (`id`, `requestId`, `ref`), or
the reply names what it answers (`ack`, `replyTo`); `correlation` has the names. The reply comes later, in the opposite
direction of the same session, and the request has no reply yet. Nothing waits for a reply to what looks like a reply
(`result`, `error`, `"type": "res"`). For both sides may count their messages by themselves, these are replies:

- what names what it answers, and what looks like a reply;
- what does the same as the request by a longer name (`subscribe` and `subscribed`);
- but for what looks like a request (`method`, `params`, `"type": "req"`): what shows a field that only requests and
  their replies have (`requestId`);
- and, if the request looks like one, what says the same of what it does, or nothing.

Of an object that lies in another, only those names count that are of requests alone, unless it is a `header`: elsewhere
an `id` is that of some thing. Arrays of Phoenix, OCPP and WAMP are known as such.

What is not JSON, or large, has no part in it; of each direction of a session only so many requests without a reply are
remembered. Messages are read in the order of their numbers, once: what was still arriving then is not paired.
"""

from __future__ import annotations

import sqlite3
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from wsinspect.store.correlation import LARGEST_BYTES, Mark, Role, Signs, signs_of

_MOST_KEYS = 4096
"""Of requests that wait; each has two."""
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


type _Key = tuple[str, int | str]
type _Waiting = tuple[int, int, bool, str | None, tuple[_Key, ...]]
"""Number, time, whether it looks like a request, its verb, and what it is remembered by.

Tuples of plain values: the garbage collector need not look at thousands of them again and again.
"""


class Matcher:
    """Finds the pairs among the messages of one session, given in order."""

    def __init__(self) -> None:
        self._waiting: tuple[dict[_Key, _Waiting], ...] = ({}, {})

    def take(self, number: int, direction: int, time: int, payload: bytes) -> tuple[int, int] | None:
        """Take the next message.

        Args:
            number: Its number.
            direction: 0 or 1.
            time: In nanoseconds.
            payload: All of it.

        Returns:
            The number of the message that it answers, and after how many nanoseconds.
        """
        signs = signs_of(payload)
        if signs is None:
            return None
        found = self._request_of(signs, self._waiting[1 - direction])
        if signs.own and (found is None or signs.role is Role.REPLY):
            keys = tuple(key for mark in signs.own for key in ((mark.name, mark.value), ("", mark.value)))
            asks = signs.role is Role.REQUEST
            _remember((number, time, asks, signs.verb, keys), self._waiting[direction])
        return None if found is None else (found[0], max(time - found[1], 0))

    def _request_of(self, signs: Signs, waiting: dict[_Key, _Waiting]) -> _Waiting | None:
        for mark in signs.asked:
            request = waiting.get((mark.name, mark.value))
            if request is not None and _answers(signs, mark, asks=request[2], verb=request[3]):
                for key in request[4]:
                    if waiting.get(key) is request:
                        del waiting[key]
                return request
        return None


def _remember(request: _Waiting, waiting: dict[_Key, _Waiting]) -> None:
    if len(waiting) >= _MOST_KEYS:
        for key in list(islice(waiting, _MOST_KEYS // 2)):
            del waiting[key]
    for key in request[4]:
        waiting[key] = request


def _answers(reply: Signs, mark: Mark, *, asks: bool, verb: str | None) -> bool:
    """Say whether a message is a reply to one that does this and looks like a request or not."""
    if reply.role is Role.REPLY:
        return True
    if reply.verb is not None and verb is not None and reply.verb != verb:
        return reply.verb.startswith(verb) or (mark.sure and reply.role is Role.EITHER)
    return reply.role is Role.EITHER and (mark.sure or asks)


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
