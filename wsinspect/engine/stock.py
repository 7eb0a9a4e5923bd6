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
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from mitmproxy import addonmanager, ctx, http
from mitmproxy.exceptions import OptionsError
from mitmproxy.proxy import server as mitm_server
from mitmproxy.proxy.context import Context
from mitmproxy.websocket import WebSocketMessage

from wsinspect.engine.captures import default_capture_path
from wsinspect.engine.carrier import Carrier, monotonic_clock
from wsinspect.engine.options import DEFAULT_HOLD_LIMIT_BYTES, EngineOptions
from wsinspect.engine.rule_files import RuleFiles
from wsinspect.engine.seam import patches
from wsinspect.engine.seam.layer import RelayLayer
from wsinspect.engine.shown_session import ShownRecorder
from wsinspect.engine.steering import Steering
from wsinspect.engine.stock_capture import StockCapture
from wsinspect.errors import RuleError, WsinspectError
from wsinspect.model import Carriage
from wsinspect.store.rule_sources import surroundings_of
from wsinspect.store.writer import SWITCH_INTERVAL_S

logger = logging.getLogger(__name__)


class StockAddon:
    """Records the WebSockets of the mitmproxy it is added to.

    Implements `seam.layer.Host` and `seam.layer.Injector`.

    Args:
        with_rules: Whether rules may act on them; then nothing is recorded unless a capture file is named.
    """

    name = "wsinspect"

    def __init__(self, *, with_rules: bool = False) -> None:
        self._with_rules = with_rules
        self._capture: StockCapture | None = None
        self._cleanup = ExitStack()
        self._ending: asyncio.Task[None] | None = None
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
        if self._with_rules:
            rules = "Files of rules; they act at once, and again whenever they change."
            loader.add_option("wsinspect_rules", Sequence[str], [], rules)
            scripts = "Let rules run users' Python functions."
            loader.add_option("wsinspect_allow_scripts", bool, False, scripts)
        patches.install(self)
        RelayLayer.injector = self

    def configure(self, updated: set[str]) -> None:
        """Options have changed: a filter that intercepts makes messages wait for a person, other rules act."""
        if self._capture and updated & {"intercept", "intercept_active", "scripts"}:
            self._capture.let_others_judge()
        if self._capture and "wsinspect_rules" in updated:
            try:
                self._capture.load_rules(self._rule_files())
            except RuleError as error:
                raise OptionsError(f"the rules stay as they were: {error}") from error

    def requestheaders(self, flow: http.HTTPFlow) -> None:  # noqa: ARG002 - the hook's
        """A request has come: listeners accept connections before mitmproxy says that it runs."""
        self._open()

    def running(self) -> None:
        """Mitmproxy runs."""
        self._open()

    def done(self) -> None:
        """Mitmproxy ends."""
        if self._capture:
            self._capture.stop()
            self._ending = asyncio.get_running_loop().create_task(self._capture.end())
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
            self._capture = self._make_capture()
        except WsinspectError as error:
            self._cleanup.close()
            logger.error("wsinspect does nothing: %s", error)
            return
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        ctx.master.addons.register(self._capture)

    def _make_capture(self) -> StockCapture:
        named: str = ctx.options.wsinspect_out
        if named or not self._with_rules:
            out = Path(named).expanduser() if named else default_capture_path()
        else:
            out = Path(self._cleanup.enter_context(TemporaryDirectory(prefix="wsinspect-"))) / "unrecorded.wsi"
        engine = EngineOptions(out, append=ctx.options.wsinspect_append)
        recorder = self._cleanup.enter_context(ShownRecorder.opened(engine, asyncio.get_running_loop()))
        steering = Steering(
            recorder,
            RuleFiles(surroundings_of({}, scripts=self._with_rules and ctx.options.wsinspect_allow_scripts)),
            ctx.master.shutdown,
            hold_limit=DEFAULT_HOLD_LIMIT_BYTES,
        )
        capture = StockCapture(recorder, steering, insecure=ctx.options.ssl_insecure)
        capture.load_rules(self._rule_files())
        if named or not self._with_rules:
            logger.info("wsinspect records to %s", out)
        else:
            recorder.writer.pause("no capture file was named")
            logger.info("wsinspect runs rules, and records nothing: no wsinspect_out is set")
        return capture

    def _rule_files(self) -> list[Path]:
        return [Path(name).expanduser() for name in ctx.options.wsinspect_rules] if self._with_rules else []
