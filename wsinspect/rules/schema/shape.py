"""What the models of rule files are made of: strict mappings, keys that may be left out, lists of one, shorthands.

A marker in an annotation changes both what is accepted and the JSON Schema, so that the two cannot part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, PydanticKnownError, core_schema

T = TypeVar("T")

type Json = str | int | float | bool | list[Json] | dict[str, Json] | None

AnyJson = Annotated[Json, WithJsonSchema({})]
"""A value of any kind."""

Word = Annotated[T, Field(strict=False)]
"""An enum, given by its value."""

# A union alone is no alias to mypy.
OneOrMore = Annotated[T | Annotated[list[T], Field(min_length=1)], "one, or a list"]

Named = Annotated[dict[str, T], Field(min_length=1)]


class Strict(BaseModel):
    """A mapping that has no keys but the ones it says."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, populate_by_name=True, use_attribute_docstrings=True
    )


def wrong(message: str) -> PydanticCustomError:
    """Make the error of a value that is not right; the message says all about it."""
    return PydanticCustomError("wrong", "{message}", {"message": message})


@dataclass(frozen=True, slots=True)
class _Given:
    """None means that the key is not there: nobody writes it."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return without_null(handler(schema))

    @staticmethod
    def _check(value: object) -> object:
        if value is None:
            raise PydanticCustomError("nothing", "there is nothing behind it")
        return value


Maybe = Annotated[T | None, _Given()]
"""A key that may be left out, but not be left empty."""


@dataclass(frozen=True, slots=True)
class OfType:
    """Keeps 1 and true apart, which are equal in Python, where a `Literal` would take either."""

    kind: type

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._check, handler(source))

    def _check(self, value: object) -> object:
        if type(value) is not self.kind:
            raise PydanticKnownError("literal_error", {"expected": self.kind.__name__})
        return value


@dataclass(frozen=True, slots=True)
class Shorthand:
    """Lets a value alone stand for a mapping with one key, or nothing for an empty one."""

    key: str | None = None
    """The key; None: there is no such shorthand."""
    bare: bool = False
    """Whether there may be nothing: `drop`, `drop:`, `drop: {}` and `drop: true` are the same."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._expand, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        whole = handler(schema)
        forms = [whole]
        if self.key is not None:
            forms.insert(0, handler.resolve_ref_schema(whole)["properties"][self.key])
        return {"anyOf": [*forms, *(_NOTHING if self.bare else ())]}

    def _expand(self, value: object) -> object:
        if isinstance(value, dict | BaseModel):
            return value
        if self.bare and (value is True or value is None):
            return {}
        return value if self.key is None else {self.key: value}


@dataclass(frozen=True, slots=True)
class OneAsList:
    """Lets one thing stand for a list of it."""

    bare: bool = False
    """Whether nothing may stand for an empty list."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._expand, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        listed = handler(schema)
        return {"anyOf": [listed["items"], listed, *((*_NOTHING, _NO_KEYS) if self.bare else ())]}

    def _expand(self, value: object) -> object:
        if self.bare and (value is True or value is None or value == {}):
            return []
        return value if isinstance(value, list) else [value]


# As a constant, so that null is not taken away with the one that stands for a key that is not there.
_NOTHING: tuple[JsonSchemaValue, ...] = ({"const": None}, {"const": True})
_NO_KEYS: JsonSchemaValue = {"type": "object", "maxProperties": 0}


def exactly_one(*keys: str) -> Callable[[JsonSchemaValue], None]:
    """Make what adds to a model's JSON Schema that one of these keys is there, and only one."""

    def add(schema: JsonSchemaValue) -> None:
        schema["oneOf"] = [{"required": [key]} for key in keys]

    return add


def not_both(one: str, other: str) -> Callable[[JsonSchemaValue], None]:
    """Make what adds to a model's JSON Schema that these keys are not both there."""

    def add(schema: JsonSchemaValue) -> None:
        schema["not"] = {"required": [one, other]}

    return add


def at_least_one(schema: JsonSchemaValue) -> None:
    """Add to a model's JSON Schema that it has a key."""
    schema["minProperties"] = 1


def markers(annotation: object) -> Iterator[object]:
    """List what is written beside the types of an annotation, at any depth."""
    yield from getattr(annotation, "__metadata__", ())
    for part in get_args(annotation):
        yield from markers(part)


def without_null(schema: JsonSchemaValue) -> JsonSchemaValue:
    """Take the null away from a JSON Schema of something or null."""
    forms = [form for form in schema.get("anyOf", ()) if form != {"type": "null"}]
    if not forms:
        return schema
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    return {**forms[0], **rest} if len(forms) == 1 else {**rest, "anyOf": forms}
