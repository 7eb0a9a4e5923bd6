"""Asks a question that is answered with yes or no."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Button, Static

from wsinspect.present.text import escape_lines
from wsinspect.tui.dialogs.dialog import Dialog, button


class ConfirmDialog(Dialog[bool]):
    """Asks a question; returns True for yes, and False or None for anything else.

    Args:
        question: The question.
        yes: What the button says that means yes.
        no: What the one says that means no.
        danger: Whether yes cannot be undone: then `enter` means no.
        title: What the box is headed with.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes", id="dialog.yes", tooltip="Answer yes."),
        Binding("n", "answer(False)", "No", id="dialog.no", tooltip="Answer no."),
        Binding("left,right", "other", "Other", id="dialog.other", tooltip="Go to the other answer.", show=False),
    ]

    def __init__(
        self, question: str, yes: str = "Yes", no: str = "No", *, danger: bool = False, title: str = ""
    ) -> None:
        super().__init__(title)
        self._question = question
        self._yes = button(yes, "answer(True)", key="y", primary=not danger)
        self._no = button(no, "answer(False)", key="n")
        self._danger = danger
        if danger:
            self._yes.variant = "error"

    def content(self) -> Iterable[Widget]:
        """Show the question."""
        yield Static(escape_lines(self._question), markup=False)

    def buttons(self) -> Iterable[Button]:
        """Offer both answers."""
        return (self._yes, self._no)

    def on_mount(self) -> None:
        """Bring the focus to the answer that does no harm."""
        super().on_mount()
        (self._no if self._danger else self._yes).focus()

    def action_answer(self, yes: bool) -> None:
        """Answer."""
        self.dismiss(yes)

    def action_other(self) -> None:
        """Go to the other answer."""
        (self._no if self._yes.has_focus else self._yes).focus()
