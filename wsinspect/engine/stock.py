"""wsinspect inside somebody's own mitmproxy, mitmdump or mitmweb: the add-on that the scripts in `addons/` give it.

Contract. The same seam, relay and record as in our own engine. What is mitmproxy's stays mitmproxy's: its options
decide what is intercepted and verified, bodies of ordinary HTTP are streamed only where its options say so, its tools
see the messages of WebSockets (`flow_feed`), and other add-ons may change them.

The capture is opened at the first upgrade, or once mitmproxy runs, and closed when it ends. What cannot be opened is an
error that ends mitmproxy's start, and WebSockets that come all the same are passed on unrecorded.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from mitmproxy import addonmanager, ctx, http
from mitmproxy.proxy import server as mitm_server
from mitmproxy.proxy.context import Context
from mitmproxy.websocket import WebSocketMessage

from wsinspect.engine.captures import default_capture_path
from wsinspect.engine.carrier import Carrier, monotonic_clock
from wsinspect.engine.options import EngineOptions
from wsinspect.engine.seam import patches
from wsinspect.engine.seam.layer import RelayLayer
from wsinspect.engine.shown_session import ShownRecorder
from wsinspect.engine.stock_capture import StockCapture
from wsinspect.errors import WsinspectError
from wsinspect.model import Carriage
from wsinspect.store.writer import SWITCH_INTERVAL_S

logger = logging.getLogger(__name__)


class StockAddon:
    """Records the WebSockets of the mitmproxy it is added to.

    Implements `seam.layer.Host` and `seam.layer.Injector`.
    """

    name = "wsinspect"

    def __init__(self) -> None:
        self._capture: StockCapture | None = None
        self._cleanup = ExitStack()
        self._tried = False
        self._clock = monotonic_clock()

    @property
    def addons(self) -> list[StockCapture]:
        """What mitmproxy calls the hooks of, after this add-on's own."""
        return [self._capture] if self._capture else []

    # ---- hooks of mitmproxy

    def load(self, loader: addonmanager.Loader) -> None:
        """Declare the options, and put the relay in the place of mitmproxy's own."""
        loader.add_option("wsinspect_out", str, "", "Capture file. Default: a new dated file in your data folder.")
        loader.add_option("wsinspect_append", bool, False, "Go on in an existing capture file.")
        patches.install(self)
        RelayLayer.injector = self

    def configure(self, updated: set[str]) -> None:
        """Options have changed: an interception filter makes messages wait for a person."""
        if self._capture and updated & {"intercept", "intercept_active", "scripts"}:
            self._capture.let_hooks_judge()

    def requestheaders(self, flow: http.HTTPFlow) -> None:  # noqa: ARG002 - the hook's
        """A request has come: listeners accept connections before mitmproxy says that it runs."""
        self._open()

    def running(self) -> None:
        """Mitmproxy runs."""
        self._open()

    def done(self) -> None:
        """Mitmproxy ends."""
        if self._capture:
            self._capture.end()
            self._capture = None
        self._cleanup.close()

    # ---- seam.layer.Host, seam.layer.Injector

    def handler(self, context: Context) -> mitm_server.ConnectionHandler | None:
        """Return the connection handler of a client connection."""
        return self._capture.handler(context) if self._capture else None

    def begin(self, flow: http.HTTPFlow, carriage: Carriage, on_finished: Callable[[Carrier], None]) -> Carrier:
        """Return the carrier of an upgraded flow."""
        if self._capture is None:
            return Carrier(None, None, self._clock, on_finished)
        return self._capture.begin(flow, carriage, on_finished)

    def is_mocked(self, flow: http.HTTPFlow) -> bool:
        """Return whether a flow was upgraded without a server."""
        return self._capture is not None and self._capture.is_mocked(flow)

    def is_lazy(self, context: Context) -> bool:
        """Return whether the server of a connection is not to be connected to before there is a request."""
        return self._capture is not None and self._capture.is_lazy(context)

    def inject(self, flow: http.HTTPFlow, message: WebSocketMessage) -> None:
        """Send what `inject.websocket` says."""
        if self._capture is not None:
            self._capture.inject(flow, message)

    # ---- helpers

    def _open(self) -> None:
        if self._tried:
            return
        self._tried = True
        try:
            out = Path(ctx.options.wsinspect_out or default_capture_path()).expanduser()
            engine = EngineOptions(out, append=ctx.options.wsinspect_append)
            recorder = self._cleanup.enter_context(ShownRecorder.opened(engine, asyncio.get_running_loop()))
        except WsinspectError as error:
            logger.error("wsinspect records nothing: %s", error)
            return
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        self._capture = StockCapture(recorder, insecure=ctx.options.ssl_insecure)
        ctx.master.addons.register(self._capture)
        logger.info("wsinspect records to %s", out)
