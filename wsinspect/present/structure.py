"""What a payload was found to hold, for people, over lines as its format writes it.

JSON keeps every token as written, XML every tag. Binary formats are written as JSON is, with what JSON lacks spelled
out as in the diagnostic notation of CBOR (RFC 8949 §8): bytes `h'0a1b'`, a tag `32("…")`, an extension `ext(5, h'…')`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from wsinspect.decode import Kind, Node, Structure
from wsinspect.decode.building import NOT_READ_ON
from wsinspect.decode.xml_text import CDATA, SELF_CLOSING, VOID
from wsinspect.present.payloads import KEY, hex_lines
from wsinspect.present.structure_tree import TreeRow, tree_root
from wsinspect.present.structure_values import BRACKETS, NAME, NOTICE, STYLES, aside, cut_text, tag_number, value_cells
from wsinspect.present.text import Cell, escape, escape_lines, size_text

__all__ = ["NOTICE", "VALUE_CHARACTERS", "TreeRow", "structure_lines", "structure_title", "tree_root"]

VALUE_CHARACTERS = 10_000
"""How much of a value is shown."""
_INDENT = "  "
_SHORT_TEXT = 80
"""What stands between the tags of its element, on one line with them."""
_MOST_ATTRIBUTES = 100
_LINES_OF_TEXT = frozenset({Kind.TEXT, Kind.COMMENT, Kind.INSTRUCTION})

type Line = list[Cell]
type _Begun = tuple[Iterable[Line], Sequence[Node], Line]
"""The lines of a node up to its children, the children, and the line behind them."""


def structure_title(structure: Structure) -> str:
    """Name the format of a payload, and how it was compressed: `JSON`, `JSON in gzip`."""
    return f"{structure.format} in {structure.wrapping}" if structure.wrapping else structure.format


def structure_lines(structure: Structure, *, most: int = VALUE_CHARACTERS) -> Iterator[Line]:
    """Lay a payload out, one value a line.

    Args:
        structure: What was found in it.
        most: Characters of a value that are shown.

    Yields:
        Lines, each a list of cells; made as they are asked for.
    """
    root = structure.root
    if root.kind is Kind.BYTES:
        assert isinstance(root.value, bytes)
        yield from hex_lines(root.value)
    elif root.kind is Kind.TEXT:
        yield from ([(line, "")] for line in escape_lines(str(root.value)).split("\n"))
    else:
        lines = _Layout(most, labelled=structure.format == "protobuf").lines(root)
        prefix: Line = [(escape(structure.prefix), NAME)] if structure.prefix else []
        yield [*prefix, *next(lines)]
        yield from lines
    for remark in structure.remarks:
        yield [(f"\u2026 {escape(remark)}", NOTICE)]


@dataclass(frozen=True, slots=True)
class _Layout:
    most: int
    labelled: bool

    def lines(self, root: Node) -> Iterator[Line]:
        """Go through all lines; the nodes that are open are on a stack, so that each line costs the same."""
        documents = root.children if root.kind is Kind.SEQUENCE else (root,)
        pending: list[tuple[Iterator[Node], int, Line]] = [(iter(documents), -1, [])]
        while pending:
            nodes, left, closing = pending.pop()
            node = next(nodes, None)
            if node is None:
                if closing:
                    yield closing
                continue
            pending.append((nodes, left - 1, closing))
            lines, children, behind = self._begun(node, len(pending) - 1, "," if left > 1 else "")
            yield from lines
            if children:
                pending.append((iter(children), len(children), behind))

    def _begun(self, node: Node, depth: int, comma: str) -> _Begun:
        indent: Line = [(_INDENT * depth, "")] if depth else []
        if node.kind is Kind.ELEMENT:
            return self._element(node, indent)
        if node.kind in _LINES_OF_TEXT:
            return self._text(node, indent), (), []
        head = indent if node.key is None else [*indent, (cut_text(node.key, self.most), KEY), (": ", "")]
        behind: list[str] = []
        while node.kind is Kind.TAG and node.children:
            head = [*head, (tag_number(node), NAME), ("(", "")]
            behind.append(")")
            node = _with_remark_of(node.children[0], node)
        tail = "".join(behind) + comma
        more = aside(node, labelled=self.labelled)
        if not node.children:
            return [[*head, *value_cells(node, self.most), (tail, ""), *more]], (), []
        opening, closing = BRACKETS[node.kind]
        return [[*head, (opening, ""), *more]], node.children, _closing(node, [*indent, (closing + tail, "")])

    def _element(self, node: Node, indent: Line) -> _Begun:
        attributes = list(itertools.takewhile(lambda child: child.kind is Kind.ATTRIBUTE, node.children))
        content = node.children[len(attributes) :]
        name = cut_text(node.key or "", self.most)
        head: Line = [*indent, ("<", ""), (name, KEY)]
        for attribute in attributes[:_MOST_ATTRIBUTES]:
            head += [(" ", ""), (cut_text(attribute.key or "", self.most), NAME)]
            if attribute.value is not None:
                head += [("=", ""), *value_cells(attribute, self.most)]
        if (more := len(attributes) - _MOST_ATTRIBUTES) > 0:
            head.append((f" \u2026 +{more:,}", NOTICE))
        end: Line = [("</", ""), (name, KEY), (">", "")]
        if node.label in (SELF_CLOSING, VOID):
            return [[*head, ("/>" if node.label == SELF_CLOSING else ">", ""), *aside(node)]], (), []
        if not content:
            behind: Line = [("\u2026", NOTICE)] if node.remark == NOT_READ_ON else end
            return [[*head, (">", ""), *behind, *aside(node)]], (), []
        if len(content) == 1 and _is_short(content[0]) and not node.remark:
            return [[*head, (">", ""), *value_cells(content[0], self.most), *end]], (), []
        return [[*head, (">", ""), *aside(node)]], content, _closing(node, [*indent, *end])

    def _text(self, node: Node, indent: Line) -> Iterable[Line]:
        text = str(node.value)
        shown = text[: self.most]
        if node.label == CDATA:
            shown = f"<![CDATA[{shown}]]>"
        style = STYLES.get(node.kind, "")
        lines = [[*indent, (escape(line.strip()), style)] for line in shown.strip().split("\n") if line.strip()]
        if not lines:
            lines = [indent.copy()]  # of blanks
        missing = len(text) - len(text[: self.most])
        if missing:
            lines[-1].append((f"\u2026 +{size_text(missing)}", NOTICE))
        lines[-1] += aside(node)
        return lines


def _is_short(node: Node) -> bool:
    text = str(node.value)
    return (node.kind, node.label, node.remark) == (Kind.TEXT, "", "") and len(text) <= _SHORT_TEXT and "\n" not in text


def _with_remark_of(node: Node, tag: Node) -> Node:
    return node._replace(remark=tag.remark) if tag.remark and not node.remark else node


def _closing(node: Node, closing: Line) -> Line:
    """Return the line that ends a node; nothing ends what was not read to its end, but it is said once."""
    if node.remark != NOT_READ_ON:
        return closing
    return [] if node.children[-1].remark == NOT_READ_ON else [("\u2026", NOTICE)]
