"""Shows a document of any length: only what is in sight is laid out, drawn and, for a hex dump, read.

Theory of operation. `present.visual_rows.Rows` breaks the document into rows of the view's width as far as somebody
looks; a task goes on with it in small steps, so that the scroll bar comes to be right. Bytes of a hex dump that are in
sight and not there yet are read by a task, what was scrolled past meanwhile is left out. A search is a task of small
steps as well.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.selection import Selection
from textual.strip import Strip
from textual.worker import Worker

from wsinspect.errors import StoreError
from wsinspect.present.documents import Document, ListDocument
from wsinspect.present.hex_document import HexDocument
from wsinspect.present.shown import standing_out
from wsinspect.present.text import Cell
from wsinspect.present.tree_document import TreeDocument
from wsinspect.present.visual_rows import Rows
from wsinspect.tui.colours import Colours
from wsinspect.tui.widgets.barred_view import BarredView
from wsinspect.tui.widgets.detail.finding import PAUSE_S, STEP_S, TELL_EVERY_S, Finding, Load

_STEP_ROWS = 200
_MOST_SELECTED_ROWS = 20_000
_SIDEWAYS_CELLS = 10
_EMPTY = ListDocument([])

type Make = Callable[[int], Document]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where in a document a person is."""

    line: int = 0
    character: int = 0
    sideways: int = 0
    cursor: int = 0


class DocumentView(BarredView, can_focus=True, inherit_bindings=False):
    """Shows a document."""

    ALLOW_SELECT = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", tooltip="Go one line up.", id="detail.up", show=False),
        Binding("down,j", "move(1)", "Down", tooltip="Go one line down.", id="detail.down", show=False),
        Binding("pageup", "page(-1)", "Page up", tooltip="Go one page up.", id="detail.page-up", show=False),
        Binding("pagedown", "page(1)", "Page down", tooltip="Go one page down.", id="detail.page-down", show=False),
        Binding("home,g", "top", "Top", tooltip="Go to the beginning.", id="detail.top", show=False),
        Binding("end,G", "bottom", "Bottom", tooltip="Go to the end.", id="detail.bottom", show=False),
        Binding("shift+left,less_than_sign", "sideways(-1)", "Left", tooltip="Scroll to the left.", id="detail.left",
                show=False),
        Binding("shift+right,greater_than_sign", "sideways(1)", "Right", tooltip="Scroll to the right.",
                id="detail.right", show=False),
        Binding("enter", "open_branch", "Open/close", tooltip="Open or close the branch of the tree.",
                id="detail.toggle"),
        Binding("W", "wrap", "Wrap", tooltip="Break long lines, or scroll along them.", id="detail.wrap", show=False),
    ]  # fmt: skip
    DEFAULT_CSS = """
    DocumentView {
        height: 1fr;
        background: $background;
        color: $foreground;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-gutter: stable;
        scrollbar-size-vertical: 1;
    }
    """

    @dataclass
    class Searched(Message):
        """A search went on."""

        current: int | None
        """The match one is at, from 0."""
        count: int
        complete: bool

        def can_replace(self, message: Message) -> bool:
            """The newest one says it all."""
            return isinstance(message, DocumentView.Searched)

    @dataclass
    class Failed(Message):
        """Bytes could not be read."""

        error: StoreError

    def __init__(self) -> None:
        super().__init__()
        self.wraps = True
        """Whether long lines are broken at the width."""
        self.document: Document = _EMPTY
        self._make: Make = lambda _: _EMPTY
        self._load: Load | None = None
        self._rows = Rows(_EMPTY, None)
        self._rows_cells = 0
        self._cursor = 0
        self._to_end = False
        self._waiting: Spot | None = None
        """Where to be as soon as there is room to be laid out in."""
        self._query = ""
        self._finding: Finding | None = None
        self._colours: Colours | None = None

    # What is shown.

    def show(self, make: Make, load: Load | None = None, spot: Spot | None = None) -> None:
        """Show a document.

        Args:
            make: Makes it for so many cells.
            load: Reads bytes, where it is a hex dump.
            spot: Where to be in it; None: at its beginning.
        """
        self._make, self._load = make, load
        self._to_end = False
        self._lay_out(spot or Spot())
        if self._query:
            self.search(self._query, jump=False)

    def spot(self) -> Spot:
        """Tell where one is."""
        if self._waiting is not None:
            return self._waiting
        first = self.scroll_offset.y
        if first >= self._rows.count:
            return Spot()
        row = self._rows.row(first)
        return Spot(row.line, row.start, self.scroll_offset.x, self._cursor)

    def text(self, most: int) -> tuple[str, bool]:
        """Return the beginning of what is shown as text, nothing in it escaped that the document does not escape.

        Args:
            most: About so many characters.

        Returns:
            The text, and whether it is all.
        """
        found: list[str] = []
        size = line = 0
        while size <= most:
            if line >= self.document.line_count:
                if self.document.complete:
                    return "\n".join(found), True
                self.document.grow(_STEP_ROWS)
                continue
            for cells in self.document.lines(line, min(_STEP_ROWS, self.document.line_count - line)):
                found.append("".join(text for text, _ in cells))
                size += len(found[-1]) + 1
                line += 1
        return "\n".join(found)[:most], False

    def on_resize(self) -> None:
        """Break lines anew."""
        if self._width != self._rows_cells:
            self._lay_out(self.spot())
        else:
            self._grow_in_sight()

    def action_wrap(self) -> None:
        """Break long lines at the width, or not."""
        self.wraps = not self.wraps
        self._lay_out(self.spot())

    @property
    def _width(self) -> int:
        return max(self.scrollable_content_region.width, 0)

    def _lay_out(self, spot: Spot) -> None:
        if self._width == 0:
            self._waiting = spot
            return
        self._waiting = None
        document = self._make(self._width)
        if document is not self.document:
            self.document = document
            if self._finding is not None:
                self.search(self._query, jump=False)
        self._rows_cells = self._width
        self._rows = Rows(document, self._width if self.wraps else None)
        self._cursor = min(spot.cursor, max(document.line_count - 1, 0)) if self._has_cursor else 0
        self._grow_to(spot.line, spot.character)
        self.virtual_size = Size(self._width, self._rows.count)
        row = self._rows.find(min(spot.line, max(document.line_count - 1, 0)), spot.character)
        self._scroll(row or 0, 0 if self.wraps and document.breakable else spot.sideways)
        self.refresh()
        self._grow_in_sight()
        self._fetch()

    def _start(self, work: Callable[[], Coroutine[None, None, None]], group: str) -> None:
        """Begin a task in place of the one of its kind before."""
        _: Worker[None] = self.run_worker(work, group=group, exclusive=True)

    def _grow_to(self, line: int, character: int) -> None:
        """Lay out at least up to a place."""
        self._rows.grow(max(self.size.height, 1) * 2)
        while self._rows.find(line, character) is None and not self._rows.complete:
            self._rows.grow(_STEP_ROWS)

    def _grow_in_sight(self) -> None:
        missing = self.scroll_offset.y + 2 * self.size.height - self._rows.count
        if missing > 0:
            self._rows.grow(missing)
        self._tell_size()
        if not self._rows.complete:
            self._start(partial(self._grow, self._rows), "grow")

    async def _grow(self, rows: Rows) -> None:
        told = time.perf_counter()
        while not rows.complete:
            await asyncio.sleep(PAUSE_S)
            end = time.perf_counter() + STEP_S
            while not rows.complete and time.perf_counter() < end:
                rows.grow(_STEP_ROWS)
            if rows is not self._rows:
                return
            if time.perf_counter() > told + TELL_EVERY_S:
                told = time.perf_counter()
                self._tell_size()
        self._tell_size()
        if self._to_end:
            self.action_bottom()

    def _tell_size(self) -> None:
        size = Size(max(self.virtual_size.width, self._width), self._rows.count)
        if size != self.virtual_size:
            self.virtual_size = size
            # A document that is shorter now is not shown beyond its end.
            self.refresh()

    # Bytes.

    def _fetch(self) -> None:
        if isinstance(self.document, HexDocument) and self._load is not None and self._wanted(self.document):
            self._start(partial(self._read, self.document, self._load), "read")

    def _wanted(self, document: HexDocument) -> tuple[int, int] | None:
        return document.wanted(self.scroll_offset.y, max(self.size.height, 1))

    async def _read(self, document: HexDocument, load: Load) -> None:
        while document is self.document and (wanted := self._wanted(document)) is not None:
            try:
                data = await load(*wanted)
            except StoreError as error:
                self.post_message(self.Failed(error))
                return
            document.pages.supply(wanted[0], data)
            self.refresh()

    # Searching.

    def search(self, query: str, *, jump: bool = True) -> None:
        """Begin to search for something; nothing ends the search.

        Args:
            query: What to look for.
            jump: Whether to go to the first match from what is in sight.
        """
        self._query = query
        self._finding = None
        self.refresh()
        if query:
            self._finding = Finding(self.document, query, self._load, self._tell_search)
            self._start(partial(self._search, self._finding, jump=jump), "search")
        else:
            self.workers.cancel_group(self, "search")

    def next_match(self, step: int) -> None:
        """Go to the next match, or the one before with -1; from the last to the first."""
        if self._finding is not None and self._finding.step(step, self._first_line):
            self._show_match()

    @property
    def searches_bytes(self) -> bool:
        """Whether what is searched is the whole payload, beyond what is laid out."""
        return self._finding is not None and self._finding.searches_bytes

    async def _search(self, finding: Finding, *, jump: bool) -> None:
        try:
            await finding.run(self._first_line, self._show_match if jump else None)
        except StoreError as error:
            self.post_message(self.Failed(error))

    def _show_match(self) -> None:
        place = None if self._finding is None else self._finding.place()
        if place is None:
            return
        line, character = place
        if self._has_cursor:
            self._cursor = line
        self._grow_to(line, character)
        self._tell_size()
        row = self._rows.find(line, character)
        if row is not None:
            self._bring_in_sight(row)
            self._bring_along(row, character)
        self._tell_search()

    def _tell_search(self) -> None:
        if (finding := self._finding) is not None:
            self.refresh()
            self.post_message(self.Searched(finding.match, finding.count, finding.complete))

    @property
    def _first_line(self) -> int:
        if self._has_cursor:
            return self._cursor
        first = self.scroll_offset.y
        return self._rows.row(first).line if first < self._rows.count else 0

    # Moving.

    @property
    def _has_cursor(self) -> bool:
        return isinstance(self.document, TreeDocument)

    @property
    def cursor(self) -> int | None:
        """The line of the cursor, where there is one."""
        return self._cursor if self._has_cursor else None

    def action_move(self, lines: int) -> None:
        """Go so many lines down, up with a negative number."""
        if self._has_cursor:
            self._set_cursor(self._cursor + lines)
        else:
            self._scroll(self.scroll_offset.y + lines)

    def action_page(self, pages: int) -> None:
        """Go so many pages down, up with a negative number."""
        self.action_move(pages * max(self.size.height - 1, 1))

    def action_top(self) -> None:
        """Go to the beginning."""
        self._to_end = False
        self._set_cursor(0)
        self._scroll(0, 0)

    def action_bottom(self) -> None:
        """Go to the end, as soon as it is known where that is."""
        self._to_end = not self._rows.complete
        self._set_cursor(self.document.line_count - 1)
        self._scroll(self._rows.count)

    def action_sideways(self, direction: int) -> None:
        """Scroll along lines that are not broken."""
        if direction > 0:
            self._measure()
        self._scroll(self.scroll_offset.y, self.scroll_offset.x + direction * _SIDEWAYS_CELLS)

    def action_open_branch(self) -> None:
        """Open or close the branch with the cursor; at a leaf, go to what it is below."""
        document = self.document
        if not isinstance(document, TreeDocument):
            return
        if not document.toggle(self._cursor):
            self._set_cursor(document.parent(self._cursor))
        self._tell_size()
        self.refresh()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - Textual's
        """Offer what the document can do."""
        return self._has_cursor if action == "open_branch" else True

    def _set_cursor(self, line: int) -> None:
        if self._has_cursor:
            self._cursor = min(max(line, 0), max(self.document.line_count - 1, 0))
            self._bring_in_sight(self._cursor)
            self.refresh()

    def _bring_in_sight(self, row: int) -> None:
        first, height = self.scroll_offset.y, max(self.size.height, 1)
        if row < first:
            self._scroll(row)
        elif row >= first + height:
            self._scroll(row - height + 1 if row < first + 2 * height else row - height // 2)

    def _bring_along(self, row: int, character: int) -> None:
        """Scroll sideways so that a character of a row is in sight."""
        place = character - self._rows.row(row).start
        before = len(self._rows.text(row)[:place])
        if not self.scroll_offset.x <= before < self.scroll_offset.x + self._width - 1:
            self._measure(row)
            self._scroll(self.scroll_offset.y, before - self._width // 2)

    def _measure(self, row: int | None = None) -> None:
        """Find out how wide what is in sight is."""
        first = self.scroll_offset.y
        rows = range(first, min(first + self.size.height, self._rows.count)) if row is None else (row,)
        widest = max((Strip([Segment(self._rows.text(each))]).cell_length for each in rows), default=0)
        if widest > self.virtual_size.width:
            self.virtual_size = Size(widest, self.virtual_size.height)

    def _scroll(self, row: int, sideways: int | None = None) -> None:
        self.scroll_to(x=sideways, y=row, animate=False, force=True)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Read and lay out what comes into sight."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self._grow_in_sight()
            self._fetch()

    def on_click(self, event: events.Click) -> None:
        """Bring the cursor there; at the sign of a branch, or with a second click, open or close it."""
        document = self.document
        if not isinstance(document, TreeDocument):
            return
        line = self.scroll_offset.y + event.y
        if line >= document.line_count:
            return
        self._set_cursor(line)
        if document.is_open(line) is not None:
            sign = document.content_start(line) - self.scroll_offset.x
            if event.chain > 1 or event.x < sign:
                self.action_open_branch()

    # Drawing.

    def notify_style_update(self) -> None:
        """Take the colours of another theme."""
        super().notify_style_update()
        self._colours = None

    def selection_updated(self, selection: Selection | None) -> None:  # noqa: ARG002 - Textual's
        """Draw what is selected."""
        self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the text that is selected with the mouse."""
        first = 0 if selection.start is None else selection.start.y
        last = self._rows.count - 1 if selection.end is None else min(selection.end.y, self._rows.count - 1)
        found = []
        for row in range(first, min(last + 1, first + _MOST_SELECTED_ROWS)):
            span = selection.get_span(row)
            text = self._rows.text(row)
            if span is not None:
                found.append(text[span[0] :] if span[1] < 0 else text[slice(*span)])
            if row < last and self._rows.row(row).line != self._rows.row(row + 1).line:
                found.append("\n")
        return "".join(found), "\n"

    def render_line(self, y: int) -> Strip:
        """Draw a line."""
        if self._colours is None:
            self._colours = Colours(self.app)
        number = self.scroll_offset.y + y
        width = self.size.width
        base = self.rich_style
        if number >= self._rows.count:
            return Strip.blank(width, base)
        line = self._rows.row(number).line
        marks = [] if self._finding is None else self._finding.marks(line)
        below = ""
        if self._has_cursor and line == self._cursor:
            below = "on primary-muted" if self.has_focus else "on surface-active"
        cells = self._rows.cells(number, marks)
        style = base + self._colours.style(below)
        segments = [Segment(text, style + self._colours.style(name)) for text, name in self._selected(number, cells)]
        sideways = self.scroll_offset.x
        strip = Strip(segments).crop_extend(sideways, sideways + width, style)
        return strip.apply_offsets(sideways, number)

    def _selected(self, row: int, cells: list[Cell]) -> list[Cell]:
        selection = self.text_selection
        span = None if selection is None else selection.get_span(row)
        return cells if span is None else standing_out(cells, span[0], span[1] if span[1] >= 0 else None)
