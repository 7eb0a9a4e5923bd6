"""Searches find everything, in steps, and tell what stands out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.decode import structure
from wsinspect.present import document_search
from wsinspect.present.document_search import (
    CURRENT,
    FOUND,
    MOST_MATCHES,
    ByteSearch,
    LineSearch,
    Search,
    TreeSearch,
    byte_pattern,
    search_in,
    text_pattern,
)
from wsinspect.present.documents import ListDocument, TextDocument
from wsinspect.present.hex_document import HexDocument, Pages
from wsinspect.present.tree_document import TreeDocument
from wsinspect.present.visual_rows import Mark


def _done(search: Search, data: bytes = b"") -> Search:
    while not search.complete:
        if (wanted := search.wanted()) is not None:
            search.supply(data[slice(*wanted)])
        else:
            search.advance()
    search.advance()
    return search


@pytest.mark.parametrize(
    ("query", "text", "count"),
    [
        ("login", "Login LOGIN login", 3),
        ("Login", "Login LOGIN login", 1),
        (".", "a.b", 1),
        ("\\x00", "a\x00b", 1),
        ("\\x00", "a\\x00b", 1),
        ("\\u202e\\n", "\u202e\n", 1),
        ("\\U00110000", "\\U00110000", 1),
        ("\\U0001F600", "\U0001f600", 1),
        ("ÄRGER", "ärger ÄRGER", 1),
        ("ärger", "ärger ÄRGER", 2),
    ],
)
def test_queries_match_text(query: str, text: str, count: int) -> None:
    assert len(text_pattern(query).findall(text)) == count


@pytest.mark.parametrize(
    ("query", "data", "count"),
    [
        ("ab", b"AB ab \xab", 3),
        ("Ab", b"AB Ab \xab", 2),
        ("00 ff", b"\x00\xff 00 ff", 2),
        ("0x00ff", b"\x00\xff", 1),
        ("abc", b"abc \xab\xc0", 1),
        ("\\xff\\x00", b"\xc3\xbf\x00", 1),
        ("é", "é".encode(), 1),
    ],
)
def test_queries_match_bytes(query: str, data: bytes, count: int) -> None:
    pattern, longest = byte_pattern(query)

    found = list(pattern.finditer(data))
    assert len(found) == count
    assert all(each.end() - each.start() <= longest for each in found)


def test_lines_are_searched_to_the_end() -> None:
    search = _done(search_in(TextDocument("no\nyes yes\n" * 2000), "yes"))

    assert isinstance(search, LineSearch)
    assert search.count == 4000
    assert search.place(0) == (1, 0)
    assert search.place(3999) == (3999, 4)
    assert search.marks(1, 1) == [Mark(0, 3, FOUND), Mark(4, 7, CURRENT)]
    assert search.marks(0, 1) == []
    assert [search.first_from(line) for line in (0, 2, 9999)] == [0, 2, 4000]
    search.supply(b"")
    assert search.wanted() is None


def test_a_search_goes_on_in_steps() -> None:
    search = LineSearch(TextDocument("yes\n" * 2000), "yes")
    search.advance()

    assert 0 < search.count < 2000
    assert not search.complete


def test_no_more_is_found_than_can_be_used() -> None:
    search = _done(LineSearch(ListDocument([[("a" * (MOST_MATCHES + 1), "")]]), "a"))
    assert search.count == MOST_MATCHES
    data = b"a" * (MOST_MATCHES + 1)
    assert _done(ByteSearch(HexDocument(Pages(len(data))), "a"), data).count == MOST_MATCHES


def test_closed_branches_are_searched_and_opened() -> None:
    found = structure(b"[" + b",".join([b'{"k":["needle"]}'] * 300) + b"]", of_text=True)
    assert found is not None
    tree = TreeDocument(found)
    search = _done(search_in(tree, "needle"))

    assert isinstance(search, TreeSearch)
    # Those that contain it show it in their previews, too.
    last = search.count - 1
    line, character = search.place(last)
    text = "".join(part for part, _ in tree.lines(line, 1)[0])
    assert text[character:].startswith("needle")
    mark = search.marks(line, last)[0]
    assert (text[mark.start : mark.stop], mark.style) == ("needle", CURRENT)
    assert search.marks(line, None)[0].style == FOUND
    assert search.first_from(0) == 0
    assert search.first_from(line) == last
    search.supply(b"")
    assert search.wanted() is None


def test_what_is_no_row_of_a_tree_has_no_matches() -> None:
    found = structure(b'{"a":1} JSON', of_text=True)
    assert found is not None
    tree = TreeDocument(found)
    search = _done(TreeSearch(tree, "json"))

    assert search.marks(tree.line_count - 1, None) == []
    assert search.first_from(tree.line_count - 1) == search.count


@given(st.binary(max_size=60).map(lambda data: data.translate(bytes([0x61, 0x62] * 128))), st.integers(1, 9))
def test_bytes_are_found_across_the_pieces_they_come_in(data: bytes, step: int) -> None:
    pattern, _ = byte_pattern("aba")
    expected = [found.start() for found in pattern.finditer(data)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(document_search, "_STEP_BYTES", step)
        document = HexDocument(Pages(len(data)))
        search = _done(ByteSearch(document, "aba"), data)
    assert [search.place(match)[0] for match in range(search.count)] == [start // 16 for start in expected]


def test_bytes_are_marked_in_both_columns() -> None:
    data = bytes(14) + b"needle" + bytes(30)
    document = HexDocument(Pages(len(data)))
    search = _done(search_in(document, "needle"), data)

    assert isinstance(search, ByteSearch)
    assert search.count == 1
    assert search.place(0) == (0, 53)
    assert [(mark.start, mark.stop) for mark in search.marks(0, 0)] == [(53, 58), (74, 76)]
    assert [(mark.start, mark.stop) for mark in search.marks(1, 0)] == [(10, 21), (60, 64)]
    assert search.marks(2, 0) == []
    assert (search.first_from(0), search.first_from(1)) == (0, 1)


def test_bytes_that_are_gone_end_a_search() -> None:
    search = ByteSearch(HexDocument(Pages(100)), "a")
    search.supply(b"")

    assert search.complete
