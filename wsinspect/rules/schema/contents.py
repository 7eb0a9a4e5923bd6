"""What rules send of their own: payloads, and where to."""

from __future__ import annotations

import base64
import enum
from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator

from wsinspect.rules.quantities import Duration, Period
from wsinspect.rules.schema.match import Match, MessageType
from wsinspect.rules.schema.shape import Maybe, Strict, Word, exactly_one, not_both, wrong
from wsinspect.rules.schema.texts import (
    Base64Template,
    ControlText,
    FileTemplate,
    HexTemplate,
    JsonTemplate,
    Template,
)


class To(enum.StrEnum):
    """Which peer."""

    CLIENT = "client"
    SERVER = "server"
    BOTH = "both"


class Content(Strict):
    """A payload: exactly one of text, json (text messages), hex, base64, file (binary ones, unless `type` says)."""

    model_config = ConfigDict(json_schema_extra=exactly_one("text", "json", "hex", "base64", "file"))

    text: Maybe[Template] = None
    """As it is to be."""
    json_: JsonTemplate = Field(default=None, alias="json")
    """Written as compact JSON."""
    hex: Maybe[HexTemplate] = None
    """Bytes in hexadecimal."""
    base64: Maybe[Base64Template] = None
    """Bytes in base64."""
    file: Maybe[FileTemplate] = None
    """In the folder of the rule file, or below it."""
    type: Maybe[MessageType] = None
    """Of the message, where it is not to be the usual one."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.model_fields_set & {"text", "json_", "hex", "base64", "file"}) != 1:
            raise wrong("give exactly one of text, json, hex, base64, file")
        if self.type == "text" and not _is_text(self):
            raise wrong("these bytes are no UTF-8, which a text message has to be")
        return self


def _is_text(content: Content) -> bool:
    if content.hex is not None and "{{" not in content.hex:
        payload = bytes.fromhex(content.hex)
    elif content.base64 is not None and "{{" not in content.base64:
        payload = base64.b64decode(content.base64)
    else:
        return True
    try:
        payload.decode()
    except UnicodeDecodeError:
        return False
    return True


class Repeat(Strict):
    """Again and again."""

    times: Maybe[Annotated[int, Field(ge=1)]] = None
    """Else until the session closes."""
    every: Period
    """How long from one to the next."""


class Send(Content):
    """A message of our own."""

    to: Word[To]
    """Who gets it."""
    after: Duration = 0
    """How long to wait before."""
    repeat: Annotated[int, Field(ge=1)] | Repeat = 1
    """How often at once; or again and again."""


class Reply(Content):
    """A message to where the message came from."""

    after: Duration = 0
    """How long to wait before."""


class Broadcast(Content):
    """A message to every open session that matches."""

    to: Word[To]
    """Who gets it."""
    match: Match = Field(default_factory=Match)
    """What can be told of a session; nothing: all of them."""


class ControlFrame(Strict):
    """A ping or pong of our own."""

    to: Word[To]
    """Who gets it."""
    text: ControlText = ""
    after: Duration = 0
    """How long to wait before."""


class RawFrame(Strict):
    """A frame of our own with any header."""

    model_config = ConfigDict(json_schema_extra=not_both("text", "payload"))

    to: Word[To]
    """Who gets it."""
    opcode: Annotated[int, Field(ge=0, le=15)]
    """1 text, 2 binary, 0 continuation, 8 close, 9 ping, 10 pong; others are reserved."""
    fin: bool = True
    """Whether it is the last frame of its message."""
    rsv: Annotated[int, Field(ge=0, le=7)] = 0
    """The three reserved bits: 4 is RSV1."""
    mask: Maybe[bool] = None
    """Unless said, as RFC 6455 wants it."""
    length: Maybe[Annotated[int, Field(ge=0, lt=2**63)]] = None
    """What the header says, where that is not to be true."""
    text: Maybe[Template] = None
    payload: Maybe[HexTemplate] = None
    """Hexadecimal."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.text is not None and self.payload is not None:
            raise wrong("give one of text and payload")
        return self
