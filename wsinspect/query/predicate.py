"""Filter expressions as predicates on records.

A predicate never raises: what a record lacks does not match, and neither does a field that such records never have.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, Protocol, assert_never, overload

from wsinspect.model import Frame, Message, Session
from wsinspect.query.fields import Access, Derived, Field, FieldValue, Kind, Neighbours
from wsinspect.query.json_tests import document_test
from wsinspect.query.matching import checker, comparison, membership, payload_bytes, presence
from wsinspect.query.nodes import And, Comparison, Expr, Has, Membership, Mention, Not, Operator, Or
from wsinspect.query.table import find
from wsinspect.query.target import Target

type SessionPredicate = Callable[[Session], bool]
type _Test[R] = Callable[[R, Session, Neighbours], bool]
type _Reader[R] = Callable[[R, Session, Neighbours], FieldValue]

_ALONE = Neighbours()


class RecordPredicate[R](Protocol):
    """Says whether a message or frame matches."""

    def __call__(self, record: R, session: Session, neighbours: Neighbours = ..., /) -> bool:
        """Say whether it matches.

        Args:
            record: The message or frame.
            session: Its session.
            neighbours: For `gap`, `index` and `latency`, which match nothing without.
        """


@overload
def to_predicate(expr: Expr, target: Literal[Target.SESSION]) -> SessionPredicate: ...
@overload
def to_predicate(expr: Expr, target: Literal[Target.MESSAGE]) -> RecordPredicate[Message]: ...
@overload
def to_predicate(expr: Expr, target: Literal[Target.FRAME]) -> RecordPredicate[Frame]: ...
def to_predicate(expr: Expr, target: Target) -> SessionPredicate | RecordPredicate[Message] | RecordPredicate[Frame]:
    """Compile an expression for records of one kind.

    Args:
        expr: The expression.
        target: What it is asked of.
    """
    match target:
        case Target.SESSION:
            test = _compile(expr, lambda field: _lift(field.session))
            return lambda session: test(session, session, _ALONE)
        case Target.MESSAGE:
            return _of_record(_compile(expr, lambda field: _reader(field, field.message)))
        case Target.FRAME:
            return _of_record(_compile(expr, lambda field: _reader(field, field.frame)))
        case _:
            assert_never(target)


def _of_record[R](test: _Test[R]) -> RecordPredicate[R]:
    def predicate(record: R, session: Session, neighbours: Neighbours = _ALONE, /) -> bool:
        return test(record, session, neighbours)

    return predicate


def _lift(access: Access[Session] | None) -> _Reader[object] | None:
    if access is None:
        return None
    get = access.get
    return lambda _record, session, _near: get(session)


def _reader[R: (Message, Frame)](field: Field, access: Access[R] | Derived | None) -> _Reader[R] | None:
    match access:
        case None:
            return _lift(field.session) if field.lifted else None
        case Derived(get=derive):
            return lambda record, session, near: derive(record.time, session, near)
        case Access(get=get):
            return lambda record, _session, _near: get(record)
        case _:
            assert_never(access)


def _compile[R](expr: Expr, reader: Callable[[Field], _Reader[R] | None]) -> _Test[R]:
    match expr:
        case Or(parts):
            either = [_compile(part, reader) for part in parts]
            return lambda record, session, near: any(test(record, session, near) for test in either)
        case And(parts):
            every = [_compile(part, reader) for part in parts]
            return lambda record, session, near: all(test(record, session, near) for test in every)
        case Not(part):
            inner = _compile(part, reader)
            return lambda record, session, near: not inner(record, session, near)
        case Mention(text):
            needle = payload_bytes(text)
            return _leaf("bytes", reader, lambda value: needle in value)  # type: ignore[operator]  # it is bytes
        case Comparison() | Membership() | Has():
            field = find(expr.field)
            return _never if field is None else _leaf(expr.field, reader, value_test(field, expr))
        case _:
            assert_never(expr)


def _never(_record: object, _session: Session, _near: Neighbours) -> bool:
    return False


def _leaf[R](name: str, reader: Callable[[Field], _Reader[R] | None], test: Callable[[FieldValue], bool]) -> _Test[R]:
    field = find(name)
    read = None if field is None else reader(field)
    if read is None:
        return _never

    def leaf(record: R, session: Session, near: Neighbours) -> bool:
        value = read(record, session, near)
        return value is not None and test(value)

    return leaf


def value_test(field: Field, node: Comparison | Membership | Has) -> Callable[[FieldValue], bool]:
    """Return a function that tests what a record has for a field, never None.

    Args:
        field: What is read.
        node: What is asked of it.
    """
    if field.kind is Kind.JSON:
        return document_test(field, node)  # type: ignore[return-value]  # its values are JSON texts
    match node:
        case Has():
            check = checker(presence(field))
        case Membership(values=values):
            check = checker(membership(field, values))
        case Comparison(operator=asked, value=value):
            check = checker(comparison(field, asked, value))
        case _:
            assert_never(node)
    if not field.kind.several:
        return check
    if isinstance(node, Comparison) and node.operator is Operator.NE:
        return lambda values: bool(values) and all(map(check, values))  # type: ignore[arg-type]  # it is a tuple
    return lambda values: any(map(check, values))  # type: ignore[arg-type]  # as above
