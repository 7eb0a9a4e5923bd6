"""Validates what a rule file may hold, and its JSON Schema, side by side."""

from __future__ import annotations

from typing import Any

import jsonschema  # type: ignore[import-untyped]
from pydantic import TypeAdapter, ValidationError

from wsinspect.rules import conditions, templates
from wsinspect.rules.schema import Checks

CHECKS: Any = Checks(templates.problem, conditions.problem)


def errors_of(kind: object, value: object) -> list[str]:
    """List what is wrong with a value, a line each: place, type and message."""
    try:
        TypeAdapter[Any](kind).validate_python(value, context=CHECKS, by_alias=True, by_name=False)
    except ValidationError as error:
        return [f"{'.'.join(map(str, each['loc']))}: {each['type']}: {each['msg']}" for each in error.errors()]
    return []


def read(kind: object, value: object) -> Any:  # noqa: ANN401 - of the kind that was asked for
    """Validate a value."""
    return TypeAdapter[Any](kind).validate_python(value, context=CHECKS, by_alias=True, by_name=False)


def fits_json_schema(kind: object, value: object) -> bool:
    """Tell whether the JSON Schema accepts a value."""
    schema = TypeAdapter[Any](kind).json_schema()
    return bool(jsonschema.Draft202012Validator(schema).is_valid(value))
