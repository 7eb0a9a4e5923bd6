"""MessagePack (github.com/msgpack/msgpack/blob/master/spec.md), walked by its heads.

Order, double keys and the size of each number stay as the peer wrote them. Nothing in a payload says that it is
MessagePack, so it is so only where all of it fits, and sure only where what it would hold is not likely to come about
by chance.
"""

from __future__ import annotations

import datetime

from wsinspect.decode.building import End, Stopped
from wsinspect.decode.evidence import plausibility
from wsinspect.decode.items import Item, Opening, bytes_node, float_text, string_node, unsigned, walk
from wsinspect.decode.source import Source
from wsinspect.decode.tree import Kind, Node, Structure

_WORDS = {0xC0: (Kind.NULL, "null"), 0xC2: (Kind.BOOLEAN, "false"), 0xC3: (Kind.BOOLEAN, "true")}
_BINARIES = {0xC4: 1, 0xC5: 2, 0xC6: 4}
_EXTENSIONS = {0xC7: 1, 0xC8: 2, 0xC9: 4}
_FLOATS = {0xCA: 4, 0xCB: 8}
_UNSIGNED = {0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8}
_SIGNED = {0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8}
_FIXED_EXTENSIONS = {0xD4: 1, 0xD5: 2, 0xD6: 4, 0xD7: 8, 0xD8: 16}
_STRINGS = {0xD9: 1, 0xDA: 2, 0xDB: 4}
_ARRAYS = {0xDC: 2, 0xDD: 4}
_MAPS = {0xDE: 2, 0xDF: 4}
_TIMESTAMP = -1
_EPOCH = datetime.datetime(1970, 1, 1)  # noqa: DTZ001 - in UTC, as is what comes of it


def read_messagepack(source: Source) -> Structure | None:
    """Read a payload as MessagePack; None where it is not."""
    if not source.data or not _opens(source.data[0]):
        return None
    built = walk(source, _read, lambda node: node)
    if built.damaged or not built.documents or not built.root().children:
        return None
    sure = plausibility(built)
    return None if sure is None else Structure("MessagePack", built.root(), sure, remarks=built.remarks("MessagePack"))


def _opens(first: int) -> bool:
    return 0x80 <= first <= 0x9F or first in _ARRAYS or first in _MAPS


def _read(data: bytes, at: int, key: str | None) -> Item:
    head = data[at]
    if head < 0x80 or head >= 0xE0:
        value = head if head < 0x80 else head - 0x100
        return Node(Kind.NUMBER, key, str(value), at, at + 1, (), "fixint")
    if head < 0x90:
        return Opening(Kind.OBJECT, 2 * (head & 0x0F), at + 1, "fixmap")
    if head < 0xA0:
        return Opening(Kind.ARRAY, head & 0x0F, at + 1, "fixarray")
    if head < 0xC0:
        return string_node(data, at, at + 1, head & 0x1F, key, "fixstr")
    if word := _WORDS.get(head):
        return Node(word[0], key, word[1], at, at + 1)
    return _read_number(data, at, key, head) or _read_long(data, at, key, head)


def _read_number(data: bytes, at: int, key: str | None, head: int) -> Node | None:
    if size := _UNSIGNED.get(head) or _SIGNED.get(head):
        number = unsigned(data, at + 1, size)
        if head in _SIGNED and number >> (8 * size - 1):
            number -= 1 << 8 * size
        label = f"{'u' if head in _UNSIGNED else ''}int{8 * size}"
        return Node(Kind.NUMBER, key, str(number), at, at + 1 + size, (), label)
    if size := _FLOATS.get(head):
        unsigned(data, at + 1, size)  # it is there
        end = at + 1 + size
        return Node(Kind.NUMBER, key, float_text(data[at + 1 : end]), at, end, (), f"float{8 * size}")
    return None


def _read_long(data: bytes, at: int, key: str | None, head: int) -> Item:
    """Read what says its length in bytes of their own."""
    if size := _STRINGS.get(head):
        return string_node(data, at, at + 1 + size, unsigned(data, at + 1, size), key, f"str{8 * size}")
    if size := _BINARIES.get(head):
        return bytes_node(data, at, at + 1 + size, unsigned(data, at + 1, size), key, f"bin{8 * size}")
    if size := _ARRAYS.get(head):
        return Opening(Kind.ARRAY, unsigned(data, at + 1, size), at + 1 + size, f"array{8 * size}")
    if size := _MAPS.get(head):
        return Opening(Kind.OBJECT, 2 * unsigned(data, at + 1, size), at + 1 + size, f"map{8 * size}")
    if length := _FIXED_EXTENSIONS.get(head):
        return _extension(data, at, at + 1, length, key)
    if size := _EXTENSIONS.get(head):
        return _extension(data, at, at + 1 + size, unsigned(data, at + 1, size), key)
    raise Stopped(End.BROKEN, at)  # 0xC1 is never used


def _extension(data: bytes, at: int, type_at: int, length: int, key: str | None) -> Node:
    code = unsigned(data, type_at, 1)
    code -= (code >> 7) << 8
    node = bytes_node(data, at, type_at + 1, length, key, f"ext {code}")._replace(kind=Kind.EXTENSION)
    assert isinstance(node.value, bytes)
    if code == _TIMESTAMP and (moment := _timestamp(node.value)) is not None:
        return node._replace(kind=Kind.TIMESTAMP, value=moment, label="timestamp")
    return node


def _timestamp(raw: bytes) -> str | None:
    """Write the time of a timestamp; None where it is none."""
    number = int.from_bytes(raw)
    nanoseconds = 0
    if len(raw) == 4:
        seconds = number
    elif len(raw) == 8:
        nanoseconds, seconds = number >> 34, number & ((1 << 34) - 1)
    elif len(raw) == 12:
        nanoseconds, seconds = int.from_bytes(raw[:4]), int.from_bytes(raw[4:], signed=True)
    else:
        return None
    if nanoseconds >= 1_000_000_000:
        return None
    try:
        moment = _EPOCH + datetime.timedelta(seconds=seconds)
    except OverflowError:  # no year of four digits
        return None
    fraction = f".{nanoseconds:09d}".rstrip("0") if nanoseconds else ""
    return f"{moment.isoformat()}{fraction}Z"
