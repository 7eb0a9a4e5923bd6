"""One session as mitmproxy's own tools know it: the flow's list of messages, and the hooks that go with it.

Theory of operation. A `MessageTee` gives each whole message to a `FlowFeed`, which puts it into
`flow.websocket.messages` and fires mitmproxy's hook, one after another in a task of its own, as add-ons may be slow, or
inject: nothing of mitmproxy runs while the relay is busy. The list is bounded, unlike mitmproxy's: the capture file has
everything.

Where another add-on has a hook for messages, the feed is the judge of the session too: each message is on hold until
the hook has returned, and goes on as the hook left it.
"""

# ruff: noqa: ARG002 - a judge's methods have the port's arguments
from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from mitmproxy import hooks, http
from mitmproxy.proxy.layers.websocket import WebsocketEndHook, WebsocketMessageHook, WebsocketStartHook
from mitmproxy.websocket import WebSocketData, WebSocketMessage

from wsinspect.model import Direction, Session, Source
from wsinspect.wire.decisions import Decision, Drop, Forward, Gathered, Hold, Modify, Outcome, Oversize

if TYPE_CHECKING:
    from wsinspect.engine.carrier import Carrier
    from wsinspect.wire.relay import Relay, Writes

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


class FlowFeed:
    """Tells mitmproxy of one session.

    Args:
        flow: The flow that was upgraded.
        carrier: What carries it.
        shown: Its record.
        fire: Runs a hook of mitmproxy's through all add-ons.
    """

    def __init__(self, flow: http.HTTPFlow, carrier: Carrier, shown: Shown, fire: Fire) -> None:
        self.flow = flow
        self.carrier = carrier
        self._shown = shown
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
        self._judges: tuple[_HookJudge, ...] = ()
        self._judged: set[int] = set()
        """Numbers of the messages that are shown as they are judged, not as they are recorded."""
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

    # ---- judging

    def judge(self, *, wanted: bool) -> None:
        """Let the hooks of other add-ons change and drop messages, or no longer."""
        if wanted is bool(self._judges):
            return
        self._judges = tuple(_HookJudge(self) for _ in Direction) if wanted else ()
        for direction in Direction:
            judge = self._judges[direction] if wanted else None
            self.carrier.operate(lambda relay, now, d=direction, j=judge: relay.set_judge(d, j, now))

    def gathered(self, message: Gathered) -> None:
        """Run the hook for a message that is on hold."""
        self._judged.add(message.number)
        # Not with its payload, which may be large, and which the relay keeps.
        direction, number, opcode, at = message.direction, message.number, message.opcode, message.time
        self._put(lambda: self._ask(direction, number, opcode, at))

    async def _ask(self, direction: Direction, number: int, opcode: int, at: int) -> None:
        payload = self._payload(direction, number)
        if payload is None:
            return
        message = WebSocketMessage(opcode, direction is Direction.C2S, payload, at / 1e9)
        self._list(message, len(payload))
        await self._fire(WebsocketMessageHook(self.flow))
        await self.flow.wait_for_resume()
        outcome: Outcome = Forward()
        if message.dropped:
            outcome = Drop(Source.USER)
        elif message.content != payload:
            outcome = Modify(message.content, opcode, Source.USER)
        self._operate(lambda relay, now: relay.decide(direction, number, outcome, now))

    def _payload(self, direction: Direction, number: int) -> bytes | None:
        found: list[bytes] = []

        def read(relay: Relay, _: int) -> Writes:
            found.append(relay.payload_of(direction, number))
            return b"", b""

        self._operate(read)
        return found[0] if found else None

    def _operate(self, action: Callable[[Relay, int], Writes]) -> None:
        try:
            self.carrier.operate(action)
        except LookupError:  # it waits no longer: its receiver is gone
            logger.debug("a message went its way before its hook had returned")

    # ---- telling

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
                self.flow.request.pretty_url,
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


class _HookJudge:
    """Puts each message on hold for its hook: implements `wire.decisions.Judge`."""

    wants_messages = True
    wants_control = False

    def __init__(self, feed: FlowFeed) -> None:
        self._feed = feed

    def judge(self, message: Gathered) -> Decision:
        self._feed.gathered(message)
        return Hold()

    def control(self, direction: Direction, opcode: int, payload: bytes, now: int) -> Outcome:
        return Forward()

    def oversized(self, direction: Direction, number: int, opcode: int, now: int) -> Oversize:
        return Oversize.FORWARD
