"""Matches: what is decided of a session at once, what is left, and all, any, not around them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.running import ASKED, OPEN, turn_of
from wsinspect.model import Direction, Source
from wsinspect.rules.circumstances import Circumstances, of_session
from wsinspect.rules.match import Dynamic, Every, Node, compile_match, resolve
from wsinspect.rules.match import tests_of as left_of
from wsinspect.rules.schema import Match

MESSAGE = replace(of_session(OPEN), direction=Direction.C2S, opcode=1, source=Source.PEER)


def compiled(match: dict[str, object]) -> Node:
    return compile_match(Match.model_validate(match)).node


def holds(match: dict[str, object], known: Circumstances = MESSAGE, payload: bytes = b'hello {"a": 1}') -> bool:
    node = resolve(compiled(match), known)
    return node if isinstance(node, bool) else all(test(turn_of(payload)) for test in left_of(node))


YES: list[dict[str, object]] = [
    {},
    {"host": "a.test", "path": "/chat", "dir": "c2s", "text": "hello"},
    {"any": [{"host": "b.test"}, {"text": "hello"}]},
    {"any": [{"host": "a.test"}, {"text": "nope"}]},
    {"all": [{"host": "a.test"}, {"any": [{"text": "nope"}, {"regex": "^h"}]}]},
    {"not": {"host": "b.test"}},
    {"not": {"text": "nope"}},
    {"not": {"host": "a.test", "text": "nope"}},
    {"not": {"any": [{"text": "nope"}, {"host": "b.test"}]}},
    {"not": {"all": [{"text": "hello"}, {"text": "nope"}]}},
    {"not": {"event": "x"}},
    {"any": [{"text": "nope"}, {"json": {"$.a": 1}}, {"size": 14}]},
    {"hex": "68", "size": {"gt": 1}, "bytes": {"equals": "68"}, "since_open": {"ge": 0}, "index": 1},
]
NO: list[dict[str, object]] = [
    {"host": "b.test"},
    {"host": "a.test", "text": "nope"},
    {"any": [{"host": "b.test"}, {"text": "nope"}]},
    {"all": [{"host": "a.test"}, {"text": "nope"}]},
    {"not": {"host": "a.test"}},
    {"not": {"text": "hello"}},
    {"not": {"not": {"text": "nope"}}},
    {"not": {}},
    {"json": {"$.a": 1}},
    {"event": "x"},
    {"fields": {"x": 1}},
    {"source": "rule"},
    {"protocol": "x"},
    {"close_code": 1000},
    {"gap": {"ge": 0}},
    {"tag": "*"},
]


@pytest.mark.parametrize("match", YES)
def test_matches(match: dict[str, object]) -> None:
    assert holds(match)


@pytest.mark.parametrize("match", NO)
def test_does_not_match(match: dict[str, object]) -> None:
    assert not holds(match)


@given(st.sampled_from([*YES, *NO]), st.sampled_from([*YES, *NO]))
def test_any_all_and_not_are_logic(one: dict[str, object], other: dict[str, object]) -> None:
    first, second = holds(one), holds(other)
    if "source" not in one | other:
        assert holds({"any": [one, other]}) is (first or second)
        assert holds({"all": [one, other]}) is (first and second)
        assert holds({"not": one}) is not first


@pytest.mark.parametrize(
    ("match", "told"),
    [
        ({"host": "b.test"}, False),
        ({"host": "a.test"}, True),
        ({"any": [{"host": "a.test"}, {"text": "x"}]}, True),
        ({"host": "b.test", "text": "x"}, False),
        ({"not": {"host": "b.test", "text": "x"}}, True),
        ({"not": {"not": {"dir": "c2s"}}}, True),
        ({"type": "binary", "text": "x"}, False),
    ],
)
def test_decided_at_once(match: dict[str, object], told: bool) -> None:
    assert resolve(compiled(match), MESSAGE) is told


def test_only_what_depends_on_the_message_is_left() -> None:
    node = resolve(compiled({"host": "a.test", "path": "/chat", "text": "x"}), MESSAGE)
    assert isinstance(node, Dynamic)
    node = resolve(compiled({"host": "a.test", "text": "x", "all": [{"size": 1}, {"regex": "x"}]}), MESSAGE)
    assert isinstance(node, Every)
    assert len(node.parts) == 3


def test_what_is_not_known_yet_is_left_and_does_not_hold() -> None:
    asked = replace(MESSAGE, subprotocols=of_session(ASKED).subprotocols)
    node = resolve(compiled({"subprotocol": "v2"}), asked)
    assert not isinstance(node, bool)
    assert resolve(node, MESSAGE) is True
    assert not holds({"subprotocol": "v2"}, asked)
    assert not holds({"subprotocol": "v2", "text": "hello"}, asked)
    assert holds({"any": [{"subprotocol": "v2"}, {"text": "hello"}]}, asked)


def test_cheap_tests_come_first() -> None:
    node = resolve(
        compiled({
            "json": {"$.a": 1}, "regex": "x", "size": 3, "any": [{"json": {"$.a": 1}}, {"size": 9}],
            "not": {"text": "y"},
        }),
        MESSAGE,
    )  # fmt: skip
    assert not isinstance(node, bool)
    first, *_ = left_of(node)
    assert first(turn_of(b"abc"))
    assert not first(turn_of(b"abcd"))


@pytest.mark.parametrize(
    ("match", "sources"),
    [
        ({}, {Source.PEER}),
        ({"text": "hello"}, {Source.PEER}),
        ({"source": "any"}, set(Source)),
        ({"source": "rule"}, {Source.RULE}),
        ({"any": [{"source": "user"}, {"source": "replay"}]}, {Source.USER, Source.REPLAY}),
        ({"not": {"source": "peer"}}, {Source.RULE, Source.USER, Source.REPLAY}),
        ({"all": [{"not": {"any": [{"source": "peer"}]}}]}, {Source.RULE, Source.USER, Source.REPLAY}),
    ],
)
def test_injected_messages_match_only_where_they_are_asked_for(match: dict[str, object], sources: set[Source]) -> None:
    assert {source for source in Source if holds(match, replace(MESSAGE, source=source))} == sources


def test_other_events_have_no_source() -> None:
    assert resolve(compiled({}), Circumstances(of_frame=False)) is True
    assert not isinstance(resolve(compiled({}), Circumstances()), bool)


def test_groups_are_those_of_all_expressions_but_of_not() -> None:
    match = Match.model_validate(
        {
            "regex": r"(?P<a>h\w+)",
            "any": [{"regex": "(?P<b>x)"}, {"regex": r"(?P<c>\d)"}],
            "not": {"regex": "(?P<d>never)"},
            "all": [{"regex": "no group"}],
        }
    )
    found = [groups(b"hello 1") for groups in compile_match(match).groups]
    assert found == [{"a": "hello"}, {}, {"c": "1"}]


@given(st.binary(), st.sampled_from([*YES, *NO]))
def test_no_payload_raises(payload: bytes, match: dict[str, object]) -> None:
    assert isinstance(holds(match, payload=payload), bool)
