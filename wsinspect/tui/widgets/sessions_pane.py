"""The pane of sessions: the list, its filter, and what to do where there are none yet."""

from __future__ import annotations

from dataclasses import dataclass, replace

from textual import on
from textual.message import Message

from wsinspect.model import SessionState
from wsinspect.present.session_rows import SessionRow
from wsinspect.present.title_line import Part
from wsinspect.query import Target
from wsinspect.store.session_listing import SessionChoice
from wsinspect.tui.data.capture import Capture
from wsinspect.tui.widgets.filter_text import filter_of
from wsinspect.tui.widgets.list_messages import CursorMoved, RowOpened
from wsinspect.tui.widgets.list_pane import MOST_DIGITS, ListPane
from wsinspect.tui.widgets.session_list import SessionList


class SessionsPane(ListPane[SessionChoice, SessionRow]):
    """The pane.

    Args:
        capture: The capture.
    """

    DEFAULT_CSS = "SessionsPane { height: 1fr; }"

    @dataclass
    class Chosen(Message):
        """The cursor is on another session, or on none any more."""

        session: int | None
        over: bool = False
        """Whether it takes no more messages."""

        def can_replace(self, message: Message) -> bool:
            """Only the last one matters."""
            return isinstance(message, SessionsPane.Chosen)

    @dataclass
    class Opened(Message):
        """A person wants to see a session's messages."""

        session: int

    def __init__(self, capture: Capture) -> None:
        self._rows = SessionList(capture)
        super().__init__(capture, self._rows, Target.SESSION, "sessions")
        self.hint = ""
        """What to do where there are no sessions yet."""

    def name_parts(self) -> list[Part]:
        """What is shown."""
        return [Part("Sessions", "bold")]

    def empty_text(self) -> str:
        """What to do for sessions to come."""
        if not self._capture.live:
            return "There are no sessions in this capture."
        return self.hint or "No sessions yet."

    def apply(self, text: str) -> None:
        """Show what matches a filter."""
        expr = filter_of(text, Target.SESSION) if text.strip() else None
        self._rows.narrow(replace(self._rows.choice, sessions=expr))

    def sort_by(self, column: str) -> None:
        """Sort by a column."""
        self._rows.sort_by(column)

    def go_to(self, session: int) -> None:
        """Put the cursor on a session."""
        self._rows.go_to(session)

    def go_to_hint(self) -> str:
        """What can be gone to."""
        return "the number of a session, such as 3"

    async def go_to_text(self, text: str) -> None:
        """Go to a session by its number."""
        number = text.strip().removeprefix("#")
        is_number = number.isascii() and number.isdigit() and len(number) <= MOST_DIGITS
        found = await self._rows.find(int(number)) if is_number else None
        if found is None or not found.exact:
            self.complain(f"There is no session {text!r} in the list.")
        else:
            self.go_to(int(number))

    @on(CursorMoved)
    def _moved(self, event: CursorMoved) -> None:
        event.stop()
        row = event.row
        if not isinstance(row, SessionRow):
            self.post_message(self.Chosen(None))
            return
        over = row.session is None or row.session.state is not SessionState.OPEN
        self.post_message(self.Chosen(row.key, over))

    @on(RowOpened)
    def _opened(self, event: RowOpened) -> None:
        event.stop()
        self.post_message(self.Opened(event.row.key))
