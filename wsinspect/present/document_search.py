r"""Searching a document, in steps: what is looked for, where it was found, and what stands out on a line for it.

Letters match either case unless the query has a capital. Escapes are understood beside what they are made of, so that
what is seen can be looked for: `\x00`, `\u202e`, `\n`. In bytes, pairs of hexadecimal digits are bytes too: `ff 00`.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from typing import Protocol

from wsinspect.present.documents import Document
from wsinspect.present.hex_document import HexDocument
from wsinspect.present.tree_document import TreeDocument
from wsinspect.present.visual_rows import Mark

MOST_MATCHES = 100_000
"""More are not looked for."""
FOUND, CURRENT = "reverse", "bold reverse yellow"

_STEP_BYTES = 1 << 20
_STEP_LINES = 500
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([nrt]))")
_SHORT_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
_LAST_CODE = 0x10FFFF
_HEX = re.compile(r"\s*(?:0x)?([0-9a-fA-F]{2}(?:\s*[0-9a-fA-F]{2})*)\s*")


class Search(Protocol):
    """A search that may be going on."""

    @property
    def count(self) -> int:
        """How many matches were found so far."""

    @property
    def complete(self) -> bool:
        """Whether all was searched, or enough was found."""

    def advance(self) -> None:
        """Search a little further; only where no bytes are wanted."""

    def wanted(self) -> tuple[int, int] | None:
        """Tell which bytes of the payload, start and stop, are to be searched next; None: none are needed."""

    def supply(self, data: bytes) -> None:
        """Search bytes that were wanted."""

    def place(self, match: int) -> tuple[int, int]:
        """Return line and character where a match begins, in a document that shows it then."""

    def marks(self, line: int, current: int | None) -> list[Mark]:
        """Tell what stands out on a line; `current` is the match that one is at."""

    def first_from(self, line: int) -> int:
        """Return the first match on or after a line; `count` where there is none."""


def search_in(document: Document, query: str) -> Search:
    """Begin to search a document."""
    match document:
        case HexDocument():
            return ByteSearch(document, query)
        case TreeDocument():
            return TreeSearch(document, query)
        case _:
            return LineSearch(document, query)


def text_pattern(query: str) -> re.Pattern[str]:
    """Return what matches a query in text."""
    ways = dict.fromkeys([query, _unescaped(query)])
    flags = re.NOFLAG if any(character.isupper() for character in _ESCAPE.sub("", query)) else re.IGNORECASE
    return re.compile("|".join(map(re.escape, ways)), flags)


def byte_pattern(query: str) -> tuple[re.Pattern[bytes], int]:
    """Return what matches a query in bytes, and the length of its longest match."""
    has_capital = any(character.isupper() for character in _ESCAPE.sub("", query))
    ways = [way.encode("utf-8", "replace") for way in dict.fromkeys([query, _unescaped(query)])]
    flag = b"" if has_capital else b"i"
    patterns = [(b"(?%s:%s)" if flag else b"(?:%s%s)") % (flag, re.escape(way)) for way in ways]
    if digits := _HEX.fullmatch(query):
        ways.append(bytes.fromhex(digits[1]))
        patterns.append(re.escape(ways[-1]))
    return re.compile(b"|".join(patterns), re.DOTALL), max(map(len, ways))


def _unescaped(query: str) -> str:
    def character(found: re.Match[str]) -> str:
        digits = found[1] or found[2] or found[3]
        if digits is None:
            return _SHORT_ESCAPES[found[4]]
        code = int(digits, 16)
        return chr(code) if code <= _LAST_CODE else found[0]

    return _ESCAPE.sub(character, query)


class LineSearch:
    """Searches lines of text.

    Args:
        document: Laid out as far as is searched.
        query: What to look for.
    """

    def __init__(self, document: Document, query: str) -> None:
        self._document = document
        self._pattern = text_pattern(query)
        self._next_line = 0
        self._lines, self._starts, self._stops = array("L"), array("Q"), array("Q")

    @property
    def count(self) -> int:
        """How many matches were found so far."""
        return len(self._lines)

    @property
    def complete(self) -> bool:
        """Whether all was searched, or enough was found."""
        at_end = self._document.complete and self._next_line >= self._document.line_count
        return at_end or self.count >= MOST_MATCHES

    def advance(self) -> None:
        """Search some more lines."""
        if self._next_line >= self._document.line_count:
            self._document.grow(_STEP_LINES)
        for number, line in enumerate(self._document.lines(self._next_line, _STEP_LINES), self._next_line):
            self._next_line = number + 1
            for found in self._pattern.finditer("".join(text for text, _ in line)):
                if self.count >= MOST_MATCHES:
                    return
                self._lines.append(number)
                self._starts.append(found.start())
                self._stops.append(found.end())

    def wanted(self) -> tuple[int, int] | None:
        """Want nothing: lines are in memory."""
        return None

    def supply(self, data: bytes) -> None:
        """Take nothing."""

    def place(self, match: int) -> tuple[int, int]:
        """Return line and character where a match begins."""
        return self._lines[match], self._starts[match]

    def marks(self, line: int, current: int | None) -> list[Mark]:
        """Tell what stands out on a line."""
        found = []
        for match in range(self.first_from(line), self.first_from(line + 1)):
            style = CURRENT if match == current else FOUND
            found.append(Mark(self._starts[match], self._stops[match], style))
        return found

    def first_from(self, line: int) -> int:
        """Return the first match on or after a line."""
        return bisect_left(self._lines, line)


class TreeSearch:
    """Searches all rows of a tree, open or not.

    Args:
        document: The tree; a match is opened to when its place is asked for.
        query: What to look for.
    """

    def __init__(self, document: TreeDocument, query: str) -> None:
        self._document = document
        self._pattern = text_pattern(query)
        self._rows = document.everything()
        self._found: list[tuple[tuple[int, ...], int]] = []
        self._complete = False

    @property
    def count(self) -> int:
        """How many matches were found so far."""
        return len(self._found)

    @property
    def complete(self) -> bool:
        """Whether all was searched, or enough was found."""
        return self._complete or self.count >= MOST_MATCHES

    def advance(self) -> None:
        """Search some more rows."""
        for _ in range(_STEP_LINES):
            row = next(self._rows, None)
            if row is None:
                self._complete = True
                return
            path, text = row
            self._found += [(path, found.start()) for found in self._pattern.finditer(text)]

    def wanted(self) -> tuple[int, int] | None:
        """Want nothing: the tree is in memory."""
        return None

    def supply(self, data: bytes) -> None:
        """Take nothing."""

    def place(self, match: int) -> tuple[int, int]:
        """Open the tree up to a match, and return where it is."""
        path, character = self._found[match]
        line = self._document.reveal(path)
        return line, self._document.content_start(line) + character

    def marks(self, line: int, current: int | None) -> list[Mark]:
        """Tell what stands out on a line."""
        path = self._document.path(line)
        if path is None:
            return []
        at = self._found[current] if current is not None and current < self.count else None
        start, text = self._document.content_start(line), self._document.content(line)
        return [
            Mark(start + found.start(), start + found.end(), CURRENT if at == (path, found.start()) else FOUND)
            for found in self._pattern.finditer(text)
        ]

    def first_from(self, line: int) -> int:
        """Return the first match on or after a line, in branches that are closed too."""
        path = self._document.path(line)
        return self.count if path is None else bisect_left(self._found, (path, 0))


class ByteSearch:
    """Searches the bytes behind a hex dump.

    Args:
        document: The dump.
        query: What to look for.
    """

    def __init__(self, document: HexDocument, query: str) -> None:
        self._document = document
        self._pattern, self._longest = byte_pattern(query)
        self._starts, self._stops = array("Q"), array("Q")
        self._place = 0
        self._tail = b""

    @property
    def count(self) -> int:
        """How many matches were found so far."""
        return len(self._starts)

    @property
    def complete(self) -> bool:
        """Whether all was searched, or enough was found."""
        return self._place >= self._document.pages.size or self.count >= MOST_MATCHES

    def advance(self) -> None:
        """Do nothing: bytes are to be supplied."""

    def wanted(self) -> tuple[int, int] | None:
        """Tell which bytes are to be searched next."""
        return None if self.complete else (self._place, min(self._place + _STEP_BYTES, self._document.pages.size))

    def supply(self, data: bytes) -> None:
        """Search bytes that were wanted; none: they are no longer on record, and that is the end."""
        if not data:
            self._place = self._document.pages.size
            return
        begin = self._place - len(self._tail)
        searched = self._tail + data
        rest = 0
        for found in self._pattern.finditer(searched):
            if self.count >= MOST_MATCHES:
                break
            self._starts.append(begin + found.start())
            self._stops.append(begin + found.end())
            rest = found.end()
        self._place += len(data)
        # A match may go on in what comes next.
        self._tail = searched[max(rest, len(searched) - self._longest + 1) :]

    def place(self, match: int) -> tuple[int, int]:
        """Return line and character where a match begins."""
        start = self._starts[match]
        line = start // self._document.per_row
        return line, self._document.columns(line, start, start + 1)[0][0]

    def marks(self, line: int, current: int | None) -> list[Mark]:
        """Tell what stands out on a line."""
        return sorted(self._marks(line, current), key=lambda mark: mark.start)

    def first_from(self, line: int) -> int:
        """Return the first match that begins on a line or after it."""
        return bisect_left(self._starts, line * self._document.per_row)

    def _marks(self, line: int, current: int | None) -> Iterator[Mark]:
        begin = line * self._document.per_row
        # No match is longer than that, so none from before it reaches the line.
        match = bisect_left(self._starts, max(begin - self._longest, 0))
        while match < self.count and self._starts[match] < begin + self._document.per_row:
            style = CURRENT if match == current else FOUND
            for start, stop in self._document.columns(line, self._starts[match], self._stops[match]):
                yield Mark(start, stop, style)
            match += 1
