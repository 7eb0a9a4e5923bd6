"""Aligning two sequences of numbers: which elements of one are which of the other, in the same order.

None of these takes time or memory that grows with the square of what it is given: what would is bounded, and says so.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

type Pair = tuple[int, int]
"""Places in the one and in the other."""


def increasing(pairs: Iterable[Pair]) -> list[Pair]:
    """Return the longest selection of pairs in which both places grow.

    Args:
        pairs: In the order of their first places, each of which is there once.
    """
    tops: list[int] = []
    last: list[int] = []
    """For each length the pair that ends the best selection of that length."""
    before: list[int] = []
    listed = list(pairs)
    for number, (_, place) in enumerate(listed):
        length = bisect_left(tops, place)
        before.append(last[length - 1] if length else -1)
        if length == len(tops):
            tops.append(place)
            last.append(number)
        else:
            tops[length], last[length] = place, number
    chosen: list[Pair] = []
    at = last[-1] if last else -1
    while at >= 0:
        chosen.append(listed[at])
        at = before[at]
    return chosen[::-1]


def unique(old: Sequence[int], new: Sequence[int]) -> list[Pair]:
    """Pair the elements that are once in the one and once in the other, in the order of the first."""
    counts, others = Counter(old), Counter(new)
    places = {element: place for place, element in enumerate(new)}
    return [
        (place, places[element])
        for place, element in enumerate(old)
        if counts[element] == 1 and others.get(element) == 1
    ]


def by_occurrence(old: Sequence[int], new: Sequence[int]) -> list[Pair]:
    """Pair the first of each element with the first, the second with the second, as far as that keeps the order."""
    places: dict[int, list[int]] = defaultdict(list)
    for place, element in enumerate(new):
        places[element].append(place)
    seen: Counter[int] = Counter()
    pairs = []
    for place, element in enumerate(old):
        number = seen[element]
        seen[element] += 1
        if number < len(places.get(element, ())):
            pairs.append((place, places[element][number]))
    return increasing(pairs)


@dataclass(slots=True)
class Budget:
    """How much work is left to be done."""

    steps: int
    edits: int
    """At once; memory grows with its square."""


def fewest_edits(old: Sequence[int], new: Sequence[int], budget: Budget) -> list[Pair] | None:
    """Pair equal elements so that the fewest are left over (Myers, "An O(ND) difference algorithm", 1986).

    Args:
        old: The one.
        new: The other.
        budget: Give up where it is spent; what was done is taken off it.

    Returns:
        The pairs; None where it gave up.
    """
    ends, reach, trace = (len(old), len(new)), {1: 0}, []
    for edits in range(min(sum(ends), budget.edits) + 1):
        trace.append(dict(reach))
        budget.steps -= edits
        for diagonal in range(-edits, edits + 1, 2):
            down = diagonal == -edits or (diagonal != edits and reach[diagonal - 1] < reach[diagonal + 1])
            x = reach[diagonal + 1] if down else reach[diagonal - 1] + 1
            y = x - diagonal
            while x < ends[0] and y < ends[1] and old[x] == new[y]:
                x, y = x + 1, y + 1
            budget.steps -= x - reach.get(diagonal, 0)
            reach[diagonal] = x
            if x >= ends[0] and y >= ends[1]:
                return _walked_back(trace, ends)
        if budget.steps < 0:
            break
    return None


def _walked_back(trace: list[dict[int, int]], ends: Pair) -> list[Pair]:
    x, y = ends
    pairs: list[Pair] = []
    for edits in range(len(trace) - 1, -1, -1):
        reach, diagonal = trace[edits], x - y
        down = diagonal == -edits or (diagonal != edits and reach[diagonal - 1] < reach[diagonal + 1])
        start_x = reach[diagonal + 1] if down else reach[diagonal - 1]
        start_y = start_x - (diagonal + 1 if down else diagonal - 1)
        while x > max(start_x, 0) and y > max(start_y, 0):
            x, y = x - 1, y - 1
            pairs.append((x, y))
        x, y = start_x, start_y
    return pairs[::-1]


def best(old: int, new: int, score: Callable[[int, int], float]) -> list[Pair]:
    """Pair places so that the sum of their scores is the highest; time and memory grow with `old` times `new`.

    Args:
        old: How many places the one has.
        new: How many the other.
        score: Of a pair; those with 0 are not made.
    """
    scores = [[score(i, j) for j in range(new)] for i in range(old)]
    sums = [[0.0] * (new + 1) for _ in range(old + 1)]
    for i in range(old - 1, -1, -1):
        below, row = sums[i + 1], sums[i]
        for j in range(new - 1, -1, -1):
            row[j] = max(below[j], row[j + 1], scores[i][j] + below[j + 1])
    pairs: list[Pair] = []
    i = j = 0
    while i < old and j < new:
        if scores[i][j] > 0 and sums[i][j] == scores[i][j] + sums[i + 1][j + 1]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif sums[i][j] == sums[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs
