"""Which values of a payload differ from those of another one.

Documents are compared value by value, whatever the order of their keys and the space between. Arrays are compared
element by element; in those of different lengths, elements that are the same stay together.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from wsinspect.replay.comparing.comparison import FieldChange, Value, What
from wsinspect.replay.comparing.reading import Content, Tree, tree_of
from wsinspect.replay.comparing.sequences import Budget, by_occurrence, fewest_edits
from wsinspect.replay.leaves import Scalar
from wsinspect.replay.paths import member

_DEEPEST = 100
"""What lies deeper is compared as a whole."""
_STEPS, _EDITS = 20_000, 100
"""What may be spent on aligning the elements of an array."""
_KINDS: dict[type, str] = {int: "number", float: "number"}

type _Element = tuple[str, Tree]


def same_value(old: Scalar, new: Scalar) -> bool:
    """Tell whether two values are the same: 1 and 1.0 are, 1 and true are not, nothing that is no number is another."""
    return _kind(old) == _kind(new) and (old == new or (old != old and new != new))


def field_changes(old: Content, new: Content) -> list[FieldChange]:
    """List the values that differ, in the order of the old document; all that is known to differ in its head first."""
    if old.paths is new.paths and (old.containers, old.arrays) == (new.containers, new.arrays):
        return [
            _changed(path, before, after)
            for path, before, after in zip(old.paths, old.values, new.values, strict=True)
            if not same_value(before, after)
        ]
    return list(_differences(tree_of(old), tree_of(new), "", 0))


def _changed(path: str, old: Value, new: Value) -> FieldChange:
    return FieldChange(path, What.CHANGED if _kind(old) == _kind(new) else What.TYPE, old, new)


def _kind(value: object) -> str:
    kind = type(value)
    return _KINDS.get(kind, kind.__name__)


def _differences(old: Tree, new: Tree, path: str, depth: int) -> Iterator[FieldChange]:
    mine, theirs = _elements(old), _elements(new)
    if mine is not None and theirs is not None and len(mine) != len(theirs) and depth < _DEEPEST:
        yield from _of_arrays(mine, theirs, path, depth)
    elif isinstance(old, dict) and isinstance(new, dict) and (mine is None) == (theirs is None) and depth < _DEEPEST:
        yield from _of_objects(old, new, path, depth)
    elif isinstance(old, tuple) and isinstance(new, tuple) and old and new:
        if not same_value(old[0], new[0]):
            yield _changed(path, old[0], new[0])
    elif old != new:
        yield _changed(path, part_of(old), part_of(new))


def _of_objects(old: dict[str, Tree], new: dict[str, Tree], path: str, depth: int) -> Iterator[FieldChange]:
    for step, below in old.items():
        at = _below(path, step)
        if step in new:
            yield from _differences(below, new[step], at, depth + 1)
        else:
            yield FieldChange(at, What.REMOVED, part_of(below), None)
    for step, below in new.items():
        if step not in old:
            yield FieldChange(_below(path, step), What.ADDED, None, part_of(below))


def _of_arrays(old: dict[str, Tree], new: dict[str, Tree], path: str, depth: int) -> Iterator[FieldChange]:
    yield FieldChange(path, What.LENGTH, len(old), len(new))
    for mine, theirs in _blocks(list(old.items()), list(new.items())):
        for one, other in zip_longest(mine, theirs):
            if one is None:
                yield FieldChange(_below(path, other[0]), What.ADDED, None, part_of(other[1]))
            elif other is None:
                yield FieldChange(_below(path, one[0]), What.REMOVED, part_of(one[1]), None)
            else:
                yield from _differences(one[1], other[1], _below(path, one[0]), depth + 1)


def _blocks(mine: list[_Element], theirs: list[_Element]) -> Iterator[tuple[list[_Element], list[_Element]]]:
    """Yield the stretches of two arrays between elements that are the same."""
    numbers: dict[str, int] = {}
    old, new = (
        [numbers.setdefault(repr(element), len(numbers)) for _, element in elements] for elements in (mine, theirs)
    )
    same = fewest_edits(old, new, Budget(_STEPS, _EDITS))
    at, other_at = 0, 0
    for i, j in [*(same or by_occurrence(old, new)), (len(mine), len(theirs))]:
        yield mine[at:i], theirs[other_at:j]
        at, other_at = i + 1, j + 1


def _elements(tree: Tree) -> dict[str, Tree] | None:
    """Return the elements of an array; None of anything else."""
    if isinstance(tree, tuple):
        return None if tree else {}
    return tree if tree and all(step.startswith("[") for step in tree) else None


def _below(path: str, step: str) -> str:
    return path + step if step.startswith("[") or not path else path + member(step)


def part_of(tree: Tree) -> Value:
    """Return a part of a document as plain values."""
    elements = _elements(tree)
    if elements is not None:
        return [part_of(below) for below in elements.values()]
    if isinstance(tree, tuple):
        return tree[0] if tree else []
    return {step: part_of(below) for step, below in tree.items()}
