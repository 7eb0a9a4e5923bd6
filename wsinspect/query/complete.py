"""Completion of filter expressions while they are typed."""

from __future__ import annotations

from wsinspect.errors import FilterError
from wsinspect.query.fields import Field, Kind
from wsinspect.query.lexer import Lexer, Mode, Shape, Token
from wsinspect.query.nodes import Operator
from wsinspect.query.table import fields, find
from wsinspect.query.target import Target

_AFTER_TERM = ["and", "or"]


def complete(text: str, column: int, target: Target) -> list[str]:
    """List what may stand where the cursor is.

    Each proposal replaces the word that ends at the cursor, that is the last `len(word)` characters before it for the
    word it begins with; an empty list where nothing is known.

    Args:
        text: The expression so far.
        column: 1-based column of the cursor, so `len(text) + 1` at the end.
        target: What the expression will be asked of.
    """
    try:
        tokens = _tokens(text[: column - 1])
    except FilterError:
        # Inside a string or bracket, where anything may stand.
        return []
    word = tokens.pop().text if tokens and tokens[-1].end == column - 1 and _unfinished(tokens[-1]) else ""
    return [proposal for proposal in _proposals(tokens, target) if proposal.startswith(word) and proposal != word]


def _unfinished(token: Token) -> bool:
    return token.shape is Shape.WORD


def _tokens(text: str) -> list[Token]:
    lexer = Lexer(text)
    tokens: list[Token] = []
    position = 0
    while (token := lexer.read(position, _mode(tokens))).shape is not Shape.END:
        tokens.append(token)
        position = token.end
    return tokens


def _mode(tokens: list[Token]) -> Mode:
    if not _awaits_value(tokens):
        return Mode.TERM
    return Mode.PATTERN if tokens[-1].text == Operator.MATCHES else Mode.VALUE


def _awaits_value(tokens: list[Token]) -> bool:
    return _asked(tokens) is not None


def _asked(tokens: list[Token]) -> Token | None:
    """Return the word whose value is expected after the tokens: that of an operator, or of a list that is open."""
    if len(tokens) > 1 and (tokens[-1].text in Operator and tokens[-1].shape is not Shape.STRING):
        return tokens[-2]
    if tokens and tokens[-1].shape in (Shape.OPEN, Shape.COMMA):
        opening = len(tokens) - 1
        while opening > 0 and tokens[opening].shape is not Shape.OPEN:
            opening -= 1
        if opening > 1 and tokens[opening - 1].text == "in":
            return tokens[opening - 2]
    return None


def _proposals(tokens: list[Token], target: Target) -> list[str]:
    asked = _asked(tokens)
    if asked is not None:
        field = find(asked.text)
        return [] if field is None else _values(field)
    names = [row.name for row in fields() if target in row.targets()]
    last = tokens[-1] if tokens else None
    if last is not None and last.shape is Shape.OPEN and len(tokens) > 1 and tokens[-2].text == "has":
        return names
    if last is None or last.shape is Shape.OPEN or last.text in ("and", "or", "not"):
        return [*(name for name in names if _comparable(name)), "not", "has("]
    before = tokens[-2] if len(tokens) > 1 else None
    starts_term = before is None or before.shape is Shape.OPEN or before.text in ("and", "or", "not")
    field = find(last.text) if last.shape is Shape.WORD and starts_term else None
    return _AFTER_TERM if field is None else [*_operators(field), *_AFTER_TERM]


def _comparable(name: str) -> bool:
    field = find(name)
    return field is None or field.kind is not Kind.PART


def _operators(field: Field) -> list[str]:
    plain = [str(each) for each in Operator if each in field.kind.operators]
    return [*plain, "in ("] if Operator.EQ in field.kind.operators else plain


def _values(field: Field) -> list[str]:
    if field.kind is Kind.BOOLEAN:
        return ["true", "false"]
    if field.kind is Kind.JSON:
        return ["true", "false", "null"]
    return [word for word in field.words if word is not None]
