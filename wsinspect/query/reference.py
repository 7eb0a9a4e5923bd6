"""Rows for the reference page of the filter language, made from the tables that the language itself runs on."""

from __future__ import annotations

from dataclasses import dataclass

from wsinspect.query import units
from wsinspect.query.fields import Kind
from wsinspect.query.nodes import Operator
from wsinspect.query.table import fields
from wsinspect.query.target import Target


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field."""

    name: str
    kind: str
    """What its values are, as a noun phrase."""
    meaning: str
    targets: tuple[Target, ...]
    words: tuple[str, ...]
    """All the values it may have, where they are few words."""
    operators: tuple[str, ...]
    """`has` apart, which every field has."""


@dataclass(frozen=True, slots=True)
class OperatorRow:
    """One operator or other form."""

    form: str
    meaning: str
    example: str
    """An expression that can be parsed for messages."""


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One unit."""

    name: str
    factor: int
    """Times one for sizes, nanoseconds for times."""
    of_time: bool


def field_rows() -> list[FieldRow]:
    """List every field; those of `session.` are left out where the bare name means the same."""
    return [
        FieldRow(
            name=row.name,
            kind=row.kind.value,
            meaning=row.meaning,
            targets=row.targets(),
            words=tuple(word for word in row.words if word is not None),
            operators=_operators(row.kind),
        )
        for row in fields()
        if not _same_by_bare_name(row.name)
    ]


def operator_rows() -> list[OperatorRow]:
    """List every operator and form."""
    return [
        OperatorRow("word", "the payload contains it, minding case", "hello"),
        OperatorRow('"a text"', "the same, for a text with spaces or special characters", '"hello, world"'),
        *(OperatorRow(f"field {each} value", meaning, example) for each, (meaning, example) in _OPERATORS.items()),
        OperatorRow("field in (a, b)", "equals one of them", "port in (80, 443)"),
        OperatorRow("has(field)", "the record has it", "has(json.$.error)"),
        OperatorRow("not term", "the term does not match, also where the record lacks the field", "not type == text"),
        OperatorRow("a and b", "both match", "dir == c2s and size > 4k"),
        OperatorRow("a or b", "at least one matches; binds looser than and", "error or failed"),
        OperatorRow("(a or b)", "grouping", "(error or failed) and dir == s2c"),
    ]


def unit_rows() -> list[UnitRow]:
    """List every unit of numbers."""
    sizes = [UnitRow(name, factor, of_time=False) for name, factor in units.SIZES.items()]
    return sizes + [UnitRow(name, factor, of_time=True) for name, factor in units.TIMES.items()]


_OPERATORS = {
    Operator.EQ: ("is equal to it; of several values, one of them", "type == text"),
    Operator.NE: ("is there, of the same type, and not equal; of several values, none is", "verdict != forwarded"),
    Operator.LT: ("is less; texts compare by code points", "size < 100"),
    Operator.LE: ("is less or equal", "age <= 1.5s"),
    Operator.GT: ("is greater", "size > 4Ki"),
    Operator.GE: ("is greater or equal", "gap >= 200ms"),
    Operator.MATCHES: (
        "has a match of the regular expression (RE2 syntax), anywhere, minding case",
        r'path ~ "^/api/v\d"',
    ),
    Operator.CONTAINS: ("contains the text, minding case", 'text contains "id"'),
    Operator.ICONTAINS: ("contains the text, in any case", "text icontains error"),
}


def _operators(kind: Kind) -> tuple[str, ...]:
    plain = tuple(str(each) for each in Operator if each in kind.operators)
    return (*plain, "in") if Operator.EQ in kind.operators else plain


def _same_by_bare_name(name: str) -> bool:
    bare = name.removeprefix("session.")
    lifted = {row.name for row in fields() if row.lifted}
    return bare != name and bare in lifted
