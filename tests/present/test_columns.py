"""Columns fit any width: the least important go first, and no cell is wider than its column."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.present.columns import Column, column_at, cut, line, placed, titles
from wsinspect.present.text import cell_len, escape

COLUMNS = (
    Column("number", "#", 4, 9, right=True),
    Column("host", "host", 10, 10, share=1),
    Column("size", "size", 6, 3, right=True),
    Column("last", "last", 10, 5, share=3),
)


@pytest.mark.parametrize(
    ("width", "names"),
    [
        (120, ["number", "host", "size", "last"]),
        (33, ["number", "host", "size", "last"]),
        (32, ["number", "host", "last"]),
        (25, ["number", "host"]),
        (14, ["host"]),
        (3, ["host"]),
        (0, ["host"]),
    ],
)
def test_the_least_important_columns_go_first(width: int, names: list[str]) -> None:
    assert [place.column.name for place in placed(COLUMNS, width)] == names


def test_what_is_left_is_shared() -> None:
    layout = placed(COLUMNS, 120)
    assert [(place.start, place.width) for place in layout] == [(0, 4), (6, 31), (39, 6), (47, 73)]


def test_a_row_stands_in_its_columns() -> None:
    layout = placed(COLUMNS, 40)
    row = {"number": [("7", "bold")], "host": [("a.test", ""), ("/much/too/long", "dim")], "last": [("x", "")]}
    cells = line(layout, row)
    assert "".join(text for text, _ in cells) == "   7 a.test/muc…        x               "
    assert cells[0] == ("   7", "bold")
    assert ("/muc…", "dim") in cells


def test_titles_show_how_it_is_sorted_and_where_they_are() -> None:
    layout = placed(COLUMNS, 40)
    assert "".join(text for text, _ in titles(layout, "bold", {"size": "▾"})).split() == ["#", "host", "size▾", "last"]
    assert [column_at(layout, x) for x in (0, 4, 5, 39)] == ["number", "number", "host", "last"]
    assert column_at(layout, -1) is None


@given(st.text(), st.integers(0, 50))
def test_cut_text_fits(text: str, width: int) -> None:
    assert cell_len(cut(text, width)) <= width


def test_only_what_is_too_long_is_cut() -> None:
    assert [cut(text, 3) for text in ("abc", "abcd", "日本", "日", "x" * 1_000_000)] == [
        "abc",
        "ab…",
        "日…",
        "日",
        "xx…",
    ]
    assert cut("abc", 0) == ""


@given(st.lists(st.tuples(st.text().map(escape), st.just("")), max_size=4), st.integers(1, 150))
def test_every_line_is_as_wide_as_its_columns(cells: list[tuple[str, str]], width: int) -> None:
    layout = placed(COLUMNS, width)
    made = line(layout, {"host": cells, "number": cells})
    assert sum(cell_len(text) for text, _ in made) == layout[-1].start + layout[-1].width
