"""What must be read of a message or frame before a filter can judge it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from wsinspect.query.nodes import And, Comparison, Expr, Has, Membership, Mention, Not, Or
from wsinspect.query.record_fields import FRAME_PAYLOAD, MESSAGE_PAYLOAD
from wsinspect.query.table import find


def needs_payload(expr: Expr) -> bool:
    """Say whether a filter looks at payloads."""
    return any(_reads_payload(name) for name in _names(expr))


def needs_session_alone(expr: Expr) -> bool:
    """Say whether a filter looks at nothing but the session, so that it judges all messages or frames of it alike."""
    fields = [find(name) for name in _names(expr)]
    return all(field is not None and field.lifted and not field.message and not field.frame for field in fields)


def _reads_payload(name: str) -> bool:
    field = find(name)
    accesses = () if field is None else (field.message, field.frame)
    return any(access is not None and access.sql in (MESSAGE_PAYLOAD, FRAME_PAYLOAD) for access in accesses)


def _names(expr: Expr) -> Iterator[str]:
    """Yield the names of the fields in an expression."""
    match expr:
        case And(parts) | Or(parts):
            for part in parts:
                yield from _names(part)
        case Not(part):
            yield from _names(part)
        case Mention():
            yield "bytes"
        case Comparison(field=name) | Membership(field=name) | Has(field=name):
            yield name
        case _:
            assert_never(expr)
