"""The syntax tree of a filter expression, and its printed form.

`str()` of a node is an expression that parses to an equal node. Nodes know nothing of records: what a field means is in
`fields`, what a comparison does in `matching`.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal


class Operator(enum.StrEnum):
    """What stands between a field and a value."""

    EQ = "=="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="
    MATCHES = "~"
    CONTAINS = "contains"
    ICONTAINS = "icontains"


KEYWORDS = frozenset({"and", "or", "not", "in", "contains", "icontains"})
"""Words that are never a field or a bare word; `has` is one only in front of a parenthesis."""

LITERAL_WORDS = frozenset({"true", "false", "null"})
"""Words that are not text where a value is expected."""

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./:-]*", re.ASCII)
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


@dataclass(frozen=True, slots=True)
class Text:
    """A text value.

    U+DC80 to U+DCFF stand for the bytes 80 to FF, as in `surrogateescape`; the parser lets them pass only where bytes
    are compared.
    """

    text: str

    def __str__(self) -> str:
        plain = _PLAIN.fullmatch(self.text) and self.text not in KEYWORDS | LITERAL_WORDS
        return self.text if plain else quote(self.text)


@dataclass(frozen=True, slots=True)
class Number:
    """A number, with the unit it was given in."""

    amount: Decimal
    unit: str = ""
    """A key of `units.SIZES` or `units.TIMES`, or empty."""

    def __str__(self) -> str:
        return f"{self.amount:f}{self.unit}"


@dataclass(frozen=True, slots=True)
class Boolean:
    """`true` or `false`."""

    value: bool

    def __str__(self) -> str:
        return "true" if self.value else "false"


@dataclass(frozen=True, slots=True)
class Null:
    """`null`, which only JSON has."""

    def __str__(self) -> str:
        return "null"


type Value = Text | Number | Boolean | Null


@dataclass(frozen=True, slots=True)
class Mention:
    """A bare word or a quoted string: the payload contains it."""

    text: str

    def __str__(self) -> str:
        return quote(self.text)


@dataclass(frozen=True, slots=True)
class Has:
    """`has(field)`: the record has it."""

    field: str

    def __str__(self) -> str:
        return f"has({self.field})"


@dataclass(frozen=True, slots=True)
class Comparison:
    """`field operator value`."""

    field: str
    operator: Operator
    value: Value

    def __str__(self) -> str:
        if self.operator is Operator.MATCHES and isinstance(self.value, Text):
            return f"{self.field} ~ {quote_pattern(self.value.text)}"
        return f"{self.field} {self.operator} {self.value}"


@dataclass(frozen=True, slots=True)
class Membership:
    """`field in (value, ...)`."""

    field: str
    values: tuple[Value, ...]
    """At least one."""

    def __str__(self) -> str:
        return f"{self.field} in ({', '.join(map(str, self.values))})"


@dataclass(frozen=True, slots=True)
class Not:
    """`not part`: plain negation, so it matches where the part does not, whatever the reason."""

    part: Expr

    def __str__(self) -> str:
        return f"not {_within(self.part, (And, Or))}"


@dataclass(frozen=True, slots=True)
class And:
    """`part and part ...`."""

    parts: tuple[Expr, ...]
    """At least two."""

    def __str__(self) -> str:
        return " and ".join(_within(part, (And, Or)) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Or:
    """`part or part ...`."""

    parts: tuple[Expr, ...]
    """At least two."""

    def __str__(self) -> str:
        return " or ".join(_within(part, (Or,)) for part in self.parts)


type Expr = Or | And | Not | Comparison | Membership | Has | Mention


def conjunction(parts: Sequence[Expr]) -> Expr | None:
    """Join parts with `and`: None for no part, the part itself for one."""
    return And(tuple(parts)) if len(parts) > 1 else parts[0] if parts else None


def quote(text: str) -> str:
    """Write a text as a quoted string."""
    return f'"{"".join(map(_escape, text))}"'


def quote_pattern(pattern: str) -> str:
    """Write a regular expression as a quoted string; its backslashes are its own and stay as they are."""
    return '"' + pattern.replace('"', '\\"') + '"'


def _escape(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if "\udc80" <= char <= "\udcff":
        return f"\\x{ord(char) - 0xDC00:02x}"
    return char if char.isprintable() else f"\\u{{{ord(char):x}}}"


def _within(part: Expr, loose: tuple[type, ...]) -> str:
    return f"({part})" if isinstance(part, loose) else str(part)
