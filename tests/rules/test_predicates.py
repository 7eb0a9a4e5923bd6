"""Matches that actions ask of sessions, and of the event itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.turns import NOW, REQUEST, RESPONSE, SESSION, event, message
from wsinspect.model import Source
from wsinspect.rules.predicates import session_predicate, turn_predicate
from wsinspect.rules.schema import Match
from wsinspect.wire.opcodes import Opcode


@pytest.mark.parametrize(
    ("match", "holds"),
    [
        ({}, True),
        ({"host": "*.example.test"}, True),
        ({"host": "other.test"}, False),
        ({"path": "/chat", "header": {"Origin": "https://*"}}, True),
        ({"since_open": {"gt": "4s"}}, True),
        ({"since_open": {"gt": "6s"}}, False),
        ({"tag": "vip"}, False),
        ({"not": {"tag": "vip"}}, True),
        ({"any": [{"tag": "vip"}, {"host": "chat.*"}]}, True),
    ],
)
def test_sessions(match: object, holds: bool) -> None:
    assert session_predicate(Match.model_validate(match))(NOW)(SESSION) is holds


def test_each_session_is_asked_by_itself() -> None:
    fits = session_predicate(Match.model_validate({"tag": "vip"}))(NOW)
    assert fits(replace(SESSION, tags=("vip",)))
    assert not fits(SESSION)


@pytest.mark.parametrize(
    ("match", "holds"),
    [
        ({}, True),
        ({"dir": "c2s", "type": "text", "text": "hello"}, True),
        ({"dir": "s2c"}, False),
        ({"json": {"$.a": 1}}, False),
        ({"host": "chat.example.test", "size": 5}, True),
        ({"source": "peer"}, False),
        ({"source": "rule"}, True),
        ({"source": "any"}, True),
    ],
)
def test_messages_whoever_made_them(match: object, holds: bool) -> None:
    turn = message("hello")
    turn.source = Source.RULE
    assert turn_predicate(Match.model_validate(match))(turn) is holds


def test_other_events() -> None:
    of_header = turn_predicate(Match.model_validate({"header": {"Server": "demo"}}))
    assert of_header(event(head=RESPONSE))
    assert not of_header(event(head=REQUEST))
    assert not of_header(event())
    assert turn_predicate(Match.model_validate({"host": "chat.*"}))(event())
    assert turn_predicate(Match.model_validate({"text": "a"}))(message(b"a", Opcode.PING))
