"""Payloads that rules make of their own: texts, JSON, bytes and files, with templates in them."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable

from wsinspect.rules import templates
from wsinspect.rules.acting import MOST_PAYLOAD, Place, check_text
from wsinspect.rules.schema import Content
from wsinspect.rules.turn import ActionError, Turn
from wsinspect.rules.values import shown, utf8
from wsinspect.wire.opcodes import Opcode

type Maker = Callable[[Turn], bytes]


def compile_content(content: Content, place: Place) -> Callable[[Turn], tuple[Opcode, bytes]]:
    """Return what makes a message: its opcode and payload.

    Raises:
        ActionError: A file that it names cannot be read.
    """
    make, textual = _maker(content, place)
    if content.type is not None:
        textual = content.type == "text"
    opcode = Opcode.TEXT if textual else Opcode.BINARY

    def build(turn: Turn) -> tuple[Opcode, bytes]:
        payload = make(turn)
        if len(payload) > MOST_PAYLOAD:
            raise ActionError(f"the message would be over {MOST_PAYLOAD >> 20} MiB")
        if textual:
            check_text(payload, "what is sent as text")
        return opcode, payload

    return build


def _maker(content: Content, place: Place) -> tuple[Maker, bool]:
    """Return what makes the payload, and whether it is a text by nature."""
    if content.text is not None:
        return text_bytes(content.text), True
    if content.hex is not None:
        return hex_bytes(content.hex), False
    if content.base64 is not None:
        return base64_bytes(content.base64), False
    if content.file is not None:
        return file_bytes(content.file, place), False
    return templates.compile_json(content.json_), True


def text_bytes(text: str) -> Maker:
    """Return what makes the bytes of a text."""
    return _made(text, utf8)


def hex_bytes(text: str) -> Maker:
    """Return what makes bytes of hexadecimal digits, with white space anywhere between."""
    return _made(text, _from_hex)


def base64_bytes(text: str) -> Maker:
    """Return what makes bytes of base64."""
    return _made(text, _from_base64)


def file_bytes(name: str, place: Place) -> Maker:
    """Return what makes bytes of a file: one that is named without a template is read at once, and once only."""
    return _made(name, lambda name: place.read(file_name(name)))


def file_name(name: str) -> str:
    """Return a file's name, which a peer may have had a part in, or refuse it where it leads elsewhere."""
    if (
        not name.isprintable()
        or not 0 < len(name) <= 1000
        or name.startswith(("/", "\\"))
        or name[1:2] == ":"
        or ".." in re.split(r"[/\\]", name)
    ):
        raise ActionError(f"{shown(name)!r} is no name of a file in the folder of the rule file")
    return name


def _made(text: str, encode: Callable[[str], bytes]) -> Maker:
    if templates.is_constant(text):
        payload = encode(text)
        return lambda _: payload
    fill = templates.compile_text(text)
    return lambda turn: encode(fill(turn))


def _from_hex(text: str) -> bytes:
    try:
        return bytes.fromhex("".join(text.split()))
    except ValueError:
        raise ActionError(f"{shown(text)!r} are no pairs of hexadecimal digits") from None


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ActionError(f"{shown(text)!r} is no base64: {error}") from None
