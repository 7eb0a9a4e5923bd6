"""A view of lines beside a scrollbar that tells the truth from the moment it is in sight."""

from __future__ import annotations

from textual.scroll_view import ScrollView


class BarredView(ScrollView, inherit_bindings=False):
    """A view whose content may grow and be scrolled at once; Textual tells a bar of no scrolling while it is hidden."""

    def watch_show_vertical_scrollbar(self, shown: bool) -> None:
        """Let a bar that comes in sight stand where the lines are."""
        if shown:
            self.vertical_scrollbar.position = self.scroll_y
