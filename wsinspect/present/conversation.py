"""A conversation as it goes on, for people: each message and control frame with its time, direction and size.

What fits stays on one line; JSON and binary formats that are found are laid out below it. Everything that a peer wrote
is made harmless.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from wsinspect.decode import Structure, structure
from wsinspect.formats.records import opcode_name
from wsinspect.model import Direction
from wsinspect.present.lines import BAD, DIRECTION_STYLES, MARK, QUIET
from wsinspect.present.pages import close_code_text
from wsinspect.present.payloads import hex_lines, json_lines
from wsinspect.present.structure import structure_lines, structure_title
from wsinspect.present.text import (
    Cell,
    beginning_of_text,
    cell_len,
    clock,
    duration_text,
    escape,
    escape_lines,
    size_text,
    spaced,
)
from wsinspect.wire.frames import read_close
from wsinspect.wire.opcodes import Opcode

type Line = list[Cell]

ARROWS = {Direction.C2S: "→", Direction.S2C: "←"}
_WIDTHS = (12, 1, 6, -7)
_INDENT: Cell = ("  ", "")
_SHORT_CELLS = 60
"""JSON that takes no more stays on the line."""
_SHORT_BYTES = 16
_VALUE_CHARACTERS = 240
_DOCUMENT_BYTES = 64 << 10
_DECODED_BYTES = 64 << 10
_DECODED_NODES = 2000
_FIRST_PRIVATE, _LAST_PRIVATE = 4000, 4999


def message_lines(
    direction: Direction, opcode: int, payload: bytes, now: int, *, pretty: bool = True, most: int | None = None
) -> Iterator[Line]:
    """Show a message.

    Args:
        direction: Which way it goes.
        opcode: 1 text, 2 binary.
        payload: Readable.
        now: When it came or went, in Unix nanoseconds.
        pretty: Whether JSON and binary formats are laid out.
        most: Bytes of it, or of each value of JSON, to show; what is left out is said. None: all.
    """
    size = len(payload)
    head = _head(direction, opcode, size, now)
    if pretty and opcode == Opcode.TEXT and (laid_out := _document(payload, most)) is not None:
        yield from _json(head, laid_out, most)
        return
    if pretty and opcode != Opcode.TEXT and (found := _structure(payload)) is not None:
        yield from _structured(head, found)
        return
    shown = payload if most is None else payload[:most]
    text = beginning_of_text(shown, whole=len(shown) == size) if opcode == Opcode.TEXT else None
    if text is None:
        yield from _bytes(head, shown)
    else:
        first, *others = escape_lines(text).expandtabs(4).split("\n")
        yield [*head, (first, _body(direction))]
        yield from ([_INDENT, (line, _body(direction))] for line in others)
    if len(shown) < size:
        yield [_INDENT, (f"… {size_text(size - len(shown))} more bytes; /save FILE keeps the whole message", MARK)]


def control_line(direction: Direction, opcode: int, payload: bytes, now: int, *, took_ns: int | None = None) -> Line:
    """Show a ping, pong or close frame, or one with an unknown opcode.

    Args:
        direction: Which way it goes.
        opcode: Of the frame.
        payload: Of the frame.
        now: When it came or went, in Unix nanoseconds.
        took_ns: Of a pong, how long after its ping it came.
    """
    head = _head(direction, opcode, len(payload), now)
    if opcode == Opcode.CLOSE:
        code, reason, _ = read_close(payload)
        return [*head, (close_text(code, reason), "" if direction is Direction.C2S else MARK)]
    text = beginning_of_text(payload, whole=True)
    readable = text is not None and text.isprintable()
    cells: Line = [*head, (escape(text) if text is not None and readable else payload.hex(" "), QUIET)]
    if took_ns is not None:
        cells.append((f"  after {duration_text(took_ns / 1e9)}", "green"))
    if opcode not in set(Opcode):
        cells.append(("  an opcode that nothing is defined for", MARK))
    return cells


def close_text(code: int | None, reason: str | None) -> str:
    """Write code and reason of a close in words, harmless."""
    if code is None:
        return "without a code"
    words = close_code_text(code)
    if _FIRST_PRIVATE <= code <= _LAST_PRIVATE:
        words += ", the application's own"
    return f'{words}, "{escape(reason)}"' if reason else words


def lost_line(now: int, why: str) -> Line:
    """Say that a connection is over that was not closed.

    Args:
        now: When.
        why: In words, harmless.
    """
    return [*spaced([(clock(now), QUIET), ("×", BAD), ("lost", BAD)], _WIDTHS), ("  ", ""), (why, BAD)]


def _head(direction: Direction, opcode: int, size: int, now: int) -> Line:
    style = DIRECTION_STYLES[direction]
    row = [(clock(now), QUIET), (ARROWS[direction], style), (opcode_name(opcode), style), (size_text(size), QUIET)]
    return [*spaced(row, _WIDTHS), ("  ", "")]


def _body(direction: Direction) -> str:
    return QUIET if direction is Direction.C2S else ""


def _document(payload: bytes, most: int | None) -> list[Line] | None:
    """Lay a text out that is JSON, and not more of it than can be in a moment, where only a part is to be shown."""
    few = most is None or len(payload) <= _DOCUMENT_BYTES
    text = beginning_of_text(payload, whole=True) if few else None
    return None if text is None else json_lines(text)


def _json(head: Line, laid_out: Sequence[Line], most: int | None) -> Iterator[Line]:
    if sum(cell_len(text) for line in laid_out for text, _ in line) <= _SHORT_CELLS:
        yield [*head, *_on_one_line(laid_out)]
        return
    yield [*head, ("JSON", QUIET)]
    for line in laid_out:
        yield [_INDENT, *((_cut(text, most), style) for text, style in line)]


def _cut(text: str, most: int | None) -> str:
    return text if most is None or len(text) <= most else f"{text[:most]}… +{size_text(len(text) - most)}"


def _on_one_line(laid_out: Sequence[Line]) -> Iterator[Cell]:
    ended = ""
    for line in laid_out:
        cells = [(text, style) for text, style in line if text]
        stripped = [(cells[0][0].lstrip(), cells[0][1]), *cells[1:]] if cells else []
        if ended == ",":
            yield " ", ""
        yield from stripped
        ended = stripped[-1][0] if stripped else ""


def _structure(payload: bytes) -> Structure | None:
    data = payload[:_DECODED_BYTES]
    return structure(data, of_text=False, size=len(payload), limit=_DECODED_BYTES, nodes=_DECODED_NODES)


def _structured(head: Line, found: Structure) -> Iterator[Line]:
    yield [*head, (structure_title(found), QUIET)]
    lines = structure_lines(found, most=_VALUE_CHARACTERS)
    yield from ([_INDENT, *line] for line in islice(lines, _DECODED_NODES))
    yield from ([_INDENT, (escape(remark), MARK)] for remark in found.remarks)


def _bytes(head: Line, shown: bytes) -> Iterator[Line]:
    if len(shown) <= _SHORT_BYTES:
        yield [*head, (shown.hex(" "), "")]
    else:
        yield head
        yield from ([_INDENT, *line] for line in hex_lines(shown))
