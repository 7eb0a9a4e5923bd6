"""Find, behind mitmproxy's layers, the two sockets of a WebSocket that wsinspect may take over.

Only stacks whose every layer is known to hand bytes on unchanged are taken over: HTTP/1 on both sides, at most one TLS
layer a side, tunnels (CONNECT, SOCKS, an upstream proxy) resolved to the socket under them. All else goes through
mitmproxy's layers: TLS to the proxy itself with TLS inside, WireGuard and local redirect (their streams are not
asyncio's), a tunnel in a tunnel.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from mitmproxy.connection import Connection
from mitmproxy.proxy import layer as mitm_layer
from mitmproxy.proxy import server as mitm_server
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers import modes
from mitmproxy.proxy.layers.http import HttpClient, HttpLayer, HttpStream
from mitmproxy.proxy.layers.http._http1 import Http1Client, Http1Server
from mitmproxy.proxy.layers.http._upstream_proxy import HttpUpstreamProxy
from mitmproxy.proxy.layers.tls import TLSLayer

from wsinspect.engine.seam.tls_pipe import TlsPipe

_PLAIN_LAYERS = (
    HttpLayer,
    HttpStream,
    HttpClient,
    Http1Client,
    Http1Server,
    modes.HttpProxy,
    modes.HttpUpstreamProxy,
    modes.ReverseProxy,
    modes.TransparentProxy,
    modes.Socks5Proxy,
)
"""Layers that, once a WebSocket runs in them, pass its bytes on as they are."""
_KNOWN = (*_PLAIN_LAYERS, TLSLayer, HttpUpstreamProxy)


@dataclass(frozen=True, slots=True)
class Socket:
    """One side of a session, down at its socket."""

    connection: Connection
    """The key of mitmproxy's `transports`."""
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    tls: TlsPipe | None


def find_sockets(
    context: Context, websocket_layer: mitm_layer.Layer, handler: mitm_server.ConnectionHandler
) -> tuple[Socket, Socket] | None:
    """Return the client's and the server's socket, or None where the session has to go through mitmproxy's layers.

    Args:
        context: The context of the WebSocket layer.
        websocket_layer: That layer itself.
        handler: The connection handler it runs in.
    """
    http_layer, above = _above(context, websocket_layer)
    if http_layer is None:
        return None
    below = list(_descend(http_layer.connections.get(context.server)))
    if not all(isinstance(layer, _KNOWN) for layer in below):
        return None
    if not any(isinstance(layer, Http1Client) for layer in below):
        return None
    stack = list(dict.fromkeys([*above, *below]))
    client = _socket(context.client, stack, handler)
    server = _socket(context.server, stack, handler)
    return (client, server) if client and server else None


def find_client(
    context: Context, websocket_layer: mitm_layer.Layer, handler: mitm_server.ConnectionHandler
) -> Socket | None:
    """Return the client's socket of a session that has no server; arguments and None as for `find_sockets`."""
    http_layer, above = _above(context, websocket_layer)
    return _socket(context.client, above, handler) if http_layer else None


def settled(context: Context) -> bool:
    """Return whether no layer of a WebSocket's stack holds an event back."""
    stack = list(context.layers)
    for layer in context.layers:
        if isinstance(layer, HttpLayer):
            stack.extend(_descend(layer.connections.get(context.server)))
    return not any(layer._paused or layer._paused_event_queue for layer in stack)


def _above(context: Context, websocket_layer: mitm_layer.Layer) -> tuple[HttpLayer | None, list[mitm_layer.Layer]]:
    """Return the HTTP/1 layer of a WebSocket and all layers above it; None where one of them is not known."""
    above = [layer for layer in context.layers if layer is not websocket_layer]
    http_layer = next((layer for layer in reversed(above) if isinstance(layer, HttpLayer)), None)
    if http_layer is None or not isinstance(http_layer.connections.get(context.client), Http1Server):
        return None, above
    return http_layer if all(isinstance(layer, _KNOWN) for layer in above) else None, above


def _descend(layer: mitm_layer.Layer | None) -> Iterator[mitm_layer.Layer]:
    while layer is not None:
        if isinstance(layer, mitm_layer.NextLayer):
            layer = layer.layer
            continue
        yield layer
        layer = getattr(layer, "child_layer", None)


def _socket(
    connection: Connection, stack: list[mitm_layer.Layer], handler: mitm_server.ConnectionHandler
) -> Socket | None:
    encryptions: list[TLSLayer] = []
    for _ in stack:
        encryptions += [one for one in stack if isinstance(one, TLSLayer) and one.conn is connection and one.tls]
        tunnel = next((one for one in stack if isinstance(one, HttpUpstreamProxy) and one.conn is connection), None)
        if tunnel is None:
            break
        connection = tunnel.tunnel_connection
    transport = handler.transports.get(connection)
    if transport is None or len(encryptions) > 1:
        return None
    reader, writer = transport.reader, transport.writer
    if not isinstance(reader, asyncio.StreamReader) or not isinstance(writer, asyncio.StreamWriter):
        return None
    return Socket(connection, reader, writer, TlsPipe(encryptions[0].tls) if encryptions else None)
