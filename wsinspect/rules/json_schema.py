"""The JSON Schema of rule files, for editors: what the models say, put so that people can read it."""

from __future__ import annotations

import json

from pydantic.json_schema import JsonSchemaValue

from wsinspect.rules.schema import RuleFile

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_REFERENCE = "#/$defs/"


def schema() -> JsonSchemaValue:
    """Return the JSON Schema of a rule file.

    It says all that can be said of the structure. What texts mean, such as whether a regular expression is one, only
    `load` knows.
    """
    made = RuleFile.model_json_schema(by_alias=True)
    definitions = made.pop("$defs")
    definitions.pop("Json")  # it is any value
    return {
        "$schema": DIALECT,
        "title": "Rules of wsinspect",
        **_tidied(made, definitions),
        "$defs": {name: _tidied(definitions[name], definitions) for name in sorted(definitions)},
    }


def schema_text() -> str:
    """Return the JSON Schema as it is published."""
    return json.dumps(schema(), indent=2) + "\n"


def _tidied(part: JsonSchemaValue, definitions: JsonSchemaValue) -> JsonSchemaValue:
    """Leave out what says nothing, and describe a key by what stands behind it."""
    if part.get("$ref") == f"{_REFERENCE}Json":
        return {}
    tidied: JsonSchemaValue = {}
    for key, value in part.items():
        match key, value:
            case ("title", str()) | ("default", None):
                pass
            case "description", str():
                tidied[key] = " ".join(value.split())
            case "properties", dict():
                tidied[key] = {name: _property(inner, definitions) for name, inner in value.items()}
            case _, dict():
                tidied[key] = _tidied(value, definitions)
            case _, list():
                tidied[key] = [_tidied(each, definitions) if isinstance(each, dict) else each for each in value]
            case _:
                tidied[key] = value
    return tidied


def _property(part: JsonSchemaValue, definitions: JsonSchemaValue) -> JsonSchemaValue:
    tidied = _tidied(part, definitions)
    if "description" not in tidied:
        for form in (tidied, *tidied.get("anyOf", ())):
            definition = definitions.get(str(form.get("$ref", "")).removeprefix(_REFERENCE), {})
            if "description" in definition:
                return {"description": " ".join(definition["description"].split()), **tidied}
    return tidied
