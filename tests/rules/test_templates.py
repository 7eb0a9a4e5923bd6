"""Templates in texts and values."""

from __future__ import annotations

import pytest

from tests.rules.turns import message
from wsinspect.rules.schema import Json
from wsinspect.rules.templates import compile_json, compile_text, compile_value, is_constant, problem, segments
from wsinspect.rules.turn import ActionError


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("", ""),
        ("plain {text} }}\r\n", "plain {text} }}\r\n"),
        ("{{ vars.x }}", "5"),
        ("a{{ vars.x }}b{{ vars.y }}\r\n", 'a5b[null,"é"]\r\n'),
        ("{{ '{{' }}{{ '%}' }}", "{{%}"),
        ("{% not one", "{% not one"),
        ("#} {# and", "#} {# and"),
    ],
)
def test_texts_are_filled_in_and_all_else_stays(template: str, text: str) -> None:
    assert problem(template) is None
    assert compile_text(template)(message("", variables={"x": 5, "y": [None, "é"]})) == text


@pytest.mark.parametrize(
    ("value", "filled"),
    [
        (1.5, 1.5),
        (None, None),
        ("text", "text"),
        ([1, {"a": "b"}], [1, {"a": "b"}]),
        ("{{ vars.x }}", 5),
        (" {{ vars.x }}", " 5"),
        ("{{ vars.x }}{{ vars.x }}", "55"),
        ("{{ '' }}", ""),
        (["{{ vars.x }}", True], [5, True]),
        ({"a": {"{{ k }}": ["{{ vars.y }}", "is {{ vars.x }}"], "b": 1}}, {"a": {"{{ k }}": [[None], "is 5"], "b": 1}}),
    ],
)
def test_a_value_that_is_one_expression_keeps_its_type(value: Json, filled: Json) -> None:
    turn = message("", variables={"x": 5, "y": [None]})
    assert compile_value(value)(turn) == filled


def test_constants_cost_nothing() -> None:
    value: Json = {"a": [1]}
    assert compile_value(value)(message("")) is value
    assert is_constant("a { b }")
    assert not is_constant("{{ 1 }}")


def test_values_are_written_as_json() -> None:
    turn = message("", variables={"x": 5})
    assert compile_json({"é": [1.0, None]})(turn) == '{"é":[1.0,null]}'.encode()
    assert compile_json({"a": "{{ vars.x }}"})(turn) == b'{"a":5}'
    with pytest.raises(ActionError, match="has no JSON"):
        compile_json(float("nan"))


def test_segments_are_the_parts_in_order() -> None:
    first, second, third = segments("a{{ vars.x }}c")
    assert (first, third) == ("a", "c")
    assert callable(second)
    assert second(message("", variables={"x": 5})) == "5"


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        (
            "{% if x %}a{% endif %}",
            "there are only {{ expressions }}, no {% statements %} and {# comments #}, at character 1",
        ),
        ("a {# comment #}", "at character 3 of the template"),
        ("{{ 1 }} {# comment #}", "at character 9 of the template"),
        ("{# comment #} {{ 1 }}", "at character 1 of the template"),
        ("a {{ vars.x|uper }}", "unknown filter 'uper' (did you mean 'upper'?), at character 13 of the template"),
        ("{{ 1 }} {{ ", "at character 9 of the template"),
        ("{{ 1 }}" + "x" * (256 << 10), "a template is no longer than 262144 characters"),
    ],
)
def test_problems_say_what_and_where(template: str, reason: str) -> None:
    assert reason in str(problem(template))


def test_a_long_text_without_expressions_is_no_template() -> None:
    assert problem("x" * (1 << 20)) is None


@pytest.mark.parametrize(
    "template",
    [
        "{{ vars.big }}{{ vars.big }}",
        "{{ ('x' * 1000000)|length }}" * 20,
        "{{ vars.deep }}",
        "{{ vars.deep == vars.other }}",
        "{{ vars.doubled }}",
        "{{ vars.doubled|tojson|length }}",
    ],
)
def test_hostile_templates_end_in_an_error(template: str) -> None:
    deep: list[object] = []
    other: list[object] = []
    doubled: object = "x"
    for _ in range(100_000):
        deep, other = [deep], [other]
    for _ in range(200):
        doubled = [doubled, doubled]
    turn = message("", variables={"big": "x" * 1_000_000, "deep": deep, "other": other, "doubled": doubled})
    assert problem(template) is None
    with pytest.raises(ActionError):
        compile_text(template)(turn)
    with pytest.raises(ActionError):
        compile_value([template])(turn)
