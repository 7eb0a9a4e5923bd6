"""Values at a JSONPath, with bounded work: for documents of peers that must not wait.

A path with `..` or filters may take a time that grows with a power of the document's size. So the library is given a
document that counts how much of it is looked at. Each look is charged for the path of names that the library writes
down for it as well, which may be long, and each search of a filter for the steps it may take.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, ItemsView, Iterator, Mapping, Sequence
from typing import overload

import jsonpath

from wsinspect.query.documents import Walker, environment, steps, walker
from wsinspect.query.path_functions import spend_steps
from wsinspect.query.patterns import TooMuchWork

MAX_LOOKS = 100_000
"""Values looked at, with one path in one document: a fraction of a second."""
_CHARACTERS_PER_LOOK = 1024


type Location = tuple[str | int, ...]
"""Names and positions that lead to a value."""


def bounded_walker(path: str) -> Walker:
    """Return a function that lists the values at a path in a JSON document that has been read.

    The function raises `TooMuchWork`.

    Args:
        path: A valid JSONPath.
    """
    if steps(path) is not None:
        # One look a step.
        return walker(path)
    compiled = environment().compile(path)

    def walk(document: object) -> Sequence[object]:
        looks = _Looks()
        counted = _counted(document, looks, 0)
        if not isinstance(counted, _Object | _Array):
            return ()
        try:
            with spend_steps(looks.take):
                found = compiled.findall(counted)
        # The library has a limit on nesting, and a filter function may meet any value.
        except (jsonpath.JSONPathError, RecursionError):
            return ()
        return [value.raw if isinstance(value, _Object | _Array) else value for value in found]

    return walk


def bounded_locator(path: str) -> Callable[[object, int], Sequence[Location]]:
    """Return a function that lists the first so many locations to which a path leads in a document that has been read.

    The function raises `TooMuchWork`, and what the library does: `JSONPathError`, `RecursionError`.

    Args:
        path: A valid JSONPath.
    """
    compiled = environment().compile(path)

    def locate(document: object, most: int) -> Sequence[Location]:
        looks = _Looks()
        counted = _counted(document, looks, 0)
        if not isinstance(counted, _Object | _Array):
            return ()
        with spend_steps(looks.take):
            return [node.parts for node in itertools.islice(compiled.finditer(counted), most)]

    return locate


class _Looks:
    """How many looks are left."""

    def __init__(self) -> None:
        self.left = MAX_LOOKS

    def take(self, characters: int) -> None:
        self.left -= 1 + characters // _CHARACTERS_PER_LOOK
        if self.left < 0:
            raise TooMuchWork


class _Object(Mapping[str, object]):
    __slots__ = ("looks", "raw", "written")

    def __init__(self, raw: dict[str, object], looks: _Looks, written: int) -> None:
        self.raw = raw
        self.looks = looks
        self.written = written
        """Characters of the path to it."""

    def __getitem__(self, key: str) -> object:
        return self._child(key, self.raw[key])

    def __iter__(self) -> Iterator[str]:
        return iter(self.raw)

    def __len__(self) -> int:
        return len(self.raw)

    def __eq__(self, other: object) -> bool:
        return _equal(self, other)

    __hash__ = None  # type: ignore[assignment]  # as of dict

    def items(self) -> ItemsView[str, object]:
        return ((key, self[key]) for key in self)  # type: ignore[return-value]  # it is gone through only

    def _child(self, key: str, value: object) -> object:
        written = self.written + len(key)
        self.looks.take(written)
        return _counted(value, self.looks, written)


class _Array(Sequence[object]):
    __slots__ = ("looks", "raw", "written")

    def __init__(self, raw: list[object], looks: _Looks, written: int) -> None:
        self.raw = raw
        self.looks = looks
        self.written = written

    @overload
    def __getitem__(self, index: int) -> object: ...
    @overload
    def __getitem__(self, index: slice) -> list[object]: ...
    def __getitem__(self, index: int | slice) -> object:
        if isinstance(index, slice):
            return [self._child(each) for each in self.raw[index]]
        return self._child(self.raw[index])

    def __iter__(self) -> Iterator[object]:
        return map(self._child, self.raw)

    def __len__(self) -> int:
        return len(self.raw)

    def __eq__(self, other: object) -> bool:
        return _equal(self, other)

    __hash__ = None  # type: ignore[assignment]  # as of list

    def _child(self, value: object) -> object:
        self.looks.take(self.written)
        return _counted(value, self.looks, self.written)


def _counted(value: object, looks: _Looks, written: int) -> object:
    if isinstance(value, dict):
        return _Object(value, looks, written)
    return _Array(value, looks, written) if isinstance(value, list) else value


def _equal(one: _Object | _Array, other: object) -> bool:
    if not isinstance(other, _Object | _Array):
        return False
    # To compare is to look at as much as the smaller one holds at most.
    one.looks.take(_CHARACTERS_PER_LOOK * min(len(one), len(other)))
    return one.raw == other.raw
