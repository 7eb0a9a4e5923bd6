"""What a comparison asks of a value, in one form that both predicates and SQL are made from.

A check is resolved once from field kind, operator and literal: units multiplied out, words turned into numbers, texts
into bytes where payloads are compared. So both sides compare like with like, and cannot differ in how they read a
literal. A literal that the kind cannot have, which the parser refuses but a tree built by hand may hold, never matches.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, assert_never

from wsinspect.query import units
from wsinspect.query.fields import Field, Kind
from wsinspect.query.nodes import Boolean, Number, Operator, Text, Value
from wsinspect.query.patterns import Pattern, searcher

INT64_MAX = 2**63 - 1
"""The largest integer SQLite has."""

type Operand = int | float | str | bytes
"""A float is only ever one of JSON's."""


@dataclass(frozen=True, slots=True)
class Never:
    """Matches nothing."""


@dataclass(frozen=True, slots=True)
class Present:
    """Matches whatever is there."""


@dataclass(frozen=True, slots=True)
class Compare:
    """An order or equality of like types."""

    operator: Operator
    operand: Operand


@dataclass(frozen=True, slots=True)
class Among:
    """Equality with any of several."""

    operands: tuple[Operand, ...]
    """At least one."""


@dataclass(frozen=True, slots=True)
class Contains:
    """A part of a text or of bytes."""

    needle: str | bytes


@dataclass(frozen=True, slots=True)
class Search:
    """A regular expression, or a text in any case."""

    pattern: Pattern


type Check = Never | Present | Compare | Among | Contains | Search

_COMPARE: dict[Operator, Callable[[Any, Any], bool]] = {
    Operator.EQ: operator.eq,
    Operator.NE: operator.ne,
    Operator.LT: operator.lt,
    Operator.LE: operator.le,
    Operator.GT: operator.gt,
    Operator.GE: operator.ge,
}


def comparison(field: Field, asked: Operator, value: Value) -> Check:
    """Resolve `field operator value`; not for `Kind.JSON`, whose values have types of their own."""
    match field.kind:
        case Kind.WORD:
            return _among(_codes(field.words, asked, value))
        case Kind.BOOLEAN:
            return Among((int(value.value ^ (asked is Operator.NE)),)) if isinstance(value, Boolean) else Never()
        case Kind.TEXT | Kind.TEXTS:
            return _text(asked, value, lambda text: text, raw=False)
        case Kind.UTF8 | Kind.BYTES:
            return _text(asked, value, payload_bytes, raw=field.kind is Kind.BYTES)
        case _:
            bound = _scaled(field.kind, value)
            return Never() if bound is None else _integer(asked, bound)


def membership(field: Field, values: tuple[Value, ...]) -> Check:
    """Resolve `field in (values)`; not for `Kind.JSON`."""
    operands: list[Operand] = []
    for value in values:
        match comparison(field, Operator.EQ, value):
            case Compare(operand=operand):
                operands.append(operand)
            case Among(operands=several):
                operands.extend(several)
            case _:
                pass
    return _among(operands)


def presence(field: Field) -> Check:
    """Resolve `has(field)`, for one value where there may be several; not for `Kind.JSON`."""
    if field.zero_is_absent:
        return Compare(Operator.NE, 0)
    if field.kind is Kind.WORD:
        return Among(tuple(code for code, word in enumerate(field.words) if word is not None))
    return Present()


def payload_bytes(text: str) -> bytes:
    """Return the bytes of a text in an expression: UTF-8, U+DCFF being the byte FF."""
    return text.encode("utf-8", "surrogateescape")


def payload_icontains(text: str) -> Pattern:
    """Return how to find a text in a payload in any case; bytes that are no UTF-8 are found as they are."""
    return Pattern(text, literal=True, raw=any("\udc80" <= char <= "\udcff" for char in text))


def checker(check: Check) -> Callable[[object], bool]:
    """Return a function that checks one value, never None and of the kind's type."""
    match check:
        case Never():
            return lambda _: False
        case Present():
            return lambda _: True
        case Compare(asked, operand):
            compare = _COMPARE[asked]
            return lambda value: compare(value, operand)
        case Among(operands):
            members = frozenset(operands)
            return lambda value: value in members
        case Contains(needle):
            return lambda value: needle in value  # type: ignore[operator]  # a text in text, bytes in bytes
        case Search(pattern):
            return searcher(pattern)  # type: ignore[return-value]  # as above
        case _:
            assert_never(check)


def _among(operands: list[Operand]) -> Check:
    return Among(tuple(operands)) if operands else Never()


def _codes(words: tuple[str | None, ...], asked: Operator, value: Value) -> list[Operand]:
    if not isinstance(value, Text):
        return []
    check = checker(_text(asked, value, lambda text: text, raw=False))
    return [code for code, word in enumerate(words) if word is not None and check(word)]


def _text(asked: Operator, value: Value, convert: Callable[[str], str | bytes], *, raw: bool) -> Check:
    if not isinstance(value, Text):
        return Never()
    match asked:
        case Operator.CONTAINS:
            return Contains(convert(value.text))
        case Operator.ICONTAINS:
            return Search(payload_icontains(value.text))
        case Operator.MATCHES:
            return Search(Pattern(value.text, raw=raw))
        case _:
            return Compare(asked, convert(value.text))


def _scaled(kind: Kind, value: Value) -> Fraction | None:
    """Return a literal in the unit that values of the kind are in."""
    if kind is Kind.TIME and isinstance(value, Text):
        microseconds = units.instant(value.text)
        return None if microseconds is None else Fraction(microseconds)
    if not isinstance(value, Number):
        return None
    match kind:
        case Kind.TIME:
            duration = units.nanoseconds(value, units.TIMES["s"])
            return None if duration is None else duration / 1000
        case Kind.MILLISECONDS:
            duration = units.nanoseconds(value, units.TIMES["ms"])
            return None if duration is None else duration / 1000
        case Kind.SECONDS:
            return units.nanoseconds(value, units.TIMES["s"])
        case _:
            return units.count(value)


def _integer(asked: Operator, bound: Fraction) -> Check:
    """Turn a comparison of an integer with any number into one with an integer that SQLite has."""
    whole = bound.numerator // bound.denominator
    if asked not in _COMPARE:
        return Never()
    if not -INT64_MAX <= whole < INT64_MAX:
        below = whole < 0
        fits = asked is Operator.NE or asked in ((Operator.GT, Operator.GE) if below else (Operator.LT, Operator.LE))
        return Present() if fits else Never()
    if bound.denominator == 1:
        return Compare(asked, whole)
    match asked:
        case Operator.EQ:
            return Never()
        case Operator.NE:
            return Present()
        case Operator.LT | Operator.LE:
            return Compare(Operator.LE, whole)
        case _:
            return Compare(Operator.GT, whole)
