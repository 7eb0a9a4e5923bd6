"""A document in rows of a width: its lines broken where they are too long, and drawn.

Rows are found as far as somebody looks, from the top; of each only where it begins is kept. A line of a million
characters is never drawn whole.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from wsinspect.present.documents import Document, Line
from wsinspect.present.shown import ESCAPED, is_plain, pieces, row_end
from wsinspect.present.text import Cell

UNBROKEN_CELLS = 4096
"""Where lines are not broken at the width, longer ones are broken here all the same."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Characters of a line that stand out."""

    start: int
    stop: int
    style: str


@dataclass(frozen=True, slots=True)
class Row:
    """Part of a line: characters `start` to `stop`."""

    line: int
    start: int
    stop: int


class Rows:
    """The rows of a document.

    Args:
        document: The document.
        width: Cells of a row; None: lines are not broken before `UNBROKEN_CELLS`.
    """

    def __init__(self, document: Document, width: int | None) -> None:
        self._document = document
        self._width = UNBROKEN_CELLS if width is None else max(width, 1)
        self._lines = array("L")
        self._starts = array("Q")
        self._next_line = 0
        self._rest: int | None = None
        """The character at which the line before the next one is still to be broken; None: it is wholly broken."""
        self._remembered: tuple[int, Line, str] = (-1, [], "")

    @property
    def count(self) -> int:
        """How many rows are known so far."""
        return len(self._lines) if self._document.breakable else self._document.line_count

    @property
    def complete(self) -> bool:
        """Whether there are no more."""
        if not self._document.breakable:
            return self._document.complete
        return self._rest is None and self._document.complete and self._next_line >= self._document.line_count

    def grow(self, rows: int) -> None:
        """Find at least so many more rows, if there are."""
        if not self._document.breakable:
            self._document.grow(rows)
            return
        wanted = len(self._lines) + rows
        while len(self._lines) < wanted and not self.complete:
            if self._rest is not None:
                self._break(self._next_line - 1, self._text(self._next_line - 1), self._rest, wanted)
                continue
            if self._next_line >= self._document.line_count:
                self._document.grow(rows)
            first = self._next_line
            for line in self._document.lines(first, min(rows, self._document.line_count - first)):
                self._next_line += 1
                self._break(self._next_line - 1, "".join(text for text, _ in line), 0, wanted)
                if self._rest is not None or len(self._lines) >= wanted:
                    break

    def row(self, number: int) -> Row:
        """Return a row by its number, from 0."""
        if not self._document.breakable:
            return Row(number, 0, len(self._text(number)))
        line, start = self._lines[number], self._starts[number]
        if number + 1 < len(self._lines) and self._lines[number + 1] == line:
            return Row(line, start, self._starts[number + 1])
        if self._rest is not None and number + 1 == len(self._lines):
            return Row(line, start, self._rest)
        return Row(line, start, len(self._text(line)))

    def find(self, line: int, character: int = 0) -> int | None:
        """Tell which row a character of a line is in; None where that is not laid out yet."""
        if not self._document.breakable:
            return line if line < self.count else None
        low = bisect_left(self._lines, line)
        high = bisect_right(self._lines, line, low)
        if low == high or (self._rest is not None and line + 1 == self._next_line and character >= self._rest):
            return None
        return max(bisect_right(self._starts, character, low, high) - 1, low)

    def cells(self, number: int, marks: Iterable[Mark] = ()) -> list[Cell]:
        """Draw a row.

        Args:
            number: Of the row.
            marks: What stands out in its line, in order, none over another.

        Returns:
            Harmless text with styles.
        """
        row = self.row(number)
        self._text(row.line)
        return [
            (text, f"{style} {ESCAPED}".strip() if escaped else style)
            for part, style, first in _cut(self._remembered[1], row, list(marks))
            for text, escaped in pieces(part, first=first)
        ]

    def text(self, number: int) -> str:
        """Return the text of a row as it is drawn."""
        return "".join(text for text, _ in self.cells(number))

    def _break(self, line: int, text: str, start: int, wanted: int) -> None:
        """Break a line from a character on, until there are as many rows as are wanted."""
        if start == 0 and is_plain(text):
            starts = range(0, len(text) or 1, self._width)
            self._starts.extend(starts)
            self._lines.extend([line] * len(starts))
            return
        while len(self._lines) < wanted:
            self._starts.append(start)
            self._lines.append(line)
            start = row_end(text, start, self._width)
            if start >= len(text):
                self._rest = None
                return
        self._rest = start

    def _text(self, line: int) -> str:
        # Rows that are drawn together are mostly of one line where lines are long.
        if self._remembered[0] != line:
            found = self._document.lines(line, 1)
            cells = found[0] if found else []
            self._remembered = (line, cells, "".join(text for text, _ in cells))
        return self._remembered[2]


def _cut(line: Line, row: Row, marks: Sequence[Mark]) -> Iterator[tuple[str, str, bool]]:
    """Yield the pieces of a row: text, style, whether it is the first."""
    place = 0
    for text, style in line:
        low, high = max(row.start - place, 0), min(row.stop - place, len(text))
        if low < high:
            for start, stop, mark in _spans(place + low, place + high, marks):
                yield text[start - place : stop - place], mark or style, start == row.start
        place += len(text)
        if place >= row.stop:
            return


def _spans(start: int, stop: int, marks: Sequence[Mark]) -> Iterator[tuple[int, int, str | None]]:
    for mark in marks:
        if mark.stop <= start or mark.start >= stop:
            continue
        if mark.start > start:
            yield start, mark.start, None
        yield max(mark.start, start), min(mark.stop, stop), mark.style
        start = min(mark.stop, stop)
    if start < stop:
        yield start, stop, None
