"""Two sessions compared: the summary above, what differs below."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from wsinspect.present.charts import Line
from wsinspect.tui.widgets.key_bar import KeyBar
from wsinspect.tui.widgets.lines_view import LinesView


class ComparisonScreen(Screen[None]):
    """Shows a comparison.

    Args:
        title: What is compared; harmless.
        lines: Lays it out in so many cells, with what is the same or without.
    """

    KEYS_TITLE = "Comparison"
    DEFAULT_CSS = "ComparisonScreen { layout: vertical; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", tooltip="Go back.", id="comparison.back"),
        Binding("a", "all", "All", tooltip="Show what is the same, too, or only what differs.",
                id="comparison.all"),
    ]  # fmt: skip

    def __init__(self, title: str, lines: Callable[[int, bool], Sequence[Line]]) -> None:
        super().__init__()
        self._lines = lines
        self._all = False
        self._view = LinesView(title)

    def compose(self) -> ComposeResult:
        """Put the parts in their places."""
        yield self._view
        yield KeyBar()

    def on_mount(self) -> None:
        """Show it."""
        self._view.focus()

    @on(LinesView.Resized)
    def _resized(self) -> None:
        self._draw()

    def action_all(self) -> None:
        """Show everything, or only what differs."""
        self._all = not self._all
        self._draw()

    def action_back(self) -> None:
        """Go back."""
        self.dismiss(None)

    def _draw(self) -> None:
        self._view.show(self._lines(max(self._view.scrollable_content_region.width, 20), self._all))
