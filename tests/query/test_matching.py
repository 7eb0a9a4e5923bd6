"""How comparisons resolve, and what they then match."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.query.fields import Field, Kind
from wsinspect.query.matching import (
    INT64_MAX,
    Among,
    Check,
    Compare,
    Contains,
    Never,
    Present,
    Search,
    checker,
    comparison,
    membership,
    presence,
)
from wsinspect.query.nodes import Boolean, Null, Number, Operator, Text, Value
from wsinspect.query.patterns import Pattern

WORDS = Field("dir", Kind.WORD, "", words=(None, "text", "binary"))


def field(kind: Kind) -> Field:
    return Field("x", kind, "")


def number(amount: str, unit: str = "") -> Number:
    return Number(Decimal(amount), unit)


@pytest.mark.parametrize(
    ("of", "operator", "value", "check"),
    [
        (field(Kind.SIZE), Operator.GT, number("4", "k"), Compare(Operator.GT, 4000)),
        (field(Kind.COUNT), Operator.EQ, number("1.5"), Never()),
        (field(Kind.COUNT), Operator.NE, number("1.5"), Present()),
        (field(Kind.COUNT), Operator.LT, number("1.5"), Compare(Operator.LE, 1)),
        (field(Kind.COUNT), Operator.GE, number("-1.5"), Compare(Operator.GT, -2)),
        (field(Kind.COUNT), Operator.LT, number("1e19"), Present()),
        (field(Kind.COUNT), Operator.GT, number("1e19"), Never()),
        (field(Kind.COUNT), Operator.NE, number("1e19"), Present()),
        (field(Kind.COUNT), Operator.GE, number("-1e19"), Present()),
        (field(Kind.COUNT), Operator.LE, number("-1e19"), Never()),
        (field(Kind.COUNT), Operator.EQ, number("4", "ms"), Never()),
        (field(Kind.COUNT), Operator.EQ, Text("4"), Never()),
        (field(Kind.COUNT), Operator.CONTAINS, number("4"), Never()),
        (field(Kind.TIME), Operator.EQ, number("1.5"), Compare(Operator.EQ, 1_500_000)),
        (field(Kind.TIME), Operator.EQ, Text("1970-01-02"), Compare(Operator.EQ, 86_400_000_000)),
        (field(Kind.TIME), Operator.EQ, Text("never"), Never()),
        (field(Kind.TIME), Operator.EQ, number("1", "k"), Never()),
        (field(Kind.MILLISECONDS), Operator.EQ, number("1.5"), Compare(Operator.EQ, 1500)),
        (field(Kind.MILLISECONDS), Operator.EQ, number("1.5", "s"), Compare(Operator.EQ, 1_500_000)),
        (field(Kind.MILLISECONDS), Operator.EQ, number("1", "k"), Never()),
        (field(Kind.SECONDS), Operator.EQ, number("1.5"), Compare(Operator.EQ, 1_500_000_000)),
        (field(Kind.SECONDS), Operator.EQ, number("5", "ns"), Compare(Operator.EQ, 5)),
        (WORDS, Operator.EQ, Text("text"), Among((1,))),
        (WORDS, Operator.NE, Text("text"), Among((2,))),
        (WORDS, Operator.MATCHES, Text("x|y"), Among((1, 2))),
        (WORDS, Operator.EQ, Text("neither"), Never()),
        (WORDS, Operator.EQ, number("1"), Never()),
        (field(Kind.BOOLEAN), Operator.EQ, Boolean(True), Among((1,))),
        (field(Kind.BOOLEAN), Operator.NE, Boolean(True), Among((0,))),
        (field(Kind.BOOLEAN), Operator.EQ, Text("maybe"), Never()),
        (field(Kind.BOOLEAN), Operator.NE, Null(), Never()),
        (field(Kind.TEXT), Operator.EQ, Text("é"), Compare(Operator.EQ, "é")),
        (field(Kind.TEXT), Operator.EQ, Null(), Never()),
        (field(Kind.TEXT), Operator.CONTAINS, Text("é"), Contains("é")),
        (field(Kind.UTF8), Operator.CONTAINS, Text("é"), Contains("é".encode())),
        (field(Kind.BYTES), Operator.EQ, Text("\udcff"), Compare(Operator.EQ, b"\xff")),
        (field(Kind.BYTES), Operator.MATCHES, Text("a"), Search(Pattern("a", raw=True))),
        (field(Kind.UTF8), Operator.MATCHES, Text("a"), Search(Pattern("a"))),
        (field(Kind.BYTES), Operator.ICONTAINS, Text("a"), Search(Pattern("a", literal=True))),
        (field(Kind.BYTES), Operator.ICONTAINS, Text("\udcff"), Search(Pattern("\udcff", literal=True, raw=True))),
    ],
)
def test_comparisons_resolve(of: Field, operator: Operator, value: Value, check: Check) -> None:
    assert comparison(of, operator, value) == check


@given(
    st.integers(-(10**20), 10**20) | st.integers(-3, 3),
    st.sampled_from([Operator.EQ, Operator.NE, Operator.LT, Operator.LE, Operator.GT, Operator.GE]),
    st.decimals(-(10**20), 10**20, places=2) | st.decimals(-3, 3, places=1),
)
def test_a_resolved_comparison_says_what_the_numbers_say(value: int, operator: Operator, literal: Decimal) -> None:
    value = max(-INT64_MAX, min(INT64_MAX - 1, value))
    expected = {
        Operator.EQ: value == literal,
        Operator.NE: value != literal,
        Operator.LT: value < literal,
        Operator.LE: value <= literal,
        Operator.GT: value > literal,
        Operator.GE: value >= literal,
    }[operator]
    assert checker(comparison(field(Kind.COUNT), operator, Number(literal)))(value) is expected


def test_membership_joins_what_can_be_equal() -> None:
    assert membership(field(Kind.COUNT), (number("1"), number("1.5"), number("2"))) == Among((1, 2))
    assert membership(WORDS, (Text("binary"), Text("text"), Text("no"))) == Among((2, 1))
    assert membership(field(Kind.COUNT), (number("1.5"),)) == Never()


def test_presence() -> None:
    assert presence(field(Kind.COUNT)) == Present()
    assert presence(Field("x", Kind.SIZE, "", zero_is_absent=True)) == Compare(Operator.NE, 0)
    assert presence(WORDS) == Among((1, 2))


@pytest.mark.parametrize(
    ("check", "value", "matches"),
    [
        (Never(), 1, False),
        (Present(), 1, True),
        (Compare(Operator.LE, 1), 1, True),
        (Among((1, 2)), 3, False),
        (Contains(b"a"), b"bab", True),
        (Search(Pattern("^a")), "ba", False),
    ],
)
def test_checkers(check: Check, value: object, matches: bool) -> None:
    assert checker(check)(value) is matches
