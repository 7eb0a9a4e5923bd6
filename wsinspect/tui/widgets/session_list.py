"""The list of sessions: the newest on top, sorted by any column."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from textual.binding import Binding, BindingType

from wsinspect.present.columns import Column
from wsinspect.present.session_rows import SESSION_COLUMNS, SessionRow, session_row
from wsinspect.present.text import Cell
from wsinspect.store.session_listing import SessionChoice, SessionOrder
from wsinspect.tui.data.capture import Capture
from wsinspect.tui.widgets.feed import Stay
from wsinspect.tui.widgets.session_table import SessionTable
from wsinspect.tui.widgets.virtual_list import VirtualList

AGES_EVERY_S = 60.0
"""Ages of open sessions are told in minutes."""
_ORDERS = {
    "number": SessionOrder.NUMBER,
    "state": SessionOrder.STATE,
    "host": SessionOrder.HOST,
    "protocol": SessionOrder.PROTOCOL,
    "sent": SessionOrder.SENT,
    "received": SessionOrder.RECEIVED,
    "size": SessionOrder.SIZE,
    "age": SessionOrder.DURATION,
    "last": SessionOrder.LAST,
}
_WORDS = frozenset({SessionOrder.HOST, SessionOrder.PROTOCOL, SessionOrder.STATE})
"""What is sorted from A to Z at first, and not the largest on top."""


class SessionList(VirtualList[SessionChoice, SessionRow]):
    """The list.

    Args:
        capture: What is read.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "sort", "Sort", tooltip="Sort by the next column.", id="list.sort"),
        Binding("O", "reverse", "Reverse", tooltip="Turn the order around.", id="list.reverse", show=False),
    ]

    def __init__(self, capture: Capture) -> None:
        super().__init__(capture, SessionTable, SessionChoice(descending=True), follow=True, id="sessions")

    def on_mount(self) -> None:
        """Tell ages anew now and then."""
        self.set_interval(AGES_EVERY_S, self._tell_ages)

    def columns(self) -> Sequence[Column]:
        """The columns."""
        return SESSION_COLUMNS

    def cells(self, row: SessionRow) -> Mapping[str, Sequence[Cell]]:
        """What stands in a row."""
        return session_row(row, time.time_ns())

    def sorted_by(self) -> tuple[str, bool]:
        """How it is sorted."""
        return next(name for name, order in _ORDERS.items() if order is self.choice.order), self.choice.descending

    def newest_at(self) -> Stay:
        """The bottom, where the last one has the highest number."""
        by_number = self.choice.order is SessionOrder.NUMBER
        return Stay.BOTTOM if by_number and not self.choice.descending else Stay.TOP

    def sort_by(self, column: str) -> None:
        """Sort by a column, or turn the order around where it is sorted by that already."""
        order = _ORDERS.get(column)
        if order is self.choice.order:
            self.action_reverse()
        elif order is not None:
            self._sort(replace(self.choice, order=order, descending=order not in _WORDS))

    def action_sort(self) -> None:
        """Sort by the next column."""
        names = list(_ORDERS)
        self.sort_by(names[(names.index(self.sorted_by()[0]) + 1) % len(names)])

    def action_reverse(self) -> None:
        """Turn the order around."""
        self._sort(replace(self.choice, descending=not self.choice.descending))

    def _sort(self, choice: SessionChoice) -> None:
        # What is sorted is asked for its top; back among its neighbours, the session matters.
        by_number = choice.order is SessionOrder.NUMBER
        self.choose(choice, cursor=self.cursor if by_number else None, follow=self._capture.live and not by_number)

    def _tell_ages(self) -> None:
        if self._capture.live and self.display:
            self.restyle()
