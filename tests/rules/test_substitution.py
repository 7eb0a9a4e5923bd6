"""Search and replace in payloads."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.turns import message
from wsinspect.query.patterns import TooMuchWork
from wsinspect.rules.substitution import MOST_NS, expression, literal
from wsinspect.rules.turn import ActionError

VARIABLES = {"token": "s3cret", "empty": "", "back": r"\1", "big": "x" * 1_000_000}


@pytest.mark.parametrize(
    ("text", "put", "count", "before", "after", "found"),
    [
        ("a", "bb", None, "aba", "bbbbb", 2),
        ("a", "", 1, "aba", "ba", 1),
        ("a", "b", 5, "aba", "bbb", 2),
        ("z", "b", None, "aba", "aba", 0),
        ("é", "e", None, "éé", "ee", 2),
        ("{{ vars.token }}", "***{{ vars.token|length }}", None, "a s3cret", "a ***6", 1),
        (r"\1", r"\2", None, r"\1", r"\2", 1),
    ],
)
def test_literals(text: str, put: str, count: int | None, before: str, after: str, found: int) -> None:
    assert literal(text, put, count)(message(before, variables=VARIABLES)) == (after.encode(), found)


def test_literals_are_found_in_bytes() -> None:
    assert literal("A", "B", None)(message(b"\xffA\xfe")) == (b"\xffB\xfe", 1)


@pytest.mark.parametrize(
    ("source", "put", "count", "before", "after", "found"),
    [
        ("a+", "-", None, "baac", "b-c", 1),
        ("(a)(?P<rest>b?)", r"\g<rest>\1\g<2>", None, "aba", "baba", 2),
        ("(a)|b", r"[\1]", None, "ab", "[a][]", 2),
        ("a", r"\\\n\t\r", None, "a", "\\\n\t\r", 1),
        ("a", "b", 2, "aaa", "bba", 2),
        ("a", r"{{ vars.token }}\g<0>{{ vars.back }}", None, "a", r"s3creta\1", 1),
        ("z", "{{ vars.nothing }}", None, "aba", "aba", 0),
        ("", "-", None, "aé", "-a-é-", 3),
        ("x*", "-", None, "axé", "-a--é-", 4),
        ("é", "e", None, "aé", "ae", 1),
        ("(?i)TOKEN", "x", None, "token", "x", 1),
        (".", "x", None, "é", "x", 1),
    ],
)
def test_expressions(source: str, put: str, count: int | None, before: str, after: str, found: int) -> None:
    assert expression(source, put, count)(message(before, variables=VARIABLES)) == (after.encode(), found)


def test_in_binary_messages_a_dot_is_a_byte() -> None:
    assert expression(r"\xff(.)", r"\1\1", None)(message(b"\xff\xfe\xff\x00")) == (b"\xfe\xfe\x00\x00", 2)
    assert expression("é.", "x", None)(message("é".encode() + b"\xff")) == (b"x", 1)
    assert expression("", "-", None)(message(b"\x80")) == (b"-\x80-", 2)


@given(st.text("ab\n", max_size=8), st.sampled_from(["a", "a*", "(a)(b)", "^a", "$", "", "b?", "(?s).", r"\b"]))
def test_expressions_find_what_python_finds(text: str, source: str) -> None:
    changed, found = expression(source, "<\\g<0>>", None)(message(text))
    # Python's $ is in front of a last line break, too.
    assert (changed.decode(), found) == re.subn(source.replace("$", r"\Z"), r"<\g<0>>", text)


@pytest.mark.parametrize(
    ("source", "put", "reason"),
    [
        ("(", "", "is no regular expression"),
        ("(?=a)", "", "is no regular expression"),
        ("a", r"\1", "the expression has no group 1"),
        ("(a)", r"\g<b>", "the expression has no group b"),
        ("(a)", r"\q", "means nothing: write"),
        ("(a)", "\\", "means nothing: write"),
    ],
)
def test_what_can_never_work_is_refused_at_once(source: str, put: str, reason: str) -> None:
    with pytest.raises(ActionError, match=reason):
        expression(source, put, None)


@pytest.mark.parametrize(
    ("substitute", "before", "reason"),
    [
        (literal("{{ vars.empty }}", "x", None), "a", "an empty text is everywhere"),
        (literal("a", "{{ vars.big }}", None), "a" * 1000, "over 16 MiB"),
        (expression("a", "{{ vars.big }}", None), "a" * 1000, "over 16 MiB"),
        (expression("a", "{{ vars.nothing }}", None), "a", "no variable"),
    ],
)
def test_what_cannot_be_done_is_an_error(substitute: object, before: str, reason: str) -> None:
    assert callable(substitute)
    with pytest.raises(ActionError, match=reason):
        substitute(message(before, variables=VARIABLES))


def test_matches_that_each_look_ahead_to_the_end_are_given_up_in_time() -> None:
    times = itertools.count(0, MOST_NS // 100)
    substitute = expression("x[^y]*y|x", "z", None, lambda: next(times))
    with pytest.raises(ActionError, match="takes too long in 262144 bytes: it matched 101 times"):
        substitute(message("x" * (1 << 18)))


def test_an_expression_that_is_too_large_for_a_payload_is_not_searched_for() -> None:
    substitute = expression("a.{1000}d", "z", None)
    assert substitute(message("ab" * 1000)) == (b"ab" * 1000, 0)
    with pytest.raises(TooMuchWork, match="too large for 200000 bytes: those may take 8"):
        substitute(message("ab" * 100_000))
