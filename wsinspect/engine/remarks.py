"""What rules and people say of the messages of a session, put on record with them.

A message is judged before it has a row: what is said of it then waits for the row.
"""

from __future__ import annotations

from dataclasses import dataclass

from wsinspect.store.rows import text_value
from wsinspect.store.writer import ROW_COST, CaptureWriter


@dataclass(frozen=True, slots=True)
class Remark:
    """What a rule did."""

    rule: str
    """Its id."""
    action: str
    """`error` where it failed."""
    detail: str | None = None


class Remarks:
    """The remarks of one session.

    Args:
        writer: The capture.
        session: Its number.
    """

    def __init__(self, writer: CaptureWriter, session: int) -> None:
        self.early: dict[int, list[Remark | str]] = {}
        """Of messages that have no row yet, by number; a text is a note."""
        self.rows: dict[int, int] = {}
        """Ids of the messages that have one and wait for their verdict, by number."""
        self.cost = 0
        """Bytes put, ever."""
        self._writer = writer
        self._session = session

    def add(self, number: int | None, remark: Remark | str) -> None:
        """Put a remark on record, or a line of a note.

        Args:
            number: Of the message; None: a remark on the session.
            remark: What is said.
        """
        if number is None:
            self._put(None, remark)
        elif number in self.rows:
            self._put(self.rows[number], remark)
        else:
            self.early.setdefault(number, []).append(remark)

    def tag(self, number: int, tag: str) -> None:
        """Add a tag to a message."""
        self._writer.insert("tag", (self._session, number, text_value(tag)))

    def arrived(self, number: int, row_id: int) -> None:
        """Put on record what waited for the row of a message."""
        for remark in self.early.pop(number, ()):
            self._put(row_id, remark)

    def _put(self, row_id: int | None, remark: Remark | str) -> None:
        if isinstance(remark, Remark):
            detail = text_value(remark.detail)
            self.cost += ROW_COST + len(remark.detail or "")
            self._writer.insert("rule_hit", (row_id, self._session, remark.rule, remark.action, detail))
        elif row_id is not None:
            self._writer.add_note(row_id, remark)
