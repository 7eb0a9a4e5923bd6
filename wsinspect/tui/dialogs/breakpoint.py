"""Asks for the filter of a breakpoint."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Button, Static

from wsinspect.present.breakpoint_proposals import EVERYTHING
from wsinspect.present.text import escape
from wsinspect.query import Target
from wsinspect.tui.dialogs.dialog import Dialog, button
from wsinspect.tui.widgets.filter_input import FilterInput

_EXPLANATION = (
    "Messages that match are held until you release, edit or drop them. "
    "What comes behind one waits with it; the other direction and pings go on."
)
_EXAMPLES = ("dir == c2s", 'text contains "order"', EVERYTHING)


class _Proposal(Static):
    """A filter that is taken with a click."""

    def __init__(self, dialog: BreakDialog, text: str) -> None:
        super().__init__(f"\u203a {escape(text)}", markup=False, classes="proposal")
        self._dialog, self._text = dialog, text
        self.tooltip = "Take this filter."

    def on_click(self, event: events.Click) -> None:
        """Write it into the line."""
        event.stop()
        self._dialog.propose(self._text)


class BreakDialog(Dialog[str]):
    """Asks for the filter of a breakpoint; returns one that can be asked of messages.

    Args:
        proposal: What is written there at first.
        others: More filters to choose from, such as those made from a message.
    """

    DEFAULT_CSS = """
    BreakDialog {
        & .hint { margin-bottom: 1; }
        & FilterInput { margin-bottom: 1; }
        & .proposal { height: 1; text-wrap: nowrap; text-overflow: ellipsis; color: $text-primary; }
        & .proposal:hover { background: $boost; text-style: bold; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "set", "Set", id="dialog.break", tooltip="Set the breakpoint (also enter).", priority=True),
        Binding(
            "ctrl+n",
            "next",
            "Next",
            id="dialog.break-next",
            tooltip="Write the next of the proposed filters into the line.",
            priority=True,
        ),
    ]

    def __init__(self, proposal: str = "", others: Sequence[str] = ()) -> None:
        super().__init__("Break: hold messages")
        self._line = FilterInput(
            (Target.MESSAGE,), "breakpoints", text=proposal, example="a filter, such as those below"
        )
        # The first one too, to come back to it.
        self._others = tuple(dict.fromkeys([*([proposal] if proposal else ()), *(others or _EXAMPLES)]))

    def content(self) -> Iterable[Widget]:
        """Show the line, and filters to choose from."""
        yield Static(_EXPLANATION, classes="hint", markup=False)
        yield self._line
        for other in self._others:
            yield _Proposal(self, other)

    def buttons(self) -> Iterable[Button]:
        """Offer to set it or not."""
        yield button("Set", "set", key="\u23ce", primary=True)
        yield button("Next proposal", "next", key="^n", tooltip="Write the next of the filters into the line.")
        yield button("Cancel", "cancel", key="esc")

    def on_mount(self) -> None:
        """Bring the cursor into the line."""
        super().on_mount()
        self._line.focus()

    def propose(self, text: str) -> None:
        """Write a filter into the line."""
        self._line.set_text(text)
        self._line.focus()

    @on(FilterInput.Entered)
    def _entered(self, event: FilterInput.Entered) -> None:
        event.stop()
        if event.text:
            self.dismiss(event.text)
        else:
            self.complain(f"write a filter; {EVERYTHING} holds every message")

    @on(FilterInput.Left)
    def _left(self, event: FilterInput.Left) -> None:
        event.stop()
        self.action_cancel()

    @on(FilterInput.Typed)
    def _typed(self, event: FilterInput.Typed) -> None:
        event.stop()
        self.complain("")

    def action_set(self) -> None:
        """Return the filter, if it is right."""
        self._line.enter()

    def action_next(self) -> None:
        """Write the next of the proposed filters into the line."""
        place = self._others.index(self._line.text) + 1 if self._line.text in self._others else 0
        self.propose(self._others[place % len(self._others)])
