"""mitmproxy's objects, translated to wsinspect's: the one module that reads flows and connections.

What is recorded of a handshake is what the peers wrote, as far as mitmproxy still has it: the request's head is kept
by `seam.request_head` before any mode rewrites the Host header.
"""

from __future__ import annotations

import os
import re

from mitmproxy import connection, http
from mitmproxy.proxy import mode_specs
from mitmproxy.utils import human

from wsinspect.engine.seam import request_head
from wsinspect.model import Carriage, HttpHead, Session, SessionId, SessionState, TlsSide

_WEBSOCKET = re.compile(r"(^|[\s,])websocket($|[\s,])", re.IGNORECASE)
_SYSTEM_ERROR = re.compile(r"\[Errno (?P<number>-?\d+)\] (?P<words>.*)")
_ADDRESS = re.compile(r"\('(?P<host>[^']+)', (?P<port>\d+)")
_NS = 1_000_000_000

type Fields = tuple[tuple[bytes, bytes], ...]


def is_upgrade(flow: http.HTTPFlow) -> bool:
    """Return whether a request asks for a WebSocket (RFC 6455 §4.1: the Upgrade header includes "websocket")."""
    return bool(_WEBSOCKET.search(flow.request.headers.get("upgrade", "")))


def session_of(flow: http.HTTPFlow, session: SessionId, opened: int) -> Session:
    """Return what is known of a session at its request."""
    request = flow.request
    explicit = isinstance(flow.client_conn.proxy_mode, mode_specs.RegularMode | mode_specs.UpstreamMode)
    host = request.host if explicit else request.pretty_host
    scheme = "wss" if request.scheme == "https" else "ws"
    default_port = request.port == (443 if scheme == "wss" else 80)
    authority = f"[{host}]" if ":" in host else host
    return Session(
        id=session,
        relay=Carriage.LAYERED,
        state=SessionState.OPEN,
        url=f"{scheme}://{authority}{'' if default_port else f':{request.port}'}{request.path}",
        scheme=scheme,
        host=host,
        port=request.port,
        path=request.path,
        opened=opened,
        client=address(flow.client_conn.peername),
        listener=listener_of(flow.client_conn),
        request=request_of(request),
        tls_client=tls_of(flow.client_conn),
    )


def failed_session(client: connection.Client, session: SessionId, host: str, port: int) -> Session:
    """Return a session that ended before the client could say what it wanted: its URL is the tunnel's destination."""
    return Session(
        id=session,
        relay=Carriage.LAYERED,
        state=SessionState.OPEN,
        url=f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        host=host,
        port=port,
        opened=nanoseconds(client.timestamp_start or 0.0),
        client=address(client.peername),
        listener=listener_of(client),
        tls_client=tls_of(client),
    )


def hosts_of(flow: http.HTTPFlow) -> list[str]:
    """Return every name that a request's destination goes by: the names mitmproxy compares with `allow_hosts`."""
    written = next((value for name, value in request_of(flow.request).headers if name.lower() == "host"), "")
    names = [flow.request.host, flow.request.pretty_host, re.sub(r":\d+$", "", written), flow.client_conn.sni]
    return [name for name in names if name]


def request_of(request: http.Request) -> HttpHead:
    """Return the request's head as the client wrote it."""
    fields = request_head.fields_of(request) or request.headers.fields
    return head_of_request(request, fields, request_head.target_of(request) or request.path)


def head_of_request(request: http.Request, fields: Fields, target: str) -> HttpHead:
    """Return a request's head with these header fields and this target."""
    return HttpHead(request.http_version, text_pairs(fields), method=request.method, target=target)


def response_of(response: http.Response) -> HttpHead:
    """Return the response's head."""
    return HttpHead(
        http_version=response.http_version,
        headers=text_pairs(response.headers.fields),
        status=response.status_code,
        reason=response.reason,
    )


def tls_of(side: connection.Connection, *, verified: bool | None = None) -> TlsSide | None:
    """Return the TLS of one connection, None where it has none.

    Args:
        side: The connection.
        verified: Whether its certificate was checked, of a server.
    """
    if not side.tls or side.tls_version is None:
        return None
    alpn = side.alpn.decode("ascii", "replace") if side.alpn else None
    return TlsSide(version=side.tls_version, cipher=side.cipher, sni=side.sni, alpn=alpn, verified=verified)


def address(pair: tuple[object, ...] | None) -> str | None:
    """Write an address as `host:port`."""
    return human.format_address(pair) if pair else None


def server_address(server: connection.Server) -> str | None:
    """Return where a server is; behind an upstream proxy that is what the proxy was asked for."""
    return address(server.peername or server.address)


def listener_of(client: connection.Client) -> str:
    """Name the mode and the address a connection came in by."""
    return f"{client.proxy_mode.full_spec.rpartition('@')[0] or client.proxy_mode.full_spec}@{address(client.sockname)}"


def nanoseconds(seconds: float) -> int:
    """Turn mitmproxy's Unix seconds into nanoseconds."""
    return int(seconds * _NS)


def explain(error: str) -> str:
    """Put an error of mitmproxy's in words a person can act on."""
    if "ertificate verify failed" in error:
        return (
            f"the server's certificate is not trusted: {error.partition(': ')[2] or error}. "
            "Name its authority with --upstream-ca FILE, or use --insecure to check none"
        )
    if "does not speak TLS" in error:
        return "the server does not speak TLS at this port: is the URL ws:// rather than wss://?"
    if "disconnected during the handshake" in error:
        return "the client closed the connection during the TLS handshake; it may not trust the CA. See: wsinspect cert"
    if any(word in error for word in ("unknown ca", "bad certificate", "certificate unknown", "does not trust")):
        return f"the client does not trust the proxy's CA ({error}). See: wsinspect cert"
    if system := _SYSTEM_ERROR.search(error):
        # asyncio says "Connect call failed" for every number; what it says otherwise is the system's own words, whose
        # numbers may be of another kind (getaddrinfo's).
        unclear = system["words"].startswith("Connect call failed")
        what = os.strerror(int(system["number"])) if unclear else system["words"]
        where = _ADDRESS.search(system["words"])
        by = f" by {address((where['host'], int(where['port'])))}" if where and "refused" in what else ""
        return f"the server cannot be reached: {what.lower()}{by}"
    return error


def text_pairs(fields: Fields) -> tuple[tuple[str, str], ...]:
    """Return header fields as text, in their order and spelling."""
    return tuple((_text(name), _text(value)) for name, value in fields)


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
