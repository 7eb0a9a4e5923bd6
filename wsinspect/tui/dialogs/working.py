"""Says that something takes a while, until it is done or given up."""

from __future__ import annotations

from collections.abc import Iterable

from textual.widget import Widget
from textual.widgets import Button, Static

from wsinspect.present.text import escape
from wsinspect.tui.dialogs.dialog import Dialog, button


class WorkingDialog(Dialog[bool]):
    """Shows what is being done; returns None where it is given up.

    Args:
        what: What is being done, as in `Reading session 1`.
    """

    def __init__(self, what: str) -> None:
        super().__init__("")
        self._what = what

    def content(self) -> Iterable[Widget]:
        """Show it."""
        yield Static(f"{escape(self._what)} …", markup=False)

    def buttons(self) -> Iterable[Button]:
        """Offer to give up."""
        yield button("Cancel", "cancel", key="esc", primary=True)
