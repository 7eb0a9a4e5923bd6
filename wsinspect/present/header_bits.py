"""A frame header with every bit named, in the order of RFC 6455 5.2."""

from __future__ import annotations

from collections.abc import Iterator

from wsinspect.formats.records import opcode_name
from wsinspect.present.text import Cell
from wsinspect.wire.opcodes import Opcode

_LENGTH_16_BITS = 126
_LENGTH_64_BITS = 127
_BITS = 8


def header_lines(header: bytes) -> Iterator[list[Cell]]:
    """Name every bit of a header.

    Args:
        header: 2 to 14 bytes; one that was cut off ends where it ends.
    """
    if not header:
        return
    first = header[0]
    opcode = first & 0x0F
    yield _flag(first, 0, "FIN", "last frame of its message" if opcode < Opcode.CLOSE else "", "more frames follow")
    yield _flag(first, 1, "RSV1", "compressed, if permessage-deflate was agreed")
    yield _flag(first, 2, "RSV2", "reserved")
    yield _flag(first, 3, "RSV3", "reserved")
    kind = "control" if opcode >= Opcode.CLOSE else "data"
    known = opcode_name(opcode) if opcode in set(Opcode) else "reserved"
    yield _field(first, 4, 4, "opcode", f"{opcode:#x}", f"{known}, {kind} frame")
    if len(header) == 1:
        return
    second = header[1]
    yield _flag(second, 0, "MASK", "masked, as a client must", "not masked, as a server must")
    length = second & 0x7F
    extended = {_LENGTH_16_BITS: 2, _LENGTH_64_BITS: 8}.get(length, 0)
    says = f"the next {extended} bytes are the length" if extended else "bytes of payload"
    yield _field(second, 1, 7, "length", str(length), says)
    if extended:
        digits = header[2 : 2 + extended]
        yield _bytes(digits, "length", f"{int.from_bytes(digits):,} bytes of payload")
    if second & 0x80:
        yield _bytes(header[2 + extended :], "masking key", "")


def _flag(byte: int, place: int, name: str, when_set: str, when_clear: str = "") -> list[Cell]:
    is_set = bool(byte & 0x80 >> place)
    return _field(byte, place, 1, name, str(int(is_set)), when_set if is_set else when_clear)


def _field(byte: int, place: int, count: int, name: str, value: str, says: str) -> list[Cell]:
    """Make the line of some bits of a byte, which stand where they are and leave dots for the rest."""
    shown = "".join(str(byte >> (_BITS - 1 - bit) & 1) if place <= bit < place + count else "." for bit in range(_BITS))
    return [(f"{shown[:4]} {shown[4:]}  ", "dim"), (f"{name:<11} ", "bold"), (f"{value:<4} ", "cyan"), (says, "")]


def _bytes(data: bytes, name: str, says: str) -> list[Cell]:
    return [(" " * 11, ""), (f"{name:<11} ", "bold"), (f"{data.hex(' ')}  ", "cyan"), (says, "")]
