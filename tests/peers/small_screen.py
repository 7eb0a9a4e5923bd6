"""A small program for a terminal, to try the tests' terminal on: it shows keys, its size and clicks."""

from __future__ import annotations

import sys

from textual import events
from textual.app import App, ComposeResult
from textual.widgets import Static


class SmallScreen(App[None]):
    """Shows what happened last."""

    def compose(self) -> ComposeResult:
        yield Static(f"arguments {sys.argv[1:]}", markup=False)
        yield Static("waiting", id="last", markup=False)

    def on_resize(self, event: events.Resize) -> None:
        self._show(f"size {event.size.width}×{event.size.height}")

    def on_click(self, event: events.Click) -> None:
        self._show(f"click {event.screen_x},{event.screen_y}")

    def on_key(self, event: events.Key) -> None:
        self._show(f"key {event.key} {event.character!r}")
        if event.key == "c":
            self.copy_to_clipboard("copied text")
        if event.key == "x":
            self.exit(return_code=7)

    def _show(self, text: str) -> None:
        self.query_one("#last", Static).update(text)


if __name__ == "__main__":
    app = SmallScreen()
    app.run()
    sys.exit(app.return_code)
