"""A message as it is compared: what it is, and its values by their paths."""

from __future__ import annotations

import functools
from collections.abc import Hashable, Mapping
from typing import NamedTuple

import orjson

from wsinspect.replay.leaves import Form, Layout, Leaf, Scalar, layout
from wsinspect.replay.paths import member, steps_of
from wsinspect.replay.recording import Event
from wsinspect.replay.shape import Shape, may_name, shape_of
from wsinspect.wire.opcodes import Opcode

_SMALL_BYTES = 512
_MOST_KEPT = 4096
_LARGE_BYTES = 1 << 16
_DEEPEST = 30
_EXACT = 2**53
"""Larger numbers may have lost digits."""


class Content(NamedTuple):
    """What a payload says."""

    shape: Shape
    paths: tuple[str, ...]
    """Of its values."""
    values: tuple[Scalar, ...]
    containers: tuple[str, ...]
    """Paths of empty objects and arrays."""
    arrays: tuple[str, ...] = ()
    """Those of the arrays among them."""

    @property
    def is_document(self) -> bool:
        """Whether its values tell all that there is to it but how they are written."""
        return self.shape.format not in ("text", "bytes") and any(
            path.startswith("$") for path in (*self.paths[-1:], *self.containers[-1:])
        )


type Tree = dict[str, Tree] | tuple[Scalar] | tuple[()]
"""A document: what is below each step, or a value, or nothing: an empty array."""


class Reader:
    """Reads events; what is the same in many of them is worked out once."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, bytes], Content] = {}
        self._paths: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._shapes: dict[Hashable, Shape] = {}

    def read(self, event: Event) -> Content:
        """Return what an event's payload says."""
        key = (event.opcode, event.payload)
        content = self._kept.get(key)
        if content is None:
            content = self._read_json(event) or self._read_any(event)
            if len(event.payload) <= _SMALL_BYTES and len(self._kept) < _MOST_KEPT:
                self._kept[key] = content
        return content

    def _read_json(self, event: Event) -> Content | None:
        """Read plain JSON fast, for sessions have hundreds of thousands of messages; None: not so."""
        found = _values_of(event.payload) if event.opcode == Opcode.TEXT else None
        if found is None:
            return None
        paths, values, containers, arrays = found
        key = (paths, containers, *map(type, values), *(v for p, v in zip(paths, values, strict=True) if may_name(p)))
        shape = self._shapes.get(key)
        if shape is None:
            leaves = tuple(Leaf(p, v, 0, 0, Form.FIXED) for p, v in zip(paths, values, strict=True))
            shape = shape_of(event.opcode, Layout(event.payload, "JSON", "", leaves, containers, arrays))
            shape = self._shapes.setdefault(shape, shape)
            if len(self._shapes) < _MOST_KEPT:
                self._shapes[key] = shape
        return Content(shape, self._paths.setdefault(paths, paths), values, containers, arrays)

    def _read_any(self, event: Event) -> Content:
        found = layout(event.payload, of_text=event.opcode == Opcode.TEXT)
        shape = shape_of(event.opcode, found)
        paths = tuple(leaf.path for leaf in found.leaves)
        # Many messages have the same ones: what is kept of a message are little more than its values.
        return Content(
            self._shapes.setdefault(shape, shape),
            self._paths.setdefault(paths, paths),
            tuple(leaf.value for leaf in found.leaves),
            found.containers,
            found.arrays,
        )


class _Found(NamedTuple):
    """What `Content` has, while it is gathered."""

    paths: list[str]
    values: list[Scalar]
    containers: list[str]
    arrays: list[str]


def _values_of(
    payload: bytes,
) -> tuple[tuple[str, ...], tuple[Scalar, ...], tuple[str, ...], tuple[str, ...]] | None:
    """Read the paths, values, empty containers and arrays of JSON; None where `layout` may know more."""
    if payload[:1] not in (b"{", b"[") or len(payload) > _LARGE_BYTES:
        return None
    try:
        document = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return None
    found = _Found([], [], [], [])
    keys = _walk("$", document, found, 0)
    # Of a key that is twice in an object the first is lost here; and text may look like a key.
    if keys is None or keys != payload.count(b'":') + payload.count(b'" :') or not document:
        return None
    return tuple(found.paths), tuple(found.values), tuple(found.containers), tuple(found.arrays)


def _walk(path: str, value: object, found: _Found, depth: int) -> int | None:
    """Gather what is below a path; return how many keys there were, None where it may not be as it was written."""
    match value:
        case dict() | list() if not value:
            found.containers.append(path)
            if isinstance(value, list):
                found.arrays.append(path)
            return 0
        case dict():
            below = [(_below(path, key), item) for key, item in value.items()]
            keys = len(below)
        case list():
            below = [(f"{path}[{place}]", item) for place, item in enumerate(value)]
            keys = 0
        case float() if abs(value) >= _EXACT:
            return None
        case _:
            found.paths.append(path)
            found.values.append(value)  # type: ignore[arg-type]  # JSON has no others
            return 0
    if depth > _DEEPEST:
        return None
    for step, item in below:
        more = _walk(step, item, found, depth + 1)
        if more is None:
            return None
        keys += more
    return keys


@functools.lru_cache(16384)
def _below(path: str, key: str) -> str:
    return path + member(key)


def tree_of(content: Content) -> Tree:
    """Return the values of a payload as the document they are in.

    A key that is twice in an object is there again with a mark behind it.
    """
    root: dict[str, Tree] = {}
    for path, value in zip(content.paths, content.values, strict=True):
        _put(root, steps_of(path), (value,))
    for path in content.containers:
        _put(root, steps_of(path), () if path in content.arrays else {})
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
