"""The queue of held messages in a line: the one that is chosen in words, the next ones in short, as many as fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsinspect.model import Direction
from wsinspect.present.lines import DIRECTION_STYLES, QUIET
from wsinspect.present.session_rows import DIRECTION_SIGNS
from wsinspect.present.text import Cell, cell_len, escape, size_text

if TYPE_CHECKING:
    from wsinspect.control.results import Held

_CHOSEN = "bold reverse"
_DIRECTIONS = {"c2s": Direction.C2S, "s2c": Direction.S2C}
_GAP = "   "
_COUNT_CELLS = 6
"""For how many there are that do not fit."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A part of a line that may be clicked."""

    start: int
    end: int
    place: int
    """What is chosen by a click: a place in the queue."""


@dataclass(frozen=True, slots=True)
class HeldLine:
    """The queue as a line."""

    cells: list[Cell]
    spots: list[Spot]


def held_line(held: Sequence[Held], chosen: int, now: float, width: int) -> HeldLine:
    """Write the queue into a line.

    Args:
        held: The messages, at least one.
        chosen: Place of the one that is chosen.
        now: Seconds since 1970.
        width: Cells there are.
    """
    cells: list[Cell] = [(" \u23f8 ", "bold yellow"), (f"{len(held)} held ", "bold")]
    spots: list[Spot] = []
    column = _width(cells)

    def put(item: list[Cell], place: int) -> None:
        nonlocal column
        start = column + len(_GAP)
        column = start + _width(item)
        cells.extend([(_GAP, ""), *item])
        spots.append(Spot(start, column, place))

    if chosen:
        put([(f"\u2039{chosen}", QUIET)], chosen - 1)
    room = width - _COUNT_CELLS
    in_words = _in_words(held[chosen], now)
    fits = column + len(_GAP) + _width(in_words) <= room
    put(in_words if fits else in_words[:-1], chosen)
    following = chosen + 1
    while following < len(held):
        item = _in_short(held[following])
        if column + len(_GAP) + _width(item) > room:
            break
        put(item, following)
        following += 1
    if following < len(held):
        cells.append((f" +{len(held) - following}", QUIET))
    return HeldLine(cells, spots)


def age_text(seconds: float) -> str:
    """Write how long ago something was, in whole seconds: `12s`, `3m20s`, `2h05m`; a clock may have gone back."""
    whole = max(int(seconds), 0)
    if whole < 60:
        return f"{whole}s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes}m{rest:02d}s" if minutes < 60 else f"{minutes // 60}h{minutes % 60:02d}m"


def _in_words(held: Held, now: float) -> list[Cell]:
    return [
        (f"\u25b8 {held.session}.{held.message} ", _CHOSEN),
        (" ", ""),
        _direction(held),
        (f" {held.type} {size_text(held.size)} B", ""),
        (" \u270e" if held.changed else "", ""),
        (f"  since {age_text(now - held.since)} by {escape(held.by)}", QUIET),
    ]


def _in_short(held: Held) -> list[Cell]:
    return [(f"{held.session}.{held.message} ", ""), _direction(held), (f" {size_text(held.size)} B", QUIET)]


def _direction(held: Held) -> Cell:
    direction = _DIRECTIONS[held.dir]
    return DIRECTION_SIGNS[direction], DIRECTION_STYLES[direction]


def _width(cells: Sequence[Cell]) -> int:
    return sum(cell_len(text) for text, _ in cells)
