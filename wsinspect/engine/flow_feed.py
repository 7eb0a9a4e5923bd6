"""One session as mitmproxy's own tools know it: the flow's list of messages, and the hooks that go with it.

Theory of operation. A `MessageTee` gives each whole message to a `FlowFeed`, which puts it into
`flow.websocket.messages` and fires mitmproxy's hook, one after another in a task of its own, as add-ons may be slow, or
inject: nothing of mitmproxy runs while the relay is busy. The list is bounded, unlike mitmproxy's: the capture file has
everything.

A message that is held is shown before it goes on: the hooks of other add-ons, and a person at mitmproxy's screen, may
change and drop it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from mitmproxy import hooks, http
from mitmproxy.proxy.layers.websocket import WebsocketEndHook, WebsocketMessageHook, WebsocketStartHook
from mitmproxy.websocket import WebSocketData, WebSocketMessage

from wsinspect.engine.steered import Steered
from wsinspect.errors import EngineError
from wsinspect.model import Direction, Session
from wsinspect.wire.sink import MessageSeen

logger = logging.getLogger(__name__)

MAX_LISTED = 1000
"""Messages of a session in mitmproxy's list; the oldest leave it."""
MAX_LISTED_BYTES = 4 << 20
"""Of their contents together, and of one."""
_LEFT_OVER = 0.75
"""As much of `MAX_LISTED_BYTES` stays when the oldest leave, so that they need not be summed up at each message."""
_NO_STATUS, _LOST = 1005, 1006
"""What stands for a close without a code, and for none at all (RFC 6455 §7.4.1)."""

type Fire = Callable[[hooks.Hook], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class CloseFrame:
    """The first close frame of a session."""

    direction: Direction
    code: int | None
    reason: str | None


class Shown(Protocol):
    """What a feed needs of the record of its session."""

    @property
    def close_frame(self) -> CloseFrame | None:
        """The first close frame, None where there was none yet."""

    @property
    def session(self) -> Session:
        """What is known of the session."""

    def undecided(self, number: int) -> MessageSeen:
        """Return what is known of a message that waits for its verdict."""


class FlowFeed:
    """Tells mitmproxy of one session.

    Args:
        flow: The flow that was upgraded.
        shown: Its record.
        steered: Has the messages that are held.
        fire: Runs a hook of mitmproxy's through all add-ons.
    """

    def __init__(self, flow: http.HTTPFlow, shown: Shown, steered: Steered, fire: Fire) -> None:
        self.flow = flow
        self._shown = shown
        self._steered = steered
        if flow.websocket is None:
            flow.websocket = WebSocketData()
        self._data = flow.websocket
        self._fire = fire
        self._jobs: deque[Callable[[], Awaitable[None]]] = deque()
        self._pump: asyncio.Task[None] | None = None
        self._begun = False
        self._waiting = self._waiting_bytes = self._passed_over = 0
        """Messages that wait for their hook, and those that had to go without."""
        self._listed_bytes = 0
        self._judged: set[int] = set()
        """Numbers of the messages that are shown while they are held, not as they are recorded."""
        self._over = False

    # ---- what happens in the session

    def started(self) -> None:
        """Tell that it has begun."""
        self._put(lambda: self._fire(WebsocketStartHook(self.flow)))

    def passed(self, number: int, message: WebSocketMessage) -> None:
        """Tell of a message that has passed, or was dropped.

        Args:
            number: In the session.
            message: As it was sent.
        """
        if number in self._judged:
            self._judged.discard(number)
            return
        size = len(message.content)
        if self._waiting >= MAX_LISTED or self._waiting_bytes + size > 2 * MAX_LISTED_BYTES:
            self._passed_over += 1
            return
        self._waiting += 1
        self._waiting_bytes += size
        self._put(lambda: self._show(message, size))

    def ended(self) -> None:
        """Tell that it is over."""
        if self._over:
            return
        self._over = True
        close = self._shown.close_frame
        first_end = next((direction for direction, _ in self._shown.session.ends), Direction.C2S)
        data = self._data
        data.timestamp_end = time.time()
        data.closed_by_client = (first_end if close is None else close.direction) is Direction.C2S
        data.close_code = _LOST if close is None else _NO_STATUS if close.code is None else close.code
        data.close_reason = None if close is None else close.reason
        self._put(self._end)

    def forget(self) -> None:
        """Tell nothing more: mitmproxy ends, or wsinspect does in it."""
        self._jobs.clear()
        self._over = True
        if self._pump is not None:
            self._pump.cancel()

    # ---- messages that are held

    def held(self, number: int, *, intercept: bool) -> None:
        """Show a message that is held, and let it go on as mitmproxy's side leaves it.

        Args:
            number: In the session.
            intercept: Whether a person has to let it go.
        """
        self._judged.add(number)
        self._put(lambda: self._ask(number, intercept=intercept))

    async def _ask(self, number: int, *, intercept: bool) -> None:
        where = int(self._shown.session.id), number
        try:
            opcode, payload = self._steered.held_payload(*where)
            seen = self._shown.undecided(number)
            shown = WebSocketMessage(opcode, seen.direction is Direction.C2S, payload, seen.time / 1e9)
            self._list(shown, len(payload))
            await self._fire(WebsocketMessageHook(self.flow))
            if intercept:
                self.flow.intercept()
            await self.flow.wait_for_resume()
            self._decide(where, shown, payload)
        except EngineError as error:  # it waits no longer: its receiver is gone
            logger.debug("a message of %s went its way before its hooks were through: %s", self._url, error)

    def _decide(self, where: tuple[int, int], shown: WebSocketMessage, payload: bytes) -> None:
        if shown.dropped:
            self._steered.drop(*where)
            return
        if shown.content != payload:
            try:
                self._steered.edit(*where, shown.content, None)
            except EngineError as error:
                logger.warning("a message of %s goes on unchanged: %s", self._url, error.message)
        self._steered.release(*where)

    # ---- telling

    @property
    def _url(self) -> str:
        return self.flow.request.pretty_url

    async def _show(self, message: WebSocketMessage, size: int) -> None:
        self._waiting -= 1
        self._waiting_bytes -= size
        self._list(message, size)
        await self._fire(WebsocketMessageHook(self.flow))
        if self.flow.intercepted:
            self.flow.resume()

    def _list(self, message: WebSocketMessage, size: int) -> None:
        messages = self._data.messages
        messages.append(message)
        self._listed_bytes += size
        if len(messages) > MAX_LISTED:
            self._listed_bytes -= len(messages.pop(0).content)
        if self._listed_bytes > MAX_LISTED_BYTES:
            total = sum(len(one.content) for one in messages)  # add-ons may have changed the list
            while total > _LEFT_OVER * MAX_LISTED_BYTES and len(messages) > 1:
                total -= len(messages.pop(0).content)
            self._listed_bytes = total

    async def _end(self) -> None:
        if self._passed_over:
            logger.warning(
                "mitmproxy's add-ons were slower than the traffic: %d messages of %s passed without their hooks; "
                "the capture has them",
                self._passed_over,
                self._url,
            )
        await self._fire(WebsocketEndHook(self.flow))

    def _put(self, job: Callable[[], Awaitable[None]]) -> None:
        self._jobs.append(job)
        if not self._begun:
            self._begun = True
            # Not as a task at once: mitmproxy's would run right here, where the relay is busy.
            asyncio.get_running_loop().call_soon(self._begin)

    def _begin(self) -> None:
        self._pump = asyncio.get_running_loop().create_task(self._run_jobs())

    async def _run_jobs(self) -> None:
        try:
            while self._jobs:
                await self._jobs.popleft()()
        finally:
            self._begun = False
