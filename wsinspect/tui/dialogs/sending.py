"""What is to be sent, as it is written in a form, and the call of the control channel that sends it."""

from __future__ import annotations

import base64
import enum
from dataclasses import dataclass
from pathlib import Path

from wsinspect.control import methods
from wsinspect.control.messages import MOST_BYTES, Json
from wsinspect.control.methods import ParamsError, checked
from wsinspect.errors import WsinspectError
from wsinspect.present.json_layout import json_problem
from wsinspect.present.text import size_text
from wsinspect.present.written_bytes import WrittenProblem, bytes_of_base64, bytes_of_hex

type Call = tuple[str, dict[str, Json]]
"""A method and its parameters."""

LARGEST_SENT = MOST_BYTES // 4 * 3 - 4096
"""Bytes of a payload that a call has room for."""


class Kind(enum.StrEnum):
    """What is sent."""

    TEXT = "text"
    JSON = "JSON"
    BINARY = "binary"
    PING = "ping"
    PONG = "pong"
    CLOSE = "close"
    FRAME = "frame"


class Writing(enum.StrEnum):
    """How a payload is written."""

    TEXT = "text"
    HEX = "hex"
    BASE64 = "base64"
    FILE = "file"


WRITINGS = {
    Kind.BINARY: (Writing.HEX, Writing.BASE64, Writing.FILE, Writing.TEXT),
    Kind.PING: (Writing.TEXT, Writing.HEX),
    Kind.PONG: (Writing.TEXT, Writing.HEX),
    Kind.FRAME: (Writing.TEXT, Writing.HEX, Writing.BASE64, Writing.FILE),
}
"""The ways in which the payload of a kind may be written; text for the others."""
AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Draft:
    """A form that was filled in."""

    to: str = "server"
    """`server`, `client` or `both`."""
    kind: Kind = Kind.TEXT
    writing: Writing = Writing.TEXT
    content: str = ""
    file: str = ""
    code: str = "1000"
    """Of a close frame; empty for none."""
    reason: str = ""
    opcode: str = "text"
    """A name, or a number from 0 to 15."""
    fin: bool = True
    rsv: int = 0
    """RSV1 is 4, RSV2 2, RSV3 1."""
    masked: str = AUTO
    """`auto`, `yes` or `no`."""
    length_bytes: str = AUTO
    """`auto`, `0`, `2` or `8`."""
    announced: str = ""
    """The length to write in the header; empty for the payload's."""


def call_of(draft: Draft, session: int) -> Call:
    """Return the call that sends what is written.

    Args:
        draft: What is written.
        session: Number of the session.

    Raises:
        WsinspectError: Something in the form will not do.
    """
    given: dict[str, Json] = {"session": session}
    if draft.kind is Kind.CLOSE:
        given |= {"side": draft.to, "code": _number("code", draft.code), "reason": draft.reason}
        return _checked(methods.CLOSE.name, given)
    given["to"] = draft.to
    match draft.kind:
        case Kind.TEXT:
            given["text"] = draft.content
        case Kind.JSON:
            if (problem := json_problem(draft.content)) is not None:
                place = f"line {problem.line} column {problem.column}"
                hint = "choose text to send it all the same"
                raise WsinspectError(f"no JSON, {place}: {problem.message}", hint=hint)
            given["text"] = draft.content
        case Kind.BINARY:
            given |= {"base64": _payload(draft), "type": "binary"}
        case Kind.PING | Kind.PONG:
            given |= {"base64": _payload(draft), "opcode": draft.kind.value}
        case Kind.FRAME:
            given |= {"base64": _payload(draft), **_header(draft)}
    return _checked(methods.INJECT.name, given)


def said_of(call: Call) -> str:
    """Say in short what a call sends."""
    method, given = call
    if method == methods.CLOSE.name:
        return f"close {given['code'] or 'without a code'} to {given['side']}"
    text, encoded = given.get("text"), given.get("base64")
    size = len(text.encode()) if isinstance(text, str) else len(base64.b64decode(str(encoded)))
    kind = given.get("opcode", "text" if isinstance(text, str) else "binary")
    return f"{kind if isinstance(kind, str) else f'opcode {kind}'} {size_text(size)} B to {given['to']}"


def _checked(method: str, given: dict[str, Json]) -> Call:
    try:
        checked(methods.METHODS[method], given)
    except ParamsError as error:
        raise WsinspectError(str(error)) from error
    return method, given


def _payload(draft: Draft) -> str:
    data = _bytes(draft)
    if len(data) > LARGEST_SENT:
        raise WsinspectError(
            f"{size_text(len(data))} bytes are more than can be sent: {size_text(LARGEST_SENT)} at most"
        )
    return base64.b64encode(data).decode()


def _bytes(draft: Draft) -> bytes:
    match draft.writing:
        case Writing.TEXT:
            return draft.content.encode()
        case Writing.HEX:
            found = bytes_of_hex(draft.content)
        case Writing.BASE64:
            found = bytes_of_base64(draft.content)
        case Writing.FILE:
            return _read(draft.file)
    if isinstance(found, WrittenProblem):
        raise WsinspectError(f"line {found.line} column {found.column}: {found.message}")
    return found


def _read(name: str) -> bytes:
    if not name.strip():
        raise WsinspectError("write the name of a file")
    try:
        path = Path(name.strip()).expanduser()
        if not path.is_file():
            raise WsinspectError("there is no such file", where=str(path))
        with path.open("rb") as file:
            return file.read(LARGEST_SENT + 1)
    except (OSError, RuntimeError, ValueError) as error:
        raise WsinspectError(f"cannot be read: {error}", where=name) from error


def _header(draft: Draft) -> dict[str, Json]:
    opcode = draft.opcode.strip().lower()
    header: dict[str, Json] = {
        "opcode": int(opcode) if opcode.isascii() and opcode.isdigit() else opcode,
        "fin": draft.fin,
        "rsv": draft.rsv,
    }
    if draft.masked != AUTO:
        header["masked"] = draft.masked == "yes"
    if draft.length_bytes != AUTO:
        header["length_bytes"] = int(draft.length_bytes)
    if (announced := _number("announced length", draft.announced)) is not None:
        header["announced"] = announced
    return header


def _number(name: str, text: str) -> int | None:
    plain = text.strip()
    if not plain:
        return None
    if not (plain.isascii() and plain.isdigit() and len(plain) < 20):
        raise WsinspectError(f"the {name} has to be a number")
    return int(plain)
