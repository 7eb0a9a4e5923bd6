"""Values as YAML writes them on one line, so that `rules.yaml_source` reads the same again, whatever is in them."""

from __future__ import annotations

import re

_PLAIN = re.compile(r"[A-Za-z_/$][A-Za-z0-9_./$-]*", re.ASCII)
_WORDS = frozenset({"null", "true", "false"})
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def scalar(value: object) -> str:
    """Write a text, a number, true, false or null; a text in quotes where it needs some.

    Args:
        value: A text without surrogates, or a finite number.
    """
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return value if _PLAIN.fullmatch(value) and value.lower() not in _WORDS else quoted(value)
        case _:
            return repr(value)


def quoted(text: str) -> str:
    """Write a text in double quotes, what is not printable as escapes."""
    return f'"{"".join(map(_written, text))}"'


def _written(character: str) -> str:
    if short := _SHORT.get(character):
        return short
    if character.isprintable():
        return character
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
