"""A session that is no connection, for the tests of `send`: it plays a performer, and hears what a test says."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import cast

from wsinspect.engine.client import ClientSession
from wsinspect.model import Close, Direction, End, HttpHead
from wsinspect.replay.performing import Act, Performer, SendClose

REQUEST = HttpHead("HTTP/1.1", (("Host", "a.test"),), method="GET", target="/chat")
RESPONSE = HttpHead("HTTP/1.1", (("Server", "\x1b[2J"),), status=101, reason="Switching Protocols")


class PlayedSession:
    """Stands in for a `ClientSession`; it sends at once, and answers a close.

    Args:
        performer: Asked for what to send.
        answers_close: Whether a close ends it.
    """

    def __init__(self, performer: Performer, *, answers_close: bool = True) -> None:
        self.request, self.response = REQUEST, RESPONSE
        self.subprotocol, self.extensions, self.server, self.tls = "chat", None, "127.0.0.1:1", None
        self.agreed = type("Agreed", (), {"violations": ("odd",)})
        self.performer = performer
        self.close: Close | None = None
        self.ends: tuple[tuple[Direction, End], ...] = ()
        self.acts: list[Act] = []
        self.stopped = False
        self.listening: list[bool] = []
        self._answers_close = answers_close
        self._over = asyncio.Event()
        self.poke()

    async def finished(self) -> None:
        await self._over.wait()

    def poke(self) -> None:
        while not self._over.is_set() and (act := self.performer.next(1)) is not None:
            self.acts.append(act)
            if isinstance(act, SendClose) and self._answers_close:
                self.end(Close("client", act.code, act.reason, clean=True))

    def listen(self, *, on: bool) -> None:
        self.listening.append(on)

    def stop(self) -> None:
        self.stopped = True
        self.end(None)

    def hear(self, payload: bytes, opcode: int = 1) -> None:
        """Have a message come."""
        self.performer.heard(opcode, payload, 2)

    def end(self, close: Close | None) -> None:
        """Have the connection end."""
        self.close = close
        self.ends = ((Direction.S2C, End.RESET),)
        self.performer.ended(3)
        self._over.set()


class Sessions:
    """Opens sessions of this kind, and keeps them."""

    def __init__(self, *, answers_close: bool = True) -> None:
        self.all: list[PlayedSession] = []
        self.failures: list[Exception] = []
        """Raised by the next attempts."""
        self._answers_close = answers_close

    @property
    def connect(self) -> Callable[[Performer], Awaitable[ClientSession]]:
        return self._connect

    @property
    def last(self) -> PlayedSession:
        return self.all[-1]

    async def _connect(self, performer: Performer) -> ClientSession:
        if self.failures:
            raise self.failures.pop(0)
        session = PlayedSession(performer, answers_close=self._answers_close)
        self.all.append(session)
        # It has all that is asked of one.
        return cast(ClientSession, session)
