"""What a payload was found to hold, for people, as the rows of a tree that opens and folds."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from wsinspect.decode import Kind, Node, Structure
from wsinspect.present.payloads import KEY, QUIET
from wsinspect.present.structure_values import BRACKETS, NAME, aside, cut_text, tag_number, value_cells
from wsinspect.present.text import Cell, escape

PREVIEW_CHARACTERS = 120
_PREVIEWED = 24
"""How many of the values in a node its preview may tell."""


@dataclass(frozen=True, slots=True)
class TreeRow:
    """A node as a row of a tree."""

    node: Node
    position: int | None = None
    """In an array, counted from 0; None where it has a name, or is the root."""

    @property
    def expandable(self) -> bool:
        """Tell whether there are rows below it."""
        return bool(self.node.children)

    @property
    def kind(self) -> str:
        """Name its type, in the words of the format where it has some."""
        return escape(self.node.label or self.node.kind.value)

    def children(self, first: int = 0, count: int | None = None) -> Iterator[TreeRow]:
        """Go through the rows below it, from anywhere; they are made as they are asked for.

        Args:
            first: The first to be returned, counted from 0.
            count: How many at most; None: all.
        """
        nodes = self.node.children
        named = self.node.kind in (Kind.ELEMENT, Kind.TAG)
        for index in range(first, len(nodes) if count is None else min(first + count, len(nodes))):
            yield TreeRow(nodes[index], None if named or nodes[index].key is not None else index)

    def cells(self, room: int = PREVIEW_CHARACTERS) -> list[Cell]:
        """Write it on one line: its name or position, its value or some of what is in it, and what is odd about it.

        Args:
            room: Characters of the value or preview.
        """
        node = self.node
        cells: list[Cell] = []
        if node.kind is Kind.ELEMENT:
            cells += [(f"<{cut_text(node.key or '', room)}>", KEY), (" ", "")]
        elif node.key is not None:
            name = NAME if node.kind is Kind.ATTRIBUTE else KEY
            cells.append((cut_text(node.key, room), name))
            if node.value is not None or node.kind is not Kind.ATTRIBUTE:
                cells.append((": ", ""))
        elif self.position is not None:
            cells.append((f"{self.position}: ", QUIET))
        cells += [(_preview(node, room), QUIET)] if node.children else value_cells(node, room)
        return [*cells, *aside(node)]


def tree_root(structure: Structure) -> TreeRow:
    """Return the row that all others are below."""
    return TreeRow(structure.root)


def _preview(node: Node, room: int) -> str:
    """Write some of what is in a node."""
    markup = node.kind is Kind.ELEMENT or node.children[0].kind in (Kind.ELEMENT, Kind.COMMENT, Kind.INSTRUCTION)
    if node.kind is Kind.SEQUENCE and not markup:
        return f"{len(node.children):,} documents"
    opening, closing = BRACKETS.get(node.kind, ("", ""))
    if node.kind is Kind.TAG:
        opening, closing = f"{tag_number(node)}(", ")"
    between = " " if markup else ", "
    pieces: list[str] = []
    left = room
    for child in itertools.islice(node.children, _PREVIEWED):
        piece = _short(child, room)
        left -= len(piece) + len(between)
        if left < 0:
            break
        pieces.append(piece)
    if len(pieces) < len(node.children):
        pieces.append("\u2026")
    return f"{opening}{between.join(pieces)}{closing}"


def _short(node: Node, room: int) -> str:
    """Write a value in a preview, of which nothing is said that is in it."""
    if node.kind is Kind.ELEMENT:
        return f"<{cut_text(node.key or '', room)}>"
    if node.children:
        opening, closing = BRACKETS.get(node.kind, (f"{tag_number(node)}(", ")"))
        value = f"{opening}\u2026{closing}"
    else:
        value = "".join(text for text, _ in value_cells(node, room))
    if node.key is None:
        return value.strip()
    between = "=" if node.kind is Kind.ATTRIBUTE else ": "
    return cut_text(node.key, room) + (f"{between}{value}" if value else "")
