"""Two columns stand beside each other, whatever is in them."""

from __future__ import annotations

from wsinspect.present.side_by_side import BETWEEN, column_cells, side_by_side
from wsinspect.present.text import cell_len


def test_there_are_two_columns_where_there_is_room() -> None:
    assert column_cells(83) == 40
    assert column_cells(82) is None


def test_lines_are_broken_in_their_column() -> None:
    lines = list(side_by_side([([("one two", "red")], [("日本語", "")]), ([], [("x", "")])], 5))

    assert ["".join(text for text, _ in line) for line in lines] == [
        f"one t{BETWEEN}日本",
        f"wo   {BETWEEN}語",
        f"     {BETWEEN}x",
    ]
    assert lines[0][0] == ("one t", "red")


def test_long_lines_are_shown_whole() -> None:
    (*_, last) = side_by_side([([("日" * 1000 + "x", "")], [])], 10)

    assert last[0] == ("x", "")


def test_columns_stand_straight_beside_wide_characters() -> None:
    (line,) = side_by_side([([("日\x00", "")], [("x", "")])], 9)
    before = "".join(text for text, _ in line).partition(BETWEEN)[0]

    assert cell_len(before) == 9
    assert before.rstrip() == "日\\x00"
