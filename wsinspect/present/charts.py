"""Charts of text: columns over time and bars beside their figures.

What a chart says is also said in words or by its signs, so that it can be read without colours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from wsinspect.present.lines import DIRECTION_STYLES, QUIET
from wsinspect.present.text import Cell, cell_len, pad

type Line = list[Cell]

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_CLIENT, _SERVER = (DIRECTION_STYLES[direction] for direction in sorted(DIRECTION_STYLES))
CLIENT_SIGN, SERVER_SIGN = "▶", "◀"
_CLIENT_BAR, _SERVER_BAR, _LEAST_BAR = "█", "▓", "▏"


@dataclass(frozen=True, slots=True)
class Bar:
    """A line of a bar chart."""

    label: str
    client: int
    """How much of it is clients'; that of what has no direction too."""
    server: int = 0
    note: str = ""
    """Behind its figure."""


def columns(values: Sequence[float], height: int, style: str, most: float | None = None) -> list[Line]:
    """Draw values as columns, one a cell.

    Args:
        values: None below 0.
        height: Lines.
        style: Of the columns.
        most: The value that fills the height; None: the greatest there is.
    """
    top = max(values, default=0) if most is None else most
    if top <= 0:
        return [[(" " * len(values), style)] for _ in range(height)]
    # What there is at all is seen.
    filled = [max(round(value / top * height * 8), 1 if value > 0 else 0) for value in values]
    return [
        [("".join(_EIGHTHS[min(max(eighths - 8 * below, 0), 8)] for eighths in filled), style)]
        for below in range(height - 1, -1, -1)
    ]


def bars(several: Sequence[Bar], width: int, height: int, figure: Callable[[int], str] = "{:,}".format) -> list[Line]:
    """Draw bars below each other, each behind its label and its figure.

    Args:
        several: The bars; where they do not fit, the last line says how many more there are.
        width: Cells.
        height: Lines.
        figure: Writes a figure.
    """
    if height < 1 or not several:
        return []
    shown = several if len(several) <= height else several[: height - 1]
    figures = [figure(bar.client + bar.server) for bar in shown]
    labels = max((cell_len(bar.label) for bar in shown), default=0)
    digits = max(map(len, figures), default=0)
    notes = max((cell_len(bar.note) + 1 for bar in shown if bar.note), default=0)
    room = max(width - labels - digits - notes - 3, 1)
    most = max((bar.client + bar.server for bar in several), default=0)
    lines: list[Line] = []
    for bar, written in zip(shown, figures, strict=True):
        line: Line = [(f"{pad(bar.label, labels)} ", ""), (f"{written:>{digits}} ", "")]
        if notes:
            line.append((pad(bar.note, 1 - notes) + " ", QUIET))
        lines.append([*line, *_bar(bar, most, room)])
    if len(shown) < len(several):
        lines.append([(f"… {len(several) - len(shown):,} more", QUIET)])
    return lines


def _bar(bar: Bar, most: int, room: int) -> Line:
    total = bar.client + bar.server
    cells = round(total / most * room) if most else 0
    if total and not cells:
        return [(_LEAST_BAR, _CLIENT if bar.client >= bar.server else _SERVER)]
    client = round(cells * bar.client / total) if total else 0
    return [(_CLIENT_BAR * client, _CLIENT), (_SERVER_BAR * (cells - client), _SERVER)]
