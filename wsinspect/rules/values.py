"""Plain data as templates and actions have them: how much they are, and how they are written.

Values are what JSON knows: None, bool, int, float, str, list, dict with text keys. Rule files and peers may make them
as large or as deep as they can, so whatever keeps or writes one asks `weight` first.
"""

from __future__ import annotations

import json

from wsinspect.rules.turn import ActionError

MOST_CHARACTERS = 1 << 20
"""Of a value: characters of its texts and keys, and one for each of its values."""
MOST_DEPTH = 200
"""How far lists and objects may be in each other."""
MOST_INTEGER_BITS = 4096
"""Of an integer."""
MOST_SHOWN = 200
"""Characters."""


def weight(value: object) -> int:
    """Return how much a value is, by `MOST_CHARACTERS`; shared parts count as often as they would be written.

    Raises:
        ActionError: It is too large or too deep to be kept or written.
    """
    if not isinstance(value, dict | list):
        return _checked(len(value)) if isinstance(value, str) else 0
    found = 0
    pending: list[tuple[dict[str, object] | list[object], int]] = [(value, 1)]
    while pending:
        part, depth = pending.pop()
        found = _checked(found + len(part))
        if depth > MOST_DEPTH:
            raise ActionError(f"a value is nested deeper than {MOST_DEPTH}")
        if isinstance(part, dict):
            found += sum(map(len, part))
        for inner in part.values() if isinstance(part, dict) else part:
            if isinstance(inner, str):
                found += len(inner)
            elif isinstance(inner, dict | list):
                pending.append((inner, depth + 1))
    return _checked(found)


def _checked(found: int) -> int:
    if found > MOST_CHARACTERS:
        raise ActionError("a value is larger than 1 MiB")
    return found


def text_of(value: object) -> str:
    """Write a value into a text: a text as it is, all else as JSON."""
    return value if isinstance(value, str) else json_text(value)


def json_text(value: object) -> str:
    """Write a value as compact JSON."""
    weight(value)
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (ValueError, TypeError) as error:
        raise ActionError(f"a value has no JSON: {error}") from error


def utf8(text: str) -> bytes:
    """Encode a text of ours."""
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise ActionError(
            f"a text holds a lone surrogate, U+{ord(text[error.start]):04X}, which no UTF-8 has"
        ) from error


def shown(text: str, most: int = MOST_SHOWN) -> str:
    """Make a text fit for a line on a screen: cut off, and escaped where it would not print."""
    cut = text[:most]
    escaped = cut if cut.isprintable() else "".join(c if c.isprintable() else _escaped(c) for c in cut)
    return escaped[:most] + "…" if len(text) > most or len(escaped) > most else escaped


def _escaped(character: str) -> str:
    return character.encode("unicode-escape").decode()
