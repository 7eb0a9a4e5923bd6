"""Messages of two recordings sorted by what they are and by what they say, both as numbers.

The *kind* of a message is its name, or its shape where it has none; a shape that occurs in one recording only is of a
kind with the most alike one of the other.

Its *key* are the values by which it can be told from others of its kind, in either recording: of the fields whose
values occur in both. A token or the time of day, which are other ones each time, are so in no key. Nor are numbers
that merely count, unless nothing else tells the messages apart.
"""

from __future__ import annotations

import enum
from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from wsinspect.model import Direction
from wsinspect.replay.comparing.reading import Content
from wsinspect.replay.comparing.sequences import by_occurrence
from wsinspect.replay.leaves import Scalar
from wsinspect.replay.shape import ALIKE, Shape, likeness

_MOST_COMPARED = 20_000
"""Pairs of shapes, in all."""
_SHARED = 0.5
"""So much of the values of a field must be in both recordings for it to be part of the key."""
_TELLING = 0.5
"""So many of the messages of a kind must have a key of their own for the keys to tell them apart."""
_LEAST_COUNTED = 3
_MANY = 16
"""From so many on those in both must also be in the same order."""

type Said = tuple[Direction, Content]
type _Sort = tuple[Direction, int, str, str, Hashable]


class Told(enum.Enum):
    """By what the messages of a kind can be told apart, in both recordings."""

    BY_VALUES = enum.auto()
    BY_COUNT = enum.auto()
    """A number that counts is needed."""
    NOT = enum.auto()


@dataclass(slots=True)
class Kinds:
    """What the messages of two recordings are."""

    old: list[int] = field(default_factory=list)
    """For each message of the old recording the number of its kind."""
    new: list[int] = field(default_factory=list)
    old_keys: list[int] = field(default_factory=list)
    """And that of its key; messages of different kinds have different keys."""
    new_keys: list[int] = field(default_factory=list)
    told: dict[int, Told] = field(default_factory=dict)
    """For each kind, by what its messages are told apart."""
    cut: bool = False
    """Whether there are so many shapes that not all were compared."""


def sort(old: Sequence[Said], new: Sequence[Said]) -> Kinds:
    """Sort messages by what they are and by what they say."""
    kinds = Kinds()
    same = _of_a_kind(old, new, kinds)
    numbers: dict[_Sort, int] = {}
    for side, found in ((old, kinds.old), (new, kinds.new)):
        for said in side:
            found.append(numbers.setdefault(_first(same, _sort(*said)), len(numbers)))
    _find_keys(kinds, old, new)
    return kinds


def _sort(direction: Direction, content: Content) -> _Sort:
    shape = content.shape
    return direction, shape.opcode, shape.format, shape.prefix, shape.name or shape.fields


def _of_a_kind(old: Sequence[Said], new: Sequence[Said], kinds: Kinds) -> dict[_Sort, _Sort]:
    """Find, for shapes that occur in one recording only, one of the other that they are of a kind with."""
    sides = [{_sort(*said): said[1].shape for said in side} for side in (old, new)]
    same: dict[_Sort, _Sort] = {}
    compared = 0
    for mine, theirs in (sides, sides[::-1]):
        groups: dict[Hashable, list[tuple[_Sort, Shape]]] = defaultdict(list)
        for other, shape in theirs.items():
            groups[other[:4]].append((other, shape))
        for one, shape in mine.items():
            candidates = groups[one[:4]] if not shape.name and one not in theirs else []
            compared += len(candidates)
            if compared > _MOST_COMPARED:
                kinds.cut = True
                return same
            rated = [(likeness(shape, other_shape), other) for other, other_shape in candidates]
            likest = max(rated, key=lambda rating: rating[0], default=(0.0, one))
            if likest[0] >= ALIKE and likest[1] != one:
                _unite(same, one, likest[1])
    return same


def _unite(same: dict[_Sort, _Sort], one: _Sort, other: _Sort) -> None:
    one, other = _first(same, one), _first(same, other)
    if one != other:
        same[one] = other


def _first(same: dict[_Sort, _Sort], one: _Sort) -> _Sort:
    """Return the one that stands for all that are of a kind with one."""
    while one in same:
        one = same[one]
    return one


def _find_keys(kinds: Kinds, old: Sequence[Said], new: Sequence[Said]) -> None:
    kinds.old_keys, kinds.new_keys = [0] * len(old), [0] * len(new)
    groups: dict[int, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for side, numbers in enumerate((kinds.old, kinds.new)):
        for place, kind in enumerate(numbers):
            groups[kind][side].append(place)
    known: dict[Hashable, int] = {}
    for kind, (here, there) in groups.items():
        mine = [old[place][1] for place in here]
        theirs = [new[place][1] for place in there]
        keys, kinds.told[kind] = _told_apart(mine, theirs)
        for places, found, target in ((here, keys[0], kinds.old_keys), (there, keys[1], kinds.new_keys)):
            for place, key in zip(places, found, strict=True):
                target[place] = known.setdefault((kind, key), len(known))


def _told_apart(mine: Sequence[Content], theirs: Sequence[Content]) -> tuple[list[list[Hashable]], Told]:
    """Return the keys of the messages of a kind, and by what these tell them apart."""
    if max(len(mine), len(theirs)) == 1:
        return [[()] * len(mine), [()] * len(theirs)], Told.BY_VALUES
    columns = _columns(mine, theirs)
    keys = [_keys(side, [name for name, counts in columns if not counts]) for side in (mine, theirs)]
    if _tell(*keys):
        return keys, Told.BY_VALUES
    keys = [_keys(side, [name for name, _ in columns]) for side in (mine, theirs)]
    return keys, Told.BY_COUNT if _tell(*keys) else Told.NOT


def _columns(mine: Sequence[Content], theirs: Sequence[Content]) -> list[tuple[str, bool]]:
    """List the fields whose values occur in both recordings, each with whether it merely counts."""
    values, others = _by_path(mine), _by_path(theirs)
    found = []
    for path in values.keys() & others.keys():
        here, there = set(values[path]), set(others[path])
        if len(here & there) >= _SHARED * min(len(here), len(there)):
            found.append((path, _counts(values[path]) and _counts(others[path])))
    return sorted(found)


def _by_path(contents: Sequence[Content]) -> dict[str, list[Scalar]]:
    found: dict[str, list[Scalar]] = defaultdict(list)
    for content in contents:
        for path, value in zip(content.paths, content.values, strict=True):
            found[path].append(value)
    return found


def _counts(values: Sequence[Scalar]) -> bool:
    numbers = [value for value in values if isinstance(value, int | float)]
    return len(numbers) == len(values) >= _LEAST_COUNTED and all(a < b for a, b in pairwise(numbers))


def _keys(contents: Sequence[Content], fields: Sequence[str]) -> list[Hashable]:
    """Return the values of some fields of each message."""
    wanted = frozenset(fields)
    return [
        tuple(pair for pair in zip(content.paths, content.values, strict=True) if pair[0] in wanted)
        for content in contents
    ]


def _tell(mine: Sequence[Hashable], theirs: Sequence[Hashable]) -> bool:
    """Tell whether enough messages have keys of their own, and enough of these are in both recordings."""
    if not any(1 < len(set(side)) >= _TELLING * len(side) for side in (mine, theirs)):
        return False
    needed = _TELLING * min(len(mine), len(theirs))
    if max(len(mine), len(theirs)) < _MANY:
        return (Counter(mine) & Counter(theirs)).total() >= needed
    # Of values that are equal by chance a few are in the same order, but not many.
    known: dict[Hashable, int] = {}
    numbers = [[known.setdefault(key, len(known)) for key in side] for side in (mine, theirs)]
    return len(by_occurrence(*numbers)) >= needed
