"""`when`: filter expressions about an event on its way."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.running import OPEN, SECOND, START_NS, turn_of
from wsinspect.errors import FilterError
from wsinspect.model import Source
from wsinspect.query.patterns import TooMuchWork
from wsinspect.query.table import fields
from wsinspect.rules.conditions import compile_when, problem
from wsinspect.rules.documents import MAX_DOCUMENT
from wsinspect.rules.ruling import Hit
from wsinspect.rules.schema import Scope
from wsinspect.rules.turn import ActionError, Turn
from wsinspect.wire.frames import encode_close


def _message(payload: bytes = b'{"user": "Ann", "n": [5, 6]}') -> Turn:
    turn = turn_of(
        payload, replace(OPEN, tags=("live",), protocol="chat"), index=4, gap_ns=SECOND // 2,
        now=START_NS + 2 * SECOND, tags=["new"], number=9, hits=[Hit("earlier", "tag")], source=Source.USER,
    )  # fmt: skip
    for name, value in {"n": 5, "t": "text", "yes": True, "no": None, "deep": {"a": [1, {"b": 2}]}, "list": []}.items():
        turn.variables.set(Scope.SESSION, name, value)
    return turn


@pytest.mark.parametrize(
    "text",
    [
        "Ann",
        "'\"user\"' and not Bob",
        "Bob or json.$.user == Ann",
        "json.$.n[*] > 5",
        "has(json.$.n) and not has(json.$.x)",
        "text icontains ANN and bytes contains Ann",
        "size > 20 and type == text and dir == c2s and opcode == text",
        "index == 4 and gap == 500ms and age == 2s and number == 9",
        "source == user and tags == new and rules == earlier",
        "session == 3 and time > 1000",
        "host == a.test and session.tags == live and subprotocol == v2 and request.headers.origin contains a.test",
        "protocol == chat and session.protocol == chat",
        "not has(event) and not fields.x == 1 and not kind == x and not summary == x",
        "vars.n == 5 and vars.n > 4.5 and vars.n in (1, 5)",
        "vars.t ~ ^te and vars.t contains ex",
        "vars.yes == true and vars.no == null and has(vars.no)",
        "vars.deep.a[1].b == 2 and vars.deep..b == 2 and vars.deep.a[0] != 2",
        "not has(vars.none) and not vars.none == null and has(vars.list) and not vars.list[0] == 1",
        "not vars.n == '5' and not vars.yes == 1",
        "not has(close.code)",
    ],
)
def test_holds(text: str) -> None:
    assert problem(text) is None
    assert compile_when(text)(_message())


@pytest.mark.parametrize("text", ["Bob", "size < 3", "vars.n == 6", "json.$.user == Bob", "Ann and Bob", "not Ann"])
def test_does_not_hold(text: str) -> None:
    assert not compile_when(text)(_message())


def test_a_binary_message_and_one_that_is_no_utf8_have_no_text() -> None:
    assert not compile_when("has(text)")(turn_of(b"x", opcode=2))
    assert not compile_when("has(text)")(turn_of(b"\xff"))


def test_a_close_frame() -> None:
    turn = turn_of(encode_close(4001, "bye"), number=None, index=0, opcode=8, close_code=4001)
    assert compile_when("close.code == 4001 and close.reason == bye and opcode == close and dir == c2s")(turn)
    assert not compile_when("has(number) or has(index) or has(type) or has(gap)")(turn)
    empty = turn_of(b"", number=None, opcode=8, close_code=1005)
    assert not compile_when("has(close.code) or has(close.reason)")(empty)


def test_an_event_without_a_frame_has_only_what_is_the_sessions() -> None:
    turn = turn_of(b"", direction=None, number=None, opcode=0, index=0)
    assert compile_when("host == a.test and age == 0 and session == 3")(turn)
    asked = ["dir", "type", "opcode", "source", "size", "bytes", "text", "number", "index", "gap"]
    assert not any(compile_when(f"has({name})")(turn) for name in asked)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("nope == 1", "column 1: there is no field nope (did you mean note?"),
        ("host == x and", "column 14: "),
        ("host == x and wire_size > 3", "column 15: wire_size is not known yet while a message passes"),
        ("verdict == dropped", "column 1: verdict is not known yet"),
        ("fin == true", "column 1: a message has no fin"),
        ("vars.x[ == 1", "column 7: this bracket is not closed"),
        ('vars.x ~ "("', "column 10: the regular expression does not compile"),
        ("vars == 1", "column 1: there is no field vars"),
        ("", "column 1: the filter is empty"),
        ("json.$.a[?search(@, @)] == 1", "column "),
    ],
)
def test_problems_have_a_column(text: str, why: str) -> None:
    told = problem(text)
    assert told is not None
    assert told.startswith(why)
    with pytest.raises(FilterError):
        compile_when(text)


def test_a_problem_says_what_to_do() -> None:
    assert (
        problem("json.$.a == 'x") == "column 13: this string is not closed (put ' at its end, or \\' for the character)"
    )


@pytest.mark.parametrize("field", ["text", "bytes", "json.$", "json.$[?@]", "vars.long"])
def test_a_large_expression_is_not_searched_for_in_a_long_text(field: str) -> None:
    long = "ab" * 100_000
    payload = b'["%b"]' % long.encode() if "?" in field else b'"%b"' % long.encode()
    holds = compile_when(f"{field} ~ 'a.{{1000}}d'")
    turn = turn_of(payload)
    turn.variables.set(Scope.SESSION, "long", long)
    with pytest.raises(TooMuchWork):
        holds(turn)
    assert not holds(turn_of(b'["ab", 1]'))


@pytest.mark.parametrize("text", ["json.$.a == 1", "json.$..a == 1"])
def test_a_payload_too_large_to_look_into_is_an_error(text: str) -> None:
    with pytest.raises(ActionError):
        compile_when(text)(turn_of(b" " * (MAX_DOCUMENT + 1)))


@given(st.binary(max_size=40), st.integers(0, 15), st.sampled_from([None, 1005]))
def test_no_event_raises(payload: bytes, opcode: int, close_code: int | None) -> None:
    turn = turn_of(payload, opcode=opcode, close_code=close_code)
    for field in fields():
        if not field.pattern and problem(f"has({field.name})") is None:
            assert isinstance(compile_when(f"has({field.name})")(turn), bool)
