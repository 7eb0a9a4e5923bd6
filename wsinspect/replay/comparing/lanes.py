"""Aligning the messages of one direction: what was sent when in one recording, and what that is in the other.

Theory of operation. What both begin and end with is paired first. What is between is split at messages that are there
once in each, by what they say or else by what they are; small pieces are then paired so that what is paired is as
alike as possible, and large ones, in which nothing is unique, so that the fewest are left over, as long as that does
not take too long. In what is larger still, the first of a kind is the first of that kind, and so on.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from wsinspect.replay.comparing.sequences import Budget, Pair, best, by_occurrence, fewest_edits, increasing, unique

_CELLS = 4096
"""Pieces with so many pairs of messages are compared pair by pair."""
_MOST_CELLS = 400_000
"""In all."""
_DEEPEST = 12
_SAYS_THE_SAME = 2.0
"""What such a pair is worth; one that is merely of a kind is worth 1 to 1.5."""
_STEPS = 3_000_000
_EDITS = 400


class _Stage(enum.IntEnum):
    UNIQUE = 0
    SAYING = 1
    """The fewest left over of those that say the same."""
    BEING = 2
    """The fewest left over of those that are the same."""
    OCCURRENCE = 3
    DONE = 4


@dataclass(frozen=True, slots=True)
class Lane:
    """Messages of one direction: of each what it is and says, as numbers."""

    kinds: Sequence[int]
    keys: Sequence[int]
    telling: Sequence[bool]
    """Whether its key tells it from others of its kind."""


@dataclass(frozen=True, slots=True)
class _Piece:
    low: int
    high: int
    other_low: int
    other_high: int
    stage: _Stage = _Stage.UNIQUE
    depth: int = 0


@dataclass(slots=True)
class Effort:
    """How much work may still be done, and whether it was too little."""

    budget: Budget = field(default_factory=lambda: Budget(_STEPS, _EDITS))
    cells: int = _MOST_CELLS
    rough: bool = False
    """Whether something could be aligned by counting only."""


def align(
    old: Lane, new: Lane, likeness: Callable[[int, int], float], fixed: Sequence[Pair], effort: Effort
) -> list[Pair]:
    """Pair the messages of one direction, in order.

    Args:
        old: Of the one recording.
        new: Of the other.
        likeness: Of the values of two messages of a kind that say different things, 0 to 1.
        fixed: Pairs that are known, in order.
        effort: What may be spent.

    Returns:
        The pairs, in order.
    """
    return _Aligning(old, new, likeness, effort).run(fixed)


class _Aligning:
    def __init__(self, old: Lane, new: Lane, likeness: Callable[[int, int], float], effort: Effort) -> None:
        self._old, self._new = old, new
        self._likeness = likeness
        self._effort = effort
        self._pairs: list[Pair] = []

    def run(self, fixed: Sequence[Pair]) -> list[Pair]:
        whole = _Piece(0, len(self._old.kinds), 0, len(self._new.kinds))
        left = self._split(whole, fixed, _Stage.UNIQUE, 0)
        while left:
            left += self._piece(left.pop())
        return sorted(self._pairs)

    def _split(self, piece: _Piece, pairs: Sequence[Pair], stage: _Stage, depth: int) -> list[_Piece]:
        """Take pairs, and return what is between them."""
        self._pairs += pairs
        pieces = []
        low, other_low = piece.low, piece.other_low
        for high, other_high in [*pairs, (piece.high, piece.other_high)]:
            if low < high and other_low < other_high:
                pieces.append(_Piece(low, high, other_low, other_high, stage, depth))
            low, other_low = high + 1, other_high + 1
        return pieces

    def _piece(self, whole: _Piece) -> list[_Piece]:
        """Pair what can be paired in a piece; return what is left to look at."""
        piece = self._trimmed(whole, self._old.keys, self._new.keys)
        cells = (piece.high - piece.low) * (piece.other_high - piece.other_low)
        if cells == 0:
            return []
        if cells <= min(_CELLS, self._effort.cells):
            self._effort.cells -= cells
            found = best(
                piece.high - piece.low,
                piece.other_high - piece.other_low,
                lambda i, j: self._score(piece.low + i, piece.other_low + j),
            )
            self._pairs += [(piece.low + i, piece.other_low + j) for i, j in found]
            return []
        for stage in list(_Stage)[piece.stage :]:
            pairs = self._anchors(piece, stage)
            if pairs:
                again = stage is _Stage.UNIQUE and piece.depth < _DEEPEST
                return self._split(piece, pairs, stage if again else _Stage(stage + 1), piece.depth + 1)
        return []

    def _trimmed(self, piece: _Piece, mine: Sequence[int], theirs: Sequence[int]) -> _Piece:
        """Pair what both begin with and what both end with; return what is between."""
        low, high, other_low, other_high = piece.low, piece.high, piece.other_low, piece.other_high
        while low < high and other_low < other_high and mine[low] == theirs[other_low]:
            self._pairs.append((low, other_low))
            low, other_low = low + 1, other_low + 1
        while low < high and other_low < other_high and mine[high - 1] == theirs[other_high - 1]:
            high, other_high = high - 1, other_high - 1
            self._pairs.append((high, other_high))
        return _Piece(low, high, other_low, other_high, piece.stage, piece.depth)

    def _anchors(self, piece: _Piece, stage: _Stage) -> list[Pair]:
        """Find pairs to split a piece at, in the way of a stage."""
        old, new = slice(piece.low, piece.high), slice(piece.other_low, piece.other_high)
        kinds = self._old.kinds[old], self._new.kinds[new]
        keys = self._old.keys[old], self._new.keys[new]
        match stage:
            case _Stage.UNIQUE:
                telling = self._old.telling[old], self._new.telling[new]
                found = increasing(unique(_marked(keys[0], telling[0], -1), _marked(keys[1], telling[1], -2)))
                found = found or increasing(unique(*kinds))
            case _Stage.SAYING:
                found = fewest_edits(*keys, self._effort.budget) or []
            case _Stage.BEING:
                found = fewest_edits(*kinds, self._effort.budget) or []
            case _Stage.OCCURRENCE:
                found = by_occurrence(*kinds)
                # What the stage before this found in time has nothing of a kind left.
                self._effort.rough |= bool(found)
            case _:
                found = []
        return [(piece.low + i, piece.other_low + j) for i, j in found]

    def _score(self, place: int, other: int) -> float:
        if self._old.kinds[place] != self._new.kinds[other]:
            return 0.0
        if self._old.keys[place] == self._new.keys[other]:
            return _SAYS_THE_SAME
        return 1.0 + self._likeness(place, other) / 2


def _marked(keys: Sequence[int], telling: Sequence[bool], mark: int) -> list[int]:
    """Replace the keys that tell nothing by a mark, so that none of them is found in the other recording."""
    return [key if tells else mark for key, tells in zip(keys, telling, strict=True)]
