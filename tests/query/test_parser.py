"""From text to trees, and errors that say where and what to do."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.errors import FilterError
from wsinspect.query.fields import Field, Kind
from wsinspect.query.nodes import And, Comparison, Expr, Has, Membership, Mention, Not, Number, Operator, Or, Text
from wsinspect.query.parser import MAX_DEPTH, MAX_TERMS, MAX_VALUES, parse
from wsinspect.query.target import Target

A, B, C, D = Mention("a"), Mention("b"), Mention("c"), Mention("d")
HOST = Comparison("host", Operator.EQ, Text("x"))


@pytest.mark.parametrize(
    ("text", "expr"),
    [
        ("a", A),
        ("'a'", A),
        ("a or b and not c", Or((A, And((B, Not(C)))))),
        ("a and b or c and d", Or((And((A, B)), And((C, D))))),
        ("a and b and c", And((A, B, C))),
        ("a or b or c", Or((A, B, C))),
        ("(a or b) and c", And((Or((A, B)), C))),
        ("((a))", A),
        ("not not a", Not(Not(A))),
        ("not host == x and a", And((Not(HOST), A))),
        ("host==x", HOST),
        ("size", Mention("size")),
        ("has and host == x", And((Mention("has"), HOST))),
        ("has(host)", Has("host")),
        ("host contains x", Comparison("host", Operator.CONTAINS, Text("x"))),
        ("host in (x, 'y z')", Membership("host", (Text("x"), Text("y z")))),
        ("$.a[0] or json.$.a", Or((Mention("$.a[0]"), Mention("json.$.a")))),
    ],
)
def test_trees(text: str, expr: Expr) -> None:
    assert parse(text) == expr


@pytest.mark.parametrize(
    ("text", "column", "message", "hint"),
    [
        ("", 1, "the filter is empty", "write a word"),
        ("  ", 1, "the filter is empty", "write a word"),
        ("a \ud800", 3, "half a character", "write"),
        ("a)", 2, "closes nothing", "remove it"),
        ("(a", 1, "not closed", "close it"),
        ("(a b)", 4, "'and' or 'or' is expected", "between two terms"),
        ("a b", 3, "'and' or 'or' is expected", "between two terms"),
        ("a AND b", 3, "'and' or 'or' is expected", "write and"),
        ("a || b", 3, "'and' or 'or' is expected", "write or"),
        ("host == x == y", 11, "'and' or 'or' is expected", "in front of an operator"),
        ("'a' contains b", 5, "'and' or 'or' is expected", "in front of an operator"),
        ("a,b", 2, "'and' or 'or' is expected", "quote a text"),
        ("size not in (1)", 6, "'and' or 'or' is expected", "put not in front"),
        ("a and", 6, "ends where a term is expected", "a term is a word"),
        ("in", 1, "a term is expected, not in", '"in"'),
        ("!a", 1, "a term is expected, not !", "or not in front"),
        (")", 1, "a term is expected, not )", "a term is a word"),
        ("host = x", 6, "= is no operator", "write == to compare"),
        ("host =~ x", 6, "=~ is no operator", "write ~"),
        ("size ~ 3", 6, "size is a size in bytes, which has no ~", "use ==, !=, <"),
        ("compressed in (3)", 16, "compressed is true or false", "write compressed == true"),
        ("session.close == 3", 15, "is an object", "has(session.close)"),
        ("session.close in (3)", 15, "is an object, which has no in", "has(session.close)"),
        ("host ==", 8, "the filter ends where a value for host is expected", "quotes"),
        ("host == (x)", 9, "( stands where a value", "quotes"),
        ("host in x", 9, "a list is expected after in", "write host in ("),
        ("host in ()", 10, ") stands where a value", "quotes"),
        ("host in (x y)", 12, "a comma or ) is expected", "write (a, b)"),
        ("host in (x", 11, "a comma or ) is expected", "write (a, b)"),
        ("has('host')", 5, "has takes the name of a field", "as in"),
        ("has(host", 9, "has takes one name", "write has(host)"),
        ("hots == x", 1, "there is no field hots", "did you mean host?"),
        ("payload contains x", 1, "there is no field payload", "did you mean text?"),
        ("qqqq == x", 1, "there is no field qqqq", "quotes around it"),
        ("json.$.a. == 1", 10, "no JSONPath", "as in"),
        ("json.$.a[?nope(@)] == 1", 11, "no JSONPath", "as in"),
        ("fields['a'] == 1 and fields.. == 1", 30, "no JSONPath", "as in"),
    ],
)
def test_errors(text: str, column: int, message: str, hint: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse(text)
    assert caught.value.column == column
    assert message in caught.value.message
    assert hint in str(caught.value.hint)


@pytest.mark.parametrize(
    ("text", "target", "message", "hint"),
    [
        ("chat", Target.SESSION, "a session has no payload", 'url contains "chat"'),
        ("seq == 1", Target.MESSAGE, "a message has no seq", "only a frame has it"),
        ("text == a", Target.SESSION, "a session has no text", "only a message or a frame has it"),
        ("close.code == 1", Target.MESSAGE, "a message has no close.code", "write session.close.code"),
        ("opcde == text", Target.FRAME, "there is no field opcde", "did you mean opcode?"),
        ("opcde == text", Target.SESSION, "there is no field opcde", "quotes around it"),
    ],
)
def test_errors_of_a_target(text: str, target: Target, message: str, hint: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse(text, target)
    assert message in caught.value.message
    assert hint in str(caught.value.hint)


def test_a_mere_text_may_be_looked_for_in_fields() -> None:
    names = ("url", "tags")
    found = parse("shop and not 'a b'", Target.SESSION, text_in=names)
    assert found == parse(
        "(url icontains shop or tags icontains shop) and not (url icontains 'a b' or tags icontains 'a b')",
        Target.SESSION,
    )
    with pytest.raises(FilterError, match="no character"):
        parse(r"'\x80'", Target.SESSION, text_in=names)
    with pytest.raises(FilterError, match="more than 500 terms"):
        parse(" or ".join(["shop"] * 251), Target.SESSION, text_in=names)


def test_a_target_allows_what_its_records_and_their_session_have() -> None:
    assert parse("host == x and seq == 1", Target.FRAME) == parse("host == x and seq == 1")


def test_lists_are_bounded_together() -> None:
    half = f"size in ({', '.join(['1'] * (MAX_VALUES // 2))})"
    parse(f"{half} or {half}")
    with pytest.raises(FilterError, match="more than 10000 values") as caught:
        parse(f"{half} or {half} or size in (1)")
    assert caught.value.column == 2 * len(half) + len(" or  or size in (") + 1


def test_an_error_draws_a_caret() -> None:
    with pytest.raises(FilterError) as caught:
        parse("size > 4kb")
    assert str(caught.value).splitlines()[:3] == ["filter:8: there is no unit kb", "  size > 4kb", "         ^"]


def test_size_and_depth_are_bounded() -> None:
    parse(" or ".join(["a"] * MAX_TERMS))
    with pytest.raises(FilterError, match="more than 500 terms"):
        parse(" or ".join(["a"] * (MAX_TERMS + 1)))
    parse("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH)
    with pytest.raises(FilterError, match="nested more than 50 deep"):
        parse("not " * 10_000 + "a")
    parse(" and ".join(["(a)", "not b"] * (MAX_DEPTH + 1)))


@given(
    st.text()
    | st.lists(st.sampled_from("a size host json.$.a [ ] ( ) , == ~ in and or not has ' \" \\ 4k".split())).map(
        " ".join
    )
)
def test_any_text_is_a_tree_or_a_filter_error(text: str) -> None:
    caught = None
    try:
        expr = parse(text)
    except FilterError as error:
        caught = error
    if caught is None:
        assert parse(str(expr)) == expr
    else:
        assert 1 <= caught.column <= len(text) + 1
        assert caught.hint


def _own(name: str) -> Field | str | None:
    if name.startswith("vars."):
        return Field(name, Kind.JSON, "a variable", path=f"$.{name.removeprefix('vars.')}")
    return "not here" if name == "verdict" else None


def test_fields_of_the_callers_own() -> None:
    expr = parse("vars.a[0] == 1 and host == x", Target.MESSAGE, _own)
    assert expr == And((Comparison("vars.a[0]", Operator.EQ, Number(Decimal(1))), HOST))


@pytest.mark.parametrize(
    ("text", "column", "message", "hint"),
    [
        ("size > 1 and verdict == dropped", 14, "not here", 'put quotes around it: "verdict"'),
        ("vars.a..[ == 1", 9, "this bracket is not closed", "close it"),
        ("vars.a[?] == 1", 9, "no JSONPath", "as in json"),
        ("nope == 1", 1, "there is no field nope", "did you mean"),
    ],
)
def test_errors_about_fields_of_the_callers_own(text: str, column: int, message: str, hint: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse(text, Target.MESSAGE, _own)
    assert caught.value.column == column
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")


def test_variables_are_known_in_rules_only() -> None:
    with pytest.raises(FilterError, match=r"there is no field vars\.x") as caught:
        parse("vars.x == 1", Target.MESSAGE)
    assert "variables are known only in when of rules" in (caught.value.hint or "")
