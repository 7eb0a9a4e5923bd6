"""What a rule may ask of a session and of a message."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from wsinspect.rules.quantities import Duration, Size
from wsinspect.rules.schema.shape import AnyJson, Json, Maybe, Named, OneOrMore, Strict, at_least_one, wrong
from wsinspect.rules.schema.texts import (
    BytesPattern,
    FieldPath,
    Glob,
    HeaderName,
    Hex,
    HostGlob,
    JsonPath,
    PathGlob,
    Regex,
    UrlGlob,
)

type Dir = Literal["c2s", "s2c"]
type MessageType = Literal["text", "binary"]


class NotEmpty(Strict):
    """A mapping that has a key."""

    model_config = ConfigDict(json_schema_extra=at_least_one)

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.model_fields_set:
            raise wrong("there is no test in it")
        return self


class Range(NotEmpty):
    """Bounds of a number."""

    equals: Maybe[int | float] = None
    gt: Maybe[int | float] = None
    ge: Maybe[int | float] = None
    lt: Maybe[int | float] = None
    le: Maybe[int | float] = None


class SizeRange(NotEmpty):
    """Bounds of a size."""

    gt: Maybe[Size] = None
    ge: Maybe[Size] = None
    lt: Maybe[Size] = None
    le: Maybe[Size] = None


class DurationRange(NotEmpty):
    """Bounds of a duration."""

    gt: Maybe[Duration] = None
    ge: Maybe[Duration] = None
    lt: Maybe[Duration] = None
    le: Maybe[Duration] = None


class TextTest(NotEmpty):
    """Tests of a text; all that are given must hold."""

    equals: Maybe[str] = None
    contains: Maybe[str] = None
    icontains: Maybe[str] = None
    """In any case."""
    starts: Maybe[str] = None
    ends: Maybe[str] = None


class ValueTest(NotEmpty):
    """Tests of a value in JSON; all that are given must hold for one of the values that the path leads to."""

    equals: AnyJson = None
    """The same value, of any kind; numbers by their value."""
    regex: Maybe[Regex] = None
    exists: Maybe[bool] = None
    """False: there must be none."""
    contains: Maybe[str] = None
    gt: Maybe[int | float] = None
    ge: Maybe[int | float] = None
    lt: Maybe[int | float] = None
    le: Maybe[int | float] = None
    in_: Maybe[Annotated[list[AnyJson], Field(min_length=1)]] = Field(default=None, alias="in")


Expected = str | int | float | bool | list[Json] | ValueTest | None
"""What a value in JSON has to be; a mapping is always tests: `{equals: {…}}` compares with an object."""


class BytesTest(Strict):
    """Bytes at a place."""

    at: int = 0
    """From 0; negative counts from the end."""
    equals: Hex
    """Hexadecimal."""


class Every(Strict):
    """Every so many messages."""

    every: Annotated[int, Field(ge=1)]
    """Each how many."""
    from_: Annotated[int, Field(ge=1, alias="from")] = 1
    """The first."""


class Match(Strict):
    """Conditions, all of which must hold. A text for a name is a glob, or with `~` in front a regular expression."""

    url: Maybe[OneOrMore[UrlGlob]] = None
    """As a client would write it: `wss://host/path?query`."""
    host: Maybe[OneOrMore[HostGlob]] = None
    """Of the server, without the port."""
    path: Maybe[OneOrMore[PathGlob]] = None
    """Of the request, without its query."""
    query: Maybe[Named[Glob]] = None
    """Parameters of the request by name."""
    header: Maybe[Annotated[dict[HeaderName, Glob | bool], Field(min_length=1)]] = None
    """Of the request, by name in any case; in `handshake_response` rules of the response. False: it must be absent."""
    subprotocol: Maybe[OneOrMore[Glob]] = None
    """As agreed; in `handshake_request` rules one of those offered."""
    protocol: Maybe[OneOrMore[Glob]] = None
    """As a decoder recognised it."""
    status: Maybe[OneOrMore[Annotated[int, Field(ge=100, le=599)]]] = None
    """Of the answer to the upgrade."""
    dir: Maybe[Dir] = None
    """`c2s`: from the client to the server."""
    type: Maybe[MessageType] = None
    """Of the message."""
    text: Maybe[str | TextTest] = None
    """A text alone: the payload contains it."""
    regex: Maybe[Regex] = None
    """Found anywhere in the payload; its named groups are known to actions as `match.NAME`."""
    json_: Maybe[Annotated[dict[JsonPath, Expected], Field(min_length=1)]] = Field(default=None, alias="json")
    """By JSONPath: the value, or tests of it."""
    hex: Maybe[BytesPattern] = None
    """The payload contains these bytes; `??` is any byte."""
    bytes: Maybe[OneOrMore[BytesTest]] = None
    """The payload has these bytes at a place."""
    size: Maybe[Size | SizeRange] = None
    """Of the payload."""
    event: Maybe[OneOrMore[Glob]] = None
    """As a decoder names it."""
    fields: Maybe[Annotated[dict[FieldPath, Expected], Field(min_length=1)]] = None
    """A decoder's fields, by JSONPath or by name."""
    index: Maybe[Annotated[int, Field(ge=1)] | Every] = None
    """Place among the messages of its direction, from 1."""
    since_open: Maybe[DurationRange] = None
    """Since the session opened."""
    gap: Maybe[DurationRange] = None
    """Since the message before it in its direction."""
    close_code: Maybe[OneOrMore[Annotated[int, Field(ge=0, le=65535)]] | Range] = None
    """Of a close frame; 1005: it has none."""
    tag: Maybe[OneOrMore[Glob]] = None
    """One of the session's, or of the message's by an earlier rule."""
    source: Maybe[Literal["peer", "rule", "user", "replay", "any"]] = None
    """Who made it; `peer` unless said."""
    any: Maybe[Annotated[list[Match], Field(min_length=1)]] = None
    """One of these must hold."""
    all: Maybe[Annotated[list[Match], Field(min_length=1)]] = None
    """Each of these must hold."""
    not_: Maybe[Match] = Field(default=None, alias="not")
    """This must not hold."""
