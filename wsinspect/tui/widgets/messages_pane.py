"""The pane of messages: those of a session or of all, the filter, and what to do where there are none."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message

from wsinspect.errors import StoreError
from wsinspect.model import Session, SessionState
from wsinspect.present.message_rows import BeatsRow, FrameRow, MessageRow, Row
from wsinspect.present.session_rows import end_cells
from wsinspect.present.title_line import Part
from wsinspect.query import Expr, Target
from wsinspect.store.message_listing import Choice, Order
from wsinspect.store.pairs import Pair
from wsinspect.tui.data.capture import Capture, Lane
from wsinspect.tui.notes import tell
from wsinspect.tui.selection import Chosen as ChosenRecord
from wsinspect.tui.selection import ChosenFrames, ChosenMessage
from wsinspect.tui.widgets.list_messages import CursorMoved, ListUpdated, RowOpened
from wsinspect.tui.widgets.list_pane import MOST_DIGITS, ListPane
from wsinspect.tui.widgets.message_list import MessageList
from wsinspect.tui.widgets.record_export import export
from wsinspect.tui.widgets.record_filter import record_filter
from wsinspect.tui.widgets.row_cache import Keyed

NO_SESSION = 0
"""The number of no session."""
_REMEMBERED = 500
_SOUGHT_AT_ONCE = 256
"""Messages that are looked at for a pair by one look."""


class MessagesPane(ListPane[Choice, Row]):
    """The pane.

    Args:
        capture: The capture.
    """

    DEFAULT_CSS = "MessagesPane { height: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "all", "All", tooltip="Show the messages of all sessions or of one.", id="messages.all"),
        Binding("c", "control", "Control", tooltip="Show or hide control frames.", id="messages.control", show=False),
        Binding("h", "fold", "Heartbeats", tooltip="Fold pings and pongs into one line, or show each.",
                id="messages.fold", show=False),
        Binding("p", "pair", "Pair", tooltip="Go to the request of this reply, or to the reply.", id="messages.pair"),
    ]  # fmt: skip

    @dataclass
    class Chosen(Message):
        """The cursor is on another record, or on none any more."""

        chosen: ChosenRecord | None

        def can_replace(self, message: Message) -> bool:
            """Only the last one matters."""
            return isinstance(message, MessagesPane.Chosen)

    @dataclass
    class Opened(Message):
        """A person wants to see a record in full."""

        chosen: ChosenRecord

    def __init__(self, capture: Capture) -> None:
        self._rows = MessageList(capture)
        super().__init__(capture, self._rows, (Target.MESSAGE, Target.FRAME), "messages")
        self.hint = ""
        """What to do where there is no session yet."""
        self._session: int | None = None
        self._of_all = False
        self._shows_control = True
        self._cursors: OrderedDict[int, int] = OrderedDict()
        """Where the cursor was in the lists of sessions."""
        self._about: Session | None = None
        """The session that is shown, where it has no messages."""

    @property
    def session(self) -> int | None:
        """The session whose messages are shown; None: of all, or of none."""
        return None if self._of_all else self._session

    @property
    def chosen(self) -> ChosenRecord | None:
        """What the cursor is on, where it was read."""
        row = self._rows.chosen
        return None if row is None else _record(row)

    @property
    def acted(self) -> Sequence[str]:
        """The rules that acted on the message that the cursor is on."""
        row = self._rows.chosen
        return row.message.rules if isinstance(row, MessageRow) else ()

    @property
    def filter(self) -> Expr | None:
        """What is asked of messages; None: nothing."""
        return self._rows.choice.messages

    def show_session(self, session: int | None, *, over: bool = False) -> None:
        """Show the messages of a session.

        Args:
            session: Its number; None: there is none.
            over: Whether no more will come: it is read from its beginning.
        """
        if session == self._session:
            return
        self._remember()
        self._session = session
        if not self._of_all:
            cursor = self._cursors.get(session or NO_SESSION)
            follow = self._capture.live and not over
            self._choose(replace(self._rows.choice, session=session or NO_SESSION), cursor, follow=follow)

    def go_to(self, chosen: ChosenRecord) -> None:
        """Put the cursor on a message of the session that is shown; what hides it is taken away."""
        if isinstance(chosen, ChosenMessage):
            self.run_worker(self._go_to(chosen.session, chosen.number), group="going", exclusive=True)

    async def export(self, path: Path) -> int:
        """Write the records of the list into a file, as JSON lines; return how many.

        Raises:
            StoreError: The capture cannot be read, or the file not be written.
        """
        return await export(self._capture, self._rows.choice, path)

    def name_parts(self) -> list[Part]:
        """What is shown."""
        if self._of_all:
            name = "Messages of all sessions"
        else:
            name = "Messages" if self._session is None else f"Messages of #{self._session}"
        hidden = "" if self._rows.choice.show_control or self.bar.text else "without control frames"
        return [Part(name, "bold", "all"), Part(hidden, "dim", "control")]

    def title_clicked(self, action: str) -> None:
        """Show all sessions or one, or control frames again."""
        if action == "all":
            self.action_all()
        else:
            self.action_control()

    def empty_text(self) -> str:
        """Say why there are none."""
        if self._session is None and not self._of_all:
            return self.hint or "No session is chosen."
        if self._about is not None and self._about.state in {SessionState.REFUSED, SessionState.FAILED}:
            why = "".join(text for text, _ in end_cells(self._about))
            return f"This session has no messages: {why}. Its handshake is in the detail."
        return "No messages yet." if self._capture.live else "There are no messages."

    def apply(self, text: str) -> None:
        """Show what matches a filter."""
        self._about = None
        self._rows.narrow(self._choice(text))
        self.tell()

    def sort_by(self, column: str) -> None:
        """Sort by a column."""
        self._rows.sort_by(column)

    def action_all(self) -> None:
        """Show the messages of all sessions, or of the chosen one."""
        self._of_all = not self._of_all
        session = None if self._of_all else self._session or NO_SESSION
        self._choose(replace(self._rows.choice, session=session), self._rows.cursor, follow=self._rows.following)

    def action_control(self) -> None:
        """Show or hide control frames."""
        self._shows_control = not self._shows_control
        self.apply(self.bar.text)

    def action_fold(self) -> None:
        """Fold heartbeats, or show each."""
        choice = replace(self._rows.choice, fold=not self._rows.choice.fold)
        self._choose(choice, self._rows.cursor, follow=self._rows.following)

    def action_pair(self) -> None:
        """Go to the other one of a pair."""
        self.run_worker(self._go_to_other(self._rows.chosen), group="going", exclusive=True)

    async def _go_to_other(self, row: Row | None) -> None:
        try:
            pair = await self._pair(row) if isinstance(row, MessageRow) else None
            if pair is None:
                self.complain("This is neither a request that was answered nor a reply.")
            else:
                await self._reach(pair.other_id, pair.other_number)
        except StoreError as error:
            self.complain(str(error))

    async def _pair(self, row: MessageRow) -> Pair | None:
        # The row may have been drawn before its pair was looked for, and the other one be far away.
        message = row.message.id
        pair = (await self._capture.read(lambda reader: reader.pairs([message]), Lane.LISTS)).get(message)
        more = pair is None
        while more:
            pair, more = await self._capture.read(lambda reader: reader.seek_pair(message, _SOUGHT_AT_ONCE), Lane.LISTS)
        return pair

    def go_to_hint(self) -> str:
        """What can be gone to."""
        return "the number of a message, such as 17, or 3.17 for that of session 3"

    async def go_to_text(self, text: str) -> None:
        """Go to a message by its number, or by those of its session and itself."""
        session, _, number = text.strip().removeprefix("#").rpartition(".")
        numbers = [session or str(self._session_here()), number]
        if not all(each.isascii() and each.isdigit() and len(each) <= MOST_DIGITS for each in numbers):
            self.complain(f"{text!r} is not the number of a message.")
            return
        if int(numbers[0]) != self._session and not self._of_all:
            self.complain(f"Session {numbers[0]} is not the one that is shown: press `a` for all of them.")
            return
        await self._go_to(int(numbers[0]), int(numbers[1]))

    def _session_here(self) -> int:
        """Say whose messages are meant where no session is named: those of the session that the cursor is in."""
        here = self.chosen if self._of_all else None
        return (self._session or NO_SESSION) if here is None else here.session

    async def _go_to(self, session: int, number: int) -> None:
        try:
            message = await self._capture.read(
                lambda reader: reader.message(session, number, payload_limit=0), Lane.LISTS
            )
            if message is None:
                self.complain(f"There is no message {number} in session {session}.")
            else:
                await self._reach(message.id, number)
        except StoreError as error:
            self.complain(str(error))

    async def _reach(self, record: int, number: int) -> None:
        """Go to a message; what hides it is taken away.

        Raises:
            StoreError: The capture cannot be read.
        """
        found = await self._rows.find(record)
        if not self._rows.complete or (found is not None and found.exact):
            self._rows.go_to(record)
            return
        # Sorted by the time it took, there are replies only.
        is_sorted = self._rows.choice.order is not Order.ARRIVAL
        hidden_by = ["order"] * is_sorted + ["filter"] * bool(self.bar.text)
        self.bar.clear()
        choice = self._choice("")
        if is_sorted:
            choice = replace(choice, order=Order.ARRIVAL, descending=False)
        self._choose(choice, record, follow=False)
        tell(self.app, f"Message {number} was hidden: {' and '.join(hidden_by)} taken away.")

    def _choice(self, text: str) -> Choice:
        """Make a choice of what is listed and a filter."""
        found = record_filter(text)
        return replace(
            self._rows.choice,
            messages=found.messages,
            frames=found.frames,
            show_messages=found.of_messages,
            show_control=found.of_frames and (self._shows_control or not found.of_messages),
        )

    def _choose(self, choice: Choice, cursor: int | None, *, follow: bool) -> None:
        self._about = None
        self._rows.choose(choice, cursor=cursor, follow=follow)
        self.tell()

    def _remember(self) -> None:
        if self._session is not None and not self._of_all and self._rows.cursor is not None:
            self._cursors[self._session] = self._rows.cursor
            while len(self._cursors) > _REMEMBERED:
                self._cursors.popitem(last=False)

    @on(CursorMoved)
    def _moved(self, event: CursorMoved) -> None:
        event.stop()
        self.post_message(self.Chosen(None if event.row is None else _record(event.row)))

    @on(RowOpened)
    def _opened(self, event: RowOpened) -> None:
        event.stop()
        if (chosen := _record(event.row)) is not None:
            self.post_message(self.Opened(chosen))

    @on(ListUpdated)
    async def _look_why_empty(self) -> None:
        session = self._session
        if (
            self._rows.rows_in_all
            or not self._rows.complete
            or session is None
            or self._of_all
            or self._about is not None
        ):
            return
        try:
            self._about = await self._capture.read(lambda reader: reader.session(session), Lane.LISTS)
        except StoreError:
            return
        self.tell()


def _record(row: Keyed) -> ChosenRecord | None:
    match row:
        case MessageRow(message=message):
            return ChosenMessage(message.session, message.number)
        case FrameRow(frame=frame):
            return ChosenFrames(frame.session, frame.seq, frame.seq, 1)
        case BeatsRow(first=first, last=last, count=count):
            return ChosenFrames(first.session, first.seq, last.seq, count)
        case _:
            return None
