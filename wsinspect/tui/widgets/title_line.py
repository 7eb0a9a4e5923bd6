"""The line above a pane, a widget: what it tells can be clicked on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import override

from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from wsinspect.present.title_line import Clickable, Part, title_line
from wsinspect.tui.colours import Colours


class TitleLine(Widget):
    """The line; its rule is a heavy one while the focus is in the widget that it belongs to.

    Args:
        pane: The widget that it belongs to.
    """

    DEFAULT_CSS = """
    TitleLine { height: 1; width: 1fr; background: $background; color: $foreground; }
    """

    @dataclass
    class Clicked(Message):
        """A part was clicked on."""

        action: str

    def __init__(self, pane: Widget) -> None:
        super().__init__()
        self._pane = pane
        self._left: Sequence[Part] = ()
        self._right: Sequence[Part] = ()
        self._clickable: list[Clickable] = []

    def tell(self, left: Sequence[Part], right: Sequence[Part]) -> None:
        """Show something else; texts are to be harmless already."""
        if (self._left, self._right) != (left, right):
            self._left, self._right = left, right
            self.refresh()

    def on_mount(self) -> None:
        """Take the colours of another theme."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self.refresh())

    def on_click(self, event: events.Click) -> None:
        """Tell what was clicked on."""
        for part in self._clickable:
            if part.start <= event.x < part.end:
                event.stop()
                self.post_message(self.Clicked(part.action))

    @override
    def render_line(self, y: int) -> Strip:
        """Draw the line."""
        focused, width = self._pane.has_focus_within, self.size.width
        cells, self._clickable = title_line(self._left, self._right, width, focused=focused)
        return Colours(self.app).strip(cells, width).apply_style(self.rich_style)
