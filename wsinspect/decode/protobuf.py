"""Protobuf without its schema (protobuf.dev/programming-guides/encoding): numbers of fields, and what they may hold.

The wire tells four types apart; what is in the fourth may be text, a message or bytes. A message is tried unless it is
plainly text, and is one only where all of it fits. Groups, long deprecated, are not read: too much would look like one.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterable, Iterator

from wsinspect.decode.building import CUT, NOT_READ_ON, Builder, End, Stopped
from wsinspect.decode.items import float_text, quoted
from wsinspect.decode.source import CONTROL, Source, utf8
from wsinspect.decode.tree import Kind, Node, Structure

_DEEPEST = 32
_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_FIXED = {_FIXED64: (8, "fixed64", "double"), _FIXED32: (4, "fixed32", "float")}
_LAST_NUMBER = (1 << 29) - 1
_RESERVED = range(19_000, 20_000)
_LONGEST_VARINT = 10
_USUAL = (1e-6, 1e12)

FITS = 14.0
SURE = 45.0
_COMPLETE_BITS = 4.0
_LOOKED_AT = 400
_LETTER_BITS = 1.4
_MOST_OF_A_TEXT = 20.0
_SHORT_NUMBER, _USUAL_NUMBER = 15, 2047
"""Of a field whose tag takes one byte, and two."""
_LONG_VARINT = 6
_BEGINNINGS = frozenset(b"%c" % code for code in (*range(0x1B), *range(0x1C, 0x20)))
"""Of messages whose first field has a small number: control characters but ESC."""
_LABEL_BITS = {"message": 2.0, "bytes": 0.0, "double": 6.0, "float": 5.0, "fixed64": -2.0, "fixed32": -2.0}


def read_protobuf(source: Source) -> Structure | None:
    """Read a payload as a message of protobuf; None where it is not one, or is not likely to be."""
    reading = _Reading(source)
    fields = reading.fields
    if not fields:
        return None
    found = sum(itertools.islice(_bits(fields), _LOOKED_AT))
    if reading.built.end is End.COMPLETE:
        found += _COMPLETE_BITS
    if found < FITS:
        return None
    remark = "" if reading.built.end is End.COMPLETE else NOT_READ_ON
    root = Node(Kind.OBJECT, None, None, 0, fields[-1].end, tuple(fields), "message", remark)
    return Structure("protobuf", root, found >= SURE, remarks=reading.built.remarks("protobuf"))


class _NoMessage(Exception):  # noqa: N818 - most of what is tried is none
    """What was tried is no message."""


class _Reading:
    """Reads a message as far as that goes.

    Args:
        source: The payload.
    """

    def __init__(self, source: Source) -> None:
        self.built = Builder(source)
        """Counts the nodes, those of messages that were none included."""
        self._data = source.data
        try:
            self.fields = self._message(0, source.size, 0)
        except _NoMessage:
            self.fields = []

    def _message(self, at: int, end: int, depth: int) -> list[Node]:
        """Read the fields between two places; `end` may be behind the end of the data."""
        fields: list[Node] = []
        try:
            while at < end and self.built.end is End.COMPLETE:
                self.built.take(at)
                field = self._field(at, end, depth)
                fields.append(field)
                at = field.end
        except Stopped as stopped:
            self.built.stop(stopped)
        except IndexError:  # `end` is behind the end of the data
            self.built.stop(Stopped(End.TOO_EARLY, len(self._data)))
        return fields

    def _field(self, start: int, end: int, depth: int) -> Node:
        tag, at = self._varint(start, end)
        number, wire_type = tag >> 3, tag & 7
        if not 1 <= number <= _LAST_NUMBER or number in _RESERVED:
            raise _NoMessage
        if wire_type == _VARINT:
            value, behind = self._varint(at, end)
            remark = f"as int64 {value - (1 << 64)}" if value >> 63 else ""
            return Node(Kind.NUMBER, str(number), str(value), at, behind, (), "varint", remark)
        if wire_type in _FIXED:
            return self._fixed(wire_type, str(number), at, end)
        if wire_type == _LENGTH:
            length, first = self._varint(at, end)
            if first + length > end:
                raise _NoMessage
            return self._content(str(number), at, first, first + length, depth)
        raise _NoMessage

    def _varint(self, at: int, end: int) -> tuple[int, int]:
        """Read a number; return it, and where it ends."""
        value = 0
        for index in range(_LONGEST_VARINT):
            if at + index >= end:
                raise _NoMessage
            byte = self._data[at + index]
            value |= (byte & 0x7F) << (7 * index)
            if byte < 0x80:
                if value >> 64 or (byte == 0 and index):
                    raise _NoMessage  # nobody writes zeros in front
                return value, at + index + 1
        raise _NoMessage

    def _fixed(self, wire_type: int, key: str, at: int, end: int) -> Node:
        size, label, name = _FIXED[wire_type]
        if at + size > end:
            raise _NoMessage
        raw = self._data[at : at + size]
        if len(raw) < size:
            raise IndexError
        whole = int.from_bytes(raw, "little")
        if not _is_usual(raw):
            return Node(Kind.NUMBER, key, str(whole), at, at + size, (), label)
        text = float_text(raw[::-1])
        return Node(Kind.NUMBER, key, text, at, at + size, (), name, f"as {label} {whole}" if whole else "")

    def _content(self, key: str, start: int, first: int, end: int, depth: int) -> Node:
        """Tell text, message and bytes apart."""
        part = self._data[first:end]
        there = first + len(part)
        cut = there < end
        text = _text(part, cut=cut)
        if text is None and depth < _DEEPEST:
            try:
                fields = self._message(first, end, depth + 1)
            except _NoMessage:
                fields = []
            if fields:
                remark = "" if self.built.end is End.COMPLETE else NOT_READ_ON
                return Node(Kind.OBJECT, key, None, start, there, tuple(fields), "message", remark)
        if cut:
            self.built.stop(Stopped(End.TOO_EARLY, there))
        remark = CUT if cut else ""
        if text is None:
            return Node(Kind.BYTES, key, part, start, there, (), "bytes", remark)
        return Node(Kind.STRING, key, quoted(text), start, there, (), "string", remark)


def _text(part: bytes, *, cut: bool) -> str | None:
    """Return what is plainly text: without control characters, and not beginning with what begins a message."""
    if part[:1] in _BEGINNINGS:
        return None
    text = utf8(part, cut=cut)
    return None if text is None or CONTROL.search(text) else text


def _is_usual(raw: bytes) -> bool:
    """Tell whether a number is likely to have been written as a float."""
    value: float = struct.unpack("<d" if len(raw) == 8 else "<f", raw)[0]
    return _USUAL[0] <= abs(value) <= _USUAL[1]


def _bits(fields: Iterable[Node]) -> Iterator[float]:
    """Weigh what was read, as `evidence` does for formats that say more."""
    pending = [(iter(fields), 0)]
    while pending:
        siblings, before = pending.pop()
        for field in siblings:
            number = int(field.key or 0)
            yield _field_bits(field) + _number_bits(number) + (1 if number >= before else -2)
            before = number
            if field.children:
                pending += [(siblings, before), (iter(field.children), 0)]
                break


def _number_bits(number: int) -> float:
    if number <= _SHORT_NUMBER:
        return 1
    return -1 if number <= _USUAL_NUMBER else -6


def _field_bits(field: Node) -> float:
    if field.label == "string":
        assert isinstance(field.value, str)
        return min(_LETTER_BITS * (len(field.value) - 2), _MOST_OF_A_TEXT)
    if field.label == "varint":
        return 1.5 if field.end - field.start < _LONG_VARINT else -2
    return _LABEL_BITS[field.label]
