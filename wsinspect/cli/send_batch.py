"""A conversation without a prompt: what is to be sent is sent, and what comes is printed, until nothing is waited for.

It is over when what is expected has come, or as many messages as were asked for; else, once all is sent, when the
server has been silent for a while, or when it closes.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import assert_never

from wsinspect.cli.exit_status import ExitStatus
from wsinspect.cli.send_connection import Connection
from wsinspect.cli.send_happenings import GaveUp, Happening, Heard, Opened, Over, Sent, Trying
from wsinspect.cli.send_output import Output
from wsinspect.errors import EngineError
from wsinspect.model import Direction
from wsinspect.query.patterns import Pattern, searcher
from wsinspect.replay.performing import SendClose, SendMessage


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do on a connection."""

    expected: tuple[Pattern, ...] = ()
    """Each must be found in a received message, in this order."""
    patience_s: float | None = None
    """Silence after which nothing more is waited for; None: there is no limit while more may be sent."""
    quiet_s: float = 1.0
    """The same, once all is sent."""
    wait_s: float | None = None
    """Time after the last message was sent when it is over, silent or not; None: silence alone counts."""
    count: int | None = None
    """It is over after so many received messages."""
    close: SendClose | None = None
    """How to end it; None: by 1000."""


class Conversation:
    """Talks until it is over.

    Args:
        messages: What to send, in order.
        is_waiting: Tells whether the next of these is not there yet.
        plan: What to do.
        output: Prints it.
    """

    def __init__(
        self, messages: AsyncIterator[SendMessage], is_waiting: Callable[[], bool], plan: Plan, output: Output
    ) -> None:
        self._messages = messages
        self._is_waiting = is_waiting
        self._plan = plan
        self._output = output
        self._happenings = asyncio.Queue[Happening]()
        self._missing = deque(plan.expected)
        self._received = 0
        self._all_given = False
        self._in_hand = False
        """Whether there is a message for which there is no room yet."""
        self._last_activity = self._all_sent_at = asyncio.get_running_loop().time()
        self._over: Over | None = None

    def tell(self, happening: Happening) -> None:
        """Take what happens on the connection."""
        self._happenings.put_nowait(happening)

    async def hold(self, connection: Connection) -> ExitStatus:
        """Hold the conversation on a connection that is open.

        Raises:
            EngineError: The connection was lost, or closed before all was sent.
        """
        feeding = asyncio.create_task(self._feed(connection))
        await asyncio.sleep(0)  # so that messages that are there already are given before anything else
        try:
            while not self._is_done(connection):
                deadline = self._deadline(connection)
                try:
                    async with asyncio.timeout_at(deadline):
                        happening = await self._happenings.get()
                except TimeoutError:
                    if self._deadline(connection) == deadline:
                        break
                else:
                    self._take(happening)
                if feeding.done() and (wrong := feeding.exception()) is not None:
                    raise wrong
        finally:
            feeding.cancel()
        over, unsent = self._over, self._in_hand or connection.unsent > 0
        await connection.finish(self._plan.close)
        return self._outcome(over, unsent=unsent)

    def _outcome(self, over: Over | None, *, unsent: bool) -> ExitStatus:
        if self._missing:
            self._output.complain(f"no message came that matches {self._missing[0].source!r}")
            return ExitStatus.DIFFERS
        if over is None or self._has_enough:
            return ExitStatus.DONE
        if over.lost:
            raise EngineError(over.loss)
        if unsent:
            raise EngineError("the server closed before everything was sent")
        return ExitStatus.DONE

    @property
    def _has_enough(self) -> bool:
        if self._plan.count is not None and self._received >= self._plan.count:
            return True
        return bool(self._plan.expected) and not self._missing and self._plan.count is None

    def _is_done(self, connection: Connection) -> bool:
        if self._over is not None and not connection.is_trying:
            return self._happenings.empty()
        # What may still come from a pipe does not matter to whoever has what he waited for.
        given = self._all_given or self._is_waiting()
        return self._has_enough and given and not connection.unsent

    def _deadline(self, connection: Connection) -> float | None:
        """Tell when it is over if nothing happens."""
        if connection.is_trying:
            return None
        if not self._all_given or connection.unsent:
            return None if self._plan.patience_s is None else self._last_activity + self._plan.patience_s
        if self._plan.wait_s is not None:
            return self._all_sent_at + self._plan.wait_s
        return self._last_activity + self._plan.quiet_s

    async def _feed(self, connection: Connection) -> None:
        try:
            async for message in self._messages:
                self._in_hand = True
                await connection.room()
                connection.say(message)
                self._in_hand = False
            self._all_given = True
        finally:
            # Whoever waits without a limit is to look again.
            self._happenings.put_nowait(_NOTHING)

    def _take(self, happening: Happening) -> None:
        loop_time = asyncio.get_running_loop().time()
        match happening:
            case Opened(session):
                self._over = None
                self._last_activity = loop_time
                self._output.opened(session)
            case Sent(SendMessage(opcode, payload), now):
                self._last_activity = self._all_sent_at = loop_time
                self._output.message(Direction.C2S, opcode, payload, now)
            case Sent():
                # A ping that keeps the connection is no part of the conversation.
                pass
            case Heard(opcode, payload, now, control):
                self._hear(opcode, payload, now, control=control)
            case Over(close):
                self._over = happening
                if close is not None and not happening.lost:
                    self._output.closed(close)
            case Trying(attempt, pause_s, why):
                because = "" if why is None else f"{why.message}; "
                self._output.complain(f"{because}connecting again in {pause_s:g} s (attempt {attempt})")
            case GaveUp(why):
                raise why
            case _:
                assert_never(happening)

    def _hear(self, opcode: int, payload: bytes, now: int, *, control: bool) -> None:
        if control:
            self._output.control(Direction.S2C, opcode, payload)
            return
        self._last_activity = asyncio.get_running_loop().time()
        if self._has_enough and self._plan.count is not None:
            return
        self._received += 1
        self._output.message(Direction.S2C, opcode, payload, now)
        if self._missing and searcher(self._missing[0])(payload):
            self._missing.popleft()


_NOTHING = Sent(SendClose(None), 0)
