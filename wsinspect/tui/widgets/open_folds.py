"""Where rows stand in a list in which some entries are open and show rows of their own below them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True, slots=True)
class Spot:
    """What stands at a position."""

    place: int
    """Of the entry, among the entries."""
    inside: int | None = None
    """Which of the rows below it, from 0; None: the entry itself."""


class OpenFolds:
    """The entries that are open.

    Args:
        counts: How many rows each shows below itself, by its place among the entries.
    """

    def __init__(self, counts: Mapping[int, int] | None = None) -> None:
        ordered = sorted((counts or {}).items())
        self._places = [place for place, _ in ordered]
        self._counts = [count for _, count in ordered]
        self._before = [0, *accumulate(self._counts)]
        """Rows below the open entries in front of each open one, and of all of them."""
        self._positions = [place + before for place, before in zip(self._places, self._before, strict=False)]

    @property
    def more(self) -> int:
        """How many rows there are beside the entries."""
        return self._before[-1]

    def spot(self, position: int) -> Spot:
        """Tell what stands at a position."""
        index = bisect_right(self._positions, position) - 1
        if index < 0:
            return Spot(position)
        below = position - self._positions[index]
        if below == 0:
            return Spot(self._places[index])
        if below <= self._counts[index]:
            return Spot(self._places[index], below - 1)
        return Spot(position - self._before[index + 1])

    def position(self, spot: Spot) -> int:
        """Tell where something stands."""
        before = self._before[bisect_left(self._places, spot.place)]
        return spot.place + before + (0 if spot.inside is None else spot.inside + 1)
