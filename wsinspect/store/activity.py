"""How busy a session was in the course of its life, as a row of bars.

Not every message is counted: the numbers of messages are counts already, so the times of some of them, spread evenly
over the numbers, tell how fast they came in between. That costs the same for ten messages and ten million.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise

from wsinspect.store.access import errors_of
from wsinspect.store.reader import CaptureReader

_SAMPLES_A_BUCKET = 3
_EXTENT = """SELECT opened, closed,
  (SELECT number FROM message WHERE session = s.id ORDER BY number LIMIT 1),
  (SELECT number FROM message WHERE session = s.id ORDER BY number DESC LIMIT 1)
FROM session AS s WHERE id = ?"""
_TIMES = """SELECT m.time, m.number FROM json_each(?) AS j JOIN message AS m
  ON m.id = (SELECT id FROM message WHERE session = ? AND number >= j.value ORDER BY number LIMIT 1)"""


def activity(reader: CaptureReader, session: int, buckets: int, *, until: int | None = None) -> list[float]:
    """Tell how many messages came in each part of a session's life.

    Args:
        reader: The capture.
        session: The number of the session.
        buckets: In how many parts of the same length its life is cut.
        until: Where the life of an open session ends, in Unix nanoseconds; None for its last message.

    Returns:
        For each part a number from 0 to 1, 1 being the busiest; empty for a session without messages.

    Raises:
        StoreError: The capture cannot be read.
    """
    with errors_of(reader.path):
        row = reader.connection.execute(_EXTENT, (session,)).fetchone()
        if row is None or row[2] is None:
            return []
        opened, closed, first, last = row
        samples = max(buckets * _SAMPLES_A_BUCKET, 2)
        asked = sorted({first + (last - first) * place // (samples - 1) for place in range(samples)})
        found = reader.connection.execute(_TIMES, (json.dumps(asked), session)).fetchall()
    times = sorted({number: time for time, number in found}.items())
    end = until if closed is None else closed
    return _shares([(time, number) for number, time in times], opened, end, buckets)


def _shares(points: Sequence[tuple[int, int]], begin: int, end: int | None, buckets: int) -> list[float]:
    """Spread messages over buckets.

    Args:
        points: When messages came, and their numbers.
        begin: Of the first bucket, but not behind any message.
        end: Of the last one, but not before any message; None for the last message.
        buckets: How many.
    """
    begin = min(begin, *(time for time, _ in points))
    end = max(begin if end is None else end, *(time for time, _ in points))
    length = max(end - begin, 1) / buckets
    counts = [0.0] * buckets
    counts[_bucket(points[0][0] - begin, length, buckets)] += 1
    for (start, before), (stop, number) in pairwise(points):
        low, high = _bucket(start - begin, length, buckets), _bucket(stop - begin, length, buckets)
        if number - before == 1 or low >= high:
            counts[high] += number - before
            continue
        rate = (number - before) / (stop - start)
        for bucket in range(low, high + 1):
            since, to = max(start, begin + bucket * length), min(stop, begin + (bucket + 1) * length)
            counts[bucket] += rate * max(to - since, 0)
    most = max(counts)
    return [count / most for count in counts]


def _bucket(since: int, length: float, buckets: int) -> int:
    return min(int(since / length), buckets - 1)
