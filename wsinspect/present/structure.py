"""What a payload was found to hold, for people: over lines as its format writes it, and as the rows of a tree.

JSON keeps every token as written. Binary formats are written as JSON is, with what JSON lacks spelled out as in the
diagnostic notation of CBOR (RFC 8949 §8): bytes `h'0a1b'`, a tag `32("…")`, an extension `ext(5, h'…')`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wsinspect.decode import Kind, Node, Structure
from wsinspect.present.payloads import KEY, NUMBER, QUIET, STRING, WORD
from wsinspect.present.text import Cell, escape, size_text

NOTICE = "yellow"
NAME = "bold magenta"
"""Of what an attribute, an extension or a tag is."""

VALUE_CHARACTERS = 10_000
"""How much of a value is shown."""
PREVIEW_CHARACTERS = 120
_INDENT = "  "
_STYLES = {
    Kind.STRING: STRING,
    Kind.NUMBER: NUMBER,
    Kind.BOOLEAN: WORD,
    Kind.NULL: WORD,
    Kind.WORD: WORD,
    Kind.BYTES: "magenta",
    Kind.EXTENSION: "magenta",
    Kind.TIMESTAMP: "cyan",
    Kind.ATTRIBUTE: STRING,
    Kind.COMMENT: QUIET,
    Kind.INSTRUCTION: QUIET,
}
_BRACKETS = {Kind.OBJECT: ("{", "}"), Kind.ARRAY: ("[", "]"), Kind.TAG: ("(", ")")}
_MARKUP = frozenset({Kind.ELEMENT, Kind.COMMENT, Kind.INSTRUCTION, Kind.TEXT})

type Line = list[Cell]


def structure_title(structure: Structure) -> str:
    """Name the format of a payload, and how it was wrapped: `JSON`, `JSON in gzip`."""
    wrapping = structure.wrapping
    return f"{structure.format} in {wrapping}" if wrapping else structure.format


def structure_lines(structure: Structure, *, most: int = VALUE_CHARACTERS) -> Iterator[Line]:
    """Lay a payload out, one value a line.

    Args:
        structure: What was found in it.
        most: Characters of a value that are shown.

    Yields:
        Lines, each a list of cells; made as they are asked for.
    """
    layout = _Layout(most=most, labelled=structure.format == "protobuf")
    lines = layout.documents(structure.root)
    if structure.prefix:
        first = next(lines)
        yield [(escape(structure.prefix), NAME), *first]
    yield from lines
    for remark in structure.remarks:
        yield [(f"\u2026 {escape(remark)}", NOTICE)]


@dataclass(frozen=True, slots=True)
class _Layout:
    most: int
    labelled: bool

    def documents(self, root: Node) -> Iterator[Line]:
        for document in root.children if root.kind is Kind.SEQUENCE else (root,):
            yield from self.node(document, 0, "")

    def node(self, node: Node, depth: int, comma: str) -> Iterator[Line]:
        if node.kind in _MARKUP:
            yield from self.markup(node, depth)
            return
        head: Line = [(_INDENT * depth, "")] if depth else []
        if node.key is not None:
            head += [(self.cut(node.key), KEY), (": ", "")]
        if node.kind not in _BRACKETS:
            yield [*head, *self.value(node), (comma, ""), *self.aside(node)]
            return
        opening, closing = _BRACKETS[node.kind]
        if node.kind is Kind.TAG:
            head.append((node.label.removeprefix("tag "), NAME))
        if not node.children:
            yield [*head, (f"{opening}{closing}{comma}", ""), *self.aside(node)]
            return
        yield [*head, (opening, ""), *self.aside(node)]
        last = len(node.children) - 1
        for index, child in enumerate(node.children):
            yield from self.node(child, depth + 1, "," if index < last else "")
        yield [(f"{_INDENT * depth}{closing}{comma}", "")]

    def value(self, node: Node) -> Line:
        return list(value_cells(node, self.most))

    def cut(self, text: str) -> str:
        return cut_text(text, self.most)

    def aside(self, node: Node) -> Line:
        asides = [node.label] if self.labelled and node.label else []
        if node.remark:
            asides.append(node.remark)
        return [(f"  \u2014 {escape(', '.join(asides))}", QUIET)] if asides else []

    def markup(self, node: Node, depth: int) -> Iterator[Line]:
        raise NotImplementedError


def value_cells(node: Node, most: int) -> Line:
    """Write a value that has no children.

    Args:
        node: The node.
        most: Characters to show.
    """
    style = _STYLES.get(node.kind, "")
    if isinstance(node.value, bytes):
        digits = bytes_text(node.value, most)
        return [(f"{node.label}({digits})" if False else digits, style)]
    return [(cut_text(node.value or "", most), style)]


def bytes_text(data: bytes, most: int) -> str:
    """Write bytes as `h'0a1b'`, with a notice of what is not shown."""
    shown = data[: max(most // 2, 1)]
    missing = len(data) - len(shown)
    return f"h'{shown.hex()}'" if not missing else f"h'{shown.hex()}\u2026' +{size_text(missing)}"


def cut_text(text: str, most: int) -> str:
    """Make text harmless, and cut it with a notice of how much is missing."""
    if len(text) <= most:
        return escape(text)
    return f"{escape(text[:most])}\u2026 +{size_text(len(text) - most)}"


@dataclass(frozen=True, slots=True)
class TreeRow:
    """A node as a row of a tree."""

    node: Node
    position: int | None = None
    """In an array, counted from 0; None where it has a name or is the root."""

    @property
    def expandable(self) -> bool:
        """Tell whether there are rows below it."""
        return bool(self.node.children)

    @property
    def kind(self) -> str:
        """Name its type in the words of the format, else of JSON."""
        return escape(self.node.label or self.node.kind.value)

    def children(self, first: int = 0, count: int | None = None) -> Iterator[TreeRow]:
        """Go through the rows below it; lazily, and from anywhere.

        Args:
            first: The first to be returned, counted from 0.
            count: How many at most; None: all.
        """
        nodes: Sequence[Node] = self.node.children
        end = len(nodes) if count is None else min(first + count, len(nodes))
        for index in range(first, end):
            yield TreeRow(nodes[index], index if nodes[index].key is None else None)

    def cells(self, room: int = PREVIEW_CHARACTERS) -> list[Cell]:
        """Write it on one line: key, value or a preview of what is in it, and what is odd.

        Args:
            room: Characters of the value or preview.
        """
        node = self.node
        cells: list[Cell] = []
        if node.key is not None:
            cells += [(cut_text(node.key, room), KEY), (": ", "")]
        elif self.position is not None:
            cells += [(f"{self.position}: ", QUIET)]
        cells += self._preview(room) if node.kind in _BRACKETS else value_cells(node, room)
        if node.remark:
            cells.append((f"  \u2014 {escape(node.remark)}", QUIET))
        return cells

    def _preview(self, room: int) -> list[Cell]:
        opening, closing = _BRACKETS.get(self.node.kind, ("", ""))
        pieces: list[str] = []
        left = room
        for child in self.node.children:
            piece = ("" if child.key is None else f"{child.key[:room]}: ") + _short(child, room)
            left -= len(piece) + 2
            if left < 0:
                pieces.append("\u2026")
                break
            pieces.append(escape(piece))
        return [(f"{opening}{', '.join(pieces)}{closing}", QUIET)]


def _short(node: Node, room: int) -> str:
    if node.kind in _BRACKETS:
        return "\u2026".join(_BRACKETS[node.kind]) if node.children else "".join(_BRACKETS[node.kind])
    return "".join(text for text, _ in value_cells(node, room))


def tree_root(structure: Structure) -> TreeRow:
    """Return the row of the root of a tree."""
    return TreeRow(structure.root)
