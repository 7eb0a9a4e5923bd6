"""Functions and filters of templates."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from tests.rules.turns import NOW, message
from wsinspect.rules.template_functions import FILTERS, FUNCTIONS
from wsinspect.rules.templates import compile_value
from wsinspect.rules.turn import ActionError

VARIABLES = {"list": [3, 1, 2], "empty": [], "object": {"a": 1}, "surrogate": "\ud800", "deep": [[["x"]]]}


def value_of(expression: str, payload: str = "") -> object:
    return compile_value(f"{{{{ {expression} }}}}")(message(payload, variables=VARIABLES))


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("now()", NOW / 1e9),
        ("now('s')", NOW / 1e9),
        ("now('ms')", NOW // 1_000_000),
        ("now('iso')", "2023-11-14T22:13:20.123Z"),
        ("'aé'|upper", "AÉ"),
        ("'AÉ'|lower", "aé"),
        ("'  a '|trim", "a"),
        ("'aé'|length", 2),
        ("vars.list|length", 3),
        ("vars.object|length", 1),
        ("'aaa'|replace('a', 'b')", "bbb"),
        ("'aaa'|replace('a', 'b', 2)", "bba"),
        ("'ab'|replace('', '-')", "-a-b-"),
        ("12|replace(1, 3)", "32"),
        ("'12'|int", 12),
        ("1.9|int", 1),
        ("' 1.5 '|float", 1.5),
        ("2|float", 2.0),
        ("12|string", "12"),
        ("true|string", "true"),
        ("1.25|round(1)", 1.2),
        ("1.7|round", 2),
        ("(0 - 3)|abs", 3),
        ("vars.list|min", 1),
        ("vars.list|max", 3),
        ("['b', 'a']|min", "a"),
        ("vars.list|first", 3),
        ("vars.list|last", 2),
        ("'abc'|last", "c"),
        ("vars.list|join(',')", "3,1,2"),
        ("vars.list|join", "312"),
        ("'abc'|truncate(2)", "ab"),
        ("123|truncate(2)", "12"),
        ("'a\"b'|tojson", '"a\\"b"'),
        ("vars.object|tojson", '{"a":1}'),
        ("'{\"a\":[1]}'|fromjson", {"a": [1]}),
        ("'é'|b64encode", "w6k="),
        ("'w6k='|b64decode", "é"),
        ("'w6k'|b64decode", "é"),
        ("'Pz8_Pj4-'|b64decode", "???>>>"),
        ("'a b/é'|urlencode", "a%20b%2F%C3%A9"),
        ("'abc'|sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("'abc'|md5", "900150983cd24fb0d6963f7d28e17f72"),
        (
            "'what do ya want for nothing?'|hmac_sha256('Jefe')",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
    ],
)
def test_functions_and_filters(expression: str, value: object) -> None:
    assert value_of(expression) == value
    assert type(value_of(expression)) is type(value)


def test_the_moment_is_that_of_the_turn() -> None:
    assert datetime.fromisoformat(str(value_of("now('iso')"))).astimezone(UTC).timestamp() == NOW // 1_000_000 / 1000


def test_chance_repeats_with_its_seed() -> None:
    for expression in ("uuid()", "rand(1, 1000000)", "rand(0.5, 2)", "random()", "random_hex(4)", "choice(['a', 'b'])"):
        assert value_of(expression) == value_of(expression)


def test_chance_keeps_to_its_bounds() -> None:
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", str(value_of("uuid()")))
    assert value_of("rand(4, 4)") == 4
    assert 0.5 <= float(str(value_of("rand(0.5, 0.75)"))) <= 0.75
    assert 0 <= float(str(value_of("random()"))) < 1
    assert len(str(value_of("random_hex()"))) == 32
    assert value_of("random_hex(0)") == ""
    assert value_of("choice(vars.list)") in [1, 2, 3]


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("now('year')", "knows 's', 'ms' and 'iso'"),
        ("rand(2, 1)", "the lower number first"),
        ("rand('a', 1)", "a text is no number"),
        ("random_hex(5000)", "0 to 4096"),
        ("random_hex(-1)", "0 to 4096"),
        ("choice([])", "nothing to choose from"),
        ("choice('abc')", "a text is no list"),
        ("1|length", "a number has no length"),
        ("'1.5'|int", "no whole number"),
        (f"'{'9' * 5000}'|int", "no whole number"),
        (f"'{'9' * 2000}'|int", "longer than 4096 bits"),
        ("none|int", "null is no number"),
        ("'x'|float", "no number"),
        ("'inf'|float", "no finite number"),
        ("(10 ** 400)|float", "no number"),
        ("1.5|round(16)", "0 to 15"),
        ("1.5|round(-1)", "0 to 15"),
        ("'a'|abs", "a text is no number"),
        ("1|first", "a number is no list"),
        ("vars.empty|first", "nothing in it"),
        ("''|last", "nothing in it"),
        ("vars.empty|max", "nothing in it"),
        ("[1, 'a']|min", "a text is no number"),
        ("1|join", "a number is no list"),
        ("'a'|truncate(-1)", "no negative length"),
        ("'{'|fromjson", "fromjson: "),
        ("1|fromjson", "a number is no text"),
        ("'*'|b64decode", "b64decode: "),
        ("'/w=='|b64decode", "b64decode: "),
        ("vars.surrogate|sha256", "lone surrogate"),
        ("vars.surrogate|fromjson", "lone surrogate"),
        # What would take all memory.
        ("('a' * 1000)|replace('a', 'b' * 1000000)", "larger than 1 MiB"),
        ("([1] + [2] + [3] + [4])|join('a' * 1000000)", "larger than 1 MiB"),
        ("('a' * 1000000)|b64encode", "larger than 1 MiB"),
        ("message.text|upper", "larger than 1 MiB"),
    ],
)
def test_what_does_not_fit_is_an_error(expression: str, reason: str) -> None:
    with pytest.raises(ActionError, match=reason):
        value_of(expression, "x" * (1 << 20) + "y")


@pytest.mark.parametrize("expression", ["choice([])", "vars.empty|first", "vars.empty|min"])
def test_nothing_has_a_default(expression: str) -> None:
    assert value_of(f"({expression})|default(7)") == 7


def test_usages_name_what_they_are_of() -> None:
    for name, signature in {**FUNCTIONS, **FILTERS}.items():
        assert re.match(r"\w+", signature.usage)
        assert signature.usage.split("(")[0] == name
        assert 0 <= signature.least <= signature.most
