"""The connection of `send`: what is to be said waits in a queue, what happens is told, and a lost one is opened again.

Theory of operation. The client asks its performer for what to send whenever it can send; ours takes it from a queue
that outlives the connection, so that what was not sent yet goes over the next one. Whoever fills the queue waits for
`room`.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsinspect.cli.send_happenings import GaveUp, Happening, Heard, Opened, Over, Sent, Trying
from wsinspect.errors import WsinspectError
from wsinspect.replay.performing import Act, Performer, SendClose, SendFrame
from wsinspect.wire.frames import encode_header
from wsinspect.wire.opcodes import Opcode

if TYPE_CHECKING:
    from wsinspect.engine.client import ClientSession

MOST_WAITING = 64
"""Acts in the queue while there is room for more."""
CLOSE_S = 3.0
"""How long the server may take to answer a close."""
KEEP_ALIVE = b"keep-alive"
"""Payload of the pings that keep a connection."""
_LONGEST_PAUSE_S = 30.0


@dataclass(frozen=True, slots=True)
class Retries:
    """How a lost connection is opened again."""

    most: int | None = None
    """Attempts in a row; None: without end."""
    first_pause_s: float = 0.5
    """It doubles with each attempt."""

    def pause_s(self, attempt: int) -> float:
        """Tell how long to wait before an attempt; the first is 1."""
        return min(self.first_pause_s * (1 << min(attempt - 1, 16)), _LONGEST_PAUSE_S)


class Speaker:
    """Plays the client: it says what is in the queue. A `Performer`.

    Args:
        waiting: The queue.
        tell: Called with what is sent and heard.
        taken: Called when something was taken from the queue.
    """

    answers_pings = False
    wake_at: int | None = None

    def __init__(self, waiting: deque[Act], tell: Callable[[Happening], None], taken: Callable[[], None]) -> None:
        self._waiting = waiting
        self._tell = tell
        self._taken = taken
        self._over = False

    def next(self, now: int) -> Act | None:
        """Take what is next in the queue."""
        if self._over or not self._waiting:
            return None
        act = self._waiting.popleft()
        self._tell(Sent(act, now))
        self._taken()
        return act

    def heard(self, opcode: int, payload: bytes, now: int) -> None:
        """Tell of a message."""
        self._tell(Heard(opcode, payload, now, control=False))

    def heard_control(self, opcode: int, payload: bytes, now: int) -> None:
        """Tell of a control frame."""
        self._tell(Heard(opcode, payload, now, control=True))

    def ended(self, now: int) -> None:  # noqa: ARG002 - of the port
        """Leave in the queue what is there."""
        self._over = True


class Connection:
    """A connection that can be opened again.

    Args:
        connect: Opens a session that a performer plays.
        tell: Called with all that happens.
        retries: How it is opened again when it is lost; None: not by itself.
    """

    def __init__(
        self,
        connect: Callable[[Performer], Awaitable[ClientSession]],
        tell: Callable[[Happening], None],
        retries: Retries | None = None,
    ) -> None:
        self._connect = connect
        self._tell = tell
        self._retries = retries
        self._waiting: deque[Act] = deque()
        self._room = asyncio.Event()
        self._room.set()
        self._watching: asyncio.Task[None] | None = None
        self._asked = False
        self.session: ClientSession | None = None
        """The one that is, or was the last."""
        self.is_open = False
        self.is_trying = False
        """Whether it is about to be opened again."""

    @property
    def unsent(self) -> int:
        """How much is in the queue."""
        return len(self._waiting)

    async def open(self) -> None:
        """Connect.

        Raises:
            WsinspectError: It cannot be opened.
        """
        self._asked = False
        session = await self._connect(Speaker(self._waiting, self._tell, self._taken))
        self.session = session
        self.is_open = True
        self._tell(Opened(session))
        self._watching = asyncio.create_task(self._watch(session))

    def say(self, act: Act) -> None:
        """Put something into the queue."""
        self._asked = self._asked or isinstance(act, SendClose)
        self._waiting.append(act)
        if len(self._waiting) >= MOST_WAITING:
            self._room.clear()
        if self.is_open and self.session is not None:
            self.session.poke()

    async def room(self) -> None:
        """Wait until the queue is short enough for more."""
        await self._room.wait()

    def forget_unsent(self) -> None:
        """Empty the queue."""
        self._waiting.clear()
        self._room.set()

    async def reopen(self) -> None:
        """Close it, if it is open, and open it again.

        Raises:
            WsinspectError: It cannot be opened.
        """
        await self.finish()
        await self.open()

    async def finish(self, close: SendClose | None = None) -> None:
        """Close it and wait for its end; a server that does not answer is left.

        Args:
            close: What to say; None: 1000.
        """
        self._asked = True
        watching, session = self._watching, self.session
        if self.is_open and session is not None and watching is not None:
            self.say(close or SendClose(1000))
            _, late = await asyncio.wait([watching], timeout=CLOSE_S)
            if late:
                session.stop()
                await asyncio.wait([watching], timeout=CLOSE_S)
        await self.abandon()

    async def abandon(self) -> None:
        """End it at once, and try no more."""
        self._asked = True
        if self._watching is not None:
            self._watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watching
        if self.is_open and self.session is not None:
            self.session.stop()
        self.is_open = self.is_trying = False

    async def keep_alive(self, every_s: float) -> None:
        """Send pings for as long as it goes on."""
        while True:
            await asyncio.sleep(every_s)
            if self.is_open:
                header = encode_header(Opcode.PING, len(KEEP_ALIVE), mask_key=secrets.token_bytes(4))
                self.say(SendFrame(header, KEEP_ALIVE))

    def _taken(self) -> None:
        if len(self._waiting) < MOST_WAITING:
            self._room.set()

    async def _watch(self, session: ClientSession) -> None:
        await session.finished()
        self.is_open = False
        close = session.close
        asked = self._asked or (close is not None and close.by == "client" and close.code is not None)
        self.is_trying = self._retries is not None and not asked
        end = session.ends[0][1] if session.ends else None
        self._tell(Over(close, time.time_ns(), asked, self.is_trying, end))
        if self._retries is not None and not asked:
            await self._try_again(self._retries)

    async def _try_again(self, retries: Retries) -> None:
        attempt, failed = 1, None
        while True:
            pause_s = retries.pause_s(attempt)
            self._tell(Trying(attempt, pause_s, failed))
            await asyncio.sleep(pause_s)
            try:
                await self.open()
            except WsinspectError as error:
                failed = error
                if retries.most is not None and attempt >= retries.most:
                    self.is_trying = False
                    self._tell(GaveUp(error))
                    return
                attempt += 1
            else:
                self.is_trying = False
                return
