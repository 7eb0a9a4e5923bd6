"""Places in a message where something else is put: fields by their paths, ranges of bytes, marks in a template.

They are found in the recorded message, and once more in the one that goes: values of the session may be longer there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wsinspect.replay.fuzz.values import Place, Value, encoded, fits
from wsinspect.replay.fuzz.variation import Carried
from wsinspect.replay.leaves import Form, Leaf, Scalar, layout
from wsinspect.replay.paths import matches

MARK = "§"
"""Stands before and behind each position of a template."""
_RANGE = re.compile(r"(\d*):(\d*)|(\d+)")


@dataclass(frozen=True, slots=True)
class Range:
    """Bytes of a payload, `end` not among them."""

    start: int
    end: int | None
    """None: to the end, however long it is then."""

    def __str__(self) -> str:
        return f"@{self.start}:{'' if self.end is None else self.end}"

    def within(self, size: int) -> tuple[int, int]:
        """Return where it begins and ends in a payload of `size` bytes."""
        end = size if self.end is None else min(self.end, size)
        return min(self.start, end), end


@dataclass(frozen=True, slots=True)
class Position:
    """Where something is put."""

    path: str
    """Of a field; of a range `@4:8`."""
    form: Form | Place
    original: Scalar
    """What was there."""
    range: Range | None = None
    """None of a field."""

    @property
    def width(self) -> int:
        """Bytes that a range has."""
        return len(self.original) if isinstance(self.original, bytes) else 0

    def takes(self, value: Value) -> bool:
        """Tell whether a value can be put here."""
        return fits(self.form, value.content, self.width)


def parse_range(text: str) -> Range:
    """Read `4:8` (bytes 4 to 7), `4:`, `:8`, or `4` (one byte).

    Raises:
        ValueError: It is none of these.
    """
    match = _RANGE.fullmatch(text)
    if match is None:
        raise ValueError("write 4:8 for the bytes 4 to 7, 4: for all from byte 4 on")
    if match[3]:
        return Range(int(match[3]), int(match[3]) + 1)
    start, end = int(match[1] or 0), int(match[2]) if match[2] else None
    if end is not None and end < start:
        raise ValueError("it ends before it begins")
    return Range(start, end)


def fields(carried: Carried, patterns: Sequence[str]) -> list[Position]:
    """Return the fields of a message.

    Args:
        carried: The message.
        patterns: Which ones, as `paths.matches` takes them; none: all of them.
    """
    leaves = layout(carried.payload, of_text=carried.of_text).leaves
    return [
        Position(leaf.path, leaf.form, leaf.value)
        for leaf in leaves
        if leaf.form is not Form.FIXED and (not patterns or matches(leaf.path, patterns))
    ]


def ranges(carried: Carried, wanted: Iterable[Range]) -> list[Position]:
    """Return ranges of a message as positions."""
    return [_ranged(one, carried.payload, of_text=carried.of_text) for one in wanted]


def template(text: str, *, of_text: bool) -> tuple[bytes, list[Position]]:
    """Read a message with marked positions: `{"id": §7§}`.

    Returns:
        The message without the marks, and the positions.

    Raises:
        ValueError: There is no mark, or one without a partner.
    """
    parts = text.split(MARK)
    if len(parts) % 2 == 0:
        raise ValueError(f"a {MARK} has no partner")
    if len(parts) == 1:
        raise ValueError(f"nothing in it is marked: put {MARK} before and behind what is to vary")
    pieces = [part.encode(errors="surrogateescape") for part in parts]
    payload, found, at = b"".join(pieces), [], 0
    for index, piece in enumerate(pieces):
        if index % 2:
            found.append(_ranged(Range(at, at + len(piece)), payload, of_text=of_text))
        at += len(piece)
    return payload, found


def _ranged(one: Range, payload: bytes, *, of_text: bool) -> Position:
    start, end = one.within(len(payload))
    part = payload[start:end]
    if not of_text:
        return Position(str(one), Place.BYTES, part, one)
    # A number is known as such, so that its neighbours are tried.
    return Position(str(one), Place.TEXT, part.decode(errors="replace"), one)


def replaced(carried: Carried, changes: Sequence[tuple[Position, Value]]) -> bytes:
    """Return the payload with values put in it; they have to fit.

    Raises:
        ValueError: A field is not in this message.
    """
    found = {} if all(position.range for position, _ in changes) else _leaves(carried)
    spans: list[tuple[int, int, bytes]] = []
    for position, value in changes:
        data = encoded(position.form, value.content, position.width)
        if position.range is not None:
            spans.append((*position.range.within(len(carried.payload)), data))
            continue
        leaf = found.get(position.path)
        if leaf is None:
            raise ValueError(f"there is no {position.path} in the message")
        spans.append((leaf.start, leaf.end, data))
    parts, at = [], 0
    for start, end, data in sorted(spans, key=lambda span: span[:2]):
        parts += [carried.payload[at:start], data]
        at = max(at, end)
    return b"".join([*parts, carried.payload[at:]])


def _leaves(carried: Carried) -> dict[str, Leaf]:
    return {leaf.path: leaf for leaf in layout(carried.payload, of_text=carried.of_text).leaves}
