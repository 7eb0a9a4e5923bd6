"""What models are made of accepts and describes the same values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

import jsonschema  # type: ignore[import-untyped]
import pytest
from pydantic import Field

from tests.rules.schema.validating import errors_of, fits_json_schema, read
from wsinspect.rules.schema.shape import (
    Maybe,
    Named,
    OfType,
    OneAsList,
    OneOrMore,
    Shorthand,
    Strict,
    at_least_one,
    exactly_one,
    markers,
    not_both,
    without_null,
    wrong,
)


class Settings(Strict):
    """Of an example."""

    size: int = 1
    name: str = ""


class Example(Strict):
    """With everything."""

    maybe: Maybe[str] = None
    either: Maybe[str | int] = None
    several: Maybe[OneOrMore[str]] = None
    named: Maybe[Named[int]] = None
    short: Maybe[Annotated[Settings, Shorthand("size")]] = None
    bare: Maybe[Annotated[Settings, Shorthand("size", bare=True)]] = None
    only_bare: Maybe[Annotated[Settings, Shorthand(bare=True)]] = None
    listed: Annotated[list[str], OneAsList()] = Field(default_factory=list)
    bare_list: Annotated[list[str], OneAsList(bare=True)] = Field(default_factory=list)
    one: Annotated[Literal[1], OfType(int)] = 1


ACCEPTED: list[dict[str, object]] = [
    {},
    {"maybe": "x"},
    {"either": 5},
    {"several": "x"},
    {"several": ["x", "y"]},
    {"named": {"a": 1}},
    {"short": 5},
    {"short": {"size": 5}},
    {"short": {}},
    {"bare": 5},
    {"bare": True},
    {"bare": {}},
    {"only_bare": True},
    {"only_bare": {}},
    {"listed": "x"},
    {"listed": ["x"]},
    {"bare_list": {}},
    {"bare_list": True},
    {"bare_list": None},
    {"bare_list": "x"},
    {"one": 1},
]
REFUSED: list[dict[str, object]] = [
    {"unknown": 1},
    {"maybe": None},
    {"maybe": 5},
    {"either": None},
    {"several": []},
    {"several": None},
    {"named": {}},
    {"short": "x"},
    {"short": None},
    {"short": True},
    {"only_bare": False},
    {"only_bare": 5},
    {"listed": None},
    {"listed": 5},
    {"bare_list": {"a": 1}},
    {"one": 2},
    {"one": True},
]


@pytest.mark.parametrize("value", ACCEPTED)
def test_what_is_accepted_fits_the_json_schema(value: dict[str, object]) -> None:
    assert errors_of(Example, value) == []
    assert fits_json_schema(Example, value)


@pytest.mark.parametrize("value", REFUSED)
def test_what_is_refused_does_not_fit_the_json_schema(value: dict[str, object]) -> None:
    assert errors_of(Example, value) != []
    assert not fits_json_schema(Example, value)


def test_shorthands_stand_for_mappings() -> None:
    assert read(Example, {"short": 5}).short == Settings(size=5)
    assert read(Example, {"bare": True}).bare == Settings()
    assert read(Example, {"short": Settings(size=3)}).short == Settings(size=3)
    assert read(Annotated[Settings, Shorthand(bare=True)], None) == Settings()
    assert read(Example, {"listed": "x", "bare_list": True}) == Example(listed=["x"])


def test_an_error_of_ours_is_its_message() -> None:
    assert wrong("not {that}").message() == "not {that}"


def test_markers_are_found_at_any_depth() -> None:
    one = Shorthand("x")
    assert list(markers(list[Annotated[int, one] | None] | Annotated[str, "y"])) == [one, "y"]


def test_null_is_taken_out_of_a_json_schema() -> None:
    null = {"type": "null"}
    assert without_null({"type": "string"}) == {"type": "string"}
    assert without_null({"anyOf": [{"type": "string"}, null], "title": "X"}) == {"type": "string", "title": "X"}
    both = [{"type": "string"}, {"type": "integer"}]
    assert without_null({"anyOf": [*both, null]}) == {"anyOf": both}


@pytest.mark.parametrize(
    ("add", "fine", "refused"),
    [
        (exactly_one("a", "b"), [{"a": 1}, {"b": 1}], [{}, {"a": 1, "b": 1}]),
        (not_both("a", "b"), [{}, {"a": 1}], [{"a": 1, "b": 1}]),
        (at_least_one, [{"c": 1}], [{}]),
    ],
)
def test_what_a_model_wants_of_its_keys_is_in_its_json_schema(
    add: Callable[[dict[str, object]], None], fine: list[object], refused: list[object]
) -> None:
    schema: dict[str, object] = {"type": "object"}
    add(schema)
    validator = jsonschema.Draft202012Validator(schema)
    assert all(map(validator.is_valid, fine))
    assert not any(map(validator.is_valid, refused))
