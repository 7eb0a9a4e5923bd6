"""Characters as they are drawn: what each looks like on the screen, and how many cells it takes.

`present.text.escape` makes text harmless. Where lines are broken at cells more is escaped: what joins the character
before it, and marks that have none. Tabs become arrows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from wsinspect.present.text import MOST_MARKS, Cell, cell_len, escape

ESCAPED = "yellow"
"""The style of what stands for a character that cannot be shown."""

_TAB = "\u2192   "
_JOINING = (
    (0x1161, 0x11FF),  # Hangul letters
    (0x1F1E6, 0x1F1FF),  # halves of flags
)
"""Where a line is broken between two of them, they are not the width that they are together."""


def is_plain(text: str) -> bool:
    """Tell whether every character is drawn as it is, in one cell."""
    return text.isascii() and text.isprintable()


@lru_cache(8192)
def drawn(character: str, *, alone: bool = False) -> tuple[str, int]:
    """Tell how a character is drawn.

    Args:
        character: The character.
        alone: Whether a mark would have nothing to sit on, or too many are there already.

    Returns:
        Harmless text, and the cells it takes.
    """
    if character == "\t":
        return _TAB, len(_TAB)
    code = ord(character)
    if any(low <= code <= high for low, high in _JOINING):
        shown = f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
        return shown, len(shown)
    shown = escape(character)
    if shown != character:
        return shown, len(shown)
    cells = cell_len(character)
    if cells == 0 and alone:
        shown = f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
        return shown, len(shown)
    return shown, cells


def row_end(text: str, start: int, width: int) -> int:
    """Tell where the row that begins at a character ends.

    Args:
        text: The line.
        start: Index of the first character of the row.
        width: Cells of a row; what is wider has a row for itself.

    Returns:
        The index behind its last character.
    """
    cells = 0
    marks = MOST_MARKS
    for place in range(start, len(text)):
        taken = drawn(text[place], alone=marks >= MOST_MARKS)[1]
        cells += taken
        if cells > width:
            return max(place, start + 1)
        marks = 0 if taken else marks + 1
    return len(text)


def pieces(text: str, *, first: bool) -> Iterator[tuple[str, bool]]:
    """Draw text, what is escaped apart.

    Args:
        text: Part of a row.
        first: Whether it begins the row.

    Yields:
        Harmless text, and whether it stands for what cannot be shown.
    """
    if is_plain(text):
        if text:
            yield text, False
        return
    run: list[str] = []
    run_escaped = False
    marks = MOST_MARKS if first else 0
    for character in text:
        shown, cells = drawn(character, alone=marks >= MOST_MARKS)
        marks = 0 if cells else marks + 1
        is_escaped = shown != character
        if is_escaped != run_escaped and run:
            yield "".join(run), run_escaped
            run = []
        run_escaped = is_escaped
        run.append(shown)
    if run:
        yield "".join(run), run_escaped


def standing_out(cells: Sequence[Cell], start: int, stop: int | None) -> list[Cell]:
    """Let part of a row that is drawn stand out.

    Args:
        cells: The row.
        start: Its first character.
        stop: Behind its last one; None: to the end.
    """
    found: list[Cell] = []
    place = 0
    for text, style in cells:
        low = min(max(start - place, 0), len(text))
        high = len(text) if stop is None else max(min(max(stop - place, 0), len(text)), low)
        parts = ((text[:low], style), (text[low:high], f"{style} reverse".strip()), (text[high:], style))
        found += [(part, name) for part, name in parts if part]
        place += len(text)
    return found
