"""Documents: what a viewer scrolls through, line by line, laid out no further than somebody looks.

Lines of a document hold text as it came: what is drawn of them is made harmless when it is drawn, in `visual_rows`, so
that a line of a million characters costs nothing where it is not in sight.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Protocol

from wsinspect.present.text import Cell

type Line = list[Cell]
"""Pieces of text, not made harmless yet, with their styles."""


class Document(Protocol):
    """Lines that can be asked for."""

    @property
    def line_count(self) -> int:
        """How many lines are known so far."""

    @property
    def complete(self) -> bool:
        """Whether there are no more."""

    @property
    def breakable(self) -> bool:
        """Whether long lines may be broken; else each is a row, and cut where it is too long."""

    def grow(self, lines: int) -> None:
        """Lay out about so many more lines."""

    def lines(self, first: int, count: int) -> Sequence[Line]:
        """Return lines, from 0; fewer where there are not so many."""


class ListDocument:
    """Lines that are there already.

    Args:
        lines: The lines.
        breakable: Whether long ones may be broken.
    """

    def __init__(self, lines: Sequence[Line], *, breakable: bool = True) -> None:
        self._lines = lines
        self.breakable = breakable

    @property
    def line_count(self) -> int:
        """How many lines there are."""
        return len(self._lines)

    @property
    def complete(self) -> bool:
        """Whether there are no more: always."""
        return True

    def grow(self, lines: int) -> None:
        """Do nothing: all is laid out."""

    def lines(self, first: int, count: int) -> Sequence[Line]:
        """Return lines."""
        return self._lines[first : first + count]


class TextDocument:
    """Text as it is, its line feeds found as far as somebody looks.

    Args:
        text: The text.
    """

    breakable = True

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = array("Q", [0] if text else [])
        self._complete = not text

    @property
    def line_count(self) -> int:
        """How many lines are known so far."""
        # Where the last one that was found ends is not known yet.
        return len(self._starts) - (not self._complete)

    @property
    def complete(self) -> bool:
        """Whether all line feeds are found."""
        return self._complete

    def grow(self, lines: int) -> None:
        """Find so many more line feeds."""
        if self._complete:
            return
        place = self._starts[-1]
        for _ in range(lines):
            place = self._text.find("\n", place) + 1
            if place == 0:
                self._complete = True
                return
            self._starts.append(place)

    def lines(self, first: int, count: int) -> Sequence[Line]:
        """Return lines."""
        return [
            [(self._text[self._starts[number] : self._end(number)], "")]
            for number in range(first, min(first + count, self.line_count))
        ]

    def _end(self, number: int) -> int:
        return self._starts[number + 1] - 1 if number + 1 < len(self._starts) else len(self._text)


class LazyDocument:
    """Lines that are made as somebody looks.

    Args:
        lines: Makes them, from the first.
    """

    breakable = True

    def __init__(self, lines: Iterable[Line]) -> None:
        self._source = iter(lines)
        self._lines: list[Line] = []
        self._complete = False

    @property
    def line_count(self) -> int:
        """How many lines are made so far."""
        return len(self._lines)

    @property
    def complete(self) -> bool:
        """Whether there are no more."""
        return self._complete

    def grow(self, lines: int) -> None:
        """Make so many more lines."""
        before = len(self._lines)
        self._lines.extend(islice(self._source, lines))
        self._complete = len(self._lines) - before < lines

    def lines(self, first: int, count: int) -> Sequence[Line]:
        """Return lines."""
        return self._lines[first : first + count]
