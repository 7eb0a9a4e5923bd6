"""Shows the command that is about to be started, to be changed: what can be set is what the command takes."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from wsinspect.tui.dialogs.dialog import Dialog, button


class StartDialog(Dialog[Sequence[str]]):
    """Asks for the arguments of a command of wsinspect; returns them, or None.

    Args:
        title: What it does.
        arguments: What is proposed; the first is the name of the command, which stays.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "choose", "Start", id="dialog.start", tooltip="Start it (also enter).", show=False),
    ]
    DEFAULT_CSS = "StartDialog > .box { max-width: 140; }"

    def __init__(self, title: str, arguments: Sequence[str]) -> None:
        super().__init__(title)
        self._command = arguments[0]
        self._line = Input(shlex.join(arguments[1:]), compact=True, select_on_focus=False)

    def content(self) -> Iterable[Widget]:
        """Show the line."""
        yield Static(f"wsinspect {self._command}", classes="hint", markup=False)
        yield self._line
        yield Static(f"'wsinspect {self._command} --help' tells what else it takes", classes="hint", markup=False)

    def buttons(self) -> Iterable[Button]:
        """Offer to start it or not."""
        yield button("Start", "choose", key="\u23ce", primary=True)
        yield button("Cancel", "cancel", key="esc")

    def on_mount(self) -> None:
        """Bring the cursor into the line."""
        super().on_mount()
        self._line.focus()

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.action_choose()

    def action_choose(self) -> None:
        """Return the arguments."""
        try:
            arguments = shlex.split(self._line.value)
        except ValueError as error:
            self.complain(f"{error}: put what has spaces into quotes")
            return
        self.dismiss([self._command, *arguments])
