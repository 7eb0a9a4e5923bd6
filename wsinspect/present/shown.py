"""Characters as they are drawn: what each looks like on the screen, and how many cells it takes.

`present.text.escape` makes text harmless. Where lines are broken at cells, and the terminal's idea of a width has to
be ours, more is escaped: what changes the width or the look of the character before it. Tabs become arrows.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from wsinspect.present.text import cell_len, escape

ESCAPED = "yellow"
"""The style of what stands for a character that cannot be shown."""

_TAB = "\u2192   "
_UNSURE = (
    (0x115F, 0x11FF),  # Hangul letters that join
    (0x3164, 0x3164),  # blank, and a letter
    (0xFE00, 0xFE0F),  # variation selectors: no picture, and terminals disagree on the width
    (0xFFA0, 0xFFA0),
    (0x1F1E6, 0x1F1FF),  # halves of flags
    (0x1F3FB, 0x1F3FF),  # colours of skin
    (0xE0100, 0xE01EF),
)
_CHARACTERS_A_CELL = 4
"""More marks are not stacked on one character of a row than this, in the mean."""


def is_plain(text: str) -> bool:
    """Tell whether every character is drawn as it is, in one cell."""
    return text.isascii() and text.isprintable()


@lru_cache(8192)
def drawn(character: str, *, first: bool = False) -> tuple[str, int]:
    """Tell how a character is drawn.

    Args:
        character: The character.
        first: Whether it is the first of a row, where nothing is before it that a mark could sit on.

    Returns:
        Harmless text, and the cells it takes.
    """
    if character == "\t":
        return _TAB, len(_TAB)
    code = ord(character)
    if any(low <= code <= high for low, high in _UNSURE):
        shown = f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
        return shown, len(shown)
    shown = escape(character)
    if shown != character:
        return shown, len(shown)
    cells = cell_len(character)
    if cells == 0 and first:
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
    most = min(len(text), start + _CHARACTERS_A_CELL * width)
    for place in range(start, most):
        cells += drawn(text[place], first=place == start)[1]
        if cells > width:
            return max(place, start + 1)
    return most


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
    for place, character in enumerate(text):
        shown, _ = drawn(character, first=first and place == 0)
        is_escaped = shown != character
        if is_escaped != run_escaped and run:
            yield "".join(run), run_escaped
            run = []
        run_escaped = is_escaped
        run.append(shown)
    if run:
        yield "".join(run), run_escaped
