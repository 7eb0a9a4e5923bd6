"""Texts that mean something: patterns, paths, bytes, templates, names. Each is checked where it is read."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, InitErrorDetails, ValidationError, core_schema

from wsinspect.query import documents, patterns
from wsinspect.query.patterns import Pattern
from wsinspect.rules.schema.shape import Json, wrong

MOST_CONTROL_BYTES = 125
"""RFC 6455 section 5.5: payload of a control frame."""
MOST_PATH = 1000
MOST_PROBLEMS = 100
"""Of the templates within one value."""
MOST_REASON_BYTES = MOST_CONTROL_BYTES - 2


@dataclass(frozen=True, slots=True)
class Checks:
    """What says why a text is no template, or no condition: the context of a validation, which may have none."""

    template: Callable[[str], str | None]
    condition: Callable[[str], str | None]


@dataclass(frozen=True, slots=True, eq=False)
class Meaning:
    """Says why a value does not mean anything."""

    wants: str
    """What is wanted, for people."""
    problem: Callable[[str], str | None] = lambda _: None
    template: bool = False
    """Whether it may be a template; then `problem` is asked of one that has none in it."""
    condition: bool = False
    """Whether it is a filter expression."""
    form: JsonSchemaValue = field(default_factory=dict)
    """Added to the JSON Schema."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), **self.form}

    def _check(self, value: str, info: core_schema.ValidationInfo) -> str:
        checks = info.context if isinstance(info.context, Checks) else None
        found = None
        if checks is not None and self.template:
            found = checks.template(value)
        if checks is not None and self.condition:
            found = checks.condition(value)
        if found is None and not (self.template and "{{" in value):
            found = self.problem(value)
        if found is not None:
            raise wrong(found)
        return value


@dataclass(frozen=True, slots=True)
class _TemplatesWithin:
    """Finds what is no template in the texts of a JSON value, at any depth."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_after_validator_function(self._check, handler(source))

    @staticmethod
    def _check(value: Json, info: core_schema.ValidationInfo) -> Json:
        if isinstance(info.context, Checks):
            problems: list[InitErrorDetails] = []
            _within(value, (), info.context, problems)
            if problems:
                raise ValidationError.from_exception_data("template", problems)
        return value


def _within(value: Json, at: tuple[str | int, ...], checks: Checks, problems: list[InitErrorDetails]) -> None:
    if len(problems) == MOST_PROBLEMS:
        return
    match value:
        case str() if (found := checks.template(value)) is not None:
            problems.append({"type": wrong(found), "loc": at, "input": value})
        case list():
            for number, each in enumerate(value):
                _within(each, (*at, number), checks, problems)
        case dict():
            for key, each in value.items():
                _within(each, (*at, key), checks, problems)
        case _:
            pass


# ---- what is wrong with a text


def _regex(text: str) -> str | None:
    found = patterns.problem(Pattern(text))
    return found and f"this is no regular expression (RE2): {found}"


def _glob(text: str) -> str | None:
    return _regex(text[1:]) if text.startswith("~") else None


def _path_glob(text: str) -> str | None:
    if text.startswith(("/", "*", "?", "~")):
        return _glob(text)
    return "a path begins with /; without it this never fits"


def _url_glob(text: str) -> str | None:
    if text.startswith(("*", "?", "~")) or re.match("ws.*[:*?]", text, re.IGNORECASE):
        return _glob(text)
    return "it is compared with the whole URL, as in wss://example.com/*; this never fits"


def _host_glob(text: str) -> str | None:
    if text.startswith("~") or not re.search(r"/|^[^:]*:\d*$", text):
        return _glob(text)
    return "a host has no port and no wss:// in front; match.url has both"


def _json_path(text: str) -> str | None:
    if not text.startswith("$"):
        return "a JSONPath begins with $, which is the whole: $.name is a member of it"
    if len(text) > MOST_PATH:
        return f"a JSONPath has at most {MOST_PATH} characters"
    found = documents.problem(text)
    return found and f"this is no JSONPath: {found[0]}, at character {found[1] + 1}"


def _field_path(text: str) -> str | None:
    return _json_path(text) if text.startswith("$") else None


def _bytes_pattern(text: str) -> str | None:
    if re.fullmatch(r"(?:[0-9A-Fa-f]{2}|\?\?)+", "".join(text.split())):
        return None
    return "bytes are written as pairs of hexadecimal digits, ?? is any byte: 0a ?? ff"


def _hex(text: str) -> str | None:
    if re.fullmatch(r"(?:[0-9A-Fa-f]{2})*", "".join(text.split())):
        return None
    return "bytes are written as pairs of hexadecimal digits: 0a ff"


def _base64(text: str) -> str | None:
    try:
        base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        return f"this is no base64: {error}"
    return None


def file_problem(text: str) -> str | None:
    """Say why a text does not name a file in a folder or below it; None where it does."""
    if not text or "\0" in text:
        return "this is no name of a file"
    if text.startswith(("/", "\\")) or re.match("[A-Za-z]:", text):
        return "a file is named from the folder of the rule file, and lies in it or below"
    if ".." in re.split(r"[/\\]", text):
        return "a file lies in the folder of the rule file or below: its name has no .."
    return None


def _url(text: str) -> str | None:
    return None if _URL.fullmatch(text) else "this is no ws:// or wss:// URL of a host, as in wss://127.0.0.1:8443/chat"


_URL = re.compile(r"wss?://(?:[^\s/?#@:\[\]]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:[/?]\S*)?", re.IGNORECASE)


def _rate(text: str) -> str | None:
    return None if re.fullmatch(RATE, text) else "a rate is so many in a time: 10/s, 100/m, 5/h"


RATE = r"[1-9][0-9]{0,8}/(?:ms|s|m|h)"
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 RFC 9110's word for a name
_NAME = r"[A-Za-z_][A-Za-z0-9_]*"


def _header_name(text: str) -> str | None:
    return None if re.fullmatch(_TOKEN, text) else "this is no name of a header"


def _one_line(text: str) -> str | None:
    return "a header is one line" if re.search(r"[\r\n\0]", text) else None


def _variable(text: str) -> str | None:
    return None if re.fullmatch(_NAME, text) else "a variable's name has letters, digits and _, and no digit in front"


def _path_and_query(text: str) -> str | None:
    return None if re.fullmatch(r"/[^\s#]*", text) else "a path begins with / and has no spaces: /chat?room=1"


def _at_most(limit: int, what: str) -> Callable[[str], str | None]:
    def problem(text: str) -> str | None:
        size = len(text.encode("utf-8", "surrogatepass"))
        return f"{what} has at most {limit} bytes, this is {size}" if size > limit else None

    return problem


# ---- the texts


Glob = Annotated[str, Meaning("a glob (or ~ and a regular expression)", _glob)]
PathGlob = Annotated[str, Meaning("a glob (or ~ and a regular expression)", _path_glob)]
HostGlob = Annotated[str, Meaning("a glob (or ~ and a regular expression)", _host_glob)]
UrlGlob = Annotated[str, Meaning("a glob (or ~ and a regular expression)", _url_glob)]
Regex = Annotated[str, Meaning("a regular expression", _regex)]
JsonPath = Annotated[str, Meaning("a JSONPath", _json_path)]
FieldPath = Annotated[str, Meaning("a JSONPath or the name of a field", _field_path)]
BytesPattern = Annotated[str, Meaning("bytes in hexadecimal", _bytes_pattern)]
Hex = Annotated[str, Meaning("bytes in hexadecimal", _hex)]
HexTemplate = Annotated[str, Meaning("bytes in hexadecimal", _hex, template=True)]
Base64Template = Annotated[str, Meaning("bytes in base64", _base64, template=True)]
Template = Annotated[str, Meaning("a text", template=True)]
JsonTemplate = Annotated[Json, _TemplatesWithin(), WithJsonSchema({})]
Condition = Annotated[str, Meaning("a filter expression", condition=True)]
FileName = Annotated[str, Meaning("the name of a file", file_problem)]
FileTemplate = Annotated[str, Meaning("the name of a file", file_problem, template=True)]
UrlTemplate = Annotated[str, Meaning("a ws:// or wss:// URL", _url, template=True)]
PathTemplate = Annotated[str, Meaning("a path", _path_and_query, template=True)]
HeaderName = Annotated[str, Meaning("the name of a header", _header_name)]
HeaderTemplate = Annotated[str, Meaning("a header's value", _one_line, template=True)]
VariableName = Annotated[str, Meaning("the name of a variable", _variable)]
Rate = Annotated[str, Meaning("a rate such as 10/s", _rate, form={"pattern": f"^{RATE}$"})]
Reason = Annotated[str, Meaning("a text", _at_most(MOST_REASON_BYTES, "the reason of a close"), template=True)]
ControlText = Annotated[
    str, Meaning("a text", _at_most(MOST_CONTROL_BYTES, "the payload of a control frame"), template=True)
]
