"""The list of messages: in order of arrival, or sorted; heartbeats in one line that opens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from textual.binding import Binding, BindingType

from wsinspect.present.columns import Column
from wsinspect.present.message_rows import BeatsRow, MessageRow, Row, TimeShown, message_columns, record_row
from wsinspect.present.text import Cell
from wsinspect.store.message_listing import Choice, Order
from wsinspect.tui.data.capture import Capture
from wsinspect.tui.widgets.feed import Stay
from wsinspect.tui.widgets.message_table import MessageTable
from wsinspect.tui.widgets.virtual_list import VirtualList

_ORDERS = {
    "number": Order.ARRIVAL,
    "time": Order.ARRIVAL,
    "session": Order.ARRIVAL,
    "size": Order.SIZE,
    "pair": Order.LATENCY,
}
_TITLES = {Order.ARRIVAL: "number", Order.SIZE: "size", Order.LATENCY: "pair"}


class MessageList(VirtualList[Choice, Row]):
    """The list.

    Args:
        capture: What is read.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "sort", "Sort", tooltip="Sort by the next column.", id="list.sort"),
        Binding("O", "reverse", "Reverse", tooltip="Turn the order around.", id="list.reverse", show=False),
        Binding("i", "times", "Times", tooltip="Tell times by the clock, since the start, or since the row before.",
                id="messages.times", show=False),
    ]  # fmt: skip

    def __init__(self, capture: Capture) -> None:
        self._times = TimeShown.CLOCK
        self._digits = 4
        super().__init__(capture, MessageTable, Choice(session=0), follow=capture.live, id="messages")

    def columns(self) -> Sequence[Column]:
        """The columns."""
        return message_columns(times=self._times, sessions=self.choice.session is None, digits=self._digits)

    def cells(self, row: Row) -> Mapping[str, Sequence[Cell]]:
        """What stands in a row."""
        return record_row(row, self._times)

    def sorted_by(self) -> tuple[str, bool]:
        """How it is sorted."""
        return _TITLES[self.choice.order], self.choice.descending

    def newest_at(self) -> Stay:
        """The bottom, where messages stand as they came."""
        arriving = self.choice.order is Order.ARRIVAL and not self.choice.descending
        return Stay.BOTTOM if arriving else Stay.TOP

    def rows_read(self, rows: Sequence[Row]) -> None:
        """Make room for the longest number."""
        highest = max((row.message.number for row in rows if isinstance(row, MessageRow)), default=0)
        if len(str(highest)) > self._digits:
            self._digits = len(str(highest))
            self.restyle()

    def sort_by(self, column: str) -> None:
        """Sort by a column, or turn the order around where it is sorted by that already."""
        order = _ORDERS.get(column)
        if order is self.choice.order:
            self.action_reverse()
        elif order is not None:
            self._sort(replace(self.choice, order=order, descending=order is not Order.ARRIVAL))

    def action_sort(self) -> None:
        """Sort by the next column."""
        names = list(_TITLES.values())
        self.sort_by(names[(names.index(self.sorted_by()[0]) + 1) % len(names)])

    def action_reverse(self) -> None:
        """Turn the order around."""
        self._sort(replace(self.choice, descending=not self.choice.descending))

    def action_times(self) -> None:
        """Tell times in the next way."""
        self._times = self._times.next
        self.restyle()

    def action_open(self) -> None:
        """Open the row: what is folded shows its frames, a record is shown in full."""
        row = self.chosen
        if isinstance(row, BeatsRow):
            self.fold(row.key)
        else:
            super().action_open()

    def _sort(self, choice: Choice) -> None:
        # What is sorted is asked for its top; back among its neighbours, the record matters.
        arriving = choice.order is Order.ARRIVAL
        self.choose(choice, cursor=self.cursor if arriving else None, follow=self._capture.live and not arriving)
