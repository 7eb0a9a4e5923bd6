"""Lines are broken into rows of a width and drawn harmlessly, no further than somebody looks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.cli.reading import assert_harmless
from tests.cli.recording import HOSTILE
from wsinspect.present.documents import ListDocument, TextDocument
from wsinspect.present.text import cell_len
from wsinspect.present.visual_rows import UNBROKEN_CELLS, Mark, Row, Rows


def _rows(text: str, width: int | None) -> Rows:
    rows = Rows(TextDocument(text), width)
    while not rows.complete:
        rows.grow(3)
    return rows


def _texts(rows: Rows) -> list[str]:
    return [rows.text(number) for number in range(rows.count)]


def test_lines_are_broken_at_the_width() -> None:
    rows = _rows("abcdefg\n\nhi", 3)

    assert _texts(rows) == ["abc", "def", "g", "", "hi"]
    assert rows.row(1) == Row(0, 3, 6)
    assert [rows.find(0, 0), rows.find(0, 4), rows.find(0, 99), rows.find(2), rows.find(9)] == [0, 1, 2, 4, None]


def test_wide_and_escaped_characters_are_kept_whole() -> None:
    assert _texts(_rows("日本語\x1b[2J", 5)) == ["日本", "語", "\\x1b[", "2J"]


def test_lines_that_are_not_broken_are_broken_at_last() -> None:
    rows = _rows("x" * (2 * UNBROKEN_CELLS + 1), None)

    assert [len(text) for text in _texts(rows)] == [UNBROKEN_CELLS, UNBROKEN_CELLS, 1]


def test_rows_are_found_as_far_as_somebody_looks() -> None:
    rows = Rows(TextDocument("line\n" * 10_000), 80)
    rows.grow(10)

    assert 10 <= rows.count < 100
    assert not rows.complete


def test_documents_that_are_not_to_be_broken_have_a_row_for_each_line() -> None:
    rows = Rows(ListDocument([[("x" * 100, "")], [("y", "")]], breakable=False), 10)
    rows.grow(5)

    assert rows.complete
    assert rows.count == 2
    assert rows.row(0) == Row(0, 0, 100)
    assert (rows.find(1), rows.find(2)) == (1, None)


def test_marks_stand_out_across_cells_and_rows() -> None:
    rows = Rows(ListDocument([[("abc", "bold"), ("def", "dim")]]), 4)
    rows.grow(9)
    marks = [Mark(2, 5, "reverse")]

    assert rows.cells(0, marks) == [("ab", "bold"), ("c", "reverse"), ("d", "reverse")]
    assert rows.cells(1, marks) == [("e", "reverse"), ("f", "dim")]
    assert rows.cells(1, [Mark(0, 1, "reverse"), Mark(9, 10, "reverse")]) == [("ef", "dim")]


def test_what_is_escaped_has_a_colour_too() -> None:
    rows = _rows("a\x00", 80)

    assert rows.cells(0) == [("a", ""), ("\\x00", "yellow")]


@given(st.text("ab日\u0301\x00\t\n", max_size=60), st.integers(1, 9))
def test_rows_hold_all_of_a_text_in_order(text: str, width: int) -> None:
    rows = _rows(text, width)
    lines = text.split("\n") if text else []
    joined = [""] * len(lines)
    for number in range(rows.count):
        row = rows.row(number)
        assert row.start == len(joined[row.line])
        assert rows.find(row.line, row.start) == number
        joined[row.line] += lines[row.line][row.start : row.stop]
        shown = rows.text(number)
        assert cell_len(shown) <= width or row.stop == row.start + 1
    assert joined == lines


def test_hostile_text_is_harmless() -> None:
    for width in (1, 5, 80, None):
        for text in _texts(_rows(HOSTILE * 10, width)):
            assert_harmless([text])


def test_a_long_line_is_broken_no_further_than_somebody_looks() -> None:
    rows = Rows(TextDocument("日" * 100_000 + "\nnext"), 10)
    rows.grow(3)

    assert rows.count == 3
    assert not rows.complete
    assert [rows.text(number) for number in range(3)] == ["日" * 5] * 3
    assert (rows.find(0, 14), rows.find(0, 15), rows.find(1)) == (2, None, None)
    rows.grow(20_000)
    assert rows.text(rows.count - 1) == "next"
    assert rows.count == 20_001
