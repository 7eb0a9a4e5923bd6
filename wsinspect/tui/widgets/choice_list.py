"""A list of some dozens of rows, one of which is chosen; for what is not the capture's to list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, override

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip

from wsinspect.present.columns import cut
from wsinspect.present.text import Cell, cell_len
from wsinspect.tui.colours import Colours
from wsinspect.tui.widgets.barred_view import BarredView

_CURSOR = "▌"


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    """A line of the list."""

    key: str
    """What it is known by when the rows change; empty for a line that cannot be chosen."""
    cells: tuple[Cell, ...]
    """Harmless text."""


class ChoiceList(BarredView, can_focus=True, inherit_bindings=False):
    """The list. The cursor stays with its row when others come or go.

    Args:
        title: In its frame; harmless, and without markup.
        id: Of the widget.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", tooltip="Go to the row above.", id="list.up", show=False),
        Binding("down,j", "move(1)", "Down", tooltip="Go to the row below.", id="list.down", show=False),
        Binding("pageup", "page(-1)", "Page up", tooltip="Go one page up.", id="list.page_up", show=False),
        Binding("pagedown", "page(1)", "Page down", tooltip="Go one page down.", id="list.page_down", show=False),
        Binding("home,g", "move(-100000)", "Top", tooltip="Go to the first row.", id="list.top", show=False),
        Binding("end,G", "move(100000)", "Bottom", tooltip="Go to the last row.", id="list.bottom", show=False),
        Binding("enter", "open", "Open", tooltip="Open the chosen row.", id="list.open"),
    ]
    DEFAULT_CSS = """
    ChoiceList {
        height: 1fr; background: $background; color: $foreground; overflow-x: hidden;
        scrollbar-size-vertical: 1;
        border: round $foreground 30%; border-title-color: $foreground;
    }
    ChoiceList:focus { border: round $primary; border-title-color: $primary; }
    """

    @dataclass
    class Moved(Message):
        """Another row is chosen; the key is empty where there is none."""

        choices: ChoiceList
        key: str

        @property
        def control(self) -> ChoiceList:
            """The list."""
            return self.choices

        def can_replace(self, message: Message) -> bool:
            """Only where the cursor is in the end matters."""
            return isinstance(message, ChoiceList.Moved) and message.choices is self.choices

    @dataclass
    class Opened(Message):
        """A person wants what is chosen: by `enter`, or a click on the row that is chosen already."""

        choices: ChoiceList
        key: str

        @property
        def control(self) -> ChoiceList:
            """The list."""
            return self.choices

    def __init__(self, title: str, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.border_title = title
        self._rows: Sequence[ChoiceRow] = ()
        self._key = ""
        self._untouched = True
        self._colours: Colours | None = None

    @property
    def chosen(self) -> str:
        """Key of the row that is chosen; empty where there is none."""
        return self._key

    def on_mount(self) -> None:
        """Take the colours of another theme."""
        self.app.theme_changed_signal.subscribe(self, self._forget_colours)

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self._bring_in_sight()

    def show(self, rows: Sequence[ChoiceRow]) -> None:
        """Show other rows."""
        if rows == self._rows:
            return
        at = self._place(self._key)
        self._rows = rows
        self.virtual_size = Size(0, len(rows))
        if self._untouched or self._place(self._key) is None:
            # Nobody has chosen yet: the first one is as good as any, and has what is above it in sight.
            near = 0 if self._untouched or at is None else at
            places = [place for place, row in enumerate(rows) if row.key]
            self._choose(min(places, key=lambda place: abs(place - near)) if places else None)
            self._bring_in_sight()
        self.refresh()

    def choose(self, key: str) -> None:
        """Go to a row, if it is there."""
        if (place := self._place(key)) is not None:
            self._untouched = False
            self._choose(place)

    def action_move(self, by: int) -> None:
        """Go to another row."""
        places = [place for place, row in enumerate(self._rows) if row.key]
        at = self._place(self._key)
        if not places:
            self.scroll_relative(y=by, animate=False)
        elif at is not None:
            self._untouched = False
            self._choose(places[min(max(places.index(at) + by, 0), len(places) - 1)])

    def action_page(self, by: int) -> None:
        """Go as many rows as are in sight."""
        self.action_move(by * max(self.scrollable_content_region.height - 1, 1))

    def action_open(self) -> None:
        """Tell that a person wants what is chosen."""
        if self._key:
            self.post_message(self.Opened(self, self._key))

    def on_click(self, event: events.Click) -> None:
        """Choose, or open what is chosen already."""
        offset = event.get_content_offset(self)
        place = -1 if offset is None else offset.y + self.scroll_offset.y
        if not 0 <= place < len(self._rows) or not self._rows[place].key:
            return
        self._untouched = False
        if self._rows[place].key == self._key and event.chain > 1:
            self.action_open()
        self._choose(place)

    @override
    def render_line(self, y: int) -> Strip:
        if self._colours is None:
            self._colours = Colours(self.app)
        place = y + self.scroll_offset.y
        width = self.scrollable_content_region.width
        if place >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        row = self._rows[place]
        is_chosen = bool(row.key) and row.key == self._key
        sign = (_CURSOR if is_chosen else " ", "bold cyan")
        strip = self._colours.strip(_cut((sign, *row.cells), width), width, "on panel" if is_chosen else "")
        return strip.apply_style(self.rich_style)

    def _place(self, key: str) -> int | None:
        return next((place for place, row in enumerate(self._rows) if row.key == key), None) if key else None

    def _choose(self, place: int | None) -> None:
        key = "" if place is None else self._rows[place].key
        if key != self._key:
            self._key = key
            self.post_message(self.Moved(self, key))
            self.refresh()
        self._bring_in_sight()

    def _bring_in_sight(self) -> None:
        place = self._place(self._key)
        if place is None:
            return
        # What stands above the first row that can be chosen is a title, which belongs to it.
        top = 0 if not any(row.key for row in self._rows[:place]) else place
        self.scroll_to_region(
            Region(0, top, 1, place + 1 - top), animate=False, force=True, origin_visible=False, immediate=True
        )

    def _forget_colours(self, _: object) -> None:
        self._colours = None
        self.refresh()


def _cut(cells: Sequence[Cell], width: int) -> list[Cell]:
    """Cut a row where there is no room for all of it, with an ellipsis."""
    kept: list[Cell] = []
    for text, style in cells:
        room = width - sum(cell_len(each) for each, _ in kept)
        kept.append((cut(text, room), style))
    return kept
