"""A message as it is compared: what it is, and its values by their paths."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from wsinspect.replay.leaves import Scalar, layout
from wsinspect.replay.paths import steps_of
from wsinspect.replay.recording import Event
from wsinspect.replay.shape import Shape, shape_of
from wsinspect.wire.opcodes import Opcode

_SMALL_BYTES = 512
_MOST_KEPT = 4096


class Content(NamedTuple):
    """What a payload says."""

    shape: Shape
    paths: tuple[str, ...]
    """Of its values."""
    values: tuple[Scalar, ...]
    containers: tuple[str, ...]
    """Paths of empty objects and arrays."""

    @property
    def is_document(self) -> bool:
        """Whether its values tell all that there is to it but how they are written."""
        return self.shape.format not in ("text", "bytes") and any(
            path.startswith("$") for path in (*self.paths[-1:], *self.containers[-1:])
        )


type Tree = dict[str, Tree] | tuple[Scalar]
"""A document: what is below each step, or a value."""


class Reader:
    """Reads events; what is read again and again is remembered."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, bytes], Content] = {}
        self._paths: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._shapes: dict[Shape, Shape] = {}

    def read(self, event: Event) -> Content:
        """Return what an event's payload says."""
        key = (event.opcode, event.payload)
        content = self._kept.get(key)
        if content is None:
            content = self._read(event)
            if len(event.payload) <= _SMALL_BYTES and len(self._kept) < _MOST_KEPT:
                self._kept[key] = content
        return content

    def _read(self, event: Event) -> Content:
        found = layout(event.payload, of_text=event.opcode == Opcode.TEXT)
        shape = shape_of(event.opcode, found)
        paths = tuple(leaf.path for leaf in found.leaves)
        # Many messages have the same ones: what is kept of a message are little more than its values.
        return Content(
            self._shapes.setdefault(shape, shape),
            self._paths.setdefault(paths, paths),
            tuple(leaf.value for leaf in found.leaves),
            found.containers,
        )


def tree_of(content: Content) -> Tree:
    """Return the values of a payload as the document they are in.

    A key that is twice in an object is there again with a mark behind it.
    """
    root: dict[str, Tree] = {}
    for path, value in zip(content.paths, content.values, strict=True):
        _put(root, steps_of(path), (value,))
    for path in content.containers:
        _put(root, steps_of(path), {})
    return root


def _put(root: dict[str, Tree], steps: tuple[str, ...], what: Tree) -> None:
    at = root
    for step in steps[:-1]:
        below = at.get(step)
        if not isinstance(below, dict):
            key = _free(step, at)
            below = at[key] = {}
        at = below
    at[_free(steps[-1], at)] = what


def _free(step: str, among: Mapping[str, object]) -> str:
    number = 1
    key = step
    while key in among:
        number += 1
        key = f"{step} ({number})"
    return key
