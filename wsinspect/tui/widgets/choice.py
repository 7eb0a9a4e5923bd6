"""One of a few, on one line: all of them in sight, the chosen one in brackets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, override

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.visual import VisualType
from textual.widget import Widget


class Choice(Widget, can_focus=True):
    """One of a few.

    Args:
        options: What there is to choose from; words without spaces at the ends.
        chosen: What is chosen at first; the first without it.
        tooltip: What the choice is about.
    """

    DEFAULT_CSS = """
    Choice { height: 1; width: auto; }
    Choice:focus { text-style: bold; background: $foreground 10%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "go(-1)", "Before", id="choice.previous", tooltip="Choose what is on the left.", show=False),
        Binding("right,space", "go(1)", "Next", id="choice.next", tooltip="Choose what is on the right.", show=False),
    ]

    @dataclass
    class Changed(Message):
        """Something else was chosen."""

        choice: Choice
        chosen: str

        @property
        def control(self) -> Choice:
            """The choice."""
            return self.choice

    chosen: reactive[str] = reactive("", layout=True)
    """What is chosen."""

    def __init__(
        self,
        options: Sequence[str],
        chosen: str | None = None,
        *,
        tooltip: str | None = None,
        id: str | None = None,  # noqa: A002 - Textual's name
    ) -> None:
        super().__init__(id=id)
        self.options = tuple(options)
        self.set_reactive(Choice.chosen, self.options[0] if chosen is None else chosen)
        self.tooltip = tooltip

    @override
    def render(self) -> VisualType:
        return Content.assemble(
            *((f"[{each}]" if each == self.chosen else f" {each} ", self._style(each)) for each in self.options)
        )

    def choose(self, option: str) -> None:
        """Choose something, and tell it if it is something else."""
        if option != self.chosen:
            self.chosen = option
            self.post_message(self.Changed(self, option))

    def action_go(self, step: int) -> None:
        """Choose what is beside the chosen one; from the last it goes on with the first."""
        place = self.options.index(self.chosen)
        self.choose(self.options[(place + step) % len(self.options)])

    def on_click(self, event: events.Click) -> None:
        """Choose what was clicked on."""
        event.stop()
        column = 0
        for option in self.options:
            column += len(option) + 2
            if event.x < column:
                self.choose(option)
                return

    def _style(self, option: str) -> str:
        return "$text-accent bold" if option == self.chosen else "$foreground 70%"
