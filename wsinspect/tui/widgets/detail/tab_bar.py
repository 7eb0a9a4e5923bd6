"""The line above the detail: what is chosen, and its tabs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from wsinspect.present.lines import QUIET
from wsinspect.present.text import Cell, cell_len
from wsinspect.tui.colours import Colours
from wsinspect.tui.widgets.detail.tabs import Tab

_BETWEEN = "\u2502"
_LEAST_TITLE_CELLS = 8


class TabBar(Widget):
    """Names what is chosen and its tabs; a click chooses one."""

    DEFAULT_CSS = """
    TabBar { height: 1; background: $panel; color: $foreground; }
    """

    @dataclass
    class Clicked(Message):
        """A tab was clicked."""

        tab: Tab

    def __init__(self) -> None:
        super().__init__()
        self._title: Sequence[Cell] = ()
        self._tabs: Mapping[Tab, str] = {}
        self._active: Tab | None = None
        self._places: list[tuple[int, int, Tab]] = []
        self._colours: Colours | None = None

    def show(self, title: Sequence[Cell], tabs: Mapping[Tab, str], active: Tab | None) -> None:
        """Show a title and tabs.

        Args:
            title: What is chosen; harmless.
            tabs: The tabs with their names; harmless.
            active: Which one is shown.
        """
        if (title, tabs, active) != (self._title, self._tabs, self._active):
            self._title, self._tabs, self._active = title, tabs, active
            self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Choose the tab under the mouse."""
        for start, stop, tab in self._places:
            if start <= event.x < stop:
                self.post_message(self.Clicked(tab))

    def notify_style_update(self) -> None:
        """Take the colours of another theme."""
        super().notify_style_update()
        self._colours = None

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 - it has one line only
        """Draw the line."""
        if self._colours is None:
            self._colours = Colours(self.app)
        width = self.size.width
        base = self.rich_style
        cells = self._tab_cells()
        taken = sum(cell_len(text) for text, _ in cells)
        title = self._colours.strip(self._title, sum(cell_len(text) for text, _ in self._title))
        room = width - taken
        title = title.crop(0, room) if room >= _LEAST_TITLE_CELLS else title.crop(0, 0)
        tabs = self._colours.strip(cells, taken)
        # Where not all fit, the one that is shown does.
        start, stop = next(((a, b) for a, b, tab in self._places if tab is self._active), (0, 0))
        left = max(min(start - 1, taken - width), 0) if taken > width else 0
        left = max(left, stop - width)
        shift = title.cell_length - left
        self._places = [(a + shift, b + shift, tab) for a, b, tab in self._places]
        strip = Strip([*title, *tabs.crop(left, left + width)])
        return strip.adjust_cell_length(width, base).apply_style(base)

    def _tab_cells(self) -> list[Cell]:
        cells: list[Cell] = []
        self._places = []
        place = 0
        for tab, name in self._tabs.items():
            if cells:
                cells.append((_BETWEEN, QUIET))
                place += 1
            style = "bold underline on primary-muted" if tab is self._active else ""
            cells.append((f" {name} ", style))
            end = place + cell_len(name) + 2
            self._places.append((place, end, tab))
            place = end
        return cells
