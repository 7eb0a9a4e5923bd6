"""The rows of a tree: names, previews, and children that are made when they are asked for."""

from __future__ import annotations

import cbor2
import msgpack  # type: ignore[import-untyped]  # it has no types
import pytest

from wsinspect.decode import structure
from wsinspect.present.structure_tree import TreeRow, tree_root


def root(payload: bytes, *, of_text: bool = True, size: int | None = None) -> TreeRow:
    found = structure(payload, of_text=of_text, size=size)
    assert found is not None
    return tree_root(found)


def plain(row: TreeRow, room: int = 60) -> str:
    return "".join(text for text, _ in row.cells(room))


def below(row: TreeRow, room: int = 60) -> list[str]:
    return [plain(child, room) for child in row.children()]


def test_rows_have_names_or_positions() -> None:
    top = root(b'{"a":[1,{"b":"x"},[],{}],"c":null}')
    assert plain(top) == '{"a": […], "c": null}'
    assert top.expandable
    array, null = top.children()
    assert (plain(array), plain(null)) == ('"a": [1, {…}, [], {}]', '"c": null')
    assert below(array) == ["0: 1", '1: {"b": "x"}', "2: []", "3: {}"]
    assert not null.expandable
    assert (array.kind, null.kind) == ("array", "null")


def test_children_are_made_from_anywhere() -> None:
    top = root(b"[" + b",".join(b"%d" % number for number in range(1000)) + b"]")
    assert [plain(row) for row in top.children(997, 10)] == ["997: 997", "998: 998", "999: 999"]
    assert [plain(row) for row in top.children(5, 2)] == ["5: 5", "6: 6"]


@pytest.mark.parametrize(
    ("payload", "preview"),
    [
        (b'{"id":7,"name":"somebody","price":99.5}', '{"id": 7, …}'),
        (b'["' + b"x" * 50 + b'"]', "[…]"),
        (b"[" + b"1," * 50 + b"1]", "[1, 1, 1, 1, 1, 1, …]"),
    ],
)
def test_previews_are_cut(payload: bytes, preview: str) -> None:
    assert plain(root(payload), 20) == preview


def test_values_are_cut() -> None:
    assert below(root(b'{"a":"' + b"x" * 50 + b'"}'), 10) == ['"a": "xxxxxxxxx… +42']


def test_several_documents_are_counted() -> None:
    top = root(b'{"a":1}\n{"b":2}')
    assert plain(top) == "2 documents"
    assert below(top) == ['0: {"a": 1}', '1: {"b": 2}']


def test_elements_show_their_attributes_and_text() -> None:
    top = root(b'<?xml version="1.0"?><a x="1" y><b/>text<!-- c --></a>')
    assert plain(top) == '<?xml version="1.0"?> <a>'
    instruction, element = top.children()
    assert plain(instruction) == '0: <?xml version="1.0"?>'
    assert plain(element) == '<a> x="1" y <b> text <!-- c -->'
    assert below(element) == ['x: "1"', "y", "<b> ", "text", "<!-- c -->"]


def test_tags_are_named() -> None:
    top = root(cbor2.dumps({"uri": cbor2.CBORTag(32, "http://x"), "deep": [cbor2.CBORTag(30, [1, 3])]}), of_text=False)
    assert plain(top) == '{"uri": 32(…), "deep": […]}'
    uri, deep = top.children()
    assert plain(uri) == '"uri": 32("http://x")  — an address'
    assert below(uri) == ['"http://x"']
    assert plain(deep) == '"deep": [30(…)]'
    assert uri.kind == "tag 32"


def test_types_are_named_in_the_words_of_the_format() -> None:
    rows = root(msgpack.packb(["there is no doubt", 300, b"x"]), of_text=False).children()
    assert [(plain(row), row.kind) for row in rows] == [
        *(('0: "there is no doubt"', "fixstr"), ("1: 300", "uint16"), ("2: h'78'", "bin8")),
    ]


def test_what_was_cut_is_said() -> None:
    assert below(root(b'{"a":"cu', size=99)) == ['"a": "cu  — cut']


def test_what_peers_say_is_harmless() -> None:
    nasty = "\u202e\x9b[bold]"
    rows = [
        root(f'{{"{nasty}":"{nasty}"}}'.encode()),
        root(f'<a><é\u202e \u202e="{nasty}">{nasty}<b\u2066/></é\u202e></a>'.encode()),
    ]
    while rows:
        row = rows.pop()
        assert plain(row).isprintable()
        rows += row.children()
