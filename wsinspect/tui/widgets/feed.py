"""What a list asks for, and what it is given: looks at an ordered table of rows, made in the thread that reads.

A look does all at once: it takes in what is new, finds where the record stands that is to stay where one sees it, and
reads the rows around it. So what is drawn is one state of the capture, and a list never moves under one's eyes.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from wsinspect.errors import StoreError
from wsinspect.store.reader import CaptureReader
from wsinspect.tui.widgets.row_cache import Keyed

BUDGET_S = 0.012
"""How long a look takes in what is new: the rows that somebody waits for come between such looks."""


class Stay(enum.Enum):
    """What is to stay where it is when rows are put in, or sorted anew."""

    PLACE = enum.auto()
    """The number of the first row."""
    TOP = enum.auto()
    """The top of the list is in sight."""
    BOTTOM = enum.auto()
    """The bottom of the list is in sight."""
    RECORD = enum.auto()
    """The record `Ask.anchor`, at its line."""
    CURSOR = enum.auto()
    """The record `Ask.cursor` is to be in sight, in the middle if it is not yet."""


@dataclass(frozen=True, slots=True)
class Ask[Choice]:
    """What a list wants to see."""

    choice: Choice
    """What is listed, and in which order."""
    unfolded: frozenset[int]
    """Keys of the rows that show others below them."""
    first: int
    """The first row in sight."""
    height: int
    """How many rows are in sight."""
    margin: int
    """How many more are to be read above and below."""
    payload_limit: int
    """Bytes of each payload."""
    stay: Stay
    cursor: int | None
    """Key of the record that the cursor is on."""
    unread: int | None
    """A place whose row is to be read, wherever it is."""
    anchor: int | None
    line: int
    """How far the record `anchor` is from the first row."""
    advance: bool
    """Whether to take in what is new."""
    rows: bool
    """Whether to read rows: else only how far the table has come is told."""
    rough: bool
    """Whether to leave out what takes long, for somebody waits; it is asked for with the next look."""
    epoch: int
    """Of the capture's changes, when this was asked."""


@dataclass(frozen=True, slots=True)
class Found:
    """Where a record stands."""

    place: int
    exact: bool
    """Whether it is that record, and not the nearest one before it."""


@dataclass(frozen=True, slots=True)
class Seen[Row: Keyed]:
    """What a list is given."""

    size: int
    scanned: float
    """How much of the capture was looked at, 0 to 1."""
    total: int | None
    """How many rows there would be without a filter; None where there is none, or it is not known."""
    more: bool
    """Whether there is more to take in."""
    layout: tuple[int, int]
    """Changes when rows that were read before may stand elsewhere."""
    first: int
    """The first row that is to be in sight."""
    start: int
    """Place of the first one of `rows`."""
    rows: list[Row]
    cursor: Found | None
    """Where the record is that the cursor is on."""
    unread: Row | None
    """The row at `Ask.unread`."""
    rough: bool
    """Whether `rows` lack something that the next look may tell."""


class Table[Row: Keyed](Protocol):
    """Rows in an order, of one reader."""

    @property
    def size(self) -> int:
        """How many rows there are."""
        ...

    @property
    def total(self) -> int | None:
        """How many rows there would be without a filter; None where there is none, or it is not known."""
        ...

    @property
    def scanned(self) -> float:
        """How much of the capture was looked at, 0 to 1."""
        ...

    @property
    def layout(self) -> int:
        """A number that changes when rows may stand elsewhere."""
        ...

    @property
    def rough(self) -> bool:
        """Whether the rows that were read last lack something that may be told the next time."""
        ...

    def advance(self, budget_s: float) -> bool:
        """Take in what is new; True where there is more."""
        ...

    def unfold(self, keys: frozenset[int]) -> None:
        """Show the rows below these ones, and below no others."""
        ...

    def rows(self, first: int, count: int, payload_limit: int, *, rough: bool) -> list[Row]:
        """Read rows; rough ones lack what takes long, where it is not known from before."""
        ...

    def find(self, key: int) -> Found | None:
        """Tell where a record stands; None where there is none before it either."""
        ...

    def close(self) -> None:
        """Let go of what is kept in the reader."""
        ...


class Feed[Choice, Row: Keyed]:
    """Looks at the table that is chosen; of one thread at a time.

    Args:
        opener: Makes the table of a choice.
    """

    def __init__(self, opener: Callable[[CaptureReader, Choice], Table[Row]]) -> None:
        self._opener = opener
        self._reader: CaptureReader | None = None
        self._choice: Choice | None = None
        self._table: Table[Row] | None = None
        self._opened = 0
        """How many tables there were."""

    def look(self, reader: CaptureReader, ask: Ask[Choice]) -> Seen[Row]:
        """Look at the rows that are asked for.

        Raises:
            StoreError: The capture cannot be read.
        """
        try:
            return self._look(self._chosen(reader, ask.choice), ask)
        except StoreError:
            # Nobody knows how far it came.
            self._table = None
            raise

    def _look(self, table: Table[Row], ask: Ask[Choice]) -> Seen[Row]:
        more = table.advance(BUDGET_S) if ask.advance else True
        table.unfold(ask.unfolded)
        size = table.size
        cursor = None if ask.cursor is None else table.find(ask.cursor)
        first = max(min(self._first(table, ask, cursor), size - ask.height), 0)
        start = max(first - ask.margin, 0)
        count = min(first + ask.height + ask.margin, size) - start
        rows = table.rows(start, count, ask.payload_limit, rough=ask.rough) if ask.rows and count > 0 else []
        total = table.total if ask.rows else None
        rough = table.rough
        unread = None
        if ask.rows and ask.unread is not None and ask.unread < size:
            unread = next(iter(table.rows(ask.unread, 1, ask.payload_limit, rough=True)), None)
        layout = (self._opened, table.layout)
        return Seen(size, table.scanned, total, more, layout, first, start, rows, cursor, unread, rough)

    def find(self, reader: CaptureReader, choice: Choice, key: int) -> Found | None:
        """Tell where a record stands.

        Raises:
            StoreError: The capture cannot be read.
        """
        return self._chosen(reader, choice).find(key)

    def _chosen(self, reader: CaptureReader, choice: Choice) -> Table[Row]:
        table = self._table
        if table is not None and (reader is not self._reader or choice != self._choice):
            if reader is self._reader:
                table.close()
            table = None
        if table is None:
            self._table = None
            table = self._table = self._opener(reader, choice)
            self._reader, self._choice = reader, choice
            self._opened += 1
        return table

    def _first(self, table: Table[Row], ask: Ask[Choice], cursor: Found | None) -> int:
        if ask.stay is Stay.TOP:
            return 0
        if ask.stay is Stay.BOTTOM:
            return table.size
        if ask.stay is Stay.CURSOR:
            if cursor is None or not cursor.exact or ask.first <= cursor.place < ask.first + ask.height:
                return ask.first
            return cursor.place - ask.height // 2
        if ask.stay is Stay.RECORD and ask.anchor is not None:
            found = table.find(ask.anchor)
            return ask.first if found is None or not found.exact else found.place - ask.line
        return ask.first
