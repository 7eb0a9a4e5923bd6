"""Asks where to go."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from wsinspect.tui.dialogs.dialog import Dialog, button
from wsinspect.tui.widgets.completed_line import TextLine


class GoToDialog(Dialog[str]):
    """Asks for a line of text, such as a number; returns it without spaces around it, None for nothing.

    Args:
        title: What the box is headed with.
        hint: What may be written.
    """

    DEFAULT_CSS = "GoToDialog > .box { max-width: 50; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "go", "Go", id="dialog.go", tooltip="Go there (also enter).", show=False),
    ]

    def __init__(self, title: str, hint: str = "") -> None:
        super().__init__(title)
        self._line = TextLine(placeholder=hint, compact=True)
        self._hint = hint

    def content(self) -> Iterable[Widget]:
        """Show the line."""
        yield self._line
        yield Static(self._hint, classes="hint", markup=False)

    def buttons(self) -> Iterable[Button]:
        """Offer to go or not."""
        yield button("Go", "go", key="\u23ce", primary=True)
        yield button("Cancel", "cancel", key="esc")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_go()

    def action_go(self) -> None:
        """Return what is written."""
        self.dismiss(self._line.value.strip() or None)
