"""A payload of any size as a hex dump: offset, bytes, and the ASCII among them. The bytes come in pages when seen."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from wsinspect.present.documents import Line
from wsinspect.present.payloads import QUIET, STRING

PAGE_BYTES = 1 << 16
_PAGES_KEPT = 64
WIDE_ROW, NARROW_ROW = 16, 8
_OFFSET_DIGITS = 8
_BEFORE = _OFFSET_DIGITS + 2
_HALF = 8
"""Bytes between two of which there is a wider gap."""
_PRINTABLE = bytes(byte if 0x20 <= byte < 0x7F else ord(".") for byte in range(256))


class Pages:
    """The bytes of a payload, as far as they were supplied.

    Args:
        size: Of the payload.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._pages: OrderedDict[int, bytes] = OrderedDict()

    def get(self, start: int, stop: int) -> bytes | None:
        """Return bytes; None where some of them are not there; fewer where the payload ends."""
        found = b""
        stop = min(stop, self.size)
        for number in range(start // PAGE_BYTES, -(-stop // PAGE_BYTES)):
            page = self._pages.get(number)
            if page is None:
                return None
            self._pages.move_to_end(number)
            begin = number * PAGE_BYTES
            found += page[max(start - begin, 0) : stop - begin]
        return found

    def wanted(self, start: int, stop: int) -> tuple[int, int] | None:
        """Tell which bytes to supply so that others can be got; None: all are there."""
        for number in range(start // PAGE_BYTES, -(-min(stop, self.size) // PAGE_BYTES)):
            if number not in self._pages:
                return number * PAGE_BYTES, min((number + 1) * PAGE_BYTES, self.size)
        return None

    def supply(self, start: int, data: bytes) -> None:
        """Take bytes that were wanted, from where they were."""
        self._pages[start // PAGE_BYTES] = data
        while len(self._pages) > _PAGES_KEPT:
            self._pages.popitem(last=False)


class HexDocument:
    """A hex dump.

    Args:
        pages: The bytes.
        per_row: Bytes in a row.
    """

    breakable = False
    complete = True

    def __init__(self, pages: Pages, per_row: int = WIDE_ROW) -> None:
        self.pages = pages
        self.per_row = per_row

    @property
    def line_count(self) -> int:
        """How many rows there are."""
        return -(-self.pages.size // self.per_row)

    def grow(self, lines: int) -> None:
        """Do nothing: the size tells all."""

    def lines(self, first: int, count: int) -> Sequence[Line]:
        """Return rows; where the bytes are not there yet, of their offset only."""
        return [self._line(number) for number in range(first, min(first + count, self.line_count))]

    def wanted(self, first: int, count: int) -> tuple[int, int] | None:
        """Tell which bytes the pages want before these rows can be shown; None: they can."""
        return self.pages.wanted(first * self.per_row, (first + count) * self.per_row)

    def columns(self, row: int, start: int, stop: int) -> list[tuple[int, int]]:
        """Tell where bytes of the payload are in the text of a row: their digits, and their ASCII.

        Args:
            row: The row.
            start: Offset of the first byte.
            stop: Behind the last one.

        Returns:
            Where each stretch begins and ends; none where the bytes are in other rows.
        """
        begin = row * self.per_row
        low, high = max(start - begin, 0), min(stop - begin, self.per_row)
        if low >= high:
            return []
        ascii_start = self._ascii_start
        return [(_digits_at(low), _digits_at(high - 1) + 2), (ascii_start + low, ascii_start + high)]

    @property
    def _ascii_start(self) -> int:
        return _digits_at(self.per_row - 1) + 2 + 2

    def _line(self, number: int) -> Line:
        start = number * self.per_row
        data = self.pages.get(start, start + self.per_row)
        cells: Line = [(f"{start:0{_OFFSET_DIGITS}x}  ", QUIET)]
        if data is None:
            return [*cells, ("\u2026", QUIET)]
        halves = (data[place : place + _HALF].hex(" ") for place in range(0, len(data), _HALF))
        digits = "  ".join(halves).ljust(self._ascii_start - _BEFORE)
        return [*cells, (digits, ""), (data.translate(_PRINTABLE).decode("ascii"), STRING)]


def _digits_at(byte: int) -> int:
    return _BEFORE + 3 * byte + byte // _HALF
