"""Values within strings: the token of `Bearer TOKEN`, the parameter of an address, one half of `user:TOKEN`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple
from urllib.parse import quote

LONGEST = 1 << 14
"""Longer strings are not looked into."""
_MOST, _MOST_TRIED = 64, 256
"""Pieces of a string behind these are passed over; of those that are tried, many are too short."""
_MIXED = re.compile(r"[0-9]|[a-z][A-Z]")
_SHORTEST = 6
_LONGEST_CONTEXT = 64
_SEPARATORS = (
    # From coarse to fine: a token may hold signs that separate elsewhere, as Base64 does.
    re.compile(r"[^\s,;\"'<>()\[\]{}|\\]+"),
    re.compile(r"[^\s,;\"'<>()\[\]{}|\\:?&#@]+"),
    re.compile(r"[^\s,;\"'<>()\[\]{}|\\:?&#@/=.]+"),
)
_ASSIGNED = re.compile(r"[\w.\-]+=(?==*[^=])")
_CONTEXT = re.compile(r"[A-Za-z_\-]*[^A-Za-z0-9]*\Z")


class Span(NamedTuple):
    """A piece of a string, in characters."""

    start: int
    end: int


def pieces(text: str) -> Iterator[Span]:
    """Yield the pieces of a string that may be values by themselves, the coarse ones first; not the whole of it.

    A string of plain words has none: what nobody comes to by himself has digits, or capitals among small letters.
    """
    seen = {Span(0, len(text))}
    if not _SHORTEST < len(text) <= LONGEST or _MIXED.search(text) is None:
        return
    for separator in _SEPARATORS:
        for found in islice(separator.finditer(text), _MOST_TRIED):
            assigned = _ASSIGNED.match(text, *found.span())
            span = Span(assigned.end() if assigned else found.start(), found.end())
            if span.end - span.start >= _SHORTEST and span not in seen:
                seen.add(span)
                yield span
            if len(seen) > _MOST:
                return


class Around(NamedTuple):
    """What stands beside a value in a string, for finding the value that stands there in another one."""

    before: str
    """The word before it and the signs between, such as `sid=`."""
    after: str
    """The sign after it; empty at the end."""

    @staticmethod
    def of(text: str, span: Span) -> Around | None:
        """Return what is around a piece; None of the whole."""
        if span == (0, len(text)):
            return None
        context = _CONTEXT.search(text, max(0, span.start - _LONGEST_CONTEXT), span.start)
        before = context[0] if context else ""
        if text.find(before) + len(before) != span.start:
            before = text[: span.start]
        return Around(before, text[span.end : span.end + 1])

    def find(self, text: str) -> str | None:
        """Return what stands there in another string; None where nothing does."""
        start = text.find(self.before) if self.before else 0
        if start < 0:
            return None
        start += len(self.before)
        end = text.find(self.after, start) if self.after else len(text)
        return text[start:end] or None if end >= 0 else None


def replaced(text: str, changes: list[tuple[Span, str]]) -> str:
    """Return a string with pieces replaced; of two that overlap only the first."""
    parts, at = [], 0
    for span, new in sorted(changes):
        if span.start >= at:
            parts += [text[at : span.start], new]
            at = span.end
    return "".join([*parts, text[at:]])


def percent_encoded(text: str) -> str:
    """Return a text as the value of a parameter of an address."""
    return quote(text, safe="")
