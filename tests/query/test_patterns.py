"""Searching texts and bytes with RE2."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.query.patterns import Pattern, TooMuchWork, bounded_searcher, group_finder, problem, searcher


@pytest.mark.parametrize(
    ("pattern", "value", "found"),
    [
        (Pattern("b"), "abc", True),
        (Pattern("^b"), "abc", False),
        (Pattern("B"), "abc", False),
        (Pattern("(?i)B"), "abc", True),
        (Pattern("^.$"), "é", True),
        (Pattern("^.$"), "é".encode(), True),
        (Pattern("^..$", raw=True), "é".encode(), True),
        (Pattern("é", raw=True), "é".encode(), True),
        (Pattern(r"\xff", raw=True), b"a\xffb", True),
        (Pattern(r"\xff"), b"a\xffb", False),
        (Pattern("b$"), b"\xffab", True),
        (Pattern(".", literal=True), "a", False),
        (Pattern("A.É", literal=True), "xa.é", True),
        (Pattern("A", literal=True), b"\xff\xfea", True),
        (Pattern("\udcff", literal=True, raw=True), b"\xff", True),
        (Pattern("("), "(", False),
        (Pattern("a"), "\ud800a", True),
    ],
)
def test_search(pattern: Pattern, value: str | bytes, found: bool) -> None:
    assert searcher(pattern)(value) is found


def test_a_problem_is_told_in_words() -> None:
    assert problem(Pattern("(")) == "missing ): ("
    assert problem(Pattern("a")) is None
    assert problem(Pattern("(", literal=True)) is None


@given(st.binary(), st.text())
def test_nothing_raises(payload: bytes, source: str) -> None:
    for raw in (False, True):
        assert searcher(Pattern(source, literal=True, raw=raw))(payload) in (True, False)
        assert searcher(Pattern(source, raw=raw))(payload) in (True, False)


@pytest.mark.parametrize(
    ("source", "payload", "groups"),
    [
        (r"(?P<user>\w+)@(?P<host>\w+)", b"mail ann@home", {"user": "ann", "host": "home"}),
        (r"(?P<a>x)|(?P<b>y)", b"y", {"b": "y"}),
        (r"(?P<a>x)", b"y", {}),
        ("x", b"x", {}),
        ("(", b"x", {}),
        (r"(?P<a>é)", "é".encode(), {"a": "é"}),
    ],
)
def test_named_groups(source: str, payload: bytes, groups: dict[str, str]) -> None:
    assert group_finder(source)(payload) == groups


def test_a_large_pattern_is_not_searched_for_in_a_long_text() -> None:
    pattern = Pattern("a.{1000}d")
    assert not bounded_searcher(pattern)(b"ab" * 1000)
    with pytest.raises(TooMuchWork, match="too large for 200000 bytes: those may take 8"):
        bounded_searcher(pattern)(b"ab" * 100_000)
    with pytest.raises(TooMuchWork):
        group_finder("(?P<a>a.{1000})d")(b"ab" * 100_000)


def test_what_is_fast_in_any_text_is_searched_for_in_any() -> None:
    long = b"ab" * (16 << 20)
    assert not bounded_searcher(Pattern("abc" * 30, literal=True))(long)
    assert not bounded_searcher(Pattern("("))(long)
