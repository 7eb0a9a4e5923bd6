"""Single values of payloads, for people: coloured, harmless, and cut where they are long."""

from __future__ import annotations

from wsinspect.decode import Kind, Node
from wsinspect.decode.building import NOT_READ_ON
from wsinspect.present.payloads import NUMBER, QUIET, STRING, WORD
from wsinspect.present.text import Cell, escape, size_text

NOTICE = "yellow"
NAME = "bold magenta"
"""Of attributes, extensions and tags."""
BYTES = "magenta"
STYLES = {
    Kind.STRING: STRING,
    Kind.NUMBER: NUMBER,
    Kind.BOOLEAN: WORD,
    Kind.NULL: WORD,
    Kind.WORD: WORD,
    Kind.BYTES: BYTES,
    Kind.EXTENSION: BYTES,
    Kind.TIMESTAMP: NUMBER,
    Kind.ATTRIBUTE: STRING,
    Kind.COMMENT: QUIET,
    Kind.INSTRUCTION: QUIET,
}
BRACKETS = {Kind.OBJECT: ("{", "}"), Kind.ARRAY: ("[", "]")}
"""Of what is written as JSON is."""


def value_cells(node: Node, most: int) -> list[Cell]:
    """Write a value that has nothing in it.

    Args:
        node: The node.
        most: Characters to show.
    """
    style = STYLES.get(node.kind, "")
    if isinstance(node.value, str):
        return [(cut_text(node.value, most), style)]
    if node.kind is Kind.EXTENSION:
        code = node.label.removeprefix("ext ")
        return [("ext(", ""), (code, NAME), (", ", ""), (_hex(node.value or b"", most), style), (")", "")]
    if node.kind is Kind.BYTES:
        return [(_hex(node.value or b"", most), style)]
    opening, closing = BRACKETS.get(node.kind, ("", ""))
    return [(f"{opening}\u2026{closing}" if node.remark else opening + closing, style)]


def cut_text(text: str, most: int) -> str:
    """Make text harmless, and cut it with a notice of how much is missing."""
    return escape(text) if len(text) <= most else f"{escape(text[:most])}\u2026 +{size_text(len(text) - most)}"


def aside(node: Node, *, labelled: bool = False) -> list[Cell]:
    """Write what is odd about a value, and its type if wanted."""
    asides = [text for text in (node.label if labelled else "", node.remark) if text and text != NOT_READ_ON]
    return [(f"  \u2014 {escape(', '.join(asides))}", QUIET)] if asides else []


def tag_number(node: Node) -> str:
    """Return the number of a tag of CBOR."""
    return node.label.removeprefix("tag ")


def _hex(data: bytes, most: int) -> str:
    shown = data[: max(most // 2, 1)]
    missing = len(data) - len(shown)
    return f"h'{shown.hex()}'" if not missing else f"h'{shown.hex()}\u2026 +{size_text(missing)}'"
