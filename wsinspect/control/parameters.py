"""What the methods of the control channel take: the one definition that checks, documents and completes parameters.

A payload is given in one of four forms, `text`, `json`, `base64` and `hex`, and is bytes once it was read.
"""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import Annotated, Literal, Self

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from wsinspect.model import Direction, Source
from wsinspect.wire.opcodes import Opcode
from wsinspect.wire.sending import Injection

Side = Literal["client", "server", "both"]
NoticeName = Literal[
    "session",
    "held",
    "released",
    "rules",
    "rule_error",
    "alert",
    "expect_failed",
    "log",
    "replay",
    "unmatched",
    "paused",
    "limit",
]

_LONGEST_REASON = 123
"""RFC 6455 5.5: a control frame has 125 bytes at most, of which the code takes two."""
_LARGEST_ID = (1 << 63) - 1
_DATA_OPCODES: dict[str | None, int] = {"text": Opcode.TEXT, "binary": Opcode.BINARY}
_OPCODE_NAMES = {opcode.name.lower(): int(opcode) for opcode in Opcode}


class Params(BaseModel):
    """Has no keys but the ones it says, and takes no value for another."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        validate_by_alias=True,
        validate_by_name=False,
        hide_input_in_errors=True,
    )


# ---- values


def _of_text(value: object) -> bytes | None:
    if not isinstance(value, str):
        raise ValueError("has to be text")
    return value.encode()


def _of_json(value: object) -> bytes | None:
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError as error:
        raise ValueError(f"cannot be written as JSON: {error}") from error


def _of_base64(value: object) -> bytes | None:
    try:
        return base64.b64decode(value if isinstance(value, str) else b"-", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("is no base64") from error


def _of_hex(value: object) -> bytes | None:
    try:
        return bytes.fromhex(value if isinstance(value, str) else "-")
    except ValueError as error:
        raise ValueError("is no hexadecimal text, such as '0a 1b'") from error


def _opcode(value: object) -> int | None:
    match value:
        case str() if (named := _OPCODE_NAMES.get(value)) is not None:
            return named
        case int() if not isinstance(value, bool) and 0 <= value <= 15:
            return value
        case str() if value.startswith("0x"):
            return _opcode(int(value, 16) if len(value) == 3 and value[2] in "0123456789abcdefABCDEF" else None)
        case _:
            raise ValueError(f"has to be one of {', '.join(_OPCODE_NAMES)}, or a number from 0 to 15")


def _absolute(value: object) -> Path:
    if not isinstance(value, str) or "\0" in value or not (path := Path(value)).is_absolute():
        raise ValueError("has to be an absolute path: the engine runs in a folder of its own")
    return path


def _name(value: object) -> object:
    if isinstance(value, str) and not value.isprintable():
        raise ValueError("has to be printable")
    return value


_TEXT = {"type": "string"}
SessionNumber = Annotated[int, Field(ge=1, le=_LARGEST_ID, description="Number of the session.")]
MessageNumber = Annotated[int, Field(ge=1, le=_LARGEST_ID, description="Number of the message in its session.")]
Code = Annotated[int, Field(ge=0, le=65535)]


# ---- shapes


class Nothing(Params):
    """Takes no parameters."""


class OfSession(Params):
    """Names a session."""

    session: SessionNumber


class OfMessage(OfSession):
    """Names a held message."""

    message: MessageNumber


class Hello(Params):
    """Names a client."""

    name: Annotated[str, BeforeValidator(_name)] = Field(
        min_length=1, max_length=64, description="Whom breakpoints and held messages belong to; the same after a loss."
    )


class Sessions(Params):
    """Chooses sessions."""

    filter: str | None = Field(default=None, max_length=10_000, description="A filter expression about sessions.")


class Hold(Params):
    """Describes a breakpoint."""

    filter: str = Field(max_length=10_000, description="A filter expression about messages: those that match are held.")
    keep: bool = Field(default=False, description="Whether the breakpoint stays when the client that set it goes.")


class OfBreakpoint(Params):
    """Names a breakpoint."""

    breakpoint: int = Field(ge=1, le=_LARGEST_ID, description="Its number.")


class _Payload(Params):
    """A payload in one of four forms, or none."""

    text: Annotated[bytes | None, BeforeValidator(_of_text), WithJsonSchema(_TEXT)] = Field(
        default=None, description="The payload as text."
    )
    json_value: Annotated[bytes | None, BeforeValidator(_of_json), WithJsonSchema({})] = Field(
        default=None, alias="json", description="The payload as a JSON value, written without spaces."
    )
    base64: Annotated[bytes | None, BeforeValidator(_of_base64), WithJsonSchema(_TEXT)] = Field(
        default=None, description="The payload in base64."
    )
    hex: Annotated[bytes | None, BeforeValidator(_of_hex), WithJsonSchema(_TEXT)] = Field(
        default=None, description="The payload in hexadecimal; spaces are allowed."
    )
    type: Literal["text", "binary"] | None = Field(default=None, description="The type of the message.")

    @property
    def payload(self) -> bytes | None:
        """What was given, None where nothing was."""
        return next((each for each in self._forms if each is not None), None)

    @property
    def opcode_of_type(self) -> int | None:
        """The opcode of `type`, None where it was not given."""
        return _DATA_OPCODES.get(self.type)

    @property
    def _forms(self) -> tuple[bytes | None, ...]:
        return (self.text, self.json_value, self.base64, self.hex)

    @model_validator(mode="after")
    def _check_forms(self) -> Self:
        if sum(form is not None for form in self._forms) > 1:
            raise ValueError("give one of text, json, base64 and hex")
        return self


class Edit(_Payload, OfMessage):
    """Puts another payload in place of a held message's."""

    @model_validator(mode="after")
    def _check_payload(self) -> Self:
        if self.payload is None:
            raise ValueError("the new payload is missing: give text, json, base64 or hex")
        return self


class _OneOrAll(Params):
    session: SessionNumber | None = Field(default=None, description="Number of the session.")
    message: MessageNumber | None = Field(default=None, description="Number of the message in its session.")
    all: bool = Field(default=False, description="Whether to release everything that is held, instead of one message.")


class Release(_Payload, _OneOrAll):
    """Names what to let go on."""

    @property
    def one(self) -> tuple[int, int] | None:
        """Session and message, None for everything."""
        return None if self.session is None or self.message is None else (self.session, self.message)

    @model_validator(mode="after")
    def _check_choice(self) -> Self:
        if self.all and (self.session, self.message, self.payload, self.type) != (None, None, None, None):
            raise ValueError("all goes with no other parameter")
        if not self.all and self.one is None:
            raise ValueError("give session and message, or all")
        if self.type is not None and self.payload is None:
            raise ValueError("type goes with a payload")
        return self


class _Receiver(OfSession):
    to: Side = Field(description="Who is to get it.")


class Inject(_Payload, _Receiver):
    """Describes a message, or a frame with any header bits."""

    opcode: Annotated[int | None, BeforeValidator(_opcode), WithJsonSchema({"type": ["string", "integer"]})] = Field(
        default=None,
        description="For a raw frame: `text`, `binary`, `continuation`, `close`, `ping`, `pong`, or a number to 15.",
    )
    fin: bool = Field(default=True, description="The FIN bit.")
    rsv: int = Field(default=0, ge=0, le=7, description="The reserved bits: RSV1 is 4, RSV2 2, RSV3 1.")
    masked: bool | None = Field(
        default=None, description="The mask bit. Without it: as RFC 6455 wants it, set for what goes to the server."
    )
    length_bytes: Literal[0, 2, 8] | None = Field(
        default=None, description="In how many extra bytes to write the length. Without it: in as few as it takes."
    )
    announced: int | None = Field(
        default=None, ge=0, le=_LARGEST_ID, description="The length to write, where it is not to be the payload's."
    )
    code: Code | None = Field(default=None, description="The code of a close frame.")
    reason: str | None = Field(default=None, description="The reason of a close frame.")

    @model_validator(mode="after")
    def _check_frame(self) -> Self:
        if self.opcode is None and self.payload is None:
            raise ValueError("there is nothing to send: give text, json, base64 or hex, or an opcode")
        if self.opcode is not None and self.type is not None:
            raise ValueError("give type or opcode")
        if self.code is None and self.reason is None:
            self.frame().check()
            return self
        if self.opcode != Opcode.CLOSE or self.payload is not None:
            raise ValueError("code and reason are of a close frame without a payload: opcode=close")
        _check_close(self.code, self.reason)
        return self

    def frame(self) -> Injection:
        """Return the frame."""
        payload = self.payload
        if self.code is not None:
            payload = self.code.to_bytes(2, "big") + (self.reason or "").encode()
        opcode = self.opcode if self.opcode is not None else self.opcode_of_type
        if opcode is None:
            opcode = Opcode.BINARY if self.text is None and self.json_value is None else Opcode.TEXT
        return Injection(
            opcode,
            payload or b"",
            self.fin,
            self.rsv,
            Source.USER,
            self.masked,
            self.length_bytes,
            self.announced,
        )


class Close(OfSession):
    """Describes how to close a session."""

    code: Code | None = Field(default=1000, description="The close code; null for a close frame without one.")
    reason: str = Field(default="", description="The reason, 123 bytes at most.")
    side: Side = Field(default="both", description="Who gets the close frame.")

    @model_validator(mode="after")
    def _check_reason(self) -> Self:
        _check_close(self.code, self.reason)
        return self


class HalfClose(OfSession):
    """Names one of a session's two connections."""

    side: Literal["client", "server"] = Field(description="Who is told that nothing more comes.")


class Files(Params):
    """Names rule files."""

    files: list[Annotated[Path, BeforeValidator(_absolute), WithJsonSchema(_TEXT)]] = Field(
        max_length=64, description="Absolute paths of rule files; none unloads all rules."
    )


class OfRule(Params):
    """Names a rule."""

    rule: str = Field(min_length=1, max_length=200, description="Its id.")


class Tag(OfSession):
    """Describes the tags of a session or message."""

    message: MessageNumber | None = Field(default=None, description="Without it the session is meant.")
    tags: list[Annotated[str, Field(min_length=1, max_length=100)]] = Field(
        max_length=64, description="All the tags it is to have; none removes them."
    )


class Note(OfSession):
    """Describes the note of a session or message."""

    message: MessageNumber | None = Field(default=None, description="Without it the session is meant.")
    note: str | None = Field(max_length=100_000, description="The text; null removes the note.")


class Subscribe(Params):
    """Says what to be told."""

    kinds: list[NoticeName] | None = Field(default=None, max_length=64, description="Which notices; all without it.")
    status_every: float | None = Field(
        default=None, ge=0.1, le=3600, description="Also send the status, each time so many seconds have passed."
    )


def directions(side: Side) -> list[Direction]:
    """Return the directions that lead to a side."""
    match side:
        case "client":
            return [Direction.S2C]
        case "server":
            return [Direction.C2S]
        case "both":
            return [Direction.C2S, Direction.S2C]


def _check_close(code: int | None, reason: str | None) -> None:
    if reason and code is None:
        raise ValueError("a reason needs a code")
    if reason and len(reason.encode()) > _LONGEST_REASON:
        raise ValueError(f"a reason has {_LONGEST_REASON} bytes at most")
