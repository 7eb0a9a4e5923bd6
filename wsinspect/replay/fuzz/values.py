"""Values to put in a message, and how they are written in what stands there: JSON, MessagePack, a form, bare bytes."""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass
from typing import assert_never
from urllib.parse import quote_from_bytes

import cbor2
import msgpack  # type: ignore[import-untyped]

from wsinspect.replay.leaves import Form, Scalar, written

type Document = Scalar | list[Document] | dict[str, Document]

_MESSAGEPACK_INTEGERS = range(-(1 << 63), 1 << 64)


class Place(enum.Enum):
    """How bytes of a range are written, where there is no value with a form."""

    TEXT = "text"
    """Part of a text: everything goes there as it is."""
    BYTES = "bytes"
    """Part of a binary message: numbers are big-endian and as wide as the range, strings UTF-8."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A value that every format with types can write."""

    value: Document


@dataclass(frozen=True, slots=True)
class Repeated:
    """A string that is too long to be kept."""

    piece: str
    times: int


@dataclass(frozen=True, slots=True)
class Spelled:
    """JSON as it is written here, whether it is valid or not; in a text it goes as it is."""

    source: str


@dataclass(frozen=True, slots=True)
class Octets:
    """Bytes in a string, which may be no UTF-8."""

    data: bytes


type Content = Typed | Repeated | Spelled | Octets


@dataclass(frozen=True, slots=True)
class Value:
    """Something to put in a message."""

    label: str
    """For people."""
    content: Content
    proof: bytes = b""
    """What a reply has in it only if this was evaluated."""
    marked: bool = False
    """Whether a reply that repeats it as it is is worth a look."""

    @property
    def marks(self) -> tuple[bytes, ...]:
        """What to look for in replies."""
        if not self.marked or not isinstance(self.content, Typed):
            return ()
        if isinstance(self.content.value, bytes):
            return (self.content.value,)
        if not isinstance(self.content.value, str):
            return ()
        plain = self.content.value.encode(errors="surrogatepass")
        quoted = json.dumps(self.content.value, ensure_ascii=False)[1:-1].encode(errors="surrogatepass")
        return (plain, quoted) if plain != quoted else (plain,)


def text(value: str, label: str = "") -> Value:
    """Make a value of a string, which is its own label."""
    return Value(label or value, Typed(value))


def fits(form: Form | Place, content: Content, width: int = 0) -> bool:
    """Tell whether a value can be written somewhere.

    Args:
        form: What stands there.
        content: The value.
        width: Of a range of a binary message, in bytes.
    """
    value = content.value if isinstance(content, Typed) else ""
    match form:
        case Form.FIXED:
            return False
        case Form.MESSAGEPACK | Form.CBOR if isinstance(content, Spelled):
            return False
        case Form.MESSAGEPACK:
            return not isinstance(value, int) or value in _MESSAGEPACK_INTEGERS
        case Form.JSON:
            return not isinstance(value, bytes)
        case Place.BYTES:
            return _fits_bytes(content, value, width)
        case _:
            return True


def _fits_bytes(content: Content, value: Document, width: int) -> bool:
    if isinstance(value, bool) or isinstance(content, Spelled):
        return False
    if isinstance(value, int):
        return -(1 << 8 * width - 1) <= value < 1 << 8 * width if width else False
    return isinstance(value, str | bytes)


def encoded(form: Form | Place, content: Content, width: int = 0) -> bytes:
    """Write a value that fits; see `fits` for the arguments."""
    match content:
        case Typed(value):
            return _typed(form, value, width)
        case Repeated(piece, times):
            return _typed(form, piece * times, width)
        case Spelled(source):
            return source.encode() if form in (Form.JSON, Form.TEXT, Place.TEXT) else _typed(form, source, width)
        case Octets(data):
            return _octets(form, data)
        case _ as never:
            assert_never(never)


def _typed(form: Form | Place, value: Document, width: int) -> bytes:
    if isinstance(form, Place):
        return _bare(form, value, width)
    if not isinstance(value, list | dict):
        return written(form, value)
    match form:
        case Form.JSON:
            return json.dumps(value).encode()
        case Form.MESSAGEPACK:
            packed: bytes = msgpack.packb(value)
            return packed
        case Form.CBOR:
            return cbor2.dumps(value)
        case _:
            return written(form, json.dumps(value))


def _bare(place: Place, value: Document, width: int) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode(errors="surrogatepass")
    if place is Place.BYTES and isinstance(value, int):
        return value.to_bytes(width, "big", signed=value < 0)
    return json.dumps(value).encode()


def _octets(form: Form | Place, data: bytes) -> bytes:
    match form:
        case Form.JSON | Form.ATTRIBUTE:
            return b'"' + data + b'"'
        case Form.MESSAGEPACK:
            return b"\xdb" + len(data).to_bytes(4, "big") + data
        case Form.CBOR:
            return b"\x7a" + len(data).to_bytes(4, "big") + data
        case Form.FORM:
            return quote_from_bytes(data).encode()
        case _:
            return data
