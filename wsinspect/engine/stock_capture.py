"""The recording add-on as somebody's own mitmproxy wants it: its tools see messages, its HTTP is left alone."""

from __future__ import annotations

import logging
from collections.abc import Callable
from types import ModuleType
from typing import override

from mitmproxy import addonmanager, ctx, http
from mitmproxy.websocket import WebSocketMessage

from wsinspect.engine.addon import CaptureAddon
from wsinspect.engine.carrier import Carrier
from wsinspect.engine.flow_feed import FlowFeed
from wsinspect.engine.pending_upgrade import Later
from wsinspect.engine.recorder import Recorder
from wsinspect.engine.scope import Scope
from wsinspect.engine.session_recorder import SessionRecorder
from wsinspect.engine.shown_session import ShownSession
from wsinspect.model import Carriage, Direction, HttpHead
from wsinspect.rules.ruling import HandshakeRuling
from wsinspect.wire.sending import Injection

logger = logging.getLogger(__name__)


class StockCapture(CaptureAddon):
    """Records, and tells mitmproxy of what it records.

    Args:
        recorder: Its sessions are `ShownSession`s.
        insecure: Whether upstream certificates go unchecked.
    """

    def __init__(self, recorder: Recorder, *, insecure: bool) -> None:
        self._upgraded = _Upgraded()
        super().__init__(recorder, Scope(()), insecure=insecure, rules=self._upgraded)
        self._feeds: dict[str, FlowFeed] = {}
        """Of the open sessions, by the flow's id."""

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

        def finished(carrier: Carrier) -> None:
            on_finished(carrier)
            if feed := self._feeds.pop(flow.id, None):
                feed.ended()

        carrier = super().begin(flow, carriage, finished)
        session = self._upgraded.take()
        if session is not None:
            try:
                self._show(flow, carrier, session)
            except Exception:
                logger.exception("mitmproxy's tools do not see the messages of %s", flow.request.pretty_url)
        return carrier

    def _show(self, flow: http.HTTPFlow, carrier: Carrier, session: ShownSession) -> None:
        feed = FlowFeed(flow, carrier, session, ctx.master.addons.handle_lifecycle)
        self._feeds[flow.id] = session.feed = feed
        feed.started()
        feed.judge(wanted=others_judge())

    def inject(self, flow: http.HTTPFlow, message: WebSocketMessage) -> None:
        """Send a message of a person's, or of another add-on's."""
        feed = self._feeds.get(flow.id)
        if feed is None:
            logger.warning("%s is closed: nothing can be injected", flow.request.pretty_url)
            return
        direction = Direction.C2S if message.from_client else Direction.S2C
        frame = Injection(int(message.type), message.content)
        try:
            if message.is_text:
                message.content.decode()
            feed.carrier.operate(lambda relay, now: relay.inject(direction, frame, now))
        except (ValueError, OverflowError) as error:
            logger.warning("the message cannot be injected: %s", error)

    def let_hooks_judge(self) -> None:
        """See again whether other add-ons may want to change messages."""
        for feed in self._feeds.values():
            feed.judge(wanted=others_judge())

    def end(self) -> None:
        """End all sessions."""
        for feed in self._feeds.values():
            feed.forget()
        self._recorder.stop_sessions()


class _Upgraded:
    """Hands over the record of the session that was upgraded last: implements `handshakes.HandshakeRules`."""

    def __init__(self) -> None:
        self._session: ShownSession | None = None

    def request(self, session: SessionRecorder, head: HttpHead) -> HandshakeRuling | None:  # noqa: ARG002 - the port's
        return None

    def response(self, session: SessionRecorder, head: HttpHead) -> HandshakeRuling | None:  # noqa: ARG002 - the port's
        return None

    def may_reroute(self, host: str | None, port: int) -> bool:  # noqa: ARG002 - the port's
        return False

    def attach(self, session: SessionRecorder, carrier: Carrier) -> None:  # noqa: ARG002 - the port's
        assert isinstance(session, ShownSession)
        self._session = session

    def take(self) -> ShownSession | None:
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
