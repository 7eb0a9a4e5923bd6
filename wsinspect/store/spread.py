"""How values are spread, counted in buckets by SQL: exact count, sum and ends, percentiles to one in a hundred.

A bucket holds the values of equal length in decimal digits that begin with the same three: SQLite finds it without a
logarithm, which not every build of it has, and the steps 1, 2, 5, 10 … are limits of buckets.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field

_STEPS = (1, 2, 5)


def bucket_sql(value: str) -> str:
    """Return the SQL expression for the bucket of a value, an integer of 0 or more."""
    return f"length({value}) * 1000 + substr({value}, 1, 3)"


def bucket_of(value: int) -> int:
    """Return the bucket of a value, as `bucket_sql` does."""
    digits = str(value)
    return len(digits) * 1000 + int(digits[:3])


@dataclass(frozen=True, slots=True)
class Bin:
    """A line of a histogram."""

    low: int
    high: int
    """The lowest value above it; of the bin of zeros 1."""
    count: int


@dataclass(slots=True)
class Spread:
    """How values, integers of 0 or more, are spread."""

    count: int = 0
    total: int = 0
    least: int | None = None
    most: int | None = None
    buckets: Counter[int] = field(default_factory=Counter)

    def add(self, value: int) -> None:
        """Count a value."""
        self.take(bucket_of(value), 1, value, value, value)

    def take(self, bucket: int, count: int, total: int, least: int, most: int) -> None:
        """Count values of one bucket."""
        self.count += count
        self.total += total
        self.least = least if self.least is None else min(self.least, least)
        self.most = most if self.most is None else max(self.most, most)
        self.buckets[bucket] += count

    def merge(self, other: Spread) -> None:
        """Count what another has counted."""
        if other.least is None or other.most is None:
            return
        self.count += other.count
        self.total += other.total
        self.least = other.least if self.least is None else min(self.least, other.least)
        self.most = other.most if self.most is None else max(self.most, other.most)
        self.buckets.update(other.buckets)

    @property
    def mean(self) -> float:
        """The average; 0 of nothing."""
        return self.total / self.count if self.count else 0.0

    def percentile(self, percent: float) -> int:
        """Return a value that this many of a hundred do not exceed, up to 1 % too large; 0 where there are none."""
        wanted = max(math.ceil(self.count * percent / 100), 1)
        passed = 0
        for bucket in sorted(self.buckets):
            passed += self.buckets[bucket]
            if passed >= wanted:
                return min(_bounds(bucket)[1] - 1, self.most or 0)
        return 0

    def bins(self) -> list[Bin]:
        """Return the lines of a histogram in the steps 1, 2, 5, 10 …, without a gap from the lowest to the highest."""
        counts: Counter[int] = Counter()
        for bucket, count in self.buckets.items():
            counts[_bin_of(_bounds(bucket)[0])] += count
        if not counts:
            return []
        return [Bin(_edge(number), _edge(number + 1), counts[number]) for number in range(min(counts), max(counts) + 1)]


def _bounds(bucket: int) -> tuple[int, int]:
    """Return the lowest value of a bucket, and the one above its highest."""
    digits, lead = divmod(bucket, 1000)
    scale: int = 10 ** max(digits - 3, 0)
    return lead * scale, (lead + 1) * scale


def _bin_of(value: int) -> int:
    """Number the bins: 0 holds zeros, 1 begins at 1, 2 at 2, 3 at 5, 4 at 10."""
    if value == 0:
        return 0
    digits = str(value)
    first = int(digits[0])
    return (len(digits) - 1) * len(_STEPS) + 1 + sum(first >= step for step in _STEPS[1:])


def _edge(number: int) -> int:
    if number == 0:
        return 0
    power, step = divmod(number - 1, len(_STEPS))
    edge: int = _STEPS[step] * 10**power
    return edge
