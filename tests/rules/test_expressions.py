"""Expressions of templates: what they are worth, and what is wrong with them."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.turns import message
from wsinspect.rules.evaluation import Evaluation
from wsinspect.rules.expressions import MOST_EXPRESSION, TemplateProblem, read
from wsinspect.rules.turn import ActionError

VARIABLES = {"x": 5, "none": None, "zero": 0, "user": {"name": "Ada", "roles": ["admin", "staff"]}}


def value_of(expression: str) -> object:
    evaluate, end = read(f"{{{{{expression}}}}} and more", 0)
    assert end == len(expression) + 4
    return evaluate(Evaluation(message("text", variables=VARIABLES)))


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        (" 1 ", 1),
        ("1", 1),
        (" 'it\\'s' ", "it's"),
        (" '}}' ", "}}"),
        (" true ", True),
        (" none ", None),
        (" 1_000 ", 1000),
        (" 1.5e3 ", 1500.0),
        (" [1, 'a', [2]] ", [1, "a", [2]]),
        (" (1, 2) ", [1, 2]),
        (" {'a': {'b': 1}}", {"a": {"b": 1}}),
        (" {'a': 1}['a'] ", 1),
        ("\r\n1\r\n+\r\n2 ", 3),
        (" vars.user.name ", "Ada"),
        (" vars.user['name'] ", "Ada"),
        (" vars.user.roles[0] ", "admin"),
        (" vars.user.roles.0 ", "admin"),
        (" vars.user.roles[-1] ", "staff"),
        (" vars.user.name[0] ", "A"),
        (" vars.user.name[1:] ", "da"),
        (" vars.user.name[:-1] ", "Ad"),
        (" vars.user.roles[0:1] ", ["admin"]),
        (" not vars.x ", False),
        (" vars.zero or 'else' ", "else"),
        (" vars.zero and vars.nothing ", 0),
        (" vars.x or vars.nothing ", 5),
        (" 'yes' if vars.x == 5 else vars.nothing ", "yes"),
        (" 'yes' if vars.x == 6 ", ""),
        (" 'a' ~ 1 ~ none ~ [true] ", "a1null[true]"),
        (" vars.nothing|default('d') ", "d"),
        (" vars.nothing.deeper|default(vars.x) ", 5),
        (" vars.x|default('d') ", 5),
        (" vars.none|default('d') ", None),
        (" vars.nothing|d('d')|upper ", "D"),
        (" vars.nothing is defined ", False),
        (" vars.x is defined ", True),
        (" vars.nothing is undefined ", True),
        (" vars.x is not defined ", False),
        (" vars.none is none ", True),
        (" vars.x is none ", False),
        (" rule ", "r1"),
        (" rand(2, 2) ", 2),
        (" 1 + 2 * 3 - -1 ", 8),
    ],
)
def test_values(expression: str, value: object) -> None:
    assert value_of(expression) == value


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        (" vars.nothing ", "there is no variable 'nothing'"),
        (" vars.user.age ", "there is no 'age'"),
        (" vars.user.roles[2] ", "there is no item 2"),
        (" vars.user.name[-4] ", "there is no item -4"),
        (" vars.x.name ", "a number has no part 'name'"),
        (" vars.user[0] ", "an object has no part '0'"),
        (" vars.user.roles.length ", "a list has no part 'length'"),
        (" vars.user.__class__ ", "there is no '__class__'"),
        (" vars.user.name.__class__ ", "a text has no part '__class__'"),
        (" vars.x[0:1] ", "a number cannot be sliced"),
        (" vars.user.name['a':] ", "a text is no whole number"),
        (" vars[1] ", "a number is no text"),
        (" {1: 2} ", "a number is no text"),
        (" 'a' ~ vars.nothing ", "there is no variable"),
        (" [vars.user, message.text * 300000] ", "larger than 1 MiB"),
    ],
)
def test_what_cannot_be_evaluated_is_an_error(expression: str, reason: str) -> None:
    with pytest.raises(ActionError, match=reason):
        value_of(expression)


@pytest.mark.parametrize(
    ("expression", "message", "place"),
    [
        ("", "there is nothing between {{ and }}", 0),
        (" ", "there is nothing between {{ and }}", 0),
        (" x y ", "unexpected 'y'", 5),
        (" 1 + ", "unexpected '}}'", 2),
        (" [1, ", "unexpected '}', expected ']'", 7),
        (" (1] ", "unexpected ']', expected ')'", 5),
        (" 'x ", "a text begins that does not end within 10000 characters", 3),
        (" 1§ ", "unexpected '§'", 4),
        (" '\\x' ", "truncated \\xXX escape", 3),
        ("- 1 ", "put a space between {{ and -", 0),
        (" 1 -", "put no - in front of }}", 5),
        (" 9" + "9" * 5000 + " ", "a number is too long", 0),
        (" 1e999 ", "the result is no finite number", 3),
        (" 2" + "0" * 2000 + " ", "the result is longer than 4096 bits", 3),
        ("(" * 3000 + "1" + ")" * 3000, "it is nested too deeply", 0),
        ("1" + "+1" * 200, "it is nested too deeply", 0),
        (" usr ", "unknown name 'usr' (there are choice, env, match", 3),
        (" sesion ", "unknown name 'sesion' (did you mean 'session'?)", 3),
        (" null ", "unknown name 'null' (did you mean 'none'?)", 3),
        (" now ", "'now' is a function: write now('s'|'ms'|'iso')", 3),
        (" 1 + vars ", "'vars' alone is no value: write vars.NAME", 7),
        (" message ", "'message' alone is no value: write message.text", 3),
        (" session.header ", "'header' alone is no value: name a header of the request", 3),
        (" message.txt ", "unknown property of the message 'txt' (did you mean 'text'?)", 3),
        (" message[1] ", "a property of the message has to be named", 3),
        (" message[vars.x] ", "a property of the message has to be named", 3),
        (" message[0:1] ", "a property of the message has to be named", 3),
        (" vars[0:1] ", "slice is not known here", 3),
        (" 1|uper ", "unknown filter 'uper' (did you mean 'upper'?)", 5),
        (" 1|zzz ", "unknown filter 'zzz' (there are abs, b64decode", 5),
        (" 1 is odd ", "unknown test 'odd' (there are defined, none, undefined)", 3),
        (" 1 is defined(2) ", "unknown test 'defined'", 3),
        (" nov() ", "unknown function 'nov' (did you mean 'now'?)", 3),
        (" 'a'.upper() ", "there are no methods: use a filter, such as x|upper", 3),
        (" now(1, 2) ", "2 arguments do not fit: write now('s'|'ms'|'iso')", 6),
        (" 1|default ", "0 arguments do not fit: write default(value)", 5),
        (" 1|default(1, 2) ", "2 arguments do not fit", 5),
        (" 1|replace(old='a', new='b') ", "arguments have no names here: write replace(old, new, count)", 5),
        (" now(*[1]) ", "arguments have no names here", 6),
        (" now(**{}) ", "arguments have no names here", 6),
        (" 'abc'[0:2:1] ", "a slice has no step here", 0),
    ],
)
def test_problems_are_found_before_anything_is_evaluated(expression: str, message: str, place: int) -> None:
    with pytest.raises(TemplateProblem) as caught:
        read(f"{{{{{expression}}}}}", 0)
    assert message in caught.value.message
    if place:
        assert caught.value.place > 0


def test_a_problem_has_its_place_in_the_whole_text() -> None:
    with pytest.raises(TemplateProblem) as caught:
        read("before {{ 1|uper }}", 7)
    assert "before {{ 1|uper"[caught.value.place :] == "uper"


def test_an_expression_that_does_not_end_soon_is_none() -> None:
    for expression, reason in (
        (" " * MOST_EXPRESSION, "no }} within"),
        ("'" + "x" * MOST_EXPRESSION + "'", "not end within"),
    ):
        with pytest.raises(TemplateProblem, match=reason):
            read("{{ " + expression + "1 }}", 0)


@given(st.text("{}[]()'\"|.,:~+-*/%<>=! \r\nabx01", max_size=30))
def test_any_text_is_an_expression_or_a_problem(text: str) -> None:
    try:
        evaluate, end = read("{{" + text + "}}", 0)
    except TemplateProblem as problem:
        assert 0 <= problem.place <= len(text) + 4  # noqa: PT017 either outcome is right
        return
    assert end <= len(text) + 4
    with contextlib.suppress(ActionError):
        evaluate(Evaluation(message("text", variables={"a": 1, "b": "x"})))
