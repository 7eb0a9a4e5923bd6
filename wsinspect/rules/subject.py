"""What tests of an event read: a `Turn`, or, before any rule has touched the event, a `Probe`, which costs less."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import orjson

from wsinspect.model import Session
from wsinspect.rules.turn import NO_JSON, UNREAD


class Subject(Protocol):
    """An event, as tests see it."""

    @property
    def session(self) -> Session:
        """Its session."""

    @property
    def now(self) -> int:
        """Unix nanoseconds."""

    @property
    def payload(self) -> bytes:
        """As earlier rules left it."""

    @property
    def document(self) -> object:
        """The payload as JSON, `NO_JSON` where it is none."""

    @property
    def index(self) -> int:
        """Place among the messages of its direction, from 1; 0 for other events."""

    @property
    def gap_ns(self) -> int | None:
        """Since the message before it in its direction."""

    @property
    def close_code(self) -> int | None:
        """Of a close frame."""

    @property
    def tags(self) -> Sequence[str]:
        """Of the message, by earlier rules."""


class Probe:
    """The message that a session is at; one object serves all of them."""

    __slots__ = ("close_code", "gap_ns", "index", "now", "payload", "read", "session", "tags")

    def __init__(self, session: Session) -> None:
        self.session = session
        self.tags: tuple[str, ...] = ()
        self.close_code: int | None = None
        self.now = 0
        self.index = 0
        self.gap_ns: int | None = None
        self.payload = b""
        self.read: object = UNREAD
        """The document, where it has been read."""

    def forget(self) -> None:
        """Keep no message between two: there may be many sessions."""
        self.payload, self.read = b"", UNREAD

    @property
    def document(self) -> object:
        """The payload as JSON, read once."""
        if self.read is UNREAD:
            try:
                self.read = orjson.loads(self.payload)
            except orjson.JSONDecodeError:
                self.read = NO_JSON
        return self.read
