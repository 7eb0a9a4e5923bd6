"""What a virtual list tells the pane that it is in."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from wsinspect.tui.widgets.row_cache import Keyed


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
