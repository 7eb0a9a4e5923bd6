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
from functools import partial
from typing import ClassVar, override

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.strip import Strip

from wsinspect.errors import StoreError
from wsinspect.present.columns import Column
from wsinspect.present.text import Cell
from wsinspect.store.reader import CaptureReader
from wsinspect.tui.data.capture import Capture, Change, Lane
from wsinspect.tui.widgets.feed import Ask, Feed, Found, Seen, Stay, Table
from wsinspect.tui.widgets.line_scroll import LineScroll
from wsinspect.tui.widgets.list_cursor import ListCursor
from wsinspect.tui.widgets.list_messages import CursorMoved, ListUpdated, RowOpened, SortAsked
from wsinspect.tui.widgets.row_cache import Keyed, RowCache
from wsinspect.tui.widgets.row_painter import RowPainter

REDRAW_EVERY_S = 0.2
"""What happens in the capture is drawn no more often; what a person does, at once."""
_SETTLE_S = 0.04
"""How long a person rests before what takes longer is read: a key that is held down comes again sooner."""
_MARGIN_PAGES = 4
"""Read around what is in sight, so that who goes page by page finds the next ones read."""
_KEPT_ROWS = 1000


class VirtualList[Choice, Row: Keyed](LineScroll, can_focus=True):
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
        self._cursor = ListCursor(start=start)
        self._announced: int | None = None
        """Key of the record that was told last."""
        self._fresh = True
        """Whether nothing was seen yet of what is listed now."""
        self._opening = False
        """Whether the row of the cursor is to be opened as soon as it was read."""
        self._epoch = 0
        self._more = True
        self._wake = asyncio.Event()
        self._hurry = asyncio.Event()
        self._rough = False
        """Whether the rows in sight were read in a hurry, without all that is shown of them."""
        self._drawn_at = 0.0
        self._lines_before = 0
        """How many there was room for at the size before."""
        self._painter: RowPainter | None = None

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
        self._choose(choice, cursor, follow=follow, start=not follow)

    def narrow(self, choice: Choice) -> None:
        """List more or less of the same: the cursor stays, or comes back to a list that was empty, as does following.

        Args:
            choice: What.
        """
        if choice != self._choice:
            start = self._cursor.lost or not self.following
            self._choose(choice, self._cursor.key, follow=self.following, start=start)

    def _choose(self, choice: Choice, cursor: int | None, *, follow: bool, start: bool) -> None:
        self._choice = choice
        self._more, self._fresh, self.complete, self.scanned = True, True, False, 0.0
        self._cursor.look_for(cursor, reveal=not follow, start=start)
        self.following = follow
        self._want()

    def go_to(self, key: int) -> None:
        """Put the cursor on a record that is in the list, and bring it in sight."""
        self._cursor.look_for(key, reveal=True)
        self.following = False
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
        return self._cursor.key

    @property
    def chosen(self) -> Row | None:
        """The row that the cursor is on, where it was read."""
        kept = None if self._cursor.place is None else self._cache.get(self._cursor.place)
        return kept.row if kept is not None and kept.row.key == self._cursor.key else None

    def restyle(self) -> None:
        """Draw all rows anew: how they are shown has changed."""
        self._painter = None
        self._cache.clear_strips()
        self.refresh()

    # What happens to it.

    def on_mount(self) -> None:
        """Begin to look."""
        self._capture.changed.subscribe(self, self._on_change, immediate=True)
        self.app.theme_changed_signal.subscribe(self, lambda _: self.restyle())
        self.run_worker(self._serve(), group="looks", description=f"rows of {self.id}")

    def on_resize(self) -> None:
        """Lay the columns out anew; a cursor that was in sight stays so."""
        lines, self._lines_before = self._lines_before, self.lines_in_sight
        place = self._cursor.place
        if place is not None and not self.following and self.first_line <= place < self.first_line + lines:
            self.bring_in_sight(place)
        self.restyle()
        self._want()

    def on_focus(self) -> None:
        """Show that the cursor is where keys go; where it is nowhere, it goes to the newest row in sight."""
        if self._cursor.key is None and self._cursor.place is None:
            self._start_at_newest()
        self.refresh()

    def on_blur(self) -> None:
        """Show that it is not any more."""
        self._opening = False
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
        place = self._cursor.place
        if place is None or not self.is_in_sight(place):
            at_end = rows < 0 or (self.following and self.newest_at() is Stay.BOTTOM)
            place = self.first_line + (self.lines_in_sight - 1 if at_end else 0)
            rows = 0
        self._go(place + rows)

    def action_page(self, pages: int) -> None:
        """Move by so many pages."""
        step = max(self.lines_in_sight - 1, 1) * pages
        place = self._cursor.place
        if place is None or not self.is_in_sight(place):
            place = self.first_line
        self.scroll_to_line(self.first_line + step)
        self._go(place + step)

    def action_top(self) -> None:
        """Go to the first row."""
        self._go(0)
        self._follow_at(Stay.TOP)

    def action_bottom(self) -> None:
        """Go to the last row; while the list is not complete, to whatever row is the last one then."""
        self._go(self.rows_in_all - 1)
        self._follow_at(Stay.BOTTOM)
        self._cursor.to_end = not self.complete

    def action_follow(self) -> None:
        """Follow, or let go."""
        self.following = not self.following
        if self.following:
            self.scroll_to_line(0 if self.newest_at() is Stay.TOP else self.rows_in_all)
        self._want()
        self.post_message(ListUpdated())

    def action_open(self) -> None:
        """Open the row that the cursor is on; where it is on none, the newest in sight; if need be once it is read."""
        if self._cursor.place is None:
            self._start_at_newest()
        self._opening = True
        self._open()

    def _open(self) -> None:
        if self._opening and (row := self.chosen) is not None:
            self._opening = False
            self.post_message(RowOpened(row))
        elif self.complete and not self.rows_in_all:
            self._opening = False

    def _start_at_newest(self) -> None:
        """Go to the newest row in sight, if there are any; of rows that are still read, as soon as they are there."""
        if self._fresh:
            self._cursor.begin(at_end=self.following and self.newest_at() is Stay.BOTTOM)
            return
        in_sight = min(self.lines_in_sight, self.rows_in_all - self.first_line)
        self._go(self.first_line + (0 if self.newest_at() is Stay.TOP else in_sight - 1))

    def on_click(self, event: events.Click) -> None:
        """Choose a row, open it with a second click, or sort."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        if offset.y == 0:
            if (column := self._drawn_by.column_at(offset.x)) is not None:
                self.post_message(SortAsked(column))
        elif (place := self.first_line + offset.y - 1) < self.rows_in_all:
            self._go(place)
            if event.chain > 1:
                self.action_open()

    @override
    def person_scrolled(self) -> None:
        last = max(self.rows_in_all - self.lines_in_sight, 0)
        self._set_following(self.first_line == (0 if self.newest_at() is Stay.TOP else last))
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
        self._opening = False
        kept = self._cache.get(place)
        self._cursor.put(place, None if kept is None else kept.row.key)
        self.bring_in_sight(place)
        if place != (0 if self.newest_at() is Stay.TOP else last):
            self._set_following(False)
        self.refresh()
        self._announce()
        self._want_rows()

    # Reading.

    def _want(self) -> None:
        """Look at once."""
        self._hurry.set()
        self._wake.set()

    def _want_rows(self) -> None:
        """Look at once if rows in sight are not there."""
        count = min(self.lines_in_sight, self.rows_in_all - self.first_line)
        if self._cursor.unread is not None or self._cache.lacks(self.first_line, count, self._epoch):
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
            at = self.first_line
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
        if self._cursor.reveal:
            stay = Stay.CURSOR
        elif self.following:
            stay = self.newest_at()
        elif self._cursor.to_end:
            stay = Stay.BOTTOM
        key, at = anchor if anchor is not None else (None, 0)
        return Ask(
            choice=self._choice,
            unfolded=self._unfolded,
            first=0 if self._fresh else self.first_line,
            height=self.lines_in_sight,
            # What is beside the rows in sight is read once a person has come to rest there.
            margin=_MARGIN_PAGES * self.lines_in_sight if self._rough and not hurried else 0,
            payload_limit=4 * self.size.width,
            stay=stay,
            cursor=self._cursor.key,
            unread=self._cursor.unread,
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
        key, place = self._cursor.key, self._cursor.place
        if self._fresh:
            return None
        if key is not None and place is not None and self.is_in_sight(place):
            return key, place - self.first_line
        top = self._cache.get(self.first_line)
        return None if top is None or self.first_line == 0 else (top.row.key, 0)

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
        # What a person scrolled while this was read is kept; who has let go of an end does not go back to it.
        let_go = ask.stay in {Stay.TOP, Stay.BOTTOM} and not (self.following or self._cursor.to_end)
        if self._fresh or self.following:
            first = seen.first
        else:
            first = self.first_line if let_go else seen.first + self.first_line - at
        if self._fresh:
            self._fresh = False
            self.restyle()
        if seen.size != self.rows_in_all:
            self.rows_in_all = seen.size
            self.virtual_size = Size(1, seen.size + 1)
        self.total = seen.total
        self.rows_read(seen.rows)
        changed |= self._cache.put(seen.start, seen.rows, ask.epoch)
        self.scroll_to_line(first)
        changed |= self._move_cursor(ask, seen)
        if changed:
            self.refresh()
        self._announce()
        self._open()
        self._want_rows()

    def _move_cursor(self, ask: Ask[Choice], seen: Seen[Row]) -> bool:
        """Let the cursor be where its record is; tell whether it was drawn elsewhere."""
        cursor, before = self._cursor, self._cursor.place
        if cursor.key is not None and cursor.key == ask.cursor:
            cursor.settle(seen.cursor, complete=self.complete)
        cursor.keep_inside(self.rows_in_all, complete=self.complete)
        if cursor.reveal and cursor.place is not None:
            cursor.reveal = False
            self.bring_in_sight(cursor.place)
        if (place := cursor.unread) is not None:
            if seen.unread is not None and place == ask.unread:
                self._cache.put(place, [seen.unread], ask.epoch)
            if (kept := self._cache.get(place)) is not None:
                cursor.key = kept.row.key
        return before != cursor.place

    def _announce(self) -> None:
        if self._cursor.key == self._announced:
            return
        row = self.chosen
        gone = self._cursor.key is None and self._cursor.place is None
        if row is not None or (gone and self.complete):
            self._announced = self._cursor.key
            self.post_message(CursorMoved(row))

    def _fail(self, problem: str) -> None:
        self.problem = problem
        self._more = False
        if self._fresh:
            # The rows that are still there are of what was listed before.
            self._cache.keep_only(0, 0)
            self.rows_in_all, self.total = 0, None
            self.virtual_size = Size(1, 1)
        self.post_message(ListUpdated())
        self.refresh()

    # Drawing.

    @property
    def _drawn_by(self) -> RowPainter:
        if self._painter is None:
            self._painter = RowPainter(self.app, self.columns(), self.size.width, self.rich_style)
        return self._painter

    @override
    def render_line(self, y: int) -> Strip:
        painter = self._drawn_by
        if y == 0:
            column, downwards = self.sorted_by()
            return painter.titles(column, downwards=downwards)
        place = self.first_line + y - 1
        if place >= self.rows_in_all:
            told = not self.rows_in_all and 2 <= y < len(self.empty) + 2
            return painter.words(self.empty[y - 2] if told else ())
        kept = self._cache.get(place)
        if kept is None:
            return painter.missing_row()
        if place == self._cursor.place:
            return painter.chosen_row(self.cells(kept.row), focused=self.has_focus)
        if kept.strip is None:
            kept.strip = painter.row(self.cells(kept.row))
        return kept.strip
