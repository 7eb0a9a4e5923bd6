"""Mistakes in YAML that are made most, told as what to do."""

from __future__ import annotations

import pytest
import yaml

from wsinspect.rules.problems import Place
from wsinspect.rules.yaml_complaints import explain

LOADERS = [yaml.SafeLoader, yaml.CSafeLoader]


def told(text: str, loader: type[yaml.SafeLoader | yaml.CSafeLoader]) -> tuple[Place | None, str]:
    with pytest.raises(yaml.YAMLError) as caught:
        list(yaml.parse(text, Loader=loader))
    return explain(caught.value, text)


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a:\n\t- b\n", 2, "it is indented with spaces, not with tabs"),
        ("a: @b\n", 1, "a text that begins with @ needs quotes"),
        ("a: *.example.com\n", 1, "a text that begins with * needs quotes"),
        ("a: {b: *}\n", 1, "a text that begins with * needs quotes"),
        ("a: &.b\n", 1, "a text that begins with & needs quotes"),
        ('a: "\\d+"\n', 1, r"in double quotes a backslash begins an escape; in single quotes it is itself: '\d+'"),
        ("a: {{ b }} c\n", 1, "a text that begins with {{ needs quotes"),
        ("- {{ b }} c\n", 1, "a text that begins with {{ needs quotes"),
        ("a: b: c\n", 1, "a second colon: put quotes around a text that has one, and a key on a line of its own"),
        (
            "a:\n  b\n  c: d\n",
            3,
            "a second colon: put quotes around a text that has one, and a key on a line of its own",
        ),
        ("a:\n- id: b\n  match\n    c: d\n  do: e\n", 3, "there is no colon, with a space behind it, after this key"),
        ("a: 1\nmatch\nb: 2\n", 2, "there is no colon, with a space behind it, after this key"),
        ("a: [b\n", 1, "while parsing a flow sequence"),
        ("a: [b}\n", 1, "while parsing a flow sequence"),
    ],
)
def test_a_mistake_is_told_as_what_to_do(loader: type[yaml.SafeLoader], text: str, line: int, message: str) -> None:
    place, found = told(text, loader)
    assert place is not None
    assert found.startswith(f"this is no YAML: {message}")
    assert place.line == line


def test_an_error_without_a_place_is_told_by_its_own_words() -> None:
    assert explain(yaml.YAMLError("no idea"), "") == (None, "this is no YAML: no idea")
