"""What is replaced inside mitmproxy, in one place, and the check that it is still there.

`install` names each with its reason. `check` runs before the engine starts; when mitmproxy has moved, it ends with a
clear message instead of a relay that is not transparent.
"""

from __future__ import annotations

import inspect
from typing import Any, cast

from mitmproxy import version
from mitmproxy.addons import tlsconfig
from mitmproxy.net.http import http1
from mitmproxy.proxy import events, layer, mode_specs
from mitmproxy.proxy import server as mitm_server
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers import modes, websocket
from mitmproxy.proxy.layers.http import HttpLayer, HttpStream, _http1
from mitmproxy.proxy.layers.http._http1 import Http1Connection

from wsinspect.engine.seam import request_head, tls_pipe
from wsinspect.engine.seam.layer import Host, RelayLayer
from wsinspect.engine.seam.lazy import PatientLayer
from wsinspect.errors import EngineError

SUPPORTED = ((12, 2), (13, 0))
"""From and up to, not including: the mitmproxy versions that the seam's tests cover."""


def install(host: Host) -> None:
    """Put wsinspect's pieces in. Doing it twice does no harm.

    Args:
        host: Where the relay layer gets its carriers.

    Raises:
        EngineError: This mitmproxy does not have what they replace.
    """
    check()
    RelayLayer.host = host
    cast(Any, websocket).WebsocketLayer = RelayLayer  # `HttpStream.flow_done` looks it up there at each upgrade
    cast(Any, http1).read_request_head = request_head.read_request_head
    cast(Any, Http1Connection).make_pipe = _make_pipe
    cast(Any, mitm_server.ConnectionHandler).handle_client = _handle_client
    cast(Any, HttpStream).handle_connect_regular = _handle_connect_regular
    cast(Any, modes.DestinationKnown).finish_start = _finish_start


def check() -> None:
    """Raise unless every part of mitmproxy and pyOpenSSL that the seam leans on is where it was.

    Raises:
        EngineError: Something has moved; the message says what.
    """
    numbers = tuple(int(part) for part in version.VERSION.split(".")[:2])
    absent = [name for name, present in _parts().items() if not present]
    absent += [f"pyOpenSSL's {name}" for name in tls_pipe.missing()]
    if absent or not SUPPORTED[0] <= numbers < SUPPORTED[1]:
        what = ", ".join(absent) or "nothing that was looked for, but its version is not known"
        raise EngineError(
            f"this mitmproxy ({version.VERSION}) does not fit wsinspect: missing {what}",
            hint="Install a mitmproxy from 12.2 up to, not including, 13: pip install 'mitmproxy>=12.2,<13'",
        )


def _parts() -> dict[str, bool]:
    def calls(function: object, *names: str) -> bool:
        source = inspect.getsource(cast(Any, function))
        return all(name in source for name in names)

    return {
        "the look-up of WebsocketLayer at the upgrade": calls(HttpStream.flow_done, "websocket.WebsocketLayer("),
        "the look-up of read_request_head": calls(_http1.Http1Server.read_headers, "http1.read_request_head("),
        "make_pipe": calls(Http1Connection.mark_done, "self.make_pipe()"),
        "the read loop": calls(
            mitm_server.ConnectionHandler.handle_connection, "reader.read(65535)", "self.drain_writers()"
        ),
        "the watchdog's callback": calls(mitm_server.TimeoutWatchdog.watch, "self.callback()"),
        "the layers' event queue": calls(layer.Layer.__init__, "_paused", "_paused_event_queue"),
        "the connections of a HttpLayer": calls(HttpLayer.__init__, "self.connections"),
        "the way of an injected message": calls(HttpLayer._handle_event, "events.MessageInjected", "event.flow"),
        "the early connection of a tunnel": calls(
            _original_handle_connect_regular, "connection_strategy", "self.child_layer", "self.handle_connect_finish()"
        ),
        "the early connection of a mode": calls(_original_finish_start, "connection_strategy", "self.child_layer"),
        "the early TLS with the server": calls(tlsconfig.TlsConfig.tls_clienthello, "establish_server_tls_first"),
    }


_original_handle_client = mitm_server.ConnectionHandler.handle_client


async def _handle_client(self: mitm_server.ConnectionHandler) -> None:
    """Stand in for `ConnectionHandler.handle_client`, which leaves sockets open where it cancelled a task that waited.

    Such a task has not come to the end of `handle_connection` or `open_connection`, where they are closed.
    """
    try:
        await _original_handle_client(self)
    finally:
        for transport in self.transports.values():
            if transport.writer is not None:
                transport.writer.close()


_original_handle_connect_regular = HttpStream.handle_connect_regular
_original_finish_start = modes.DestinationKnown.finish_start


def _is_lazy(context: Context) -> bool:
    return bool(context.options.connection_strategy == "eager" and RelayLayer.host.is_lazy(context))


def _handle_connect_regular(self: HttpStream) -> layer.CommandGenerator[None]:
    """Stand in for `HttpStream.handle_connect_regular`, which dials the destination of a CONNECT at once.

    Where a rule may answer the request or send it elsewhere, a destination that is not there must do no harm.
    """
    if self.flow.response or not _is_lazy(self.context):
        yield from cast(Any, _original_handle_connect_regular)(self)
        return
    self.child_layer = PatientLayer(self.context)
    yield from self.handle_connect_finish()


def _finish_start(self: modes.DestinationKnown) -> layer.CommandGenerator[str | None]:
    """Stand in for `DestinationKnown.finish_start`, for the same reason in reverse, transparent and SOCKS modes."""
    mode = self.context.client.proxy_mode
    speaks_http = not isinstance(mode, mode_specs.ReverseMode) or mode.scheme in ("http", "https")
    if not speaks_http or self.context.client.transport_protocol != "tcp" or not _is_lazy(self.context):
        return (yield from _original_finish_start(self))
    if not isinstance(self, modes.ReverseProxy):  # behind which the client always speaks first
        self.child_layer = PatientLayer(self.context)
    cast(Any, self)._handle_event = self.child_layer.handle_event
    yield from self.child_layer.handle_event(events.Start())
    return None


def _make_pipe(self: Http1Connection) -> layer.CommandGenerator[None]:
    """Stand in for `Http1Connection.make_pipe`, which strips CR and LF from what follows any upgrade.

    mitmproxy does so for clients that send superfluous newlines after CONNECT; behind a 101 they are the peer's bytes.
    """
    self.state = self.passthrough
    if self.buf:
        received = bytes(self.buf.maybe_extract_at_most(len(self.buf)) or b"")
        assert self.request is not None
        if self.request.method.upper() == "CONNECT":
            received = received.lstrip(b"\r\n")
        if received:
            yield from self.state(events.DataReceived(self.conn, received))
