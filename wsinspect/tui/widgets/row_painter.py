"""Draws the lines of a list: titles, rows in columns, the row with the cursor, and rows that are not there yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.style import Style
from textual.app import App
from textual.strip import Strip

from wsinspect.present.columns import Column, column_at, line, placed, titles
from wsinspect.present.lines import QUIET, TITLE
from wsinspect.present.text import Cell
from wsinspect.tui.colours import Colours

_GUTTER = 1
"""Cells at the left for the sign of the cursor, and as many at the right that stay empty."""
_CURSOR = "▌"
_WITH_FOCUS, _WITHOUT_FOCUS = "on primary-muted", "on surface-active"


class RowPainter:
    """Draws in the colours of a theme; to be made anew when the theme, the columns or the width change.

    Args:
        app: The app.
        columns: From left to right.
        width: Cells of a line.
        base: The style below all of it.
    """

    def __init__(self, app: App[object], columns: Sequence[Column], width: int, base: Style) -> None:
        self._colours = Colours(app)
        self._layout = placed(columns, width - 2 * _GUTTER)
        self._width, self._base = width, base

    def column_at(self, x: int) -> str | None:
        """Name the column at a cell of a line."""
        return column_at(self._layout, x - _GUTTER)

    def titles(self, column: str, *, downwards: bool) -> Strip:
        """Draw the line above the rows.

        Args:
            column: The one that the rows are sorted by.
            downwards: Whether the largest is on top.
        """
        signs = {column: "▾" if downwards else "▴"}
        return self._strip([(" " * _GUTTER, ""), *titles(self._layout, f"{TITLE} {QUIET}", signs)])

    def row(self, cells: Mapping[str, Sequence[Cell]]) -> Strip:
        """Draw a row."""
        return self._strip([(" " * _GUTTER, ""), *line(self._layout, cells)])

    def chosen_row(self, cells: Mapping[str, Sequence[Cell]], *, focused: bool) -> Strip:
        """Draw the row that the cursor is on."""
        below = _WITH_FOCUS if focused else _WITHOUT_FOCUS
        return self._strip([(_CURSOR, "text-primary"), *line(self._layout, cells)], below)

    def missing_row(self) -> Strip:
        """Draw a row that was not read yet."""
        return self._strip([("  ·", QUIET)])

    def words(self, cells: Sequence[Cell]) -> Strip:
        """Draw a line of words."""
        return self._strip([("  ", ""), *cells])

    def _strip(self, cells: Sequence[Cell], below: str = "") -> Strip:
        return self._colours.strip(cells, self._width, below).apply_style(self._base)
