"""Bytes as people write them: hexadecimal digits in lines, or base64."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

_PER_LINE = 16
_HALF = 8
_DIGITS = frozenset("0123456789abcdefABCDEF")
_BETWEEN = frozenset(" \t\r\n,:-")
"""What may stand between bytes: tools write them in many ways."""
_PREFIX = re.compile(r"(?<![0-9a-fA-F])0x|\\x", re.ASCII)


@dataclass(frozen=True, slots=True)
class WrittenProblem:
    """Why a text does not stand for bytes."""

    message: str
    line: int
    """1-based."""
    column: int
    """1-based, in characters."""


def hex_text(data: bytes) -> str:
    """Write bytes in hexadecimal, 16 a line in two groups."""
    lines = []
    for start in range(0, len(data), _PER_LINE):
        first, second = data[start : start + _HALF], data[start + _HALF : start + _PER_LINE]
        lines.append(f"{first.hex(' ')}  {second.hex(' ')}".rstrip())
    return "\n".join(lines)


def bytes_of_hex(text: str) -> bytes | WrittenProblem:
    r"""Read hexadecimal digits: with spaces, commas, colons or lines between bytes, and `0x` or `\x` before them."""
    plain = _PREFIX.sub(lambda found: " " * len(found[0]), text)
    first: str | None = None
    found = bytearray()
    for place, character in enumerate(plain):
        if character in _DIGITS:
            if first is None:
                first = character
            else:
                found.append(int(first + character, 16))
                first = None
        elif character not in _BETWEEN:
            return _problem(f"{character!a} is no hexadecimal digit", text, place)
        elif first is not None:
            return _problem("a byte has two hexadecimal digits", text, place - 1)
    if first is not None:
        return _problem("a byte has two hexadecimal digits", text, len(text.rstrip()) - 1)
    return bytes(found)


def bytes_of_base64(text: str) -> bytes | WrittenProblem:
    """Read base64 in its usual or its URL alphabet, with or without padding, on any number of lines."""
    plain = "".join(text.split()).translate(str.maketrans("-_", "+/")).rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        return WrittenProblem(f"no base64: {error}", 1, 1)


def _problem(message: str, text: str, place: int) -> WrittenProblem:
    before = text[:place]
    return WrittenProblem(message, before.count("\n") + 1, place - (before.rfind("\n") + 1) + 1)
