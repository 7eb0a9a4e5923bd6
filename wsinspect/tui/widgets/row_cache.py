"""The rows that a list has read, by their places: so many at most, those that were looked at last."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from textual.strip import Strip


class Keyed(Protocol):
    """A row of a list."""

    @property
    def key(self) -> int:
        """What the list knows the record by, wherever it stands."""
        ...


@dataclass(slots=True)
class Kept[Row: Keyed]:
    """A row that was read."""

    row: Row
    epoch: int
    """When it was read, in the changes of the capture: an older one may be out of date."""
    strip: Strip | None = None
    """The row as it was drawn last."""


class RowCache[Row: Keyed]:
    """Keeps rows.

    Args:
        capacity: How many at most.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._rows: OrderedDict[int, Kept[Row]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, place: int) -> Kept[Row] | None:
        """Return the row at a place, if it was read."""
        kept = self._rows.get(place)
        if kept is not None:
            self._rows.move_to_end(place)
        return kept

    def put(self, start: int, rows: Sequence[Row], epoch: int) -> bool:
        """Keep rows that stand one behind the other; tell whether any of them is another than was kept."""
        changed = False
        for place, row in enumerate(rows, start):
            kept = self._rows.get(place)
            # What was drawn of it stays good where nothing has changed.
            if kept is not None and kept.row == row:
                kept.epoch = epoch
            else:
                self._rows[place] = Kept(row, epoch)
                changed = True
            self._rows.move_to_end(place)
        while len(self._rows) > self._capacity:
            self._rows.popitem(last=False)
        return changed

    def lacks(self, first: int, count: int, epoch: int) -> bool:
        """Tell whether any of these rows was not read since an epoch."""
        rows = self._rows
        return any((kept := rows.get(place)) is None or kept.epoch < epoch for place in range(first, first + count))

    def keep_only(self, start: int, count: int) -> None:
        """Forget the other rows: they may stand elsewhere now."""
        for place in [place for place in self._rows if not start <= place < start + count]:
            del self._rows[place]

    def clear_strips(self) -> None:
        """Forget what was drawn of the rows: colours or columns have changed."""
        for kept in self._rows.values():
            kept.strip = None
