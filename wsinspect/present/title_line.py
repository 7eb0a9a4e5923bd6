"""The line above a pane: what it shows at the left, how that stands at the right, and a rule between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from wsinspect.present.columns import cut
from wsinspect.present.text import Cell, cell_len

_RULE, _RULE_OF_FOCUS = "─", "━"
_LEAST_LEFT = 12
"""Cells of the left side that the right one leaves, at least."""
_LEAST_OF_LONG = 20
"""Cells that are left of a text at the right which is cut, at least."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that is told."""

    text: str
    style: str = ""
    action: str = ""
    """What a click on it does; empty: nothing."""


@dataclass(frozen=True, slots=True)
class Clickable:
    """Where a click does something."""

    start: int
    end: int
    """The cell behind the last one."""
    action: str


def title_line(
    left: Sequence[Part], right: Sequence[Part], width: int, *, focused: bool
) -> tuple[list[Cell], list[Clickable]]:
    """Make the line.

    Args:
        left: What is told at the left; what there is no room for is cut.
        right: What is told at the right; where there is no room, the last of it stay, and a long text is cut.
        width: Cells there are.
        focused: Whether keys go to the pane: its rule is a heavy one then.
    """
    rule = _RULE_OF_FOCUS if focused else _RULE
    line = _Line(rule, "text-primary" if focused else "dim")
    kept = [part for part in right if part.text]
    while kept and (missing := _taken(kept) - (width - _LEAST_LEFT)) > 0:
        left_of_it = cell_len(kept[0].text) - missing
        if left_of_it >= _LEAST_OF_LONG:
            kept[0] = replace(kept[0], text=cut(kept[0].text, left_of_it))
            break
        del kept[0]
    taken = _taken(kept)
    line.add_rule(min(1, width))
    for part in left:
        room = width - taken - line.reached - 3
        if part.text and room > 0:
            line.add_part(Part(cut(part.text, room), part.style, part.action))
    line.add_rule(max(width - taken - line.reached, 0))
    for part in kept:
        line.add_part(part)
    return line.cells, line.clickable


def _taken(parts: Sequence[Part]) -> int:
    return sum(cell_len(part.text) + 3 for part in parts)


class _Line:
    def __init__(self, rule: str, style: str) -> None:
        self.cells: list[Cell] = []
        self.clickable: list[Clickable] = []
        self.reached = 0
        self._rule, self._style = rule, style

    def add_rule(self, cells: int) -> None:
        if cells > 0:
            self.cells.append((self._rule * cells, self._style))
            self.reached += cells

    def add_part(self, part: Part) -> None:
        text = f" {part.text} "
        if part.action:
            self.clickable.append(Clickable(self.reached, self.reached + cell_len(text), part.action))
        self.cells.append((text, part.style))
        self.reached += cell_len(text)
        self.add_rule(1)
