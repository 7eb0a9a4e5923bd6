"""A session that is shown to mitmproxy's tools, without a mitmproxy: the hooks that would be run are kept."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import cast

from mitmproxy import http
from mitmproxy.hooks import Hook
from mitmproxy.test import tflow
from mitmproxy.websocket import WebSocketData, WebSocketMessage

from tests.engine.recording import Going, begin
from tests.peers.waiting import until
from wsinspect.engine.flow_feed import FlowFeed
from wsinspect.engine.recorder import Recorder
from wsinspect.engine.rule_files import RuleFiles
from wsinspect.engine.shown_session import ShownSession
from wsinspect.engine.steering import Steering
from wsinspect.store.rule_sources import surroundings_of

type OnMessage = Callable[[WebSocketMessage], Awaitable[None]]


def _a_flow() -> http.HTTPFlow:
    flow = tflow.twebsocketflow()
    flow.websocket = WebSocketData()
    return flow


async def _look_only(message: WebSocketMessage) -> None:
    """Do nothing to a message."""


@dataclass
class Tools:
    """What stands for mitmproxy's add-ons."""

    on_message: OnMessage = _look_only
    flow: http.HTTPFlow = field(default_factory=_a_flow)
    hooks: list[str] = field(default_factory=list)
    seen: list[WebSocketMessage] = field(default_factory=list)

    async def fire(self, hook: Hook) -> None:
        """Run a hook."""
        self.hooks.append(hook.name)
        if hook.name == "websocket_message":
            message = self.listed[-1]
            self.seen.append(message)
            await self.on_message(message)

    @property
    def listed(self) -> list[WebSocketMessage]:
        """The flow's own list."""
        assert self.flow.websocket is not None
        return self.flow.websocket.messages

    async def until_seen(self, count: int) -> list[WebSocketMessage]:
        """Wait until so many messages were shown, and return them."""
        await until(lambda: len(self.seen) >= count, f"{count} messages in mitmproxy, of which came {len(self.seen)}")
        await asyncio.sleep(0)
        return self.seen

    async def until_hook(self, name: str) -> None:
        """Wait until a hook was run."""
        await until(lambda: name in self.hooks, f"the hook {name}")


def show(recorder: Recorder, tools: Tools, *extra: tuple[str, str]) -> tuple[Going, FlowFeed]:
    """Begin a session that is shown, with more headers in the 101."""
    going = begin(recorder, *extra)
    session = cast(ShownSession, going.session)
    steering = Steering(recorder, RuleFiles(surroundings_of({}, scripts=False)), lambda: None, hold_limit=1 << 20)
    session.feed = feed = FlowFeed(tools.flow, session, steering, tools.fire)
    session.on_over = feed.ended
    feed.started()
    return going, feed
