"""The parameters and keys of the control channel in words, for its reference, `ctl help` and the method `methods`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from wsinspect.control.methods import METHODS, Method
from wsinspect.control.parameters import Params
from wsinspect.control.results import MethodDescription, Parameter

type _Schema = Mapping[str, Any]  # JSON Schema

_WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "null": "null",
    "object": "object",
}


@dataclass(frozen=True, slots=True)
class Key:
    """One parameter, or one key of a result."""

    name: str
    type: str
    """What it may be, in words."""
    meaning: str
    required: bool
    default: str | None
    """What it is when absent, as JSON; None where it is just absent."""
    takes_only_text: bool
    takes_list: bool


def keys(model: type[BaseModel]) -> Iterator[Key]:
    """Describe what an object of parameters or of a result may hold."""
    schema = model.model_json_schema()
    for name, field in model.model_fields.items():
        shown = field.alias or name
        described = schema["properties"][shown]
        yield Key(
            name=shown,
            type=_type_text(described),
            meaning=field.description or "",
            required=field.is_required(),
            default=_default_text(field),
            takes_only_text={"string"} >= _types(described) - {"null"} > set(),
            takes_list="array" in _types(described),
        )


def _default_text(field: FieldInfo) -> str | None:
    return None if field.is_required() or field.default is None else orjson.dumps(field.default).decode()


def _branches(schema: _Schema) -> list[_Schema]:
    branches: list[_Schema] = schema.get("anyOf", [schema])
    return branches


def _types(schema: _Schema) -> set[str]:
    found: set[str] = set()
    for branch in _branches(schema):
        kind = branch.get("type", "any")
        found |= {kind} if isinstance(kind, str) else set(kind)
    return found


def _type_text(schema: _Schema) -> str:
    shown = []
    for branch in _branches(schema):
        if words := branch.get("enum"):
            shown.append(", ".join(f"`{orjson.dumps(word).decode()}`".replace('"', "") for word in words))
        elif branch.get("type") == "array":
            shown.append(f"list of {_type_text(branch['items'])}")
        elif (kind := branch.get("type", "any")) == "any":
            shown.append("any JSON value")
        elif isinstance(kind, str):
            shown.append(_WORDS[kind] + _bounds_text(branch))
        else:
            shown.append(" or ".join(_WORDS[each] for each in kind))
    # What need not be given may be null too, which is nothing that anybody needs to know.
    named = [each for each in shown if each != "null"]
    return " or ".join(named)


def _bounds_text(schema: _Schema) -> str:
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is None or most is None:
        return ""
    return f" from {least:g}" if most > 1e6 else f" from {least:g} to {most:g}"


def describe(method: Method[Params]) -> MethodDescription:
    """Describe a method for programs."""
    described = [
        Parameter(name=key.name, type=key.type, required=key.required, default=key.default, meaning=key.meaning)
        for key in keys(method.params)
    ]
    return MethodDescription(method=method.name, meaning=method.meaning, params=described)


def all_methods() -> list[MethodDescription]:
    """Describe every method."""
    return [describe(method) for method in METHODS.values()]
