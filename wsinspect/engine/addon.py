"""The add-on that turns mitmproxy's hooks into sessions, and keeps ordinary HTTP streaming.

Every upgrade request is a session from its first byte on: refused, failed or open. What has no upgrade is passed on and
not recorded; its bodies are streamed, so that an event stream or a download in the same browser does not stall.
Rules are asked about the request before a server is connected to, and about its answer before the client has it; where
they fail, the upgrade goes on as it came. No exception leaves a hook.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import cast

from mitmproxy import connection, ctx, http, tcp, tls
from mitmproxy.proxy import mode_specs, server_hooks
from mitmproxy.proxy import server as mitm_server
from mitmproxy.proxy.context import Context
from mitmproxy.websocket import WebSocketData

from wsinspect.engine import handshakes, upgrades
from wsinspect.engine.carrier import Carrier
from wsinspect.engine.handshakes import HandshakeRules
from wsinspect.engine.pending_upgrade import Later, PendingUpgrade
from wsinspect.engine.recorder import Recorder
from wsinspect.engine.scope import Scope
from wsinspect.engine.tcp_reset import reset_at_once
from wsinspect.model import Carriage, SessionState

logger = logging.getLogger(__name__)

_DISTRUST_S = 2.0
"""A client that closes this soon after the TLS handshake, without a request, may not have trusted our certificate."""


class CaptureAddon:
    """Records the sessions of one engine.

    Args:
        recorder: The record.
        scope: The hosts to intercept.
        insecure: Whether upstream certificates go unchecked.
        rules: Act on upgrades; None: nothing does.
        otherwise: What clients of reverse listeners are told where no rule answers them; empty: their server is asked.
    """

    def __init__(
        self,
        recorder: Recorder,
        scope: Scope,
        *,
        insecure: bool,
        rules: HandshakeRules | None = None,
        otherwise: str = "",
    ) -> None:
        self._otherwise = handshakes.not_found(otherwise) if otherwise else None
        self._recorder = recorder
        self._scope = scope
        self._insecure = insecure
        self._rules = rules
        self._pending: dict[str, PendingUpgrade] = {}
        """Upgrades that are not done yet, by the flow's id."""
        self._spoke: set[str] = set()
        """Ids of the client connections that sent a request."""
        self._dialled: dict[str, str] = {}
        """Destination of each CONNECT, by the client connection's id."""

    # ---- seam.layer.Host

    def handler(self, context: Context) -> mitm_server.ConnectionHandler | None:
        """Return the connection handler of a client connection."""
        return self._handler_of(context.client)

    def begin(self, flow: http.HTTPFlow, carriage: Carriage, on_finished: Callable[[Carrier], None]) -> Carrier:
        """Return the carrier of an upgraded flow."""
        upgrade = self._pending.pop(flow.id, None)
        if upgrade is None or upgrade.over:  # out of scope, or the engine stops
            return Carrier(None, None, self._recorder.clock, on_finished)
        return upgrade.upgraded(carriage, on_finished)

    def is_mocked(self, flow: http.HTTPFlow) -> bool:
        """Return whether a flow was upgraded without a server."""
        upgrade = self._pending.get(flow.id)
        return upgrade is not None and upgrade.mocked

    def is_lazy(self, context: Context) -> bool:
        """Return whether the server of a connection is not to be connected to before there is a request."""
        if self._rules is None or context.server.address is None:
            return False
        host, port = context.server.address[:2]
        named = isinstance(context.client.proxy_mode, mode_specs.RegularMode | mode_specs.UpstreamMode)
        if named and not self._scope.includes([host], port):
            return False
        try:
            return self._rules.may_reroute(host if named else None, port)
        except Exception:
            logger.exception("rules could not say whether they may reroute %s:%s", host, port)
            return False

    # ---- hooks of mitmproxy

    def requestheaders(self, flow: http.HTTPFlow) -> Later:
        """A request's head is complete."""
        self._note_spoke(flow.client_conn)
        reverse = isinstance(flow.client_conn.proxy_mode, mode_specs.ReverseMode)
        otherwise = self._otherwise if reverse else None
        if not upgrades.is_upgrade(flow):
            if otherwise is not None:
                flow.response = handshakes.rejected(otherwise)
            else:
                flow.request.stream = True
            return None
        if not self._scope.includes(upgrades.hosts_of(flow), flow.request.port):
            return None
        opened = self._recorder.clock()
        session = self._recorder.open(lambda number: upgrades.session_of(flow, number, opened))
        upgrade = self._pending[flow.id] = PendingUpgrade(
            flow, session, self._rules, insecure=self._insecure, otherwise=otherwise
        )
        if flow.client_conn.timestamp_end is not None:
            self._end_pending(flow.client_conn)
            return None
        return upgrade.asked(self._reset)

    def responseheaders(self, flow: http.HTTPFlow) -> Later:
        """A response's head is complete."""
        assert flow.response is not None
        upgrade = self._pending.get(flow.id)
        if upgrade is not None:
            return upgrade.answered(self._reset)
        if flow.response.status_code != 101:
            flow.response.stream = True
        return None

    def response(self, flow: http.HTTPFlow) -> None:
        """A response is complete. Whatever version a WebSocket speaks, it gets the relay and not a raw TCP layer."""
        handshakes.finish_rejection(flow)
        upgrade = self._pending.get(flow.id)
        if upgrade is not None and upgrade.over:
            del self._pending[flow.id]
        upgraded = upgrade is not None or upgrades.is_upgrade(flow)
        if flow.response and flow.response.status_code == 101 and upgraded and not flow.websocket:
            flow.websocket = WebSocketData()

    def error(self, flow: http.HTTPFlow) -> None:
        """A request got no answer."""
        if upgrade := self._pending.pop(flow.id, None):
            upgrade.failed(upgrades.explain(flow.error.msg if flow.error else "no answer"))

    def http_connect(self, flow: http.HTTPFlow) -> None:
        """A client asks for a tunnel."""
        self._dialled[flow.client_conn.id] = f"{flow.request.host}:{flow.request.port}"

    def http_connect_error(self, flow: http.HTTPFlow) -> None:
        """A tunnel could not be made: the client never gets to say what it wanted."""
        self._note_spoke(flow.client_conn)
        if flow.server_conn.error and self._scope.includes([flow.request.host], flow.request.port):
            self._failed(flow.client_conn, flow.request.host, flow.request.port, flow.server_conn.error)

    def tls_clienthello(self, data: tls.ClientHelloData) -> None:
        """A client begins TLS; mitmproxy would ask the server first, which may not be there."""
        if data.establish_server_tls_first and not data.context.server.connected and self.is_lazy(data.context):
            data.establish_server_tls_first = False

    def tls_start_server(self, data: tls.TlsData) -> None:
        """TLS with a server begins. At an upgrade over HTTP/1 the server is not to choose HTTP/2."""
        upgrading = any(upgrade.client is data.context.client for upgrade in self._pending.values())
        if upgrading and data.ssl_conn is not None and b"h2" in data.conn.alpn_offers:
            data.conn.alpn_offers = [b"http/1.1"]
            data.ssl_conn.set_alpn_protos([b"http/1.1"])

    def tls_failed_client(self, data: tls.TlsData) -> None:
        """A client did not finish the TLS handshake with us."""
        client = data.context.client
        self._note_spoke(client)
        host, port = data.context.server.address[:2] if data.context.server.address else (client.sni or "unknown", 443)
        if self._scope.includes([host, client.sni or host], port):
            self._failed(client, client.sni or host, port, data.conn.error or "TLS failed")

    def tcp_start(self, flow: tcp.TCPFlow) -> None:
        """A client speaks something that is not HTTP, and is tunnelled."""
        self._note_spoke(flow.client_conn)

    def client_disconnected(self, client: connection.Client) -> None:
        """A client is gone."""
        spoke = client.id in self._spoke
        self._spoke.discard(client.id)
        dialled = self._dialled.pop(client.id, None)
        self._end_pending(client)
        soon = client.timestamp_tls_setup and time.time() - client.timestamp_tls_setup < _DISTRUST_S
        if soon and not spoke and (client.sni or dialled):
            host, _, port = (dialled or f"{client.sni}:443").rpartition(":")
            if self._scope.includes([host, client.sni or host], int(port)):
                why = "the client closed the connection right after the TLS handshake, without a request; "
                self._failed(
                    client, client.sni or host, int(port), why + "it may not trust the CA. See: wsinspect cert"
                )

    def server_connect_error(self, data: server_hooks.ServerConnectionHookData) -> None:
        """A server cannot be reached; the failing flow's own hook tells what that meant."""
        logger.info("cannot connect to %s: %s", data.server.address, data.server.error)

    def _failed(self, client: connection.Client, host: str, port: int, error: str) -> None:
        self._recorder.open(lambda number: upgrades.failed_session(client, number, host, port)).ended_without_upgrade(
            SessionState.FAILED, upgrades.explain(error)
        )

    def _note_spoke(self, client: connection.Client) -> None:
        # What was queued in mitmproxy's layers is worked off behind `client_disconnected` too.
        if client.timestamp_end is None:
            self._spoke.add(client.id)

    def _end_pending(self, client: connection.Client) -> None:
        """End what no other hook has told the end of: mitmproxy has none for a client that is gone as the 101 comes."""
        for flow_id, upgrade in list(self._pending.items()):
            if upgrade.client is client:
                del self._pending[flow_id]
                upgrade.failed("the client was gone before the upgrade was done")

    def _reset(self, client: connection.Client) -> None:
        """Drop a client's connection as a reset, where it has a socket."""
        handler = self._handler_of(client)
        io = handler.transports.get(client) if handler else None
        if io is not None and isinstance(io.writer, asyncio.StreamWriter):
            reset_at_once(cast(asyncio.Transport, io.writer.transport))

    def _handler_of(self, client: connection.Client) -> mitm_server.ConnectionHandler | None:
        proxyserver = ctx.master.addons.get("proxyserver")
        handler: mitm_server.ConnectionHandler | None = proxyserver.connections.get(client.id)
        return handler
