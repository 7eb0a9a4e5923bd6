"""Shows lines that were made elsewhere, scrolled where they are more than fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, override

from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from wsinspect.present.text import Cell, cell_len
from wsinspect.tui.colours import Colours
from wsinspect.tui.widgets.barred_view import BarredView

_WIDEST = 4000
"""Cells of a line that can be scrolled to."""


class LinesView(BarredView, can_focus=True, inherit_bindings=False):
    """Shows lines of cells.

    Args:
        title: In its frame; harmless, and without markup. Empty: there is no frame.
        id: Of the widget.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_up", "Up", tooltip="Scroll up.", id="lines.up", show=False),
        Binding("down,j", "scroll_down", "Down", tooltip="Scroll down.", id="lines.down", show=False),
        Binding("pageup", "page_up", "Page up", tooltip="Scroll one page up.", id="lines.page-up", show=False),
        Binding("pagedown", "page_down", "Page down", tooltip="Scroll one page down.", id="lines.page-down",
                show=False),
        Binding("home,g", "scroll_home", "Top", tooltip="Scroll to the first line.", id="lines.top", show=False),
        Binding("end,G", "scroll_end", "End", tooltip="Scroll to the last line.", id="lines.end", show=False),
        Binding("less_than_sign", "scroll_left", "Left", tooltip="Scroll to the left.", id="lines.left", show=False),
        Binding("greater_than_sign", "scroll_right", "Right", tooltip="Scroll to the right.", id="lines.right",
                show=False),
    ]  # fmt: skip
    DEFAULT_CSS = """
    LinesView {
        height: 1fr; background: $background; color: $foreground;
        scrollbar-size-vertical: 1; scrollbar-size-horizontal: 1;
        border: round $foreground 30%; border-title-color: $foreground; padding: 0 1;
    }
    LinesView:focus { border: round $primary; border-title-color: $primary; }
    """

    @dataclass
    class Resized(Message):
        """There is room for other lines."""

        view: LinesView

        @property
        def control(self) -> LinesView:
            """The view."""
            return self.view

    def __init__(self, title: str, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.border_title = title
        self.lines: Sequence[Sequence[Cell]] = ()
        """What is shown."""
        self._colours: Colours | None = None

    def on_mount(self) -> None:
        """Take the colours of another theme."""
        self.app.theme_changed_signal.subscribe(self, self._forget_colours)

    def show(self, lines: Sequence[Sequence[Cell]], *, to_top: bool = False) -> None:
        """Show other lines; their text is to be harmless.

        Args:
            lines: The lines.
            to_top: Whether they are of something else, so that the first ones are wanted.
        """
        if lines != self.lines:
            self.lines = lines
            widest = max((sum(cell_len(text) for text, _ in line) for line in lines), default=0)
            self.virtual_size = Size(min(widest, _WIDEST), len(lines))
            self.refresh()
        if to_top:
            self.scroll_to(0, 0, animate=False)

    def on_resize(self) -> None:
        """Ask for lines that fit."""
        self.post_message(self.Resized(self))

    @override
    def render_line(self, y: int) -> Strip:
        if self._colours is None:
            self._colours = Colours(self.app)
        left, top = self.scroll_offset
        width = self.scrollable_content_region.width
        cells = self.lines[y + top] if y + top < len(self.lines) else ()
        return self._colours.strip(cells, left + width).crop(left, left + width).apply_style(self.rich_style)

    def _forget_colours(self, _: object) -> None:
        self._colours = None
        self.refresh()
