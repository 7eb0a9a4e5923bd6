"""Tokens of a filter expression, with their columns.

What a character means depends on the place, so the parser asks for the next token in a mode: where a term or operator
may stand, `path=/a` is three tokens; where a value is expected, `/a?x=1` is one; and in a regular expression every
backslash belongs to the expression.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from wsinspect.errors import FilterError


class Mode(enum.Enum):
    """What is expected next."""

    TERM = enum.auto()
    VALUE = enum.auto()
    PATTERN = enum.auto()


class Shape(enum.Enum):
    """Kinds of tokens."""

    WORD = enum.auto()
    STRING = enum.auto()
    OPERATOR = enum.auto()
    OPEN = enum.auto()
    CLOSE = enum.auto()
    COMMA = enum.auto()
    END = enum.auto()


@dataclass(frozen=True, slots=True)
class Token:
    """One token; of a string, `text` is what it stands for."""

    shape: Shape
    text: str
    start: int
    """0-based position in the expression."""
    end: int


_OPERATORS = ("==", "!=", "<=", ">=", "=~", "!~", "<", ">", "~", "=", "!")
_PUNCTUATION = {"(": Shape.OPEN, ")": Shape.CLOSE, ",": Shape.COMMA}
_VALUE_STOPS = frozenset("(),\"'")
_TERM_STOPS = _VALUE_STOPS | frozenset("=!<>~")
_ESCAPES = {"\\": "\\", '"': '"', "'": "'", "n": "\n", "r": "\r", "t": "\t", "0": "\0"}
_PATHS = ("json.$", "fields.", "fields[", "vars.")


class Lexer:
    """Reads tokens from an expression.

    Args:
        text: The expression.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    def fail(self, message: str, position: int, hint: str | None = None) -> FilterError:
        """Make the error of a 0-based position."""
        return FilterError(message, expression=self.text, column=position + 1, hint=hint)

    def read(self, position: int, mode: Mode) -> Token:
        """Return the token at or after a position.

        Raises:
            FilterError: A string or bracket is not closed, or has an escape that is none.
        """
        while position < len(self.text) and self.text[position].isspace():
            position += 1
        if position == len(self.text):
            return Token(Shape.END, "", position, position)
        char = self.text[position]
        if char in "\"'":
            return self._pattern(position) if mode is Mode.PATTERN else self._string(position)
        if char in _PUNCTUATION:
            return Token(_PUNCTUATION[char], char, position, position + 1)
        for operator in _OPERATORS:
            if self.text.startswith(operator, position):
                return Token(Shape.OPERATOR, operator, position, position + len(operator))
        return self._word(position, _TERM_STOPS if mode is Mode.TERM else _VALUE_STOPS)

    def _word(self, start: int, stops: frozenset[str]) -> Token:
        position = start
        brackets: list[int] = []
        quoted = ""
        is_path = stops is _TERM_STOPS and self.text.startswith(_PATHS, start)
        while position < len(self.text):
            char = self.text[position]
            if quoted:
                position += char == "\\"
                quoted = "" if char == quoted else quoted
            elif brackets and char in "\"'":
                quoted = char
            elif is_path and char == "[":
                brackets.append(position)
            elif brackets and char == "]":
                brackets.pop()
            elif not brackets and (char in stops or char.isspace()):
                break
            position += 1
        if brackets:
            raise self.fail(
                "this bracket is not closed", brackets[-1], "close it with ], or quote the text to search for"
            )
        return Token(Shape.WORD, self.text[start:position], start, position)

    def _pattern(self, start: int) -> Token:
        quote = self.text[start]
        position = start + 1
        parts: list[str] = []
        while position < len(self.text):
            char = self.text[position]
            if char == quote:
                return Token(Shape.STRING, "".join(parts), start, position + 1)
            if char == "\\":
                following = self.text[position + 1 : position + 2]
                parts.append(following if following and following in "\"'" else char + following)
                position += 2
            else:
                parts.append(char)
                position += 1
        raise self._unclosed(start)

    def _string(self, start: int) -> Token:
        quote = self.text[start]
        position = start + 1
        parts: list[str] = []
        while position < len(self.text):
            char = self.text[position]
            if char == quote:
                return Token(Shape.STRING, "".join(parts), start, position + 1)
            if char == "\\":
                char, position = self._escape(position)
                parts.append(char)
            else:
                parts.append(char)
                position += 1
        raise self._unclosed(start)

    def _unclosed(self, start: int) -> FilterError:
        quote = self.text[start]
        return self.fail("this string is not closed", start, f"put {quote} at its end, or \\{quote} for the character")

    def _escape(self, start: int) -> tuple[str, int]:
        letter = self.text[start + 1 : start + 2]
        if letter in _ESCAPES:
            return _ESCAPES[letter], start + 2
        if letter == "x":
            code = _hexadecimal(self.text[start + 2 : start + 4], 2)
            if code is not None:
                return chr(code if code < 0x80 else 0xDC00 + code), start + 4
        if letter == "u":
            closing = self.text.find("}", start)
            braced = self.text[start + 2 : start + 3] == "{" and closing > 0
            code = _hexadecimal(self.text[start + 3 : closing], 1) if braced else None
            if code is not None and code < 0x110000 and not 0xD800 <= code < 0xE000:
                return chr(code), closing + 1
        hint = r"there are \\ \" \' \n \r \t \0, \xff for a byte and \u{20ac} for a character; write \\ for a backslash"
        raise self.fail("no such escape in a string", start, hint)


def _hexadecimal(digits: str, at_least: int) -> int | None:
    if len(digits) < at_least or len(digits) > 6 or any(digit not in "0123456789abcdefABCDEF" for digit in digits):
        return None
    return int(digits, 16)
