"""Sessions and messages of a live capture, printed as they pass."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wsinspect.cli.printer import Printer
from wsinspect.formats.records import json_line, message_record, session_record
from wsinspect.model import Completeness, Message, Session, SessionId, SessionState
from wsinspect.present.lines import BAD, MARK, QUIET, TITLE, message_line, sent_line
from wsinspect.present.text import Cell, escape

if TYPE_CHECKING:
    from wsinspect.store.reader import CaptureReader

LOOK_EVERY_S = 0.1
_WAITING_READ = 100
"""Messages that are held or delayed: so many are looked at again each time."""


@dataclass(slots=True)
class Feed:
    """Prints what a capture gains.

    A session gets a line when it opens and one when it ends, so that the numbers in front of messages mean something.
    What rules hold or delay is printed once it goes on, while others pass. As JSON, there are the messages, and each
    session once, when it has ended.
    """

    reader: CaptureReader
    as_json: bool
    printer: Printer = field(default_factory=Printer)
    _last_message: int = 0
    _last_session: int = 0
    _open: set[SessionId] = field(default_factory=set)
    _waiting: dict[int, tuple[SessionId, int]] = field(default_factory=dict)

    async def follow(self) -> None:
        """Print until cancelled."""
        while True:
            self.catch_up()
            await asyncio.sleep(LOOK_EVERY_S)

    def catch_up(self) -> None:
        """Print what is new."""
        for session in self.reader.sessions(after_id=self._last_session):
            self._last_session = session.id
            self._open.add(session.id)
            self._opened(session)
        for row, (session_number, number) in list(self._waiting.items())[:_WAITING_READ]:
            decided = self.reader.message(session_number, number)
            if decided is None or not decided.completeness.undecided:
                del self._waiting[row]
                if decided is not None:
                    self._passed(decided)
        for message in self.reader.messages(after_id=self._last_message):
            if message.completeness is Completeness.ARRIVING:
                break  # the ones behind it wait too: the order is that of arrival
            self._last_message = message.id
            if message.completeness is Completeness.WAITING:
                self._waiting[message.id] = (message.session, message.number)
            else:
                self._passed(message)
        for number in sorted(self._open):
            session_now = self.reader.session(number)
            if session_now is not None and session_now.state is not SessionState.OPEN:
                self._open.discard(number)
                self._ended(session_now)
        self.printer.flush()

    def _passed(self, message: Message) -> None:
        if self.as_json:
            self._json(json_line(message_record(message)))
            return
        self.printer.line(message_line(message, width=self.printer.width))
        if below := sent_line(message, width=self.printer.width):
            self.printer.line(below)

    def _opened(self, session: Session) -> None:
        if not self.as_json:
            self.printer.line([*_number(session), ("opens   ", "green"), (escape(session.url), TITLE)])

    def _ended(self, session: Session) -> None:
        if self.as_json:
            self._json(json_line(session_record(session)))
        else:
            self.printer.line([*_number(session), *_ending(session)])

    def _json(self, line: bytes) -> None:
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()


def _number(session: Session) -> list[Cell]:
    return [(f"{session.id:<8}  ", TITLE)]


def _ending(session: Session) -> list[Cell]:
    if session.state is not SessionState.CLOSED:
        word = session.state.name.lower()
        return [
            (f"{word:<8}", MARK if session.state is SessionState.REFUSED else BAD),
            (escape(session.error or ""), ""),
        ]
    close = session.close
    if close is None or close.code is None:
        return [("lost    ", BAD), ("without a close", "")]
    words = f"{close.code} {escape(close.reason or '')}".rstrip()
    return [("closes  ", QUIET), (f"{words}, by the {close.by}", "")]
