"""What a message is, apart from its values: so that a live one is found to be the same as a recorded one.

A shape has a name, where the message says what it is (`{"type": "tick"}`, `["price", …]`, `{"method": "login"}`), and
the fields it has. Two messages with names are of a kind where the names are the same; without, where most fields are.
"""

from __future__ import annotations

from dataclasses import dataclass

from wsinspect.replay.leaves import Layout

ALIKE = 0.5
"""From this likeness on two shapes may be of a kind."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a message is. Hashable: messages with the same shape are surely of a kind."""

    opcode: int
    format: str
    prefix: str
    name: str
    """What the message calls itself, such as `type tick`; empty where it does not."""
    fields: frozenset[str]
    """General paths with the kind of their values: `$.items[*].id number`; of a text the words in it."""

    def __str__(self) -> str:
        """For people: `tick`, `{id, result.price}`, `text "hello"`."""
        raise NotImplementedError


def shape_of(opcode: int, laid_out: Layout) -> Shape:
    """Return what a message is."""
    raise NotImplementedError


def likeness(one: Shape, other: Shape) -> float:
    """Return how alike two shapes are: 1.0 the same, from `ALIKE` on perhaps of a kind, 0.0 surely not."""
    raise NotImplementedError
