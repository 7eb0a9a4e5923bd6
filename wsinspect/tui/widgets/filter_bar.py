"""The filter of a list: out of sight until it is asked for, applied while it is typed.

What the list shows is `text`, the last filter that was right. `enter` keeps it and closes the bar; `escape` closes the
bar and brings back the filter that there was when it was opened.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.events import Click
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static

from wsinspect.query import Target
from wsinspect.tui.widgets.filter_input import FilterInput

SETTLE_S = 0.12
"""How long nothing is typed before the list is filtered."""


class _Cross(Static):
    """Closes the bar with the mouse."""

    def __init__(self, bar: FilterBar) -> None:
        super().__init__("\u2715", markup=False)
        self._bar = bar
        self.tooltip = "Close, and bring back the filter from before (escape)."

    def on_click(self, event: Click) -> None:
        """Close the bar."""
        event.stop()
        self._bar.leave()


class FilterBar(Horizontal):
    """The filter of a list.

    Args:
        target: What the filter is asked of; of several, it is right if it can be asked of one.
        history: The kind of its history, such as `messages`.
    """

    DEFAULT_CSS = """
    FilterBar {
        height: 2;
        background: $boost;
        padding: 0 1;
        display: none;
        & > .label { width: auto; padding: 0 1 0 0; color: $text-primary; text-style: bold; }
        & > FilterInput { width: 1fr; }
        & > _Cross { width: 3; text-align: right; color: $text-muted; }
        & > _Cross:hover { color: $text; text-style: bold; }
    }
    """

    @dataclass
    class Changed(Message):
        """Another filter was written, and nothing more for a moment."""

        bar: FilterBar
        text: str
        """The filter, empty for none."""
        valid: bool
        """Whether it is empty or can be asked: others are not for applying."""

        @property
        def control(self) -> FilterBar:
            """The bar."""
            return self.bar

    @dataclass
    class Closed(Message):
        """The bar went out of sight: the list may have the focus again."""

        bar: FilterBar

        @property
        def control(self) -> FilterBar:
            """The bar."""
            return self.bar

    def __init__(
        self,
        target: Target | tuple[Target, ...],
        history: str,
        *,
        id: str | None = None,  # noqa: A002 - Textual's name
    ) -> None:
        super().__init__(id=id)
        self._input = FilterInput((target,) if isinstance(target, Target) else target, history)
        self._timer: Timer | None = None
        self._told = ""
        self._before = ""
        self.text = ""
        """The last filter that was told and was right; empty for none."""

    def compose(self) -> ComposeResult:
        """Put the line between its name and the cross."""
        yield Static("filter", classes="label", markup=False)
        yield self._input
        yield _Cross(self)

    @property
    def is_open(self) -> bool:
        """Whether it is in sight."""
        return bool(self.display)

    def open(self) -> None:
        """Bring it into sight, and the cursor into it."""
        if not self.is_open:
            self._before = self.text
            self.display = True
        self._input.focus()

    def close(self) -> None:
        """Take it out of sight; the filter stays."""
        self._settle()
        if self.is_open:
            self.display = False
            if self._input.text != self.text:
                self._write(self.text)
            self.post_message(self.Closed(self))

    def leave(self) -> None:
        """Bring back the filter that there was when the bar was opened, and close it."""
        self.set_text(self._before)
        self.close()

    def clear(self) -> None:
        """Filter no more."""
        self.set_text("")

    def set_text(self, text: str) -> None:
        """Write a filter, and apply it if it is right."""
        self._write(text)
        self._settle()
        self._tell()

    def _write(self, text: str) -> None:
        self._input.set_text(text)

    @on(FilterInput.Typed)
    def _typed(self, event: FilterInput.Typed) -> None:
        event.stop()
        self._stop()
        if event.text != self._told:
            self._timer = self.set_timer(SETTLE_S, self._settled)

    @on(FilterInput.Entered)
    def _entered(self, event: FilterInput.Entered) -> None:
        event.stop()
        self.close()

    @on(FilterInput.Left)
    def _left(self, event: FilterInput.Left) -> None:
        event.stop()
        self.leave()

    def _settled(self) -> None:
        self._timer = None
        self._tell()

    def _settle(self) -> None:
        if self._timer is not None:
            self._stop()
            self._tell()

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _tell(self) -> None:
        text = self._input.text
        if text == self._told:
            return
        self._told = text
        valid = self._input.problem is None
        if valid:
            self.text = text
        self.post_message(self.Changed(self, text, valid))
