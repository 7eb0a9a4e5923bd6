"""Predicates on records: the meaning of each form, and of what is not there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.query.records import expressions, frames, messages, sessions
from wsinspect.model import Carriage, Direction, Frame, Message, Session, SessionId, SessionState, Verdict
from wsinspect.query.fields import Neighbours
from wsinspect.query.nodes import Comparison, Expr, Has, Not, Operator, Text
from wsinspect.query.parser import parse
from wsinspect.query.predicate import to_predicate
from wsinspect.query.target import Target

ONE = SessionId(1)
SESSION = Session(ONE, Carriage.DIRECT, SessionState.OPEN, "ws://a.test/", 0, host="a.test", tags=("live",), note="s")
MESSAGE = Message(
    7, ONE, 3, 10**9, 10**9, Direction.S2C, 1, (4,), 5000, 5004, b'{"user": "Ann"}', verdict=Verdict.DROPPED,
    violations=("x y", "z"), decoded='{"event": "tick", "fields": {"n": 3}}',
)  # fmt: skip
FRAME = Frame(ONE, 4, 10**9, Direction.C2S, b"\x82\x01", 1, b"\xff")


@pytest.mark.parametrize(
    "text",
    [
        "Ann",
        "'\"user\"'",
        "host == a.test",
        "session.host ~ test$",
        "size > 4k and dir == s2c",
        "size == 1 or verdict in (dropped, modified)",
        "not size == 1",
        "text icontains ANN",
        "json.$.user == Ann",
        "event == tick and fields.n >= 3",
        "has(event)",
        "not has(note)",
        "session.note == s",
        "session.tags == live",
        "violations != y",
        "violations contains y",
        "age == 1s",
        "gap > 200ms",
        "index == 2",
        "latency > 2ms",
        "frames.count == 1",
    ],
)
def test_a_message_matches(text: str) -> None:
    assert to_predicate(parse(text, Target.MESSAGE), Target.MESSAGE)(MESSAGE, SESSION, Neighbours(10**9, 2, 3_000_000))


@pytest.mark.parametrize(
    "text",
    [
        "ann",
        "size == 1 and dir == s2c",
        "size == 1 or dir == c2s",
        "note == x",
        "note != x",
        "tags == x",
        "tags != x",
        "has(tags)",
        "has(truncated)",
        "violations != z",
        "latency > 0",
        "gap >= 0",
        "has(index)",
        "json.$.other != 1",
        "request.headers.origin != x",
    ],
)
def test_what_a_message_lacks_does_not_match(text: str) -> None:
    assert not to_predicate(parse(text, Target.MESSAGE), Target.MESSAGE)(MESSAGE, SESSION)


def test_not_is_plain_negation_of_what_is_lacking() -> None:
    assert to_predicate(parse("not note == x"), Target.MESSAGE)(MESSAGE, SESSION)
    assert not to_predicate(parse("note != x"), Target.MESSAGE)(MESSAGE, SESSION)


def test_frames_and_sessions() -> None:
    assert to_predicate(parse("opcode == binary and host == a.test and not has(text)"), Target.FRAME)(FRAME, SESSION)
    assert to_predicate(parse(r"bytes == '\xff'"), Target.FRAME)(FRAME, SESSION)
    assert to_predicate(parse("host == a.test and session == 1"), Target.SESSION)(SESSION)
    assert to_predicate(parse("session.note == s and note == s"), Target.SESSION)(SESSION)
    assert not to_predicate(parse("note == s"), Target.FRAME)(FRAME, SESSION)


def test_what_such_records_never_have_does_not_match() -> None:
    assert not to_predicate(parse("chat"), Target.SESSION)(SESSION)
    assert not to_predicate(parse("seq > 0"), Target.MESSAGE)(MESSAGE, SESSION)
    unknown = Comparison("nope", Operator.EQ, Text("x"))
    assert not to_predicate(unknown, Target.MESSAGE)(MESSAGE, SESSION)
    assert to_predicate(Not(Has("nope")), Target.MESSAGE)(MESSAGE, SESSION)


def test_a_word_beyond_the_known_ones_is_lacking() -> None:
    odd = replace(MESSAGE, opcode=9)
    for text in ("has(type)", "type != text", "type in (text, binary)"):
        assert not to_predicate(parse(text), Target.MESSAGE)(odd, SESSION)


@given(data=st.data(), session=sessions, message=messages, frame=frames, payload=st.binary())
@settings(deadline=None)
def test_a_filter_never_raises(
    data: st.DataObject, session: Session, message: Message, frame: Frame, payload: bytes
) -> None:
    exprs: dict[Target, Expr] = {target: data.draw(expressions(target)) for target in Target}
    for expr in exprs.values():
        assert to_predicate(expr, Target.SESSION)(session) in (True, False)
        assert to_predicate(expr, Target.MESSAGE)(replace(message, payload=payload), session) in (True, False)
        assert to_predicate(expr, Target.FRAME)(replace(frame, payload=payload), session) in (True, False)
