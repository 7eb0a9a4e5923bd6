"""What a command says that the screen has started: a replay, or a mock server."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.worker import Worker

from wsinspect.present.lines import BAD, QUIET, TITLE
from wsinspect.present.text import Cell, escape
from wsinspect.tui.data.program import Program
from wsinspect.tui.widgets.key_bar import KeyBar
from wsinspect.tui.widgets.lines_view import LinesView

_DRAWN_EVERY_S = 0.1


class ProgramScreen(Screen[None]):
    """Shows what a command says, as it comes.

    Args:
        program: The command; it goes on when this screen is left.
    """

    KEYS_TITLE = "Command"
    DEFAULT_CSS = """
    ProgramScreen { layout: vertical; }
    ProgramScreen #head { height: 2; border: none; padding: 0 1; background: $panel; overflow: hidden; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Traffic", tooltip="Go back to the traffic; the command goes on.", id="program.back"),
        Binding("ctrl+c,d", "interrupt", "End", tooltip="End the command.", id="program.end"),
    ]

    def __init__(self, program: Program) -> None:
        super().__init__()
        self._program = program
        self._head = LinesView("", id="head")
        self._head.can_focus = False
        self._said = LinesView("What it says")
        self._changed = asyncio.Event()

    def compose(self) -> ComposeResult:
        """Put the parts in their places."""
        yield self._head
        yield self._said
        yield KeyBar()

    def on_mount(self) -> None:
        """Show what it has said so far, and what it says from now on."""
        self._program.on_change = self._changed.set
        self._said.focus()
        self._draw()
        _: Worker[None] = self.run_worker(self._draw_on, group="draw")

    async def _draw_on(self) -> None:
        """Draw what is new, some times a second."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            self._draw()
            await asyncio.sleep(_DRAWN_EVERY_S)

    def on_unmount(self) -> None:
        """Look no longer."""
        self._program.on_change = lambda: None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - Textual's
        """Offer to end what runs."""
        return action != "interrupt" or self._program.status is None

    def action_back(self) -> None:
        """Go back."""
        self.dismiss(None)

    def action_interrupt(self) -> None:
        """End the command."""
        self._program.interrupt()

    def _draw(self) -> None:
        status = self._program.status
        state: Cell = ("runs", "green") if status is None else (f"ended with status {status}", BAD if status else QUIET)
        self._head.show([[("$ ", QUIET), (escape(self._program.command), TITLE)], [state]])
        at_end = self._said.max_scroll_y - self._said.scroll_y <= 1
        self._said.show([[(escape(line), "")] for line in self._program.lines])
        if at_end:
            self._said.scroll_end(animate=False)
        self.refresh_bindings()
