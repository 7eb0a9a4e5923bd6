"""Payloads from lists, combined over several positions in the four ways that testers know."""

from __future__ import annotations

import enum
import itertools
import json
import math
from collections.abc import Iterator, Sequence
from typing import assert_never

from wsinspect.replay.fuzz.mutators import varied
from wsinspect.replay.fuzz.positions import Position
from wsinspect.replay.fuzz.values import Octets, Spelled, Typed, Value
from wsinspect.replay.fuzz.variation import Variation
from wsinspect.replay.leaves import Form

NAME = "payloads"


class Mode(enum.Enum):
    """How several positions get payloads."""

    SNIPER = "sniper"
    """One position after the other gets each payload of each list; the others stay as they are."""
    BATTERING_RAM = "battering-ram"
    """All positions get the same payload."""
    PITCHFORK = "pitchfork"
    """The first position gets the first list, the second the second, line by line; the shortest list ends it."""
    CLUSTERBOMB = "clusterbomb"
    """Every combination of a line of the first list at the first position, one of the second at the second …."""


class As(enum.Enum):
    """What a line is at a field."""

    AUTO = "auto"
    """A value of the type that is there, where it can be read as one; else a string."""
    STRING = "string"
    RAW = "raw"
    """What is written in the message, quotes and all."""


def lines_of(text: bytes) -> list[str]:
    """Read a list: a payload a line. Bytes that are no UTF-8 are kept as lone surrogates (PEP 383)."""
    lines = text.decode(errors="surrogateescape").split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return [line.removesuffix("\r") for line in lines]


def check(mode: Mode, positions: Sequence[Position], lists: Sequence[Sequence[str]]) -> None:
    """Make sure that lists and positions go together.

    Raises:
        ValueError: They do not.
    """
    if mode in (Mode.PITCHFORK, Mode.CLUSTERBOMB) and len(lists) != len(positions):
        raise ValueError(
            f"{mode.value} needs a list for each position: there are {len(lists)} and {len(positions)}; "
            "choose the positions with --field or --range, in the order of the lists"
        )


def count(mode: Mode, positions: Sequence[Position], lists: Sequence[Sequence[str]]) -> int:
    """Tell how many variations there will be."""
    sizes = [len(lines) for lines in lists]
    match mode:
        case Mode.SNIPER:
            return len(positions) * sum(sizes)
        case Mode.BATTERING_RAM:
            return sum(sizes) if positions else 0
        case Mode.PITCHFORK:
            return min(sizes, default=0)
        case Mode.CLUSTERBOMB:
            return math.prod(sizes) if sizes else 0
        case _ as never:
            assert_never(never)


def from_lists(
    mode: Mode,
    positions: Sequence[Position],
    lists: Sequence[Sequence[str]],
    meant: As = As.AUTO,
    *,
    of_text: bool = True,
) -> Iterator[Variation]:
    """Yield variations.

    Args:
        mode: How lists and positions are combined; they go together.
        positions: Where payloads go.
        lists: The lines of each list.
        meant: What a line is at a field.
        of_text: Whether the message is text.
    """
    for chosen in _combinations(mode, positions, lists):
        changes = [(position, _value(line, position, meant)) for position, line in chosen]
        yield varied(NAME, changes, of_text=of_text)


def _combinations(
    mode: Mode, positions: Sequence[Position], lists: Sequence[Sequence[str]]
) -> Iterator[list[tuple[Position, str]]]:
    every = itertools.chain.from_iterable(lists)
    match mode:
        case Mode.SNIPER:
            kept = list(every)
            yield from ([(position, line)] for position in positions for line in kept)
        case Mode.BATTERING_RAM:
            yield from ([(position, line) for position in positions] for line in every if positions)
        case Mode.PITCHFORK:
            yield from (list(zip(positions, row, strict=True)) for row in zip(*lists, strict=False))
        case Mode.CLUSTERBOMB:
            rows = itertools.product(*lists) if lists else ()
            yield from (list(zip(positions, row, strict=True)) for row in rows)
        case _ as never:
            assert_never(never)


def _value(line: str, position: Position, meant: As) -> Value:
    typed = position.form in (Form.JSON, Form.MESSAGEPACK, Form.CBOR)
    if not line.isascii() and any("\ud800" <= character <= "\udfff" for character in line):
        return Value(line, Octets(line.encode(errors="surrogateescape")))
    if meant is As.RAW and position.form is Form.JSON:
        return Value(line, Spelled(line), marked=True)
    if meant is As.AUTO and typed and not isinstance(position.original, str):
        try:
            return Value(line, Typed(json.loads(line)), marked=True)
        except ValueError:
            pass
    if not isinstance(position.form, Form):
        return Value(line, Typed(line.encode()), marked=True)
    return Value(line, Typed(line), marked=True)
