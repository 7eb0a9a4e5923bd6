"""The line to search what is shown in detail: out of sight until it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from wsinspect.present.document_search import MOST_MATCHES


class FindBar(Horizontal):
    """Asks what to search for, and tells what was found."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "End search", tooltip="End the search.", id="find.leave"),
        Binding("up", "step(-1)", "Before", tooltip="Go to the match before.", id="find.previous", show=False),
        Binding("down", "step(1)", "Next", tooltip="Go to the next match.", id="find.next", show=False),
    ]
    DEFAULT_CSS = """
    FindBar {
        height: 1;
        display: none;
        background: $boost;
        padding: 0 1;
        & > .label { width: auto; padding: 0 1 0 0; color: $text-primary; text-style: bold; }
        & > Input { width: 1fr; }
        & > .count { width: auto; padding: 0 0 0 1; color: $text 70%; }
    }
    """

    @dataclass
    class Changed(Message):
        """Something else is to be searched for."""

        query: str

    class Kept(Message):
        """The search stays, the focus goes back to what is searched."""

    class Left(Message):
        """The search is over."""

    @dataclass
    class Step(Message):
        """Another match is wanted."""

        step: int

    def __init__(self) -> None:
        super().__init__()
        self._input = Input(compact=True, placeholder="text, \\x1b, in Hex also 0a ff")
        self._count = Static(classes="count", markup=False)

    def compose(self) -> ComposeResult:
        """Put the line between its name and the count."""
        yield Static("search", classes="label", markup=False)
        yield self._input
        yield self._count

    @property
    def is_open(self) -> bool:
        """Whether it is in sight."""
        return bool(self.display)

    def open(self) -> None:
        """Bring it into sight, and the cursor into it."""
        self.display = True
        self._input.focus()
        self._input.action_select_all()

    def close(self) -> None:
        """Take it out of sight."""
        self.display = False
        with self.prevent(Input.Changed):
            self._input.value = ""
        self._count.update("")

    def tell(self, current: int | None, count: int, *, complete: bool, searched: str = "") -> None:
        """Tell what was found.

        Args:
            current: The match one is at, from 0.
            count: How many there are so far.
            complete: Whether the search is over.
            searched: What was searched, where that is not all: `the first 1.0M`.
        """
        if not self._input.value:
            self._count.update("")
            return
        of = f"{count:,}{'+' if count >= MOST_MATCHES else '' if complete else '\u2026'}"
        if count == 0:
            said = "nothing found" if complete else "searching\u2026"
        else:
            said = of if current is None else f"{current + 1:,} of {of}"
        self._count.update(f"{said} in {searched}" if searched else said)

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(event.value))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Kept() if event.value else self.Left())

    def action_leave(self) -> None:
        """End the search."""
        self.post_message(self.Left())

    def action_step(self, step: int) -> None:
        """Go to another match."""
        self.post_message(self.Step(step))
