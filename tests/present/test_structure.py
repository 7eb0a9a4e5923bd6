"""Structures laid out for people: lines as the format writes them, and the rows of a tree."""

from __future__ import annotations

from wsinspect.decode import structure
from wsinspect.present.structure import structure_lines, structure_title, tree_root


def plain(payload: bytes, *, of_text: bool = True) -> list[str]:
    found = structure(payload, of_text=of_text)
    assert found is not None
    return ["".join(text for text, _ in line) for line in structure_lines(found)]


def test_json_is_laid_out_with_every_token_as_written() -> None:
    assert plain(b'42["price",{"a":1.50,"a" : {}, "b":[ ],"c":"\\u0041"}]') == [
        *(
            "42[",
            '  "price",',
            "  {",
            '    "a": 1.50,',
            '    "a": {},',
            '    "b": [],',
            '    "c": "\\u0041"',
            "  }",
            "]",
        ),
    ]


def test_a_tree_has_rows() -> None:
    found = structure(b'{"a":[1,{"b":2}]}', of_text=True)
    assert found is not None
    assert structure_title(found) == "JSON"
    root = tree_root(found)
    assert root.expandable
    (row,) = root.children()
    assert ["".join(text for text, _ in child.cells()) for child in row.children()] == ["0: 1", '1: {"b": 2}']
