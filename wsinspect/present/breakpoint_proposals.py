"""Filters for a breakpoint, made from a message that is looked at: what one would want to hold of its kind."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import orjson

from wsinspect.model import Message, Session
from wsinspect.query.nodes import And, Comparison, Expr, Number, Operator, Text
from wsinspect.wire.opcodes import Opcode

EVERYTHING = "size >= 0"
"""Holds every message."""
_MOST_READ = 16 << 10
"""Bytes of a payload that are looked at."""
_LONGEST_VALUE = 40
_BEGINNING = 24
"""Characters of a text that is no JSON."""
_TELLING = ("type", "event", "op", "action", "method", "cmd", "command", "kind", "t", "topic", "channel")
"""Keys whose value says what sort of message it is."""


def breakpoint_proposals(message: Message, session: Session | None, listed: Expr | None = None) -> list[str]:
    """List filters that the message matches, the most likely one first.

    Args:
        message: The message, with the beginning of its payload.
        session: Its session, where it is at hand.
        listed: The filter of the list that it was found in.
    """
    return [str(each) for each in _expressions(message, session, listed)]


def _expressions(message: Message, session: Session | None, listed: Expr | None) -> Iterator[Expr]:
    direction = Comparison("dir", Operator.EQ, Text(message.direction.label))
    if listed is not None:
        parts = listed.parts if isinstance(listed, And) else (listed,)
        yield listed if direction in parts else And((*parts, direction))
    for sort in _sorts(message):
        yield And((sort, direction))
    yield And((Comparison("session", Operator.EQ, Number(Decimal(message.session))), direction))
    yield Comparison("session", Operator.EQ, Number(Decimal(message.session)))
    if session is not None and session.host:
        yield And((Comparison("host", Operator.EQ, Text(session.host)), direction))


def _sorts(message: Message) -> Iterator[Expr]:
    payload = message.payload
    if message.opcode != Opcode.TEXT or not payload or len(payload) > _MOST_READ:
        return
    try:
        document = orjson.loads(payload)
    except orjson.JSONDecodeError:
        beginning = payload.decode("utf-8", "replace").lstrip()[:_BEGINNING].split("\n")[0].strip("\ufffd \t\r")
        if beginning:
            yield Comparison("text", Operator.CONTAINS, Text(beginning))
        return
    if isinstance(document, dict):
        for key in _TELLING:
            value = document.get(key)
            if isinstance(value, str) and 0 < len(value) <= _LONGEST_VALUE:
                yield Comparison(f"json.$.{key}", Operator.EQ, Text(value))
                return
