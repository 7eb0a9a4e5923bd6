"""A payload over many lines, for people: JSON indented and coloured, text as it is, all else as a hex dump.

JSON is laid out token by token and never re-encoded, so that every digit, escape and double key stays as the peer
wrote it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import orjson

from wsinspect.present.text import Cell, beginning_of_text, escape, escape_lines

_TOKEN = re.compile(r'("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d[\d.eE+-]*)|(true|false|null)|([\[{])\s*([\]}])?|([\]}])|,')
_INDENT = "  "
_DEEPEST = 64
"""JSON nested deeper is not laid out: its indentation would outgrow it."""
_DUMP_WIDTH = 16

KEY, STRING, NUMBER, WORD, QUIET = "bold blue", "green", "cyan", "italic magenta", "dim"


def payload_lines(payload: bytes, *, of_text: bool, limit: int | None = None) -> Iterator[list[Cell]]:
    """Lay a payload out for reading.

    Args:
        payload: What is on record of it.
        of_text: Whether it belongs to a text message.
        limit: Bytes to show at most; what is left out is said on a last line. None shows all.

    Yields:
        Lines, each a list of cells.
    """
    shown = payload if limit is None else payload[:limit]
    text = beginning_of_text(shown, whole=len(shown) == len(payload)) if of_text else None
    if text is None:
        yield from hex_lines(shown)
    elif len(shown) == len(payload) and (laid_out := json_lines(text)) is not None:
        yield from laid_out
    else:
        for line in escape_lines(text).split("\n"):
            yield [(line, "")]
    if len(shown) < len(payload):
        yield [(f"\u2026 {len(payload) - len(shown)} more bytes; --payload full shows all", "yellow")]


def hex_lines(data: bytes) -> Iterator[list[Cell]]:
    """Lay bytes out as a hex dump: offset, 16 bytes, and the ASCII among them."""
    for offset in range(0, len(data), _DUMP_WIDTH):
        part = data[offset : offset + _DUMP_WIDTH]
        digits = f"{part[:8].hex(' ')}  {part[8:].hex(' ')}".ljust(_DUMP_WIDTH * 3)
        ascii_text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in part)
        yield [(f"{offset:08x}  ", QUIET), (digits, ""), (f"  {ascii_text}", STRING)]


def json_lines(text: str) -> list[list[Cell]] | None:
    """Lay out JSON, one value a line and every token as written.

    Returns:
        The lines; None where the text is no JSON object or array, or one too deep to lay out.
    """
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    lines: list[list[Cell]] = [[]]
    depth = 0
    for match in _TOKEN.finditer(text):
        string, colon, number, word, opening, closed_at_once, closing = match.groups()
        if string is not None:
            lines[-1].append((escape(string), KEY if colon else STRING))
            if colon:
                lines[-1].append((": ", ""))
        elif number is not None:
            lines[-1].append((number, NUMBER))
        elif word is not None:
            lines[-1].append((word, WORD))
        elif closed_at_once:
            lines[-1].append((opening + closed_at_once, ""))
        elif opening:
            depth += 1
            if depth > _DEEPEST:
                return None
            lines[-1].append((opening, ""))
            lines.append([(_INDENT * depth, "")])
        elif closing:
            depth -= 1
            lines.append([(_INDENT * depth + closing, "")])
        else:
            lines[-1].append((",", ""))
            lines.append([(_INDENT * depth, "")])
    return lines
