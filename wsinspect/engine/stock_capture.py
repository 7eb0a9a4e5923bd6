"""The recording add-on as somebody's own mitmproxy wants it: its tools see messages, its HTTP is left alone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import override

from mitmproxy import addonmanager, ctx, http
from mitmproxy.websocket import WebSocketMessage

from wsinspect.engine.addon import CaptureAddon
from wsinspect.engine.carrier import Carrier
from wsinspect.engine.flow_feed import FlowFeed
from wsinspect.engine.handshakes import HandshakeRules
from wsinspect.engine.pending_upgrade import Later
from wsinspect.engine.recorder import Recorder
from wsinspect.engine.scope import Scope
from wsinspect.engine.session_control import check_text
from wsinspect.engine.session_recorder import SessionRecorder
from wsinspect.engine.shown_session import ShownSession
from wsinspect.engine.steered import Notice, NoticeKind
from wsinspect.engine.steering import Steering
from wsinspect.errors import EngineError
from wsinspect.model import Carriage, Direction, HttpHead
from wsinspect.rules.ruling import HandshakeRuling
from wsinspect.wire.sending import Injection

logger = logging.getLogger(__name__)


_EVERY_MESSAGE = "size >= 0"
"""The breakpoint that has messages wait for the hooks of other add-ons."""


class StockCapture(CaptureAddon):
    """Records, has rules act, and tells mitmproxy of both.

    Args:
        recorder: Its sessions are `ShownSession`s.
        steering: Holds messages for the hooks of other add-ons; has the rules, if any.
        insecure: Whether upstream certificates go unchecked.
    """

    def __init__(self, recorder: Recorder, steering: Steering, *, insecure: bool) -> None:
        self._steering = steering
        self._upgraded = _Upgraded(steering)
        super().__init__(recorder, Scope(()), insecure=insecure, rules=self._upgraded)
        self._feeds: dict[str, FlowFeed] = {}
        """Of the open sessions, by the flow's id."""
        self._sessions: dict[int, FlowFeed] = {}
        """The same by the session's number."""
        self._breakpoint: int | None = None
        self._watching: asyncio.Task[None] | None = None
        self._unsubscribe = steering.subscribe(self._notice)

    @override
    def requestheaders(self, flow: http.HTTPFlow) -> Later:
        streams = flow.request.stream
        later = super().requestheaders(flow)
        if flow.request.stream is True:
            flow.request.stream = streams
        return later

    @override
    def responseheaders(self, flow: http.HTTPFlow) -> Later:
        assert flow.response is not None
        streams = flow.response.stream
        later = super().responseheaders(flow)
        if flow.response.stream is True:
            flow.response.stream = streams
        return later

    @override
    def begin(self, flow: http.HTTPFlow, carriage: Carriage, on_finished: Callable[[Carrier], None]) -> Carrier:
        """Return the carrier of an upgraded flow, and tell mitmproxy what it carries."""
        session: ShownSession | None = None

        def finished(carrier: Carrier) -> None:
            on_finished(carrier)
            if session is not None and (feed := self._feeds.pop(flow.id, None)):
                del self._sessions[int(session.session.id)]
                feed.ended()

        self.let_others_judge()
        carrier = super().begin(flow, carriage, finished)
        session = self._upgraded.take()
        if session is not None:
            try:
                self._show(flow, session)
            except Exception:
                logger.exception("mitmproxy's tools do not see the messages of %s", flow.request.pretty_url)
        return carrier

    def _show(self, flow: http.HTTPFlow, session: ShownSession) -> None:
        feed = FlowFeed(flow, session, self._steering, ctx.master.addons.handle_lifecycle)
        self._feeds[flow.id] = self._sessions[int(session.session.id)] = session.feed = feed
        feed.started()

    def inject(self, flow: http.HTTPFlow, message: WebSocketMessage) -> None:
        """Send a message of a person's, or of another add-on's."""
        session = next((number for number, feed in self._sessions.items() if feed.flow is flow), 0)
        direction = Direction.C2S if message.from_client else Direction.S2C
        try:
            if message.is_text:
                check_text(message.content)
            self._steering.inject(session, direction, Injection(int(message.type), message.content))
        except EngineError as error:
            logger.warning("nothing is injected into %s: %s", flow.request.pretty_url, error.message)

    def let_others_judge(self) -> None:
        """Have messages wait for the hooks of other add-ons while there are such."""
        try:
            wanted = others_judge()
        except Exception:
            logger.exception("it cannot be told whether other add-ons want to change messages")
            return
        if wanted and self._breakpoint is None:
            self._breakpoint = self._steering.add_breakpoint(_EVERY_MESSAGE, "mitmproxy")
        elif not wanted and self._breakpoint is not None:
            self._steering.remove_breakpoint(self._breakpoint)
            self._breakpoint = None

    def load_rules(self, files: Sequence[Path]) -> None:
        """Put the rules of these files in force, and again whenever they change.

        Raises:
            RuleError: One cannot be used; then nothing has changed.
        """
        if not files and self._watching is None:
            return
        self._steering.load_rules(files)
        if self._watching is None:
            self._watching = asyncio.get_running_loop().create_task(self._steering.watch())

    def stop(self) -> None:
        """End all sessions."""
        self._unsubscribe()
        if self._watching is not None:
            self._watching.cancel()
        for feed in self._feeds.values():
            feed.forget()
        self._recorder.stop_sessions()

    async def end(self) -> None:
        """End what runs beside the sessions."""
        await self._steering.end()

    def _notice(self, notice: Notice) -> None:
        """Take what happened; while the relay is busy."""
        if notice.kind is NoticeKind.HELD and notice.message is not None:
            feed = self._sessions.get(notice.session or 0)
            if feed is not None:
                feed.held(notice.message, intercept=notice.text.startswith("rule "))


class _Upgraded:
    """Asks the rules, and hands over the record of the session that was upgraded last.

    Implements `handshakes.HandshakeRules`.
    """

    def __init__(self, rules: HandshakeRules) -> None:
        self._rules = rules
        self._session: ShownSession | None = None

    def request(self, session: SessionRecorder, head: HttpHead) -> HandshakeRuling | None:
        return self._rules.request(session, head)

    def response(self, session: SessionRecorder, head: HttpHead) -> HandshakeRuling | None:
        return self._rules.response(session, head)

    def may_reroute(self, host: str | None, port: int) -> bool:
        return self._rules.may_reroute(host, port)

    def attach(self, session: SessionRecorder, carrier: Carrier) -> None:
        assert isinstance(session, ShownSession)
        self._session = session
        self._rules.attach(session, carrier)

    def take(self) -> ShownSession | None:
        """Return the record, once."""
        session, self._session = self._session, None
        return session


def others_judge() -> bool:
    """Return whether an add-on that is not mitmproxy's own has a hook for messages, or a filter intercepts them."""
    has_intercept = "intercept" in ctx.options  # mitmdump has none
    if has_intercept and ctx.options.intercept and ctx.options.intercept_active:
        return True
    return any(map(_has_message_hook, addonmanager.traverse(ctx.master.addons.chain)))


def _has_message_hook(addon: object) -> bool:
    module = addon.__name__ if isinstance(addon, ModuleType) else type(addon).__module__
    return not module.startswith("mitmproxy.") and callable(getattr(addon, "websocket_message", None))
