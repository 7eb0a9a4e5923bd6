"""Operators of templates."""

from __future__ import annotations

import pytest

from tests.rules.turns import message
from wsinspect.rules.templates import compile_value
from wsinspect.rules.turn import ActionError

VARIABLES = {"object": {"a": 1}, "list": [1, "a", {"b": 2}], "none": None}


def value_of(expression: str) -> object:
    return compile_value(f"{{{{ {expression} }}}}")(message("", variables=VARIABLES))


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 2", 3),
        ("1.5 + 2", 3.5),
        ("'a' + 'b'", "ab"),
        ("[1] + [2]", [1, 2]),
        ("5 - 7", -2),
        ("3 * 4", 12),
        ("'ab' * 3", "ababab"),
        ("'ab' * -1", ""),
        ("7 / 2", 3.5),
        ("7 // 2", 3),
        ("7 % 4", 3),
        ("2 ** 10", 1024),
        ("2 ** -1", 0.5),
        ("2.0 ** 0.5", 2.0**0.5),
        ("-3", -3),
        ("+3", 3),
        ("1 < 2", True),
        ("2 <= 1", False),
        ("'b' > 'a'", True),
        ("1 >= 1.5", False),
        ("1 < 2 < 3", True),
        ("1 < 3 < 2", False),
        ("1 == 1.0", True),
        ("'1' == 1", False),
        ("[1, 2] == [1, 2]", True),
        ("vars.object != vars.list", True),
        ("'b' in 'abc'", True),
        ("'d' not in 'abc'", True),
        ("'a' in vars.object", True),
        ("'a' in vars.list", True),
        ("5 in [1, 2]", False),
    ],
)
def test_operators_do_what_python_does(expression: str, value: object) -> None:
    assert value_of(expression) == value
    assert type(value_of(expression)) is type(value)


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("'a' + 1", "a text and a number cannot be added: join texts with ~"),
        ("1 + 'a'", "cannot be added"),
        ("[1] + 1", "a list is no number"),
        ("vars.none + 1", "null is no number"),
        ("true + 1", "a truth value is no number"),
        ("vars.object * 2", "an object is no number"),
        ("'a' * 1.5", "a number is no whole number"),
        ("'a' * true", "a truth value is no whole number"),
        ("1 / 0", "division by zero"),
        ("1 % 0", "division by zero"),
        ("10.0 ** 400", "no finite number"),
        ("1e308 * 10", "no finite number"),
        ("(0 - 8) ** 0.5", "no finite number"),
        ("'%s' % 1", "a text is no number"),
        ("-'a'", "a text is no number"),
        ("1 < 'a'", "a text is no number"),
        ("1 in 'a'", "a number is no text"),
        ("1 in vars.object", "a number is no text"),
        ("1 in 2", "a number is no list"),
        # What would take all memory, or the day.
        ("'a' * 10 ** 8", "larger than 1 MiB"),
        ("2 ** 10 ** 9", ""),
        ("2 ** (10 ** 9)", "longer than 4096 bits"),
        ("(2 ** 4000) * (2 ** 4000)", "longer than 4096 bits"),
        ("('a' * 1000000) + ('a' * 1000000)", "larger than 1 MiB"),
        ("[[1] + [vars.list]] == 'a' * 9999999", "larger than 1 MiB"),
    ],
)
def test_what_does_not_fit_is_an_error(expression: str, reason: str) -> None:
    if not reason:
        # From the left, as Jinja reads it: that is a number still.
        assert value_of(expression) == (2**10) ** 9
        return
    with pytest.raises(ActionError, match=reason):
        value_of(expression)
