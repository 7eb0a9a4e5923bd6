"""The cursor of a list: the record it is on, and where that stands as far as it is known."""

from __future__ import annotations

from wsinspect.tui.widgets.feed import Found


class ListCursor:
    """The cursor. It has a key without a place while its record is looked for, and a place without a key while the row
    there is not read yet.

    Args:
        start: Whether it goes to the first row that comes, as long as it is nowhere.
    """  # noqa: D205 - what it is in one sentence, and its two unusual states in another

    def __init__(self, *, start: bool) -> None:
        self.key: int | None = None
        """Of the record."""
        self.place: int | None = None
        self.reveal = False
        """Whether it is to be brought in sight when it is known where it is."""
        self.to_end = False
        """Whether it goes to the last row as long as more are found."""
        self.lost = False
        """Whether it had a row, and there are none any more."""
        self._start = start

    @property
    def unread(self) -> int | None:
        """The place whose row has to be read for the key; None where the key is known, or there is no place."""
        return self.place if self.key is None else None

    def look_for(self, key: int | None, *, reveal: bool, start: bool = False) -> None:
        """Be on a record, wherever it stands.

        Args:
            key: Of the record; None: be nowhere.
            reveal: Whether it is to be brought in sight.
            start: Whether to go to the first row that comes, where there is no record.
        """
        self.key, self.place = key, None
        self.reveal, self.to_end = reveal and key is not None, False
        self._start = start and key is None
        self.lost = self.lost and self._start

    def begin(self, *, at_end: bool) -> None:
        """Go to the first or the last row as soon as there are any."""
        self._start, self.to_end = not at_end, at_end

    def put(self, place: int, key: int | None) -> None:
        """Be on the row at a place.

        Args:
            place: The place.
            key: Of the record there; None where it was not read yet.
        """
        self.place, self.key = place, key
        self.reveal = self.to_end = self._start = self.lost = False

    def settle(self, found: Found | None, *, complete: bool) -> None:
        """Take notice of where the record stands.

        Args:
            found: Where, or the nearest one before it.
            complete: Whether it would have been found if it were listed.
        """
        if found is not None and found.exact:
            self.place = found.place
        elif complete:
            # It is not listed any more: the one before it takes its place.
            self.key, self.place = None, 0 if found is None else found.place
        else:
            self.place = None

    def keep_inside(self, rows: int, *, complete: bool) -> None:
        """Take notice of how many rows there are.

        Args:
            rows: How many.
            complete: Whether no more are looked for.
        """
        if self.to_end and rows:
            self.key, self.place = None, rows - 1
            self.to_end = not complete
        if self.key is not None:
            return
        if not rows:
            # Whoever had a row has one again as soon as there is one.
            self._start = self.lost = self._start or self.place is not None
            self.place = None
        elif self.place is not None:
            self.place = min(self.place, rows - 1)
        elif self._start:
            self.place, self._start, self.lost = 0, False, False
