"""The add-on that turns mitmproxy's hooks into sessions, and keeps ordinary HTTP streaming.

Every upgrade request is a session from its first byte on: refused, failed or open. What has no upgrade is passed on and
not recorded; its bodies are streamed, so that an event stream or a download in the same browser does not stall.
No exception leaves a hook.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from mitmproxy import connection, ctx, http, tcp, tls
from mitmproxy.proxy import server as mitm_server
from mitmproxy.proxy import server_hooks
from mitmproxy.proxy.context import Context
from mitmproxy.websocket import WebSocketData

from wsinspect.engine import upgrades
from wsinspect.engine.carrier import Carrier
from wsinspect.engine.handshakes import HandshakeRules
from wsinspect.engine.recorder import Recorder
from wsinspect.engine.scope import Scope
from wsinspect.engine.session_recorder import SessionRecorder
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
    """

    def __init__(
        self, recorder: Recorder, scope: Scope, *, insecure: bool, rules: HandshakeRules | None = None
    ) -> None:
        self._recorder = recorder
        self._scope = scope
        self._insecure = insecure
        self._rules = rules
        self._pending: dict[str, tuple[str, SessionRecorder]] = {}
        """Upgrades that are not answered yet, with the client connection's id, by the flow's."""
        self._spoke: set[str] = set()
        """Ids of the client connections that sent a request."""
        self._dialled: dict[str, str] = {}
        """Destination of each CONNECT, by the client connection's id."""

    # ---- seam.layer.Host

    def handler(self, context: Context) -> mitm_server.ConnectionHandler | None:
        """Return the connection handler of a client connection."""
        proxyserver = ctx.master.addons.get("proxyserver")
        handler: mitm_server.ConnectionHandler | None = proxyserver.connections.get(context.client.id)
        return handler

    def begin(self, flow: http.HTTPFlow, carriage: Carriage, on_finished: Callable[[Carrier], None]) -> Carrier:
        """Return the carrier of an upgraded flow."""
        session = self._take_pending(flow)
        if session is None or session.over:  # out of scope, or the engine stops
            return Carrier(None, None, self._recorder.clock, on_finished)
        assert flow.response is not None
        return session.upgraded(
            upgrades.response_of(flow.response),
            carriage,
            server=upgrades.server_address(flow.server_conn),
            tls_server=upgrades.tls_of(flow.server_conn, verified=not self._insecure),
            on_finished=on_finished,
        )

    # ---- hooks of mitmproxy

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """A request's head is complete."""
        self._note_spoke(flow.client_conn)
        if not upgrades.is_upgrade(flow):
            flow.request.stream = True
            return
        if not self._scope.includes(upgrades.hosts_of(flow), flow.request.port):
            return
        opened = self._recorder.clock()
        session = self._recorder.open(lambda number: upgrades.session_of(flow, number, opened))
        self._pending[flow.id] = flow.client_conn.id, session
        if flow.client_conn.timestamp_end is not None:
            self._end_pending(flow.client_conn)

    def responseheaders(self, flow: http.HTTPFlow) -> None:
        """A response's head is complete."""
        response = flow.response
        assert response is not None
        if response.status_code == 101:
            return
        response.stream = True
        if session := self._take_pending(flow):
            session.ended_without_upgrade(
                SessionState.REFUSED,
                f"the server answered {response.status_code} {response.reason}".rstrip(),
                response=upgrades.response_of(response),
                server=upgrades.server_address(flow.server_conn),
                tls_server=upgrades.tls_of(flow.server_conn, verified=not self._insecure),
            )

    def response(self, flow: http.HTTPFlow) -> None:
        """A response is complete. Whatever version a WebSocket speaks, it gets the relay and not a raw TCP layer."""
        if flow.response and flow.response.status_code == 101 and upgrades.is_upgrade(flow) and not flow.websocket:
            flow.websocket = WebSocketData()

    def error(self, flow: http.HTTPFlow) -> None:
        """A request got no answer."""
        if session := self._take_pending(flow):
            why = flow.error.msg if flow.error else "no answer"
            session.ended_without_upgrade(
                SessionState.FAILED, upgrades.explain(why), server=upgrades.server_address(flow.server_conn)
            )

    def http_connect(self, flow: http.HTTPFlow) -> None:
        """A client asks for a tunnel."""
        self._dialled[flow.client_conn.id] = f"{flow.request.host}:{flow.request.port}"

    def http_connect_error(self, flow: http.HTTPFlow) -> None:
        """A tunnel could not be made: the client never gets to say what it wanted."""
        self._note_spoke(flow.client_conn)
        if flow.server_conn.error and self._scope.includes([flow.request.host], flow.request.port):
            self._failed(flow.client_conn, flow.request.host, flow.request.port, flow.server_conn.error)

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

    def _take_pending(self, flow: http.HTTPFlow) -> SessionRecorder | None:
        _, session = self._pending.pop(flow.id, (None, None))
        return session

    def _end_pending(self, client: connection.Client) -> None:
        """End what no other hook has told the end of: mitmproxy has none for a client that is gone as the 101 comes."""
        for flow_id, (client_id, session) in list(self._pending.items()):
            if client_id == client.id:
                del self._pending[flow_id]
                session.ended_without_upgrade(SessionState.FAILED, "the client was gone before the upgrade was done")
