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
_RULE, _RULE_OF_FOCUS = "\u2500", "\u2501"


class TabBar(Widget):
    """Names what is chosen and its tabs; a click chooses one.

    Args:
        pane: The widget it belongs to: its rule is a heavy one while the focus is in there.
    """

    DEFAULT_CSS = """
    TabBar { height: 1; background: $background; color: $foreground; }
    """

    @dataclass
    class Clicked(Message):
        """A tab was clicked."""

        tab: Tab

    def __init__(self, pane: Widget) -> None:
        super().__init__()
        self._pane = pane
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
        focused = self._pane.has_focus_within
        rule, style = (_RULE_OF_FOCUS, "text-primary") if focused else (_RULE, QUIET)
        title, tabs = self._title_strip(rule, style, width), self._tab_strip(width)
        shift = title.cell_length
        self._places = [(max(start, 0) + shift, stop + shift, tab) for start, stop, tab in self._places]
        rest = width - shift - tabs.cell_length
        end = self._colours.strip([(rule * max(rest, 0), style)], max(rest, 0))
        return Strip([*title, *tabs, *end]).adjust_cell_length(width).apply_style(self.rich_style)

    def _title_strip(self, rule: str, style: str, width: int) -> Strip:
        assert self._colours is not None
        room = width - sum(cell_len(name) + 3 for name in self._tabs.values()) - 1
        cells = list(self._title)
        # What is said last matters least.
        while cells and sum(cell_len(text) for text, _ in cells) + 1 > room:
            cells.pop()
        cells = [(rule, style), *cells, (rule, style)] if cells else [(rule, style)]
        return self._colours.strip(cells, sum(cell_len(text) for text, _ in cells))

    def _tab_strip(self, width: int) -> Strip:
        assert self._colours is not None
        cells = self._tab_cells()
        taken = sum(cell_len(text) for text, _ in cells)
        whole = self._colours.strip(cells, taken)
        if taken < width:
            return whole
        # Where not all fit, the one that is shown does.
        start, stop = next(((start, stop) for start, stop, tab in self._places if tab is self._active), (0, 0))
        left = max(min(start, taken - width + 1), 0) if stop > width - 1 else 0
        self._places = [(start - left, stop - left, tab) for start, stop, tab in self._places]
        return whole.crop(left, left + width - 1)

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
