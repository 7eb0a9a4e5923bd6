"""Printing of syntax trees: what is printed parses to the same tree."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.query.records import expressions
from wsinspect.query.nodes import (
    And,
    Boolean,
    Comparison,
    Expr,
    Has,
    Membership,
    Mention,
    Not,
    Null,
    Number,
    Operator,
    Or,
    Text,
    conjunction,
    quote,
    quote_pattern,
)
from wsinspect.query.parser import parse
from wsinspect.query.target import Target

A, B, C = Mention("a"), Mention("b"), Mention("c")


@given(st.sampled_from(Target).flatmap(expressions))
def test_what_is_printed_reparses(expr: Expr) -> None:
    assert parse(str(expr)) == expr


@given(st.text() | st.text("\\\"'ntx0u{}\udc80\udcff\x00a "))
def test_any_text_reparses(text: str) -> None:
    assert parse(str(Mention(text))) == Mention(text)
    assert parse(f"bytes == {Text(text)}") == Comparison("bytes", Operator.EQ, Text(text))


@given(st.text("ab.\\'\"/ "))
def test_a_pattern_reparses_to_one_that_prints_alike(pattern: str) -> None:
    quoted = quote_pattern(pattern.replace("\\", "\\\\"))
    assert str(parse(f"path ~ {quoted}")) == f"path ~ {quoted}"


@pytest.mark.parametrize(
    ("expr", "printed"),
    [
        (A, '"a"'),
        (And((A, Or((B, C)))), '"a" and ("b" or "c")'),
        (Or((A, And((B, C)))), '"a" or "b" and "c"'),
        (Or((A, Or((B, C)))), '"a" or ("b" or "c")'),
        (And((And((A, B)), C)), '("a" and "b") and "c"'),
        (Not(And((A, B))), 'not ("a" and "b")'),
        (Not(Not(A)), 'not not "a"'),
        (Has("close.code"), "has(close.code)"),
        (Membership("host", (Text("a.test"), Text("in"))), 'host in (a.test, "in")'),
        (Comparison("json.$.a", Operator.EQ, Text("true")), 'json.$.a == "true"'),
        (Comparison("path", Operator.MATCHES, Text(r'^/"\d')), r'path ~ "^/\"\d"'),
        (Comparison("json.$.a", Operator.NE, Null()), "json.$.a != null"),
        (Comparison("size", Operator.GT, Number(Decimal("1.5"), "Ki")), "size > 1.5Ki"),
    ],
)
def test_printed_form(expr: Expr, printed: str) -> None:
    assert str(expr) == printed
    assert parse(printed) == expr


def test_what_cannot_be_seen_is_escaped() -> None:
    assert quote('\\"\n\r\t\x00\udcff\u2028é') == r'"\\\"\n\r\t\u{0}\xff\u{2028}é"'


def test_conjunction_of_none_one_and_several() -> None:
    assert conjunction([]) is None
    assert conjunction([A]) == A
    assert conjunction([A, B]) == And((A, B))


def test_booleans_are_written_as_in_json() -> None:
    assert [str(Boolean(True)), str(Boolean(False))] == ["true", "false"]
