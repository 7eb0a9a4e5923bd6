"""Single values: harmless, cut where they are long, and with what is odd about them."""

from __future__ import annotations

import pytest

from wsinspect.decode import Kind, Node
from wsinspect.decode.building import NOT_READ_ON
from wsinspect.present.structure_values import aside, cut_text, tag_number, value_cells


def node(kind: Kind, value: str | bytes | None = None, *, label: str = "", remark: str = "") -> Node:
    return Node(kind, None, value, 0, 1, (), label, remark)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (node(Kind.STRING, '"a\u202e"'), '"a\\u202e"'),
        (node(Kind.NUMBER, "1e5"), "1e5"),
        (node(Kind.STRING, '"' + "x" * 100), '"xxxxxxxxx\u2026 +91'),
        (node(Kind.BYTES, b"\x00\x01"), "h'0001'"),
        (node(Kind.BYTES, bytes(20)), "h'0000000000\u2026 +15'"),
        (node(Kind.EXTENSION, b"\x01", label="ext -5"), "ext(-5, h'01')"),
        (node(Kind.OBJECT), "{}"),
        (node(Kind.ARRAY, remark="too deep"), "[\u2026]"),
        (node(Kind.ELEMENT), ""),
        (node(Kind.ATTRIBUTE), ""),
    ],
)
def test_values_are_written(value: Node, text: str) -> None:
    assert "".join(piece for piece, _ in value_cells(value, 10)) == text


def test_the_kind_of_a_value_has_its_colour() -> None:
    assert {style for _, style in value_cells(node(Kind.STRING, '"x"'), 9)} == {"green"}
    assert {style for _, style in value_cells(node(Kind.NULL, "null"), 9)} == {"italic magenta"}


def test_text_is_cut() -> None:
    assert cut_text("abc", 3) == "abc"
    assert cut_text("ab\ncd", 3) == "ab\\n\u2026 +2"


def test_what_is_odd_is_said() -> None:
    assert aside(node(Kind.NUMBER, "1")) == []
    assert aside(node(Kind.NUMBER, "1", label="varint")) == []
    assert aside(node(Kind.NUMBER, "1", label="varint", remark="odd\n"), labelled=True) == [
        ("  \u2014 varint, odd\\n", "dim")
    ]
    assert aside(node(Kind.ARRAY, remark=NOT_READ_ON)) == []


def test_tags_have_numbers() -> None:
    assert tag_number(node(Kind.TAG, label="tag 32")) == "32"
