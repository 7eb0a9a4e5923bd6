"""Text for people: what peers sent made harmless, sizes and times made readable, rows made into lines.

Everything a peer or a file had a hand in goes through `escape` before it reaches a terminal: control characters,
escape sequences, bidirectional overrides and whatever else has no picture of its own become visible escapes. So do
characters that change how wide others are, of which terminals have different ideas, and heaps of marks, which would be
drawn over the lines above. Nobody sees it as markup: a line is a list of cells, text and its style.
"""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Iterator, Sequence

type Cell = tuple[str, str]
"""Text that is harmless already, and the Rich style it is shown in ("" for none)."""

_SHORT_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_KILO = 1000
_WHOLE_BELOW = 10_000
_UNITS = ("k", "M", "G", "T", "P", "E")
_HEX_CELLS = 3
MOST_MARKS = 4
"""On one character; more would be drawn over the lines above."""
_UNSURE = (
    "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\uffa0"  # nothing to see, but "printable" to Python
    "\ufe00-\ufe0f\U000e0100-\U000e01ef"  # variation selectors
    "\U0001f3fb-\U0001f3ff"  # colours of skin
)
_IS_UNSURE = re.compile(f"[{_UNSURE}]")
_MAY_BE_UNSURE = re.compile(
    # Marks are no part of words, and not in the blocks of symbols.
    rf"[{_UNSURE}]|[^\w\s\x00-\u02ff\u2000-\u20cf\u2100-\u2bff\u3000-\u3029\uff00-\uffef\U0001f000-\U0001faff]"
    f"{{{MOST_MARKS + 1}}}"
)
PIPED_PREVIEW_CELLS = 200
"""How much of a payload a line shows where there is no width to cut it at."""
LEAST_PREVIEW_CELLS = 24


def escape(text: str) -> str:
    r"""Make text harmless on one line: what is not printable becomes `\n`, `\x1b`, `\u202e` …."""
    return text if _is_plain(text) else "".join(_pieces(text))


def escape_lines(text: str) -> str:
    """Make text harmless, keeping its line feeds and tabs."""
    return text if _is_plain(text) else "".join(_pieces(text, kept="\n\t"))


def is_harmless(character: str) -> bool:
    """Tell whether a character has a picture of its own, or is a space."""
    # The spaces of other scripts are not "printable" to Python, but are what people write.
    return character in "\u00a0\u202f\u3000" or (character.isprintable() and not _IS_UNSURE.match(character))


def _is_plain(text: str) -> bool:
    return text.isprintable() and (text.isascii() or not _MAY_BE_UNSURE.search(text))


def _pieces(text: str, kept: str = "") -> Iterator[str]:
    """Yield what is shown of each character."""
    marks = 0
    for character in text:
        marks = marks + 1 if character > "\u02ff" and unicodedata.category(character)[0] == "M" else 0
        harmless = character in kept or (marks <= MOST_MARKS and is_harmless(character))
        yield character if harmless else _escaped(character)


def _escaped(character: str) -> str:
    if short := _SHORT_ESCAPES.get(character):
        return short
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def size_text(size: int) -> str:
    """Write a size in the units of the filter language: `812`, `12.3k`, `4.0M`; k is 1000."""
    if size < _WHOLE_BELOW:
        return str(size)
    scaled = float(size)
    for unit in _UNITS:
        scaled /= _KILO
        if scaled < 999.95:
            return f"{scaled:.1f}{unit}"
    return f"{scaled:.0f}{unit}"


def duration_text(duration: float) -> str:
    """Write a duration in seconds with three figures or so: `850us`, `12.3ms`, `4.20s`, `3m20s`, `2h05m`."""
    if duration < 0.001:
        return f"{duration * 1e6:.0f}us"
    if duration < 1:
        return f"{duration * 1e3:.3g}ms" if duration < 0.9995 else "1.00s"
    if duration < 60:
        return f"{duration:.2f}s"
    minutes, seconds = divmod(round(duration), 60)
    if minutes < 60:
        return f"{minutes}m{seconds:02d}s"
    return f"{minutes // 60}h{minutes % 60:02d}m"


def number_of(number: int, noun: str) -> str:
    """Write a number with its noun, in the plural where that is due."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def clock(moment: int) -> str:
    """Write a time (ns) as the local time of day with milliseconds."""
    seconds, rest = divmod(moment, 1_000_000_000)
    return f"{time.strftime('%H:%M:%S', time.localtime(seconds))}.{rest // 1_000_000:03d}"


def date_and_clock(moment: int) -> str:
    """Write a time (ns) as local date and time of day with microseconds and the zone's offset."""
    seconds, rest = divmod(moment, 1_000_000_000)
    local = time.localtime(seconds)
    return f"{time.strftime('%Y-%m-%d %H:%M:%S', local)}.{rest // 1000:06d} {time.strftime('%z', local)}"


def preview(payload: bytes, size: int, *, of_text: bool, room: int | None) -> str:
    """Show the beginning of a payload on one line, and say how much is not shown.

    Args:
        payload: What is on record of it, or its beginning.
        size: What it measured in whole.
        of_text: Whether it belongs to a text message.
        room: Cells it may take, the notice included; None shows everything given.
    """
    if room is None:
        text = beginning_of_text(payload, whole=len(payload) >= size) if of_text else None
        shown, used = (payload.hex(" "), len(payload)) if text is None else (escape(text), len(text.encode()))
    else:
        shown, used = _cut(payload, size, room, of_text=of_text)
        if used < size:
            shown, used = _cut(payload, size, max(room - len(_notice(size)), 0), of_text=of_text)
    return shown + _notice(size - used) if used < size else shown


def beginning_of_text(data: bytes, *, whole: bool) -> str | None:
    """Decode UTF-8, leaving off a last character that a cut went through.

    Args:
        data: The bytes.
        whole: Whether nothing was cut off, so that an incomplete character is a fault.

    Returns:
        The text; None where the bytes are not UTF-8.
    """
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        if whole or error.start < len(data) - 3 or error.reason != "unexpected end of data":
            return None
        return data[: error.start].decode()


def _notice(missing: int) -> str:
    return f"\u2026 +{size_text(missing)}"


def _cut(payload: bytes, size: int, room: int, *, of_text: bool) -> tuple[str, int]:
    """Show what fits, and tell how many bytes that is."""
    # A character takes four bytes at most, and no less than no cell: combining ones may be cut a little early.
    head = payload[: 4 * room + 4]
    text = beginning_of_text(head, whole=len(head) >= size) if of_text else None
    if text is None:
        fitting = payload[: (room + 1) // _HEX_CELLS]
        return fitting.hex(" "), len(fitting)
    if text.isascii() and text.isprintable():
        return text[:room], min(len(text), room)
    shown: list[str] = []
    used = cells = 0
    for character, piece in zip(text, _pieces(text), strict=True):
        cells += cell_len(piece)
        if cells > room:
            break
        shown.append(piece)
        used += len(character.encode())
    return "".join(shown), used


def spaced(cells: Sequence[Cell], widths: Sequence[int]) -> list[Cell]:
    """Pad the cells of a row to the widths of its columns, two spaces between them."""
    padded: list[Cell] = []
    for index, (text, style) in enumerate(cells):
        padded.append((pad(text, widths[index]) if index < len(widths) else text, style))
        padded.append(("  ", ""))
    return padded[:-1]


def pad(text: str, width: int) -> str:
    """Fill text up to a width in terminal cells; a negative width sets it at the right."""
    cells = len(text) if text.isascii() else cell_len(text)
    fill = " " * (abs(width) - cells)
    return fill + text if width < 0 else text + fill


def cell_len(text: str) -> int:
    """Tell how many cells of a terminal a text takes."""
    from rich.cells import cell_len as rich_cell_len  # noqa: PLC0415 - start-up time

    return rich_cell_len(text)
