"""Lines of a list are as wide as the list, and the cursor is seen without colours."""

from __future__ import annotations

from rich.style import Style
from textual.app import App

from wsinspect.present.columns import Column
from wsinspect.tui.widgets.row_painter import RowPainter

COLUMNS = (Column("number", "#", 4, 2, right=True), Column("text", "text", 5, 3, share=1))
CELLS = {"number": [("7", "bold")], "text": [("hello", "red")]}


async def test_every_line_is_drawn() -> None:
    app: App[object] = App()
    async with app.run_test():
        painter = RowPainter(app, COLUMNS, 20, Style(bgcolor="#101010"))
        drawn = [
            painter.titles("number", downwards=True),
            painter.titles("text", downwards=False),
            painter.row(CELLS),
            painter.chosen_row(CELLS, focused=True),
            painter.chosen_row(CELLS, focused=False),
            painter.missing_row(),
            painter.words([("nothing", "")]),
        ]
        assert [strip.text.rstrip() for strip in drawn] == [
            "   #▾ text",
            "    # text▴",
            "    7 hello",
            "▌   7 hello",
            "▌   7 hello",
            "  ·",
            "  nothing",
        ]
        assert {strip.cell_length for strip in drawn} == {20}
        assert all(segment.style is not None and segment.style.bgcolor for strip in drawn for segment in strip)
        assert drawn[3] != drawn[4]
        assert [painter.column_at(x) for x in (0, 1, 6)] == [None, "number", "text"]
