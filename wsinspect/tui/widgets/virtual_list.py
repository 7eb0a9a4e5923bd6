"""A list of any length that reads no more rows than are seen.

Theory of operation. There is no widget for a row: lines are drawn of the rows in a cache, which is filled by looks at a
table in the thread that reads (`feed`). One task per list makes these looks one after the other, and each asks for what
is in sight by then, so that of ten key presses only the last one's rows are read. It is woken by what a person does and
by changes of the capture, which it draws at most five times a second; when neither happens, it sleeps.

The cursor and the lines in sight belong to records: when rows are put in or sorted, they stay with them. While the list
is `following`, one end of it stays in sight instead.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, override

from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollDown, ScrollTo, ScrollUp
from textual.strip import Strip

from wsinspect.errors import StoreError
from wsinspect.present.columns import Column, Placed, column_at, line, placed, titles
from wsinspect.present.lines import QUIET, TITLE
from wsinspect.present.text import Cell, escape
from wsinspect.store.reader import CaptureReader
from wsinspect.tui.colours import Colours
from wsinspect.tui.data.capture import Capture, Change, Lane
from wsinspect.tui.widgets.feed import Ask, Feed, Found, Seen, Stay, Table
from wsinspect.tui.widgets.row_cache import Kept, Keyed, RowCache

REDRAW_EVERY_S = 0.2
"""What happens in the capture is drawn no more often; what a person does, at once."""
_SETTLE_S = 0.04
"""How long a person rests before what takes longer is read: a key that is held down comes again sooner."""
_KEPT_ROWS = 1000
_GUTTER = 1
"""Cells at the left for the sign of the cursor, and as many at the right that stay empty."""
_CURSOR = "▌"


class ListUpdated(Message):
    """How far a list has come, whether it follows, or what is wrong with it has changed."""

    def can_replace(self, message: Message) -> bool:
        """The newest one says it all."""
        return isinstance(message, ListUpdated)


@dataclass
class CursorMoved(Message):
    """The cursor is on another record, or on none any more."""

    row: Keyed | None

    def can_replace(self, message: Message) -> bool:
        """Only where it is in the end matters."""
        return isinstance(message, CursorMoved)


@dataclass
class RowOpened(Message):
    """A person wants to see a row in full."""

    row: Keyed


@dataclass
class SortAsked(Message):
    """A person clicked on the title of a column."""

    column: str


class VirtualList[Choice, Row: Keyed](ScrollView, can_focus=True, inherit_bindings=False):
    """A list.

    Args:
        capture: What is read.
        opener: Makes the table of a choice, in the thread that reads.
        choice: What is listed at first.
        follow: Whether it follows at first.
        start: Whether the cursor goes to the first row by itself.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", tooltip="Go to the row above.", id="list.up", show=False),
        Binding("down,j", "move(1)", "Down", tooltip="Go to the row below.", id="list.down", show=False),
        Binding("pageup", "page(-1)", "Page up", tooltip="Go one page up.", id="list.page_up", show=False),
        Binding("pagedown", "page(1)", "Page down", tooltip="Go one page down.", id="list.page_down", show=False),
        Binding("home,g", "top", "Top", tooltip="Go to the first row.", id="list.top", show=False),
        Binding("end,G", "bottom", "Bottom", tooltip="Go to the last row.", id="list.bottom", show=False),
        Binding("enter", "open", "Open", tooltip="Open the chosen row.", id="list.open"),
        Binding("f", "follow", "Follow", tooltip="Keep what is newest in sight, or let it go.", id="list.follow"),
    ]
    DEFAULT_CSS = """
    VirtualList {
        height: 1fr;
        background: $background;
        color: $foreground;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-gutter: stable;
        scrollbar-size-vertical: 1;
    }
    """

    def __init__(
        self,
        capture: Capture,
        opener: Callable[[CaptureReader, Choice], Table[Row]],
        choice: Choice,
        *,
        follow: bool = False,
        start: bool = True,
        id: str | None = None,  # noqa: A002 - as all widgets name it
    ) -> None:
        super().__init__(id=id)
        self.following = follow
        """Whether what is newest stays in sight."""
        self.problem: str | None = None
        """Why nothing can be read."""
        self.scanned = 0.0
        """How much of the capture was looked at, 0 to 1."""
        self.complete = False
        """Whether all of it was, once."""
        self.rows_in_all = 0
        """Rows of the list, as far as it was looked at."""
        self.total: int | None = None
        """Rows there would be without a filter, where that is known."""
        self.empty: Sequence[Sequence[Cell]] = ()
        """Lines that are shown where there are no rows."""
        self._capture = capture
        self._feed = Feed(opener)
        self._choice = choice
        self._unfolded: frozenset[int] = frozenset()
        self._cache: RowCache[Row] = RowCache(_KEPT_ROWS)
        self._rows_layout: tuple[int, int] | None = None
        self._cursor: int | None = None
        """Key of the record that the cursor is on."""
        self._cursor_place: int | None = None
        """Where that is; without a key where the row was not read yet."""
        self._announced: int | None = None
        self._reveal = False
        """Whether the cursor is to be brought in sight when it is known where it is."""
        self._start = start
        """Whether the cursor is to go to the first row that comes."""
        self._fresh = True
        """Whether nothing was seen yet of what is listed now."""
        self._to_end = False
        """Whether the cursor is to go to the last row as long as more are found."""
        self._epoch = 0
        self._more = True
        self._wake = asyncio.Event()
        self._hurry = asyncio.Event()
        self._rough = False
        """Whether the rows in sight were read in a hurry, without all that is shown of them."""
        self._drawn_at = 0.0
        self._colours: Colours | None = None
        self._columns: tuple[Placed, ...] = ()

    # What a kind of list says of itself.

    def columns(self) -> Sequence[Column]:
        """The columns, from left to right."""
        raise NotImplementedError

    def cells(self, row: Row) -> Mapping[str, Sequence[Cell]]:
        """What stands in the columns of a row, by their names."""
        raise NotImplementedError

    def sorted_by(self) -> tuple[str, bool]:
        """Name the column that the list is sorted by, and whether downwards."""
        raise NotImplementedError

    def newest_at(self) -> Stay:
        """At which end of the list stands what is newest, or first in its order."""
        raise NotImplementedError

    def rows_read(self, rows: Sequence[Row]) -> None:
        """Take notice of rows that will be drawn."""

    # What a pane does with it.

    @property
    def choice(self) -> Choice:
        """What is listed."""
        return self._choice

    def choose(self, choice: Choice, *, cursor: int | None, follow: bool) -> None:
        """List something else.

        Args:
            choice: What.
            cursor: Key of the record that the cursor is to be on, as soon as it is found; None: on the first row, or
                where the list follows, on none.
            follow: Whether to follow.
        """
        if choice == self._choice:
            return
        self._choice = choice
        self._more, self._fresh, self.complete, self.scanned = True, True, False, 0.0
        self._cursor, self._cursor_place = cursor, None
        self.following = follow
        self._to_end = False
        self._reveal = cursor is not None and not follow
        self._start = cursor is None and not follow
        self._want()

    def go_to(self, key: int) -> None:
        """Put the cursor on a record that is in the list, and bring it in sight."""
        self._cursor, self._cursor_place, self._reveal, self.following = key, None, True, False
        self._want()

    async def find(self, key: int) -> Found | None:
        """Tell where a record stands.

        Raises:
            StoreError: The capture cannot be read.
        """
        choice = self._choice
        return await self._capture.read(lambda reader: self._feed.find(reader, choice, key), Lane.LISTS)

    def fold(self, key: int) -> None:
        """Show the rows below a row, or hide them."""
        self._unfolded ^= {key}
        self._want()

    @property
    def cursor(self) -> int | None:
        """Key of the record that the cursor is on, if it is known."""
        return self._cursor

    @property
    def chosen(self) -> Row | None:
        """The row that the cursor is on, where it was read."""
        kept = None if self._cursor_place is None else self._cache.get(self._cursor_place)
        return kept.row if kept is not None and kept.row.key == self._cursor else None

    def restyle(self) -> None:
        """Draw all rows anew: how they are shown has changed."""
        self._colours = None
        self._cache.clear_strips()
        self._columns = placed(self.columns(), self.size.width - 2 * _GUTTER)
        self.refresh()

    # What happens to it.

    def on_mount(self) -> None:
        """Begin to look."""
        self._capture.changed.subscribe(self, self._on_change, immediate=True)
        self.app.theme_changed_signal.subscribe(self, lambda _: self.restyle())
        self.run_worker(self._serve(), group="looks", description=f"rows of {self.id}")

    def on_resize(self) -> None:
        """Lay the columns out anew."""
        self.restyle()
        self._want()

    def on_focus(self) -> None:
        """Show that the cursor is where keys go."""
        self.refresh()

    def on_blur(self) -> None:
        """Show that it is not any more."""
        self.refresh()

    def _on_change(self, change: Change) -> None:
        self._epoch += 1
        self._more = True
        if change.problem is not None:
            self._fail(change.problem)
        self._wake.set()

    # What a person does with it.

    @override
    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        # Nothing comes any more to a capture that is finished.
        return action != "follow" or self._capture.live

    def action_move(self, rows: int) -> None:
        """Move the cursor by so many rows; one that is out of sight comes in at the edge."""
        place = self._cursor_place
        if place is None or not self._first <= place < self._first + self._height:
            at_end = rows < 0 or self.following
            place = self._first + (self._height - 1 if at_end else 0)
            rows = 0
        self._go(place + rows)

    def action_page(self, pages: int) -> None:
        """Move by so many pages."""
        step = max(self._height - 1, 1) * pages
        place = self._cursor_place
        if place is None or not self._first <= place < self._first + self._height:
            place = self._first
        self._scroll(self._first + step)
        self._go(place + step)

    def action_top(self) -> None:
        """Go to the first row."""
        self._go(0)
        self._follow_at(Stay.TOP)

    def action_bottom(self) -> None:
        """Go to the last row; while the list is not complete, to whatever row is the last one then."""
        self._go(self.rows_in_all - 1)
        self._follow_at(Stay.BOTTOM)
        self._to_end = not self.complete

    def action_follow(self) -> None:
        """Follow, or let go."""
        self.following = not self.following
        if self.following:
            self._scroll(0 if self.newest_at() is Stay.TOP else self.rows_in_all)
        self._want()
        self.post_message(ListUpdated())

    def action_open(self) -> None:
        """Open the row that the cursor is on."""
        if (row := self.chosen) is not None:
            self.post_message(RowOpened(row))

    def on_click(self, event: events.Click) -> None:
        """Choose a row, open it with a second click, or sort."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        if offset.y == 0:
            if (column := column_at(self._columns, offset.x - _GUTTER)) is not None:
                self.post_message(SortAsked(column))
        elif (place := self._first + offset.y - 1) < self.rows_in_all:
            self._go(place)
            if event.chain > 1:
                self.action_open()

    # The scrolling of the base class is told apart from the list's own: it lets go of what is followed.

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll down."""
        event.prevent_default().stop()
        self._scrolled_to(self._first + round(self.app.scroll_sensitivity_y))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll up."""
        event.prevent_default().stop()
        self._scrolled_to(self._first - round(self.app.scroll_sensitivity_y))

    def _on_scroll_to(self, message: ScrollTo) -> None:
        message.prevent_default().stop()
        if message.y is not None:
            self._scrolled_to(round(message.y))

    def _on_scroll_up(self, event: ScrollUp) -> None:
        event.prevent_default().stop()
        self._scrolled_to(self._first - max(self._height - 1, 1))

    def _on_scroll_down(self, event: ScrollDown) -> None:
        event.prevent_default().stop()
        self._scrolled_to(self._first + max(self._height - 1, 1))

    def _scrolled_to(self, first: int) -> None:
        self._scroll(first)
        last = max(self.rows_in_all - self._height, 0)
        self._set_following(self._first == (0 if self.newest_at() is Stay.TOP else last))
        self._want_rows()

    def _follow_at(self, end: Stay) -> None:
        self._set_following(self.newest_at() is end)

    def _set_following(self, following: bool) -> None:
        if following != self.following:
            self.following = following
            self.post_message(ListUpdated())

    def _go(self, place: int) -> None:
        if not self.rows_in_all:
            return
        last = self.rows_in_all - 1
        place = max(min(place, last), 0)
        kept = self._cache.get(place)
        self._cursor_place, self._cursor = place, None if kept is None else kept.row.key
        self._reveal = self._to_end = False
        self._bring_in_sight(place)
        if place != (0 if self.newest_at() is Stay.TOP else last):
            self._set_following(False)
        self.refresh()
        self._announce()
        self._want_rows()

    def _bring_in_sight(self, place: int) -> None:
        if place < self._first or place >= self._first + self._height:
            self._scroll(place if place < self._first else place - self._height + 1)

    # Reading.

    @property
    def _first(self) -> int:
        return round(self.scroll_y)

    @property
    def _height(self) -> int:
        return max(self.size.height - 1, 0)

    def _want(self) -> None:
        """Look at once."""
        self._hurry.set()
        self._wake.set()

    def _want_rows(self) -> None:
        """Look at once if rows in sight are not there."""
        count = min(self._height, self.rows_in_all - self._first)
        if self._cache.lacks(self._first, count, self._epoch) or (
            self._cursor is None and self._cursor_place is not None
        ):
            self._want()

    async def _serve(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            await self._wake.wait()
            due = self._drawn_at + REDRAW_EVERY_S
            if not self._hurry.is_set() and (self._rough or not self._more):
                with suppress(TimeoutError):
                    async with asyncio.timeout_at(clock() + _SETTLE_S if self._rough else due):
                        await self._hurry.wait()
            self._wake.clear()
            hurried = self._hurry.is_set()
            self._hurry.clear()
            rows = hurried or self._rough or clock() >= due
            ask = self._ask(rows=rows, hurried=hurried)
            at = self._first
            try:
                seen = await self._capture.read(partial(self._look, ask), Lane.LISTS)
            except StoreError as error:
                self._fail(str(error))
                continue
            if rows:
                self._drawn_at = clock()
            self._take(ask, seen, at)
            if self._more or self._rough or not rows:
                self._wake.set()

    def _look(self, ask: Ask[Choice], reader: CaptureReader) -> Seen[Row]:
        return self._feed.look(reader, ask)

    def _ask(self, *, rows: bool, hurried: bool) -> Ask[Choice]:
        anchor = self._anchor()
        stay = Stay.RECORD if anchor is not None else Stay.PLACE
        if self._reveal:
            stay = Stay.CURSOR
        elif self.following:
            stay = self.newest_at()
        elif self._to_end:
            stay = Stay.BOTTOM
        key, at = anchor if anchor is not None else (None, 0)
        return Ask(
            choice=self._choice,
            unfolded=self._unfolded,
            first=0 if self._fresh else self._first,
            height=self._height,
            # What is beside the rows in sight is read once a person has come to rest there.
            margin=self._height if self._rough and not hurried else 0,
            payload_limit=4 * self.size.width,
            stay=stay,
            cursor=self._cursor,
            anchor=key,
            line=at,
            # Who waits for rows does not wait for what is new.
            advance=not hurried or self._fresh,
            rows=rows,
            rough=hurried,
            epoch=self._epoch,
        )

    def _anchor(self) -> tuple[int, int] | None:
        """The record that is to stay where it is seen, and its line."""
        place = self._cursor_place
        if self._fresh:
            return None
        if self._cursor is not None and place is not None and self._first <= place < self._first + self._height:
            return self._cursor, place - self._first
        top = self._cache.get(self._first)
        return None if top is None or self._first == 0 else (top.row.key, 0)

    def _take(self, ask: Ask[Choice], seen: Seen[Row], at: int) -> None:
        if ask.choice != self._choice or ask.unfolded != self._unfolded:
            self._want()
            return
        self.problem = self._capture.problem
        self._more, self.scanned = self._more and seen.more, seen.scanned
        if not self._more and not ask.rows and not self.complete:
            # The end of a search is shown at once.
            self._drawn_at = 0.0
        if ask.rows:
            self._rough = seen.rough
            self.complete = self.complete or not self._more
            self._show(ask, seen, at)
            self.post_message(ListUpdated())

    def _show(self, ask: Ask[Choice], seen: Seen[Row], at: int) -> None:
        changed = seen.size != self.rows_in_all or self._fresh
        if seen.layout != self._rows_layout:
            self._cache.keep_only(seen.start, len(seen.rows))
            self._rows_layout = seen.layout
        # What a person scrolled while this was read is kept.
        first = seen.first + (0 if self.following or self._fresh else self._first - at)
        if self._fresh:
            self._fresh = False
            self.restyle()
        if seen.size != self.rows_in_all:
            self.rows_in_all = seen.size
            self.virtual_size = Size(1, seen.size + 1)
        self.total = seen.total
        self.rows_read(seen.rows)
        changed |= self._cache.put(seen.start, seen.rows, ask.epoch)
        self._scroll(first)
        before = self._cursor_place
        if self._to_end and self.rows_in_all:
            self._cursor, self._cursor_place = None, self.rows_in_all - 1
            self._to_end = not self.complete
        elif self._cursor is not None and self._cursor == ask.cursor:
            self._settle_cursor(seen.cursor)
        self._read_cursor()
        if changed or before != self._cursor_place:
            self.refresh()
        self._announce()
        self._want_rows()

    def _settle_cursor(self, found: Found | None) -> None:
        if found is not None and found.exact:
            self._cursor_place = found.place
            self._reveal = False
        elif self.complete:
            # The record is not listed any more: the one before it takes its place.
            self._cursor, self._cursor_place = None, 0 if found is None else found.place
            if self._reveal:
                self._reveal = False
                self._bring_in_sight(self._cursor_place)
        else:
            self._cursor_place = None

    def _read_cursor(self) -> None:
        if self._cursor is not None or not self.rows_in_all:
            return
        if self._cursor_place is None:
            if not self._start:
                return
            self._cursor_place = 0
        self._start = False
        self._cursor_place = min(self._cursor_place, self.rows_in_all - 1)
        if (kept := self._cache.get(self._cursor_place)) is not None:
            self._cursor = kept.row.key

    def _announce(self) -> None:
        if self._cursor == self._announced:
            return
        row = self.chosen
        gone = self._cursor is None and (self._cursor_place is None or not self.rows_in_all)
        if row is not None or (gone and self.complete):
            self._announced = self._cursor
            self.post_message(CursorMoved(row))

    def _fail(self, problem: str) -> None:
        self.problem = problem
        self._more = False
        self.post_message(ListUpdated())
        self.refresh()

    def _scroll(self, first: int) -> None:
        self.scroll_to(y=max(first, 0), animate=False, force=True)

    # Drawing.

    def render_line(self, y: int) -> Strip:
        """Draw a line: the titles, a row, or what is to be said where there are none."""
        if self._colours is None:
            self._colours = Colours(self.app)
        width = self.size.width
        base = self.rich_style
        if y == 0:
            return self._colours.strip(self._titles(), width).apply_style(base)
        place = self._first + y - 1
        if place < self.rows_in_all:
            return self._row_strip(place, width, base)
        cells = self.empty[y - 2] if not self.rows_in_all and 0 <= y - 2 < len(self.empty) else ()
        return self._colours.strip([("  ", ""), *cells], width).apply_style(base)

    def _titles(self) -> list[Cell]:
        column, downwards = self.sorted_by()
        return [(" " * _GUTTER, ""), *titles(self._columns, f"{TITLE} {QUIET}", {column: "▾" if downwards else "▴"})]

    def _row_strip(self, place: int, width: int, base: Style) -> Strip:
        assert self._colours is not None
        kept = self._cache.get(place)
        if kept is None:
            return self._colours.strip([("  ·", QUIET)], width).apply_style(base)
        if place == self._cursor_place:
            below = "on primary-muted" if self.has_focus else "on surface-active"
            return self._colours.strip(
                [(_CURSOR, "text-primary"), *line(self._columns, self.cells(kept.row))], width, below
            ).apply_style(base)
        if kept.strip is None:
            kept.strip = self._drawn(kept, width, base)
        return kept.strip

    def _drawn(self, kept: Kept[Row], width: int, base: Style) -> Strip:
        assert self._colours is not None
        cells = [(" " * _GUTTER, ""), *line(self._columns, self.cells(kept.row))]
        return self._colours.strip(cells, width).apply_style(base)


def problem_lines(problem: str) -> list[list[Cell]]:
    """Make the lines that say why nothing can be shown."""
    return [[(escape(each), "bold red" if index == 0 else "")] for index, each in enumerate(problem.splitlines())]
