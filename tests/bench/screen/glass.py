"""What a terminal shows after the bytes that a program wrote to it: enough of one for Textual's output.

It takes cursor moves, text, erasing and the alternate screen, and passes over colours and whatever else is asked of a
terminal. It answers that it draws synchronized updates as one (DEC mode 2026), as most terminals do today; so it knows
when an update is complete, which is when a person sees it.
"""

from __future__ import annotations

import re
from functools import cache

from rich.cells import cell_len

_ASKS_SYNC = b"\x1b[?2026$p"
_HAS_SYNC = b"\x1b[?2026;2$y"

_TOKEN = re.compile(
    r"\x1b\[(?P<private>[<=>?]?)(?P<numbers>[\d;:]*)(?P<between>[ -/]*)(?P<final>[@-~])"
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\)"
    r"|\x1b[ -/]*[0-~]"
    r"|(?P<control>[\x00-\x1a\x1c-\x1f])"
    r"|(?P<text>[^\x00-\x1f]+)",
    re.DOTALL,
)
_UNFINISHED = re.compile(r"\x1b(?:\[[<=>?]?[\d;:]*[ -/]*|[\]PX^_][^\x07\x1b]*\x1b?|[ -/]*)?$", re.DOTALL)


@cache
def _width(character: str) -> int:
    return cell_len(character)


class Glass:
    """A grid of characters, changed by what is written.

    Args:
        columns: Of the terminal.
        rows: Of the terminal.
    """

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self.updates = 0
        """Synchronized updates that are complete."""
        self._cells = self._blank()
        self._column = self._row = 0
        self._rest = b""
        self._text = ""

    def feed(self, data: bytes) -> bytes:
        """Take what the program wrote; return what the terminal answers."""
        answer = _HAS_SYNC if _ASKS_SYNC in data else b""
        data = self._rest + data
        text = data.decode(errors="ignore")
        # A character that came in part only waits for its rest.
        missing = len(data) - len(text.encode())
        self._rest = data[-missing:] if 0 < missing < 4 else b""
        text = self._text + text
        unfinished = _UNFINISHED.search(text)
        end = unfinished.start() if unfinished else len(text)
        self._text = text[end:]
        for token in _TOKEN.finditer(text, 0, end):
            if (written := token["text"]) is not None:
                self._write(written)
            elif (control := token["control"]) is not None:
                self._control(control)
            elif token["final"] is not None:
                self._sequence(token["private"], token["numbers"], token["final"])
        return answer

    def lines(self) -> list[str]:
        """Return the lines as text, a wide character once, without the blanks at their ends."""
        return ["".join(row).rstrip() for row in self._cells]

    def _blank(self) -> list[list[str]]:
        return [[" "] * self.columns for _ in range(self.rows)]

    def _write(self, text: str) -> None:
        if self._row >= self.rows:
            return
        row = self._cells[self._row]
        if text.isascii():
            end = min(self._column + len(text), self.columns)
            row[self._column : end] = text[: end - self._column]
            self._column += len(text)
            return
        for character in text:
            width = _width(character)
            if width == 0:
                continue
            if self._column + width <= self.columns:
                row[self._column] = character
                if width == 2:
                    row[self._column + 1] = ""
            self._column += width

    def _control(self, control: str) -> None:
        if control == "\n":
            self._row += 1
        elif control == "\r":
            self._column = 0
        elif control == "\b":
            self._column = max(0, self._column - 1)

    def _sequence(self, private: str, numbers: str, final: str) -> None:
        values = [int(number) if number.isdigit() else 0 for number in numbers.split(";")]
        first = values[0]
        if final in "Hf":
            self._row = max(1, first) - 1
            self._column = max(1, values[1] if len(values) > 1 else 1) - 1
        elif final in "ABCD":
            self._move(final, max(1, first))
        elif final == "G":
            self._column = max(1, first) - 1
        elif final == "d":
            self._row = max(1, first) - 1
        elif final == "J" and first == 2:
            self._cells = self._blank()
        elif final == "K" and self._row < self.rows and first in {0, 2}:
            start = self._column if first == 0 else 0
            self._cells[self._row][start:] = [" "] * (self.columns - start)
        elif private == "?" and first == 1049:
            self._cells = self._blank()
        elif private == "?" and first == 2026 and final == "l":
            self.updates += 1

    def _move(self, final: str, steps: int) -> None:
        if final in "AB":
            self._row = max(0, self._row + (steps if final == "B" else -steps))
        else:
            self._column = max(0, self._column + (steps if final == "C" else -steps))
