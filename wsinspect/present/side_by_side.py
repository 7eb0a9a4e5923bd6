"""Two columns of lines beside each other: what came at the left, what went at the right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest

from wsinspect.present.documents import Line, ListDocument
from wsinspect.present.lines import QUIET
from wsinspect.present.text import cell_len
from wsinspect.present.visual_rows import Rows

BETWEEN = " \u2502 "
_STEP_ROWS = 100
LEAST_COLUMN_CELLS = 40
"""Where columns would be narrower, they stand one below the other."""


def column_cells(width: int) -> int | None:
    """Return how wide each of two columns is in so many cells; None where there is no room for two."""
    cells = (width - len(BETWEEN)) // 2
    return cells if cells >= LEAST_COLUMN_CELLS else None


def side_by_side(pairs: Iterable[tuple[Line, Line]], cells: int) -> Iterator[Line]:
    """Put lines beside each other, those that are too long broken.

    Args:
        pairs: What stands at the left and at the right.
        cells: Width of each column.

    Yields:
        Lines, of harmless text.
    """
    nothing: Line = []
    for left, right in pairs:
        for left_row, right_row in zip_longest(_rows(left, cells), _rows(right, cells), fillvalue=nothing):
            fill = cells - sum(cell_len(text) for text, _ in left_row)
            yield [*left_row, (" " * fill + BETWEEN, QUIET), *right_row]


def _rows(line: Line, cells: int) -> list[Line]:
    rows = Rows(ListDocument([line]), cells)
    while not rows.complete:
        rows.grow(_STEP_ROWS)
    return [rows.cells(number) for number in range(rows.count)]
