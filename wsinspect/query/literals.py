"""Checking the values of an expression against the kinds of their fields."""

from __future__ import annotations

import re
from decimal import Decimal

from wsinspect.errors import FilterError
from wsinspect.query import patterns, units
from wsinspect.query.fields import Field, Kind, nearest
from wsinspect.query.lexer import Lexer, Shape, Token
from wsinspect.query.nodes import Boolean, Null, Number, Operator, Text, Value
from wsinspect.query.patterns import Pattern

_NUMBER = re.compile(r"(-?[0-9]{1,30}(?:\.[0-9]{1,30})?)([^\W\d_]*)")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]{1,16}")
_LITERALS: dict[str, Value] = {"true": Boolean(True), "false": Boolean(False), "null": Null()}
_BYTES = frozenset({Kind.BYTES})
_EQUALITY = frozenset({Operator.EQ, Operator.NE})


class Literals:
    """Makes values of tokens.

    Args:
        lexer: Where the tokens come from; it makes the errors.
    """

    def __init__(self, lexer: Lexer) -> None:
        self._lexer = lexer

    def value(self, field: Field, operator: Operator, token: Token) -> Value:
        """Return the value a token stands for.

        Args:
            field: What it is compared with.
            operator: One that the field's kind takes.
            token: A word or a string.

        Raises:
            FilterError: The field can never have such a value.
        """
        match field.kind:
            case Kind.WORD:
                return self._word(field, operator, token)
            case Kind.BOOLEAN:
                return self._boolean(field, token)
            case Kind.JSON:
                return self._json(operator, token)
            case Kind.TEXT | Kind.TEXTS | Kind.UTF8 | Kind.BYTES:
                return self._text(operator, token, in_bytes=field.kind is Kind.BYTES)
            case Kind.TIME if not _NUMBER.fullmatch(token.text):
                return self._instant(field, token)
            case _:
                return self._number(field, token)

    def _text(self, operator: Operator, token: Token, *, in_bytes: bool) -> Text:
        if not in_bytes and any("\udc80" <= char <= "\udcff" for char in token.text):
            hint = "only bytes and the payload as a whole are compared with bytes; write \\u{ff} for the character"
            raise self._fail("this text has a byte that is no character", token, hint)
        if operator is Operator.MATCHES and (why := patterns.problem(Pattern(token.text, raw=in_bytes))) is not None:
            hint = "the syntax is RE2's; a backslash in front takes a character's meaning away"
            raise self._fail(f"the regular expression does not compile: {why}", token, hint)
        return Text(token.text)

    def _word(self, field: Field, operator: Operator, token: Token) -> Text:
        if operator not in _EQUALITY:
            return self._text(operator, token, in_bytes=False)
        words = [word for word in field.words if word is not None]
        if token.text in words:
            return Text(token.text)
        if field.name == "opcode" and (code := _integer(token.text)) is not None and 0 <= code < len(words):
            return Text(words[code])
        guess = nearest(token.text, words)
        listed = f"it is one of {', '.join(words)}"
        raise self._fail(
            f"{field.name} is never {token.text}", token, f"did you mean {guess}? {listed}" if guess else listed
        )

    def _boolean(self, field: Field, token: Token) -> Value:
        value = _LITERALS.get(token.text)
        if not isinstance(value, Boolean):
            raise self._fail(f"{field.name} is true or false", token, f"write {field.name} == true")
        return value

    def _json(self, operator: Operator, token: Token) -> Value:
        if token.shape is Shape.STRING or operator in (Operator.MATCHES, Operator.CONTAINS, Operator.ICONTAINS):
            return self._text(operator, token, in_bytes=False)
        number = _number(token.text)
        value = _LITERALS.get(token.text) or number
        if isinstance(value, Boolean | Null) and operator not in _EQUALITY:
            raise self._fail(f"{token.text} is neither more nor less than anything", token, "compare it with == or !=")
        return self._text(operator, token, in_bytes=False) if value is None else value

    def _instant(self, field: Field, token: Token) -> Text:
        if units.instant(token.text) is None:
            hint = "write seconds since 1970, or a date such as 2026-01-31T12:00:00+01:00 (UTC where it has no offset)"
            raise self._fail(f"{field.name} is a time", token, hint)
        return Text(token.text)

    def _number(self, field: Field, token: Token) -> Number:
        number = _number(token.text) if token.shape is Shape.WORD else None
        if number is None:
            unit = _NUMBER.fullmatch(token.text)
            if token.shape is Shape.WORD and unit is not None:
                raise self._fail(f"there is no unit {unit[2]}", token, _UNITS_OF[field.kind])
            example = f"as in: {field.name} > 10"
            raise self._fail(f"{field.name} is {field.kind.value}, so a number is expected", token, example)
        fits = number.unit in _UNITS[field.kind]
        if number.unit and not fits:
            raise self._fail(f"{field.name} is {field.kind.value}, never {token.text}", token, _UNITS_OF[field.kind])
        return number

    def _fail(self, message: str, token: Token, hint: str) -> FilterError:
        return self._lexer.fail(message, token.start, hint)


_UNITS: dict[Kind, dict[str, int]] = {
    Kind.COUNT: units.SIZES,
    Kind.COUNTS: units.SIZES,
    Kind.SIZE: units.SIZES,
    Kind.TIME: {},
    Kind.MILLISECONDS: units.TIMES,
    Kind.SECONDS: units.TIMES,
}
_UNITS_OF = {
    kind: f"its units are {', '.join(there)}" if there else "it takes no unit: write seconds since 1970"
    for kind, there in _UNITS.items()
}


def _number(text: str) -> Number | None:
    found = _NUMBER.fullmatch(text)
    if found is not None:
        known = not found[2] or found[2] in units.SIZES or found[2] in units.TIMES
        return Number(Decimal(found[1]), found[2]) if known else None
    return Number(Decimal(int(text, 16))) if _HEXADECIMAL.fullmatch(text) else None


def _integer(text: str) -> int | None:
    number = _number(text)
    return (
        int(number.amount) if number is not None and not number.unit and number.amount == int(number.amount) else None
    )
