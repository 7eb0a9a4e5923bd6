"""What a value may be is told in words, from the annotations."""

from __future__ import annotations

import enum
from typing import Annotated, Literal

import pytest
from pydantic import Field

from wsinspect.rules.forms import (
    Form,
    fits_in_quotes,
    forms_of,
    in_words,
    keys_of,
    kind_in_words,
    models_of,
    part_of,
    shown,
)
from wsinspect.rules.quantities import Size
from wsinspect.rules.schema import Action, Json, Match, Nothing, Rule, Strict
from wsinspect.rules.schema.shape import Maybe
from wsinspect.rules.schema.texts import Hex, Rate


class Colour(enum.StrEnum):
    """Of an example."""

    RED = "red"
    BLUE = "blue"


class Inner(Strict):
    """An example."""

    a: int = 0
    b: list[int] = Field(default_factory=list, alias="bee")


class Outer(Strict):
    """An example."""

    inner: Maybe[Inner] = None
    sizes: dict[str, Size] = Field(default_factory=dict)
    colour: Colour | Inner = Colour.RED


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (str, "a text"),
        (str | None, "a text"),
        (int | float | None, "a number"),
        (Annotated[int, Field(ge=1)], "a whole number"),
        (bool, "true or false"),
        (Literal["a", "b"], "one of a, b"),
        (Literal[False], "false"),
        (Colour, "one of red, blue"),
        (list[str], "a list"),
        (dict[str, int], "a mapping"),
        (Match.model_fields["host"].annotation, "a glob (or ~ and a regular expression), or a list of them"),
        (Size | Inner, "a size such as 512, 4k or 1Mi, or a mapping of a, bee"),
        (Inner | list[Inner], "a mapping of a, bee, or a list of them"),
        (Nothing, "nothing"),
        (Action, "an action"),
        (Rule, "a rule"),
        (Match, "a mapping"),
        (Json, "a text, or a number, or true or false, or a list of them, or a mapping"),
    ],
)
def test_forms_in_words(annotation: object, words: str) -> None:
    assert in_words(forms_of(annotation)) == words


def test_the_forms_of_a_part_follow_keys_and_positions() -> None:
    outer = forms_of(Outer)
    assert models_of(part_of(outer, "inner")) == [Inner]
    assert in_words(part_of(part_of(outer, "inner"), "bee")) == "a list"
    assert in_words(part_of(part_of(part_of(outer, "inner"), "bee"), 3)) == "a whole number"
    assert in_words(part_of(part_of(outer, "sizes"), "any")) == "a size such as 512, 4k or 1Mi"
    assert [part_of(outer, "nope"), part_of(outer, 0), part_of(part_of(outer, "sizes"), 0)] == [[], [], []]
    assert part_of(forms_of(str), "x") == []


def test_keys_are_as_they_are_written() -> None:
    assert keys_of(Inner) == {"a": "a", "bee": "b"}


@pytest.mark.parametrize(
    ("annotation", "text", "fits"),
    [
        (str, "5", True),
        (Hex, "00", True),
        (Hex, "0", False),
        (Rate, "10", False),
        (int, "5", False),
        (Inner, "5", False),
    ],
)
def test_what_would_do_in_quotes(annotation: object, text: str, fits: bool) -> None:
    assert fits_in_quotes(forms_of(annotation), text) is fits


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "nothing"),
        ("x", "'x'"),
        ("x" * 100, "'" + "x" * 60 + "…'"),
        ([1], "a list"),
        ({}, "a mapping"),
        (True, "true"),
        (1.5, "1.5"),
    ],
)
def test_values_in_words(value: object, words: str) -> None:
    assert kind_in_words(value) == words


def test_words_are_written_as_yaml_has_them() -> None:
    assert [shown(False), shown(5), shown("a")] == ["false", "5", "a"]
    assert Form(str).words == ()
