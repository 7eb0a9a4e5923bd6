"""A view of lines that tells what a person scrolls apart from what it scrolls itself."""

from __future__ import annotations

from textual import events
from textual.scrollbar import ScrollDown, ScrollTo, ScrollUp

from wsinspect.tui.widgets.barred_view import BarredView


class LineScroll(BarredView, inherit_bindings=False):
    """Scrolls by lines, with one line above them that stays; nothing glides."""

    @property
    def first_line(self) -> int:
        """The first line in sight below the one that stays."""
        return round(self.scroll_y)

    @property
    def lines_in_sight(self) -> int:
        """How many lines there is room for below the one that stays."""
        return max(self.size.height - 1, 0)

    def is_in_sight(self, line: int) -> bool:
        """Tell whether a line can be seen."""
        return self.first_line <= line < self.first_line + self.lines_in_sight

    def scroll_to_line(self, first: int) -> None:
        """Let a line be the first one in sight."""
        self.scroll_to(y=max(first, 0), animate=False, force=True)

    def bring_in_sight(self, line: int) -> None:
        """Scroll as far as it takes to see a line."""
        if not self.is_in_sight(line):
            self.scroll_to_line(line if line < self.first_line else line - self.lines_in_sight + 1)

    def person_scrolled(self) -> None:
        """Take notice that a person has scrolled, with the wheel or the bar."""

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll down."""
        event.prevent_default().stop()
        self._scroll_for_person(self.first_line + round(self.app.scroll_sensitivity_y))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll up."""
        event.prevent_default().stop()
        self._scroll_for_person(self.first_line - round(self.app.scroll_sensitivity_y))

    def _on_scroll_to(self, message: ScrollTo) -> None:
        message.prevent_default().stop()
        if message.y is not None:
            self._scroll_for_person(round(message.y))

    def _on_scroll_up(self, event: ScrollUp) -> None:
        event.prevent_default().stop()
        self._scroll_for_person(self.first_line - max(self.lines_in_sight - 1, 1))

    def _on_scroll_down(self, event: ScrollDown) -> None:
        event.prevent_default().stop()
        self._scroll_for_person(self.first_line + max(self.lines_in_sight - 1, 1))

    def _scroll_for_person(self, first: int) -> None:
        self.scroll_to_line(first)
        self.person_scrolled()
