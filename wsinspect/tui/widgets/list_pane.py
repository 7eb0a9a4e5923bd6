"""A list with the line above it and its filter: what the panes of sessions and of messages have in common."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import ClassVar, override

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from wsinspect.errors import StoreError
from wsinspect.present.lines import BAD, QUIET
from wsinspect.present.text import Cell, escape
from wsinspect.present.title_line import Part
from wsinspect.query import Target
from wsinspect.tui.data.capture import Capture
from wsinspect.tui.dialogs.go_to import GoToDialog
from wsinspect.tui.widgets.filter_bar import FilterBar
from wsinspect.tui.widgets.list_messages import ListUpdated, SortAsked
from wsinspect.tui.widgets.row_cache import Keyed
from wsinspect.tui.widgets.title_line import TitleLine
from wsinspect.tui.widgets.virtual_list import VirtualList

MOST_DIGITS = 15
"""Of a number that anything is looked up by: more than enough, and less than the database takes."""
_SHOWN_FILTER = 200
NOTHING_MATCHES = "Nothing matches; escape clears the filter."


class ListPane[Choice, Row: Keyed](Vertical):
    """The pane.

    Args:
        capture: The capture.
        rows: The list.
        target: What filters are asked of.
        history: The kind of the filters' history.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", tooltip="Show only what matches a filter.", id="list.filter"),
        Binding("escape", "clear", "Clear", tooltip="Show everything again.", id="list.clear"),
        Binding("colon", "go_to", "Go to", tooltip="Go to a number.", id="list.go-to", show=False),
    ]
    DEFAULT_CSS = """
    ListPane { height: 1fr; background: $background; }
    """

    def __init__(
        self, capture: Capture, rows: VirtualList[Choice, Row], target: Target | tuple[Target, ...], history: str
    ) -> None:
        super().__init__()
        self.list = rows
        """The list."""
        self.bar = FilterBar(target, history)
        """The filter."""
        self.title = TitleLine(self)
        """The line above."""
        self._capture = capture

    def compose(self) -> ComposeResult:
        """Put the line above the list, and the filter between."""
        yield self.title
        yield self.bar
        yield self.list

    # What a kind of pane says of itself.

    def name_parts(self) -> list[Part]:
        """What is shown, for the left of the line above."""
        raise NotImplementedError

    def empty_text(self) -> str:
        """What to say and to do where there is nothing, and no filter."""
        raise NotImplementedError

    def apply(self, text: str) -> None:
        """Show what matches a filter that is right, or everything."""
        raise NotImplementedError

    def sort_by(self, column: str) -> None:
        """Sort by a column."""
        raise NotImplementedError

    def go_to_hint(self) -> str:
        """What can be gone to."""
        raise NotImplementedError

    async def go_to_text(self, text: str) -> None:
        """Go to what a person has written.

        Raises:
            StoreError: The capture cannot be read.
        """
        raise NotImplementedError

    def title_clicked(self, action: str) -> None:
        """Do what a click on a part of its own does."""

    # What is the same for all.

    def on_mount(self) -> None:
        """Say what is shown."""
        self.tell()

    def on_resize(self) -> None:
        """Say it in the width there is."""
        self.tell()

    def on_descendant_focus(self) -> None:
        """Show that the focus is here."""
        self.title.refresh()
        self.refresh_bindings()

    def on_descendant_blur(self) -> None:
        """Show that it is not any more."""
        self.title.refresh()

    def focus_list(self) -> None:
        """Let keys go to the list."""
        self.list.focus()

    def tell(self) -> None:
        """Say anew what is shown, how much of it, and what is to be said where that is nothing."""
        filtered = escape(self.bar.text[:_SHOWN_FILTER])
        left = [*self.name_parts(), Part(filtered, "yellow", "filter")]
        self.title.tell(left, [*self._state_parts(), self._follow_part()])
        if not self.list.rows_in_all:
            lines = self._empty_lines()
            if lines != self.list.empty:
                self.list.empty = lines
                self.list.refresh()

    def action_filter(self) -> None:
        """Open the filter."""
        self.bar.open()

    def action_clear(self) -> None:
        """Clear the filter."""
        self.bar.clear()

    @override
    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to clear the filter where there is one: else the key means something to others."""
        if action == "filter":
            return not self.bar.has_focus_within
        return bool(self.bar.text) if action == "clear" else True

    def action_go_to(self) -> None:
        """Ask for a number and go there."""
        self.run_worker(self._ask_and_go(), group="going", exclusive=True)

    async def _ask_and_go(self) -> None:
        text = await self.app.push_screen_wait(GoToDialog("Go to", self.go_to_hint()))
        if text is None:
            return
        try:
            await self.go_to_text(text)
        except StoreError as error:
            self.complain(str(error))

    def complain(self, problem: str) -> None:
        """Say that something cannot be done."""
        self.app.notify(escape(problem), severity="warning", markup=False)

    @on(ListUpdated)
    def _updated(self, event: ListUpdated) -> None:
        event.stop()
        self.tell()

    @on(SortAsked)
    def _sort_asked(self, event: SortAsked) -> None:
        event.stop()
        self.sort_by(event.column)

    @on(FilterBar.Changed)
    def _filter_changed(self, event: FilterBar.Changed) -> None:
        event.stop()
        if event.valid:
            self.apply(event.text)
            self.refresh_bindings()
        self.tell()

    @on(FilterBar.Closed)
    def _filter_closed(self, event: FilterBar.Closed) -> None:
        event.stop()
        self.focus_list()

    @on(TitleLine.Clicked)
    def _title_clicked(self, event: TitleLine.Clicked) -> None:
        event.stop()
        if event.action == "filter":
            self.action_filter()
        elif event.action == "follow":
            self.list.action_follow()
        else:
            self.title_clicked(event.action)

    def _state_parts(self) -> list[Part]:
        if self.list.problem is not None:
            return [Part(f"! {escape(self._short(self.list.problem))}", BAD)]
        if not self.list.complete:
            return [Part(f"searching {self.list.scanned:.0%}", "yellow")]
        shown, total = self.list.rows_in_all, self.list.total
        return [Part(f"{shown:,}" if total is None or total < shown else f"{shown:,} of {total:,}")]

    def _short(self, problem: str) -> str:
        """Tell a problem on a line; which file it is about is known."""
        line = problem.splitlines()[0]
        for path in (self._capture.path, self._capture.path.resolve()):
            line = line.removeprefix(f"{path}: ")
        return line

    def _follow_part(self) -> Part:
        if not self._capture.live:
            return Part("")
        return Part("following", "green", "follow") if self.list.following else Part("follow", QUIET, "follow")

    def _empty_lines(self) -> Sequence[Sequence[Cell]]:
        width = max(self.list.size.width - 4, 10)
        if self.list.problem is not None:
            return [
                [(line, BAD if index == 0 else "")]
                for index, text in enumerate(self.list.problem.splitlines())
                for line in textwrap.wrap(escape(text), width)
            ]
        if not self.list.complete:
            return [[("Searching …" if self.bar.text else "Reading …", QUIET)]]
        text = NOTHING_MATCHES if self.bar.text else self.empty_text()
        return [[(line, QUIET)] for line in textwrap.wrap(text, width)]
