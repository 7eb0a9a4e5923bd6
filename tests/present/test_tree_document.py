"""A structure is a tree whose branches open and close."""

from __future__ import annotations

from wsinspect.decode import structure
from wsinspect.present.tree_document import TreeDocument


def _tree(payload: bytes) -> TreeDocument:
    found = structure(payload, of_text=True)
    assert found is not None
    return TreeDocument(found)


def _texts(document: TreeDocument) -> list[str]:
    return ["".join(text for text, _ in line).rstrip() for line in document.lines(0, document.line_count)]


def test_a_small_tree_is_open() -> None:
    texts = _texts(_tree(b'{"op":"set","at":[1,{"x":null}]}'))

    assert texts == [
        '▾ {"op": "set", "at": […]}',
        '    "op": "set"  string',
        '  ▾ "at": [1, {…}]',
        "      0: 1  number",
        '    ▾ 1: {"x": null}',
        '        "x": null  null',
    ]


def test_branches_close_and_open() -> None:
    tree = _tree(b'{"a":{"b":1},"c":2}')
    assert len(_texts(tree)) == 4
    assert tree.is_open(1)
    assert tree.toggle(1)
    assert [tree.is_open(line) for line in range(3)] == [True, False, None]
    assert len(_texts(tree)) == 3
    assert tree.toggle(1)
    tree.open(1)
    assert len(_texts(tree)) == 4
    assert not tree.toggle(2)
    tree.close(0)
    assert tree.line_count == 1
    assert (tree.parent(0), tree.complete) == (0, True)
    tree.grow(1)


def test_a_row_knows_what_it_is_below() -> None:
    tree = _tree(b'{"a":{"b":1},"c":2}')

    assert [tree.parent(line) for line in range(4)] == [0, 0, 1, 0]


def test_a_large_tree_is_open_at_its_root_only() -> None:
    tree = _tree(b"[" + b",".join([b"[1,2]"] * 300) + b"]")

    assert tree.line_count == 301


def test_whatever_is_in_it_can_be_reached() -> None:
    tree = _tree(b"[" + b",".join([b"[1,[2]]"] * 300) + b"]")
    path, text = list(tree.everything())[-1]

    assert path == (299, 1, 0)
    assert tree.content(0)
    line = tree.reveal(path)
    assert tree.path(line) == path
    assert tree.content(line) == text
    assert _texts(tree)[line][tree.content_start(line) :].startswith(text)
    assert tree.reveal((0, 1)) == 3


def test_what_was_cut_is_said_below() -> None:
    tree = _tree(b'{"a":1} no json')

    assert "JSON" in _texts(tree)[-1]
    assert tree.path(tree.line_count - 1) is None
    assert tree.is_open(tree.line_count - 1) is None
    assert not tree.toggle(tree.line_count - 1)
    assert [text for text, _ in tree.lines(tree.line_count - 1, 1)[0]]
    assert tree.parent(tree.line_count - 1) == 0


def test_a_branch_is_written_as_its_format_does() -> None:
    tree = _tree(b'{"a":{"b":1},"c":[],"d":"x"} JSON')
    rows = ["".join(text for text, _ in line).split()[0] for line in tree.lines(0, 5)]

    assert rows == ["\u25be", "\u25be", '"b":', '"c":', '"d":']
    assert [tree.text(line) for line in range(1, 5)] == ['{\n  "b": 1\n}', "1", "[]", '"x"']
    assert tree.text(99) == ""
