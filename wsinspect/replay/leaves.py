"""The values in a payload, each with its path and its place, so that single ones can be compared and replaced.

All bytes but those of the replaced values stay as they are.
"""

from __future__ import annotations

import enum
import functools
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, assert_never
from urllib.parse import quote_plus
from xml.sax.saxutils import escape

import cbor2
import msgpack  # type: ignore[import-untyped]

from wsinspect.decode import Kind, Node, Structure, structure
from wsinspect.replay.paths import member

type Scalar = str | int | float | bool | bytes | None

_LONGEST_NUMBER = 400
_ALONE = re.compile(rb"\d{1,2}")
_WORD = re.compile(rb"[A-Za-z0-9_]+(?:[-.:][A-Za-z0-9_]+)*")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,300})")
_MAGIC = re.compile(rb"[A-Za-z]{2,8}")
_REMARKS = (Kind.COMMENT, Kind.INSTRUCTION)
_SOCKET_IO = re.compile(r"(4[0-6](?:\d+-)?(?:/[^,]*,)?)(\d*)")
"""Packet type, number of attachments, namespace; the number of an acknowledgement."""


class Form(enum.Enum):
    """How a value is written where it stands."""

    JSON = "json"
    MESSAGEPACK = "messagepack"
    CBOR = "cbor"
    FORM = "form"
    """Percent-encoded."""
    XML = "xml"
    ATTRIBUTE = "attribute"
    """Of XML, in quotes."""
    TEXT = "text"
    """As it is."""
    FIXED = "fixed"
    """It can only be read."""


class Leaf(NamedTuple):
    """A value."""

    path: str
    """See `paths`."""
    value: Scalar
    start: int
    """Offset in the payload, in bytes."""
    end: int
    form: Form


@dataclass(frozen=True, slots=True)
class Layout:
    """A payload and the values in it."""

    payload: bytes
    format: str
    """`JSON`, `MessagePack` …; `text` or `bytes` where it is nothing that is known."""
    prefix: str
    """What stands before the document, without numbers that change: `42` of Socket.IO. Of XML the root's name, of a
    text of one or two digits the whole of it, of bytes the letters that they begin with."""
    leaves: tuple[Leaf, ...]
    containers: tuple[str, ...] = ()
    """Paths of objects and arrays that are empty."""
    arrays: tuple[str, ...] = ()
    """Those of the arrays among them."""


_FORMS = {"JSON": Form.JSON, "MessagePack": Form.MESSAGEPACK, "CBOR": Form.CBOR, "form": Form.FORM}


def layout(payload: bytes, *, of_text: bool) -> Layout:
    """Find the values in a payload. Raises nothing on what a peer sent.

    Args:
        payload: Readable.
        of_text: Whether it belongs to a text message.
    """
    found = structure(payload, of_text=of_text)
    if found is None:
        return _of_nothing(payload) or _of_text(payload) if of_text else _of_bytes(payload)
    if found.format in ("text", "bytes"):
        return Layout(payload, f"{found.wrapping} {found.format}", "", ())
    prefix, leaves = found.prefix, []
    if found.format == "JSON" and (parts := _SOCKET_IO.fullmatch(prefix)):
        prefix = parts[1]
        if parts[2]:
            leaves.append(Leaf("@ack", int(parts[2][:18]), len(prefix), len(parts[0]), Form.TEXT))
    walk = _Walk(found)
    documents = _documents(found.root)
    for position, document in enumerate(documents):
        walk.enter("$" if len(documents) == 1 else f"${position}", document)
        if document.kind is Kind.ELEMENT:
            prefix = document.key or ""
    name = f"{found.wrapping} {found.format}" if found.wrapping else found.format
    return Layout(payload, name, prefix, (*leaves, *walk.leaves), tuple(walk.containers), tuple(walk.arrays))


def _documents(root: Node) -> list[Node]:
    each = root.children if root.kind is Kind.SEQUENCE else (root,)
    return [node for node in each if node.kind not in _REMARKS]


def rewritten(laid_out: Layout, changes: Iterable[tuple[Leaf, Scalar]]) -> bytes:
    """Return the payload with some values replaced.

    Raises:
        ValueError: A value cannot be written where it is to go.
    """
    payload = laid_out.payload
    parts, at = [], 0
    for leaf, value in sorted(changes, key=lambda change: change[0].start):
        parts += [payload[at : leaf.start], written(leaf.form, value)]
        at = leaf.end
    return b"".join([*parts, payload[at:]])


def written(form: Form, value: Scalar) -> bytes:
    """Return a value as it is written in a form.

    Raises:
        ValueError: The form has no such values.
    """
    match form:
        case Form.JSON:
            return _json(value)
        case Form.MESSAGEPACK:
            packed: bytes = msgpack.packb(value)
            return packed
        case Form.CBOR:
            return cbor2.dumps(value)
        case Form.FORM:
            return quote_plus(_plain(value)).encode()
        case Form.XML:
            return escape(_plain(value)).encode()
        case Form.ATTRIBUTE:
            return ('"' + escape(_plain(value), {'"': "&quot;"}) + '"').encode()
        case Form.TEXT:
            return _plain(value).encode()
        case Form.FIXED:
            raise ValueError("a value in this format can only be read")
        case _:
            assert_never(form)


def _json(value: Scalar) -> bytes:
    if isinstance(value, bytes):
        raise ValueError("JSON has no bytes")
    text = json.dumps(value, ensure_ascii=False)
    try:
        return text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return json.dumps(value).encode()


def _plain(value: Scalar) -> str:
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


class _Walk:
    """Goes through a tree and gathers what has no children."""

    def __init__(self, found: Structure) -> None:
        self.leaves: list[Leaf] = []
        self.containers: list[str] = []
        self.arrays: list[str] = []
        self._form = Form.FIXED if found.wrapping else _FORMS.get(found.format, Form.FIXED)
        self._markup = found.format in ("XML", "HTML") and not found.wrapping

    def enter(self, path: str, node: Node) -> None:
        if node.children:
            self._children(path, node)
        elif node.kind in (Kind.OBJECT, Kind.ARRAY, Kind.ELEMENT):
            self.containers.append(path)
            if node.kind is Kind.ARRAY:
                self.arrays.append(path)
        elif node.kind not in _REMARKS:
            self._leaf(path, node)

    def _children(self, path: str, node: Node) -> None:
        counts: dict[str, int] = {}
        for position, child in enumerate(node.children):
            step = _step(child.kind, child.key, position)
            if node.kind is Kind.ELEMENT:  # elements may well have the same name
                counts[step] = counts.get(step, -1) + 1
                step = f"{step}[{counts[step]}]" if child.kind is Kind.ELEMENT else step
            self.enter(path + step, child)

    def _leaf(self, path: str, node: Node) -> None:
        start, form = node.start, self._form
        if self._markup:
            form = Form.ATTRIBUTE if node.kind is Kind.ATTRIBUTE else Form.XML
            if node.kind is Kind.ATTRIBUTE and isinstance(node.value, str):
                start = node.end - len(node.value.encode())
        self.leaves.append(Leaf(path, _value(node), start, node.end, form))


@functools.lru_cache(8192)
def _step_of_key(key: str) -> str:
    return member(_string(key) if key.startswith('"') else key)


def _step(kind: Kind, key: str | None, position: int) -> str:
    if key is None:
        return "['#text']" if kind is Kind.TEXT else f"[{position}]"
    return f"['@{key}']" if kind is Kind.ATTRIBUTE else _step_of_key(key)


def _value(node: Node) -> Scalar:
    token = node.value
    if not isinstance(token, str):
        return token
    match node.kind:
        case Kind.STRING:
            return _string(token)
        case Kind.ATTRIBUTE:
            return token[1:-1] if token[:1] in ("'", '"') else token
        case Kind.NUMBER:
            return _number(token)
        case Kind.BOOLEAN:
            return token.startswith("t")
        case Kind.NULL:
            return None
        case _:
            return token


def _string(token: str) -> str:
    return str(json.loads(token, strict=False)) if "\\" in token else token[1:-1]


def _number(token: str) -> Scalar:
    if _NUMBER.fullmatch(token):
        return int(token)
    return float(token) if len(token) < _LONGEST_NUMBER else token


def _of_nothing(payload: bytes) -> Layout | None:
    """Read an acknowledgement of Socket.IO that says nothing else: `4317[]`."""
    if payload[:2] not in (b"43", b"46") or payload[-2:] != b"[]":
        return None
    parts = _SOCKET_IO.fullmatch(payload[:-2].decode(errors="replace"))
    if parts is None or not parts[2]:
        return None
    start = len(parts[1].encode())
    ack = Leaf("@ack", int(parts[2][:18]), start, start + len(parts[2]), Form.TEXT)
    return Layout(payload, "JSON", parts[1], (ack,), ("$",))


def _of_text(payload: bytes) -> Layout:
    if _ALONE.fullmatch(payload):
        return Layout(payload, "text", payload.decode(), ())
    words = [word for word in _WORD.finditer(payload) if any(byte in b"0123456789" for byte in word[0])]
    leaves = [
        Leaf(f"@{position}", _number_or_text(word[0].decode()), *word.span(), Form.TEXT)
        for position, word in enumerate(words)
    ]
    return Layout(payload, "text", "", tuple(leaves))


def _number_or_text(word: str) -> Scalar:
    return int(word) if _NUMBER.fullmatch(word) else word


def _of_bytes(payload: bytes) -> Layout:
    magic = _MAGIC.match(payload)
    return Layout(payload, "bytes", magic[0].decode() if magic else "", ())
