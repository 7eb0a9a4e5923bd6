"""Sorts messages into kinds: those that are the same, apart from their values."""

from __future__ import annotations

from wsinspect.replay.leaves import layout
from wsinspect.replay.recording import Event
from wsinspect.replay.shape import ALIKE, Shape, likeness, shape_of
from wsinspect.wire.opcodes import Opcode

_MOST_EXAMPLES = 64
"""Kinds that are told apart among messages with the same name, or without one; more of them are one kind."""
UNKNOWN = -1
"""Instead of a kind: so many names have come that this one is not looked at."""
_MOST_NAMES = 65536
_MOST_REMEMBERED = 4096
"""Shapes whose kind is not worked out again; a peer may make up ever new ones."""


class Kinds:
    """Numbers kinds from 0 as it meets them. Raises nothing on what a peer sent."""

    def __init__(self) -> None:
        self._of_shape: dict[Shape, int] = {}
        self._examples: dict[tuple[int, str, str, str], list[tuple[Shape, int]]] = {}
        self._count = 0

    def of(self, shape: Shape) -> int:
        """Return the kind of messages with this shape, a new one where none is like it."""
        kind = self._of_shape.get(shape)
        if kind is not None:
            return kind
        named = (shape.opcode, shape.format, shape.prefix, shape.name)
        if named not in self._examples and len(self._examples) >= _MOST_NAMES:
            return UNKNOWN
        alike = self._examples.setdefault(named, [])
        best, kind = max(((likeness(shape, example), kind) for example, kind in alike), default=(0.0, -1))
        if best < ALIKE and len(alike) < _MOST_EXAMPLES:
            kind = self._count
            self._count += 1
            alike.append((shape, kind))
        if len(self._of_shape) < _MOST_REMEMBERED:
            self._of_shape[shape] = kind
        return kind

    def of_event(self, event: Event) -> int:
        """Return the kind of a recorded message."""
        return self.of(shape_of_payload(event.opcode, event.payload))


def shape_of_payload(opcode: int, payload: bytes) -> Shape:
    """Return the shape of a message, read from its payload."""
    return shape_of(opcode, layout(payload, of_text=opcode == Opcode.TEXT))
