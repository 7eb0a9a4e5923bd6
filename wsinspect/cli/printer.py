"""Printing lines of cells: coloured and cut at the width of a terminal, plain and whole in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, TextIO

from wsinspect.present.text import Cell

if TYPE_CHECKING:
    from rich.console import Console


class Printer:
    """Where a command prints for people.

    Args:
        stream: Standard output unless said.
        colour: None lets the stream decide: colours on a terminal, unless `NO_COLOR` is set.
        width: Columns; None asks the terminal, and sets no limit where there is none.
    """

    def __init__(self, stream: TextIO | None = None, *, colour: bool | None = None, width: int | None = None) -> None:
        self._stream = sys.stdout if stream is None else stream
        terminal = colour if colour is not None else self._stream.isatty()
        self._console = self._open_console(terminal, width) if terminal else None
        self.width: int | None = self._console.width if self._console else width
        """Columns of a line, None without a limit."""

    def _open_console(self, terminal: bool, width: int | None) -> Console:
        from rich.console import Console  # noqa: PLC0415 - start-up time

        return Console(
            file=self._stream, force_terminal=terminal, width=width, markup=False, highlight=False, emoji=False
        )

    def line(self, cells: Iterable[Cell] = (), *, wrap: bool = False) -> None:
        """Print pieces of harmless text one after another on a line.

        Args:
            cells: The pieces.
            wrap: On a terminal, let a long line go on below instead of cutting it.
        """
        if self._console is None:
            self._stream.write("".join(text for text, _ in cells).rstrip() + "\n")
            return
        from rich.text import Text  # noqa: PLC0415 - start-up time

        text = Text()
        for piece, style in cells:
            text.append(piece, style or None)
        if wrap:
            self._console.print(text, soft_wrap=True)
        else:
            self._console.print(text, no_wrap=True, overflow="ellipsis")

    def flush(self) -> None:
        """Hand on what was printed."""
        self._stream.flush()
