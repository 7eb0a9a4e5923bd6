"""From text to syntax tree: a Pratt parser over `lexer`, with errors that name the column and say what to do.

Precedence, loosest first: `or`, `and`, `not`, comparisons. Whether a word is a field or a text to search for is decided
by what follows it: with an operator it is a field, by itself it is always a text. Literals are checked against the
field's kind here, so that a mistake is an error while typing and never a filter that silently finds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from wsinspect.query import documents
from wsinspect.query.fields import Field, Kind, nearest
from wsinspect.query.lexer import Lexer, Mode, Shape, Token
from wsinspect.query.literals import Literals
from wsinspect.query.nodes import (
    KEYWORDS,
    And,
    Comparison,
    Expr,
    Has,
    Membership,
    Mention,
    Not,
    Operator,
    Or,
    Value,
)
from wsinspect.query.table import fields, find
from wsinspect.query.target import Target

MAX_TERMS = 500
"""SQLite has a limit on the depth of a condition; this is well below."""
MAX_VALUES = 10_000
"""In all lists together; SQLite has a limit on parameters as well."""
MAX_DEPTH = 50
"""Of parentheses and `not`."""

_OR, _AND, _NOT = 1, 2, 3
_BINDING = {"or": _OR, "and": _AND}
_SEARCH_WORDS = frozenset({"contains", "icontains"})
_FOREIGN = {
    "=": "write == to compare",
    "!": "write != to compare, or not in front of a term",
    "=~": "write ~ for a regular expression",
    "!~": "write not field ~ value",
    "AND": "write and",
    "OR": "write or",
    "NOT": "write not",
    "&&": "write and",
    "||": "write or",
    "not": "put not in front of the whole term, as in: not size in (1, 2)",
}
_OTHER_NAMES = {
    "direction": "dir",
    "length": "size",
    "len": "size",
    "payload": "text",
    "body": "text",
    "data": "text",
    "code": "close.code",
    "uri": "url",
    "json": "json.$",
}


type Own = Callable[[str], Field | str | None]
"""Finds a field by its name that only the caller has, or says why it has none; None: as everywhere."""


def parse(text: str, target: Target | None = None, own: Own | None = None, *, text_in: Sequence[str] = ()) -> Expr:
    """Read a filter expression.

    Args:
        text: The expression.
        target: What it will be asked of; None where that is not known yet, so that every field is allowed.
        own: Fields of the caller's own, before those of the table.
        text_in: Names of fields, of which one is to contain a mere text, in any case: for what has no payload.

    Raises:
        FilterError: It cannot be read, or asks for what no such record has.
    """
    return _Parser(text, target, own, text_in).parse()


class _Parser:
    def __init__(self, text: str, target: Target | None, own: Own | None, text_in: Sequence[str]) -> None:
        self._lexer = Lexer(text)
        self._literals = Literals(self._lexer)
        self._target = target
        self._own = own
        self._text_in = [field for name in text_in if (field := find(name)) is not None]
        self._position = 0
        self._terms = 0
        self._listed = 0
        self._depth = 0

    def parse(self) -> Expr:
        """Read the whole text as one expression."""
        for position, char in enumerate(self._lexer.text):
            # U+DC80 to U+DCFF are bytes of the command line that were not UTF-8.
            if "\ud800" <= char <= "\udfff" and not "\udc80" <= char <= "\udcff":
                raise self._lexer.fail("half a character (a lone surrogate)", position, "write \\u{…} for a character")
        if self._peek().shape is Shape.END:
            raise self._lexer.fail("the filter is empty", 0, "write a word to search for, or a term such as dir == c2s")
        expr = self._expression(0)
        token = self._peek()
        if token.shape is Shape.CLOSE:
            raise self._lexer.fail("this parenthesis closes nothing", token.start, "remove it, or open one before")
        if token.shape is not Shape.END:
            raise self._side_by_side(token)
        return expr

    def _peek(self, mode: Mode = Mode.TERM) -> Token:
        return self._lexer.read(self._position, mode)

    def _take(self, mode: Mode = Mode.TERM) -> Token:
        token = self._peek(mode)
        self._position = token.end
        return token

    def _expression(self, binding: int) -> Expr:
        left = self._prefix()
        while (token := self._peek()).shape is Shape.WORD and _BINDING.get(token.text, 0) > binding:
            mine = _BINDING[token.text]
            parts = [left]
            while (following := self._peek()).shape is Shape.WORD and following.text == token.text:
                self._take()
                parts.append(self._expression(mine))
            left = And(tuple(parts)) if mine == _AND else Or(tuple(parts))
        return left

    def _prefix(self) -> Expr:
        token = self._take()
        match token.shape:
            case Shape.OPEN:
                return self._parenthesis(token)
            case Shape.STRING:
                return self._mention(token)
            case Shape.WORD if token.text == "not":
                self._enter(token)
                negated = Not(self._expression(_NOT))
                self._depth -= 1
                return negated
            case Shape.WORD if token.text == "has" and self._peek().shape is Shape.OPEN:
                return self._has()
            case Shape.WORD if token.text not in KEYWORDS:
                return self._comparison(token)
        raise self._expected_term(token)

    def _expected_term(self, token: Token) -> Exception:
        hint = "a term is a word, a quoted string, or a field with an operator and a value"
        if token.shape is Shape.END:
            return self._lexer.fail("the filter ends where a term is expected", token.start, hint)
        if token.shape is Shape.WORD:
            hint = f'put quotes around it to search for it: "{token.text}"'
        return self._lexer.fail(f"a term is expected, not {token.text}", token.start, _FOREIGN.get(token.text, hint))

    def _enter(self, token: Token) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._lexer.fail(f"nested more than {MAX_DEPTH} deep", token.start, "remove parentheses")

    def _count(self, token: Token) -> None:
        self._terms += 1
        if self._terms > MAX_TERMS:
            raise self._lexer.fail(
                f"more than {MAX_TERMS} terms", token.start, "use field in (…) or a regular expression"
            )

    def _parenthesis(self, token: Token) -> Expr:
        self._enter(token)
        inner = self._expression(0)
        self._depth -= 1
        closing = self._take()
        if closing.shape is Shape.END:
            raise self._lexer.fail("this parenthesis is not closed", token.start, "close it with )")
        if closing.shape is not Shape.CLOSE:
            raise self._side_by_side(closing)
        return inner

    def _side_by_side(self, token: Token) -> Exception:
        hint = "put 'and' or 'or' between two terms, or quotes around a text with spaces"
        if token.shape in (Shape.OPERATOR, Shape.COMMA) or token.text in _SEARCH_WORDS | {"in"}:
            hint = "in front of an operator stands the name of a field; quote a text that has such characters"
        return self._lexer.fail("'and' or 'or' is expected here", token.start, _FOREIGN.get(token.text, hint))

    def _mention(self, token: Token) -> Expr:
        if self._text_in:
            return Or(tuple(self._contains(field, token) for field in self._text_in))
        self._count(token)
        if self._target is Target.SESSION:
            hint = f"ask for something it has, as in: url contains {Mention(token.text)}"
            raise self._lexer.fail("a session has no payload to search", token.start, hint)
        return Mention(token.text)

    def _contains(self, field: Field, token: Token) -> Comparison:
        self._count(token)
        return Comparison(field.name, Operator.ICONTAINS, self._value(field, Operator.ICONTAINS, token))

    def _comparison(self, word: Token) -> Expr:
        token = self._peek()
        if token.shape is Shape.OPERATOR:
            field = self._field(word)
            self._take()
            if token.text not in Operator:
                raise self._lexer.fail(f"{token.text} is no operator", token.start, _FOREIGN[token.text])
            operator = Operator(token.text)
        elif token.shape is Shape.WORD and token.text in _SEARCH_WORDS:
            field = self._field(word)
            self._take()
            operator = Operator(token.text)
        elif token.shape is Shape.WORD and token.text == "in":
            field = self._field(word)
            self._take()
            return self._membership(field, token)
        else:
            return self._mention(word)
        self._count(word)
        self._allow(field, operator, token)
        value = self._take(Mode.PATTERN if operator is Operator.MATCHES else Mode.VALUE)
        return Comparison(field.name, operator, self._value(field, operator, value))

    def _allow(self, field: Field, operator: Operator, token: Token) -> None:
        if operator not in field.kind.operators:
            allowed = [str(each) for each in Operator if each in field.kind.operators]
            hint = f"use {', '.join(allowed)}" if allowed else f"ask has({field.name}), or for one of its parts"
            raise self._lexer.fail(f"{field.name} is {field.kind.value}, which has no {token.text}", token.start, hint)

    def _value(self, field: Field, operator: Operator, token: Token) -> Value:
        if token.shape not in (Shape.WORD, Shape.STRING):
            found = "the filter ends" if token.shape is Shape.END else f"{token.text} stands"
            hint = "put quotes around a text with special characters"
            raise self._lexer.fail(f"{found} where a value for {field.name} is expected", token.start, hint)
        return self._literals.value(field, operator, token)

    def _membership(self, field: Field, keyword: Token) -> Expr:
        self._count(keyword)
        self._allow(field, Operator.EQ, keyword)
        opening = self._take()
        if opening.shape is not Shape.OPEN:
            raise self._lexer.fail("a list is expected after in", opening.start, f"write {field.name} in (…, …)")
        values: list[Value] = []
        while True:
            value = self._take(Mode.VALUE)
            values.append(self._value(field, Operator.EQ, value))
            self._listed += 1
            if self._listed > MAX_VALUES:
                raise self._lexer.fail(f"more than {MAX_VALUES} values", value.start, "use a regular expression")
            token = self._take()
            if token.shape is Shape.CLOSE:
                return Membership(field.name, tuple(values))
            if token.shape is not Shape.COMMA:
                raise self._lexer.fail("a comma or ) is expected in the list", token.start, "write (a, b)")

    def _has(self) -> Expr:
        self._take()
        word = self._take()
        if word.shape is not Shape.WORD:
            raise self._lexer.fail("has takes the name of a field", word.start, "as in: has(close.code)")
        self._count(word)
        field = self._field(word)
        closing = self._take()
        if closing.shape is not Shape.CLOSE:
            raise self._lexer.fail("has takes one name and )", closing.start, f"write has({field.name})")
        return Has(field.name)

    def _field(self, word: Token) -> Field:
        field = None if self._own is None else self._own(word.text)
        if isinstance(field, str):
            raise self._lexer.fail(field, word.start, f'to search for the text, put quotes around it: "{word.text}"')
        if field is None:
            field = self._of_table(word)
        if field.kind is Kind.JSON and (trouble := documents.problem(field.path)) is not None:
            message, place = trouble
            start = word.start + len(word.text) - len(field.path)
            column = max(word.start, min(start + place, word.end))
            raise self._lexer.fail(f"no JSONPath: {message}", column, "as in json.$.a.b[0] or fields['a b']")
        return field

    def _of_table(self, word: Token) -> Field:
        field = find(word.text)
        if field is None:
            raise self._lexer.fail(f"there is no field {word.text}", word.start, self._unknown(word.text))
        if self._target is not None and self._target not in field.targets():
            raise self._lexer.fail(f"a {self._target.value} has no {field.name}", word.start, self._elsewhere(field))
        return field

    def _unknown(self, name: str) -> str:
        known = [row.name for row in fields() if self._target is None or self._target in row.targets()]
        guess = _OTHER_NAMES.get(name) or nearest(name, known)
        quoted = f'to search for the text, put quotes around it: "{name}"'
        if name.startswith("vars."):
            return f"variables are known only in when of rules; {quoted}"
        return f"did you mean {guess}? {quoted}" if guess else quoted

    def _elsewhere(self, field: Field) -> str:
        lifted = find(f"session.{field.name}")
        if lifted is not None:
            return f"its session has: write {lifted.name}"
        owners = " or ".join(f"a {target.value}" for target in field.targets())
        return f"only {owners} has it"
