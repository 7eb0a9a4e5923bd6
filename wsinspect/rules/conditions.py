"""`when`: filter expressions asked of an event on its way, with the variables as `vars.x`.

Of what a capture says about a message, much is not known while it passes; such fields are refused. What an event of
another kind than a message does not have matches nothing, as everywhere in the filter language.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import assert_never

from wsinspect.errors import FilterError
from wsinspect.query.fields import Field, FieldValue, Kind, microseconds
from wsinspect.query.json_tests import values_test
from wsinspect.query.matching import payload_bytes
from wsinspect.query.nodes import And, Comparison, Expr, Has, Membership, Mention, Not, Operator, Or, Text
from wsinspect.query.parser import parse
from wsinspect.query.patterns import Pattern, check_steps, instructions
from wsinspect.query.predicate import value_test
from wsinspect.query.table import find
from wsinspect.query.target import Target
from wsinspect.rules.documents import values_at, walk_bounded
from wsinspect.rules.turn import Turn
from wsinspect.wire.frames import read_close

type Condition = Callable[[Turn], bool]
type _Reader = Callable[[Turn], FieldValue]

_VARIABLE = re.compile(r"vars\.([A-Za-z_][A-Za-z0-9_]*)")
_OF_FRAMES = frozenset({"opcode", "close.code", "close.reason"})


def problem(text: str) -> str | None:
    """Say why a text is no condition, with the column; None where it is one."""
    try:
        _parse(text)
    except FilterError as error:
        return f"column {error.column}: {error.message}" + (f" ({error.hint})" if error.hint else "")
    return None


def compile_when(text: str) -> Condition:
    """Return a function that asks a condition of a turn.

    Raises:
        FilterError: It is none.
    """
    return _test(_parse(text))


def _parse(text: str) -> Expr:
    return parse(text, Target.MESSAGE, _own)


def _own(name: str) -> Field | str | None:
    variable = _VARIABLE.match(name)
    if variable is not None:
        return Field(name, Kind.JSON, "a variable", path=f"${name[variable.end() :]}")
    field = find(name)
    if name in _OF_FRAMES or field is None or field.message is None:
        return field if name in _OF_FRAMES else None
    known = name in _READERS or field.kind is Kind.JSON
    return None if known else f"{name} is not known yet while a message passes"


def _test(expr: Expr) -> Condition:
    match expr:
        case Or(parts):
            either = [_test(part) for part in parts]
            return lambda turn: any(test(turn) for test in either)
        case And(parts):
            every = [_test(part) for part in parts]
            return lambda turn: all(test(turn) for test in every)
        case Not(part):
            inner = _test(part)
            return lambda turn: not inner(turn)
        case Mention(text):
            needle = payload_bytes(text)
            return lambda turn: needle in turn.payload
        case Comparison() | Membership() | Has():
            return _leaf(expr)
        case _:
            assert_never(expr)


def _leaf(node: Comparison | Membership | Has) -> Condition:
    name = node.field
    variable = _VARIABLE.match(name)
    if variable is not None:
        return _of_variable(variable[1], f"${name[variable.end() :]}", node)
    field = find(name)
    assert field is not None
    if name.startswith("json.$"):
        return _of_document(field.path, node)
    read = _READERS.get(name) or _of_session(field)
    test = _bounded(node, value_test(field, node))

    def leaf(turn: Turn) -> bool:
        value = read(turn)
        return value is not None and test(value)

    return leaf


def _bounded[T](node: Comparison | Membership | Has, test: Callable[[T], bool]) -> Callable[[T], bool]:
    """Refuse a text that is too long for a regular expression; the test itself would search for any time."""
    if not (isinstance(node, Comparison) and node.operator is Operator.MATCHES and isinstance(node.value, Text)):
        return test
    size = instructions(Pattern(node.value.text))

    def bounded(value: T) -> bool:
        for text in value if isinstance(value, list | tuple) else (value,):
            if isinstance(text, str | bytes):
                check_steps(size, len(text))
        return test(value)

    return bounded


def _of_variable(name: str, path: str, node: Comparison | Membership | Has) -> Condition:
    walk, test = walk_bounded(path), _bounded(node, values_test(node))

    def leaf(turn: Turn) -> bool:
        there = turn.variables.all()
        return name in there and test(walk(there[name]))

    return leaf


def _of_document(path: str, node: Comparison | Membership | Has) -> Condition:
    values, test = values_at(path), _bounded(node, values_test(node))
    return lambda turn: test(values(turn))


def _of_session(field: Field) -> _Reader:
    if field.session is None:
        # A decoder's.
        return lambda _: None
    get = field.session.get
    return lambda turn: get(turn.session)


def _text(turn: Turn) -> bytes | None:
    if turn.opcode != 1:
        return None
    try:
        turn.payload.decode()
    except UnicodeDecodeError:
        return None
    return turn.payload


def _close(turn: Turn) -> tuple[int | None, str | None]:
    if turn.close_code is None:
        return None, None
    code, reason, _ = read_close(turn.payload)
    return code, reason


def _of_frame(get: Callable[[Turn], FieldValue]) -> _Reader:
    return lambda turn: None if turn.direction is None else get(turn)


_READERS: Mapping[str, _Reader] = {
    # Of every event.
    "session": lambda turn: turn.session.id,
    "time": lambda turn: microseconds(turn.now),
    "age": lambda turn: turn.now - turn.session.opened,
    "rules": lambda turn: tuple(hit.rule for hit in turn.hits),
    "tags": lambda turn: tuple(turn.tags),
    # Of messages and control frames.
    "dir": lambda turn: None if turn.direction is None else turn.direction.value,
    "number": lambda turn: turn.number,
    "type": _of_frame(lambda turn: turn.opcode),
    "opcode": _of_frame(lambda turn: turn.opcode),
    "source": _of_frame(lambda turn: turn.source.value),
    "size": _of_frame(lambda turn: len(turn.payload)),
    "bytes": _of_frame(lambda turn: turn.payload),
    "text": _text,
    "gap": lambda turn: turn.gap_ns,
    "index": lambda turn: turn.index or None,
    "close.code": lambda turn: _close(turn)[0],
    "close.reason": lambda turn: _close(turn)[1],
    # A decoder's.
    "protocol": lambda turn: turn.session.protocol,
    "event": lambda _: None,
    "kind": lambda _: None,
    "summary": lambda _: None,
}
