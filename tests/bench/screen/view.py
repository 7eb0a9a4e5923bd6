"""What a person reads off the screen: the rows of the messages, where the cursor is, how many there are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_ROW = re.compile(r"^\W*?(?P<cursor>▌)?\s*(?P<number>\d+)\s+(?:[\d:.]+\s+)?[◀▶]\s+(?:text|binary)\b")
_FILTER = re.compile(r"^\W*filter (?P<typed>.*?)\s*✕")
_FOCUSED = re.compile(r"^━ (?P<pane>[A-Z][a-z]+)")
_COUNT = re.compile(r"(?P<found>[\d,]+) of (?P<all>[\d,]+)")


@dataclass(frozen=True, slots=True)
class Rows:
    """The messages in sight."""

    numbers: tuple[int, ...]
    """In their sessions, from top to bottom."""
    cursor: int | None
    """The number of the one with the cursor, where that is a message."""

    @property
    def first(self) -> int:
        """The number at the top, 0 where there is none."""
        return self.numbers[0] if self.numbers else 0

    @property
    def last(self) -> int:
        """The number at the bottom, 0 where there is none."""
        return self.numbers[-1] if self.numbers else 0


def rows(lines: Sequence[str]) -> Rows:
    """Read the rows of the messages."""
    found = [match for match in map(_ROW.search, lines) if match]
    cursors = [int(match["number"]) for match in found if match["cursor"]]
    return Rows(tuple(int(match["number"]) for match in found), cursors[0] if cursors else None)


def counted(lines: Sequence[str]) -> tuple[int, int] | None:
    """Read how many messages match a filter, of how many; None where that is not told."""
    for line in lines:
        if "Messages" in line and (match := _COUNT.search(line)):
            return int(match["found"].replace(",", "")), int(match["all"].replace(",", ""))
    return None


def typed(lines: Sequence[str]) -> str | None:
    """Read what is in the line of a filter, with what is proposed behind it; None where there is no such line."""
    for line in lines:
        if (match := _FILTER.search(line)) is not None:
            return match["typed"].strip()
    return None


def focused(lines: Sequence[str]) -> str | None:
    """Read which pane the keys are for, of those with a line above."""
    for line in lines:
        if (match := _FOCUSED.search(line)) is not None:
            return match["pane"]
    return None
