"""Two payloads side by side, for people: what went, what came instead.

Short text is shown once, with the words marked that differ: `price [-12-]{+13+}`. JSON is laid out first, all else is
taken as it is, and compared line by line; bytes are compared as hex dumps. The marks are text, so that a pipe has them
too; colours come on top.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import islice, zip_longest

from wsinspect.present.lines import QUIET
from wsinspect.present.payloads import hex_lines, json_lines
from wsinspect.present.text import Cell, beginning_of_text, escape, escape_lines

GONE, NEW = "red", "green"

_SHORT_CHARACTERS = 160
_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_CONTEXT_LINES = 2
_COMPARED_BYTES = 64 << 10
"""What is behind this is not compared."""
_COMPARED_LINES = 400
"""Comparing takes the square of it."""
_SHOWN_LINES = 60

type Line = list[Cell]


def difference_lines(before: bytes, after: bytes, *, of_text: bool) -> Iterator[Line]:
    """Show what became of a payload.

    Args:
        before: What came.
        after: What went on instead.
        of_text: Whether they belong to text messages.

    Yields:
        Lines, each a list of cells.
    """
    old, new = _text(before, of_text=of_text), _text(after, of_text=of_text)
    if old is not None and new is not None and _is_short(old) and _is_short(new):
        yield list(_marked_words(old, new))
        return
    lines = _compared(list(_lines(before, old)), list(_lines(after, new)))
    yield from islice(lines, _SHOWN_LINES)
    if (more := sum(1 for _ in lines)) > 0:
        yield [(f"\u2026 {more:,} more lines", QUIET)]
    if max(len(before), len(after)) > _COMPARED_BYTES:
        yield [(f"\u2026 compared are the first {_COMPARED_BYTES >> 10} KiB of each", QUIET)]


def difference_pairs(before: bytes, after: bytes, *, of_text: bool) -> Iterator[tuple[Line, Line]]:
    """Put what became of a payload beside it, line by line; as `difference_lines`, but whole.

    Yields:
        What came, what went; what is on one side only has an empty line at the other.
    """
    old, new = (list(_lines(each, _text(each, of_text=of_text))) for each in (before, after))
    for tag, low, high, other_low, other_high in _blocks(old, new):
        gone, came = old[low:high], new[other_low:other_high]
        for left, right in zip_longest(gone, came):
            if tag == "equal":
                yield [(f"  {left}", "")], [(f"  {right}", "")]
                continue
            yield [] if left is None else [(f"- {left}", GONE)], [] if right is None else [(f"+ {right}", NEW)]
    if max(len(before), len(after)) > _COMPARED_BYTES:
        notice = [(f"\u2026 compared are the first {_COMPARED_BYTES >> 10} KiB of each", QUIET)]
        yield notice, notice


def _blocks(old: list[str], new: list[str]) -> Iterator[tuple[str, int, int, int, int]]:
    """Yield stretches of lines: `equal` or another word, where they begin and end in the one and in the other."""
    start, same_end = _same_ends(old, new)
    if start:
        yield "equal", 0, start, 0, start
    end, other_end = len(old) - same_end, len(new) - same_end
    if max(end, other_end) - start > _COMPARED_LINES:
        yield "replace", start, end, start, other_end
    else:
        matcher = SequenceMatcher(None, old[start:end], new[start:other_end], autojunk=False)
        for tag, low, high, other_low, other_high in matcher.get_opcodes():
            yield tag, start + low, start + high, start + other_low, start + other_high
    if same_end:
        yield "equal", end, len(old), other_end, len(new)


def _same_ends(old: list[str], new: list[str]) -> tuple[int, int]:
    """Count the lines that both begin with, and those that both end with."""
    # What both begin and end with needs no matching, which takes the square of what is left.
    start = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    left = min(len(old), len(new)) - start
    return start, next((i for i in range(left) if old[-1 - i] != new[-1 - i]), left)


def _text(payload: bytes, *, of_text: bool) -> str | None:
    shown = payload[:_COMPARED_BYTES]
    return beginning_of_text(shown, whole=len(shown) == len(payload)) if of_text else None


def _is_short(text: str) -> bool:
    return len(text) <= _SHORT_CHARACTERS and "\n" not in text and json_lines(text) is None


def _marked_words(old: str, new: str) -> Iterator[Cell]:
    words, others = _WORD.findall(old), _WORD.findall(new)
    for tag, low, high, other_low, other_high in SequenceMatcher(None, words, others, autojunk=False).get_opcodes():
        gone, came = escape("".join(words[low:high])), escape("".join(others[other_low:other_high]))
        if tag == "equal":
            yield gone, ""
            continue
        if gone:
            yield f"[-{gone}-]", GONE
        if came:
            yield f"{{+{came}+}}", NEW


def _lines(payload: bytes, text: str | None) -> Iterator[str]:
    """Lay a payload out in lines without colours."""
    if text is None:
        laid_out: Sequence[Line] = list(hex_lines(payload[:_COMPARED_BYTES]))
    elif (as_json := json_lines(text)) is not None:
        laid_out = as_json
    else:
        yield from escape_lines(text).split("\n")
        return
    for line in laid_out:
        yield "".join(piece for piece, _ in line)


def _compared(old: list[str], new: list[str]) -> Iterator[Line]:
    start, same_end = _same_ends(old, new)
    low, high = max(start - _CONTEXT_LINES, 0), max(same_end - _CONTEXT_LINES, 0)
    old, new = old[low : len(old) - high], new[low : len(new) - high]
    if low:
        yield [("\u2026", QUIET)]
    if len(old) > _COMPARED_LINES or len(new) > _COMPARED_LINES:
        yield from ([(f"- {line}", GONE)] for line in old)
        yield from ([(f"+ {line}", NEW)] for line in new)
    else:
        yield from _matched(old, new)
    if high:
        yield [("\u2026", QUIET)]


def _matched(old: list[str], new: list[str]) -> Iterator[Line]:
    groups = SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(_CONTEXT_LINES)
    for number, group in enumerate(groups):
        if number:
            yield [("\u2026", QUIET)]
        for tag, low, high, other_low, other_high in group:
            if tag == "equal":
                yield from ([(f"  {line}", "")] for line in old[low:high])
                continue
            yield from ([(f"- {line}", GONE)] for line in old[low:high])
            yield from ([(f"+ {line}", NEW)] for line in new[other_low:other_high])
