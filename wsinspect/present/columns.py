"""Columns of a list whose width is given: which ones there is room for, and rows cut and padded to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wsinspect.present.text import Cell, cell_len, pad

WIDE_CELLS = 100
"""From here on there are two spaces between columns, one below."""
_ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Column:
    """A column as it would like to be."""

    name: str
    title: str
    width: int
    """Cells it takes; at least, where it has a `share`."""
    keep: int
    """Where there is no room for all, the column with the lowest number goes first."""
    right: bool = False
    """Whether its text stands at the right."""
    share: int = 0
    """How much it gets of what is left, compared with others; 0: nothing."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A column that there is room for."""

    column: Column
    start: int
    """Where it begins, in cells from the left."""
    width: int


def placed(columns: Sequence[Column], width: int) -> tuple[Placed, ...]:
    """Lay columns out, leaving off what there is no room for; the last one to stay may be cut.

    Args:
        columns: From left to right.
        width: Cells there are.
    """
    gap = 2 if width >= WIDE_CELLS else 1
    kept = list(columns)
    while len(kept) > 1 and _least(kept, gap) > width:
        kept.remove(min(kept, key=lambda column: column.keep))
    left = max(width - _least(kept, gap), 0)
    shares = sum(column.share for column in kept)
    found: list[Placed] = []
    start = 0
    for column in kept:
        more = left * column.share // shares if column.share else 0
        left, shares = left - more, shares - column.share
        found.append(Placed(column, start, column.width + more))
        start += column.width + more + gap
    return tuple(found)


def _least(columns: Sequence[Column], gap: int) -> int:
    return sum(column.width for column in columns) + gap * (len(columns) - 1)


def line(layout: Sequence[Placed], row: Mapping[str, Sequence[Cell]]) -> list[Cell]:
    """Make a line of a row: every cell cut and padded to its column.

    Args:
        layout: The columns.
        row: What stands in the columns, by name; those that are missing stay empty.
    """
    cells: list[Cell] = []
    reached = 0
    for place in layout:
        if place.start > reached:
            cells.append((" " * (place.start - reached), ""))
        cells += _fitted(row.get(place.column.name, ()), place.width, right=place.column.right)
        reached = place.start + place.width
    return cells


def titles(layout: Sequence[Placed], style: str, signs: Mapping[str, str]) -> list[Cell]:
    """Make the line above a list.

    Args:
        layout: The columns.
        style: Of the titles.
        signs: What is put behind the title of a column, by its name: how the list is sorted.
    """
    row = {
        place.column.name: [(place.column.title + signs.get(place.column.name, ""), style)]
        for place in layout
        if place.column.title
    }
    return line(layout, row)


def column_at(layout: Sequence[Placed], x: int) -> str | None:
    """Name the column at a cell; the space behind a column belongs to it, None where there is no column."""
    return next((place.column.name for place in reversed(layout) if place.start <= x), None)


def cut(text: str, width: int) -> str:
    """Cut text at a number of cells, with an ellipsis where something is missing."""
    if len(text) <= width and text.isascii():
        return text
    if len(text) <= width * 4 and cell_len(text) <= width:
        return text
    kept: list[str] = []
    cells = 0
    # A character takes two cells at most, and one that takes none is not worth looking for without end.
    for character in text[: width * 4]:
        cells += cell_len(character)
        if cells > width - 1:
            break
        kept.append(character)
    return "".join(kept) + _ELLIPSIS if width > 0 else ""


def _fitted(cells: Sequence[Cell], width: int, *, right: bool) -> list[Cell]:
    if len(cells) == 1:
        text, style = cells[0]
        return [(pad(cut(text, width), -width if right else width), style)]
    fitted: list[Cell] = []
    left = width
    for text, style in cells:
        if left <= 0:
            break
        shown = cut(text, left)
        left -= cell_len(shown)
        fitted.append((shown, style))
    filling = (" " * max(left, 0), "")
    return [filling, *fitted] if right else [*fitted, filling]
