"""A WebSocket client that takes curl's options: errors that say what to do."""

from __future__ import annotations

import os
import socket
import ssl
import urllib.parse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from websockets import exceptions
from websockets.asyncio.client import ClientConnection, connect

from wsinspect.engine.client.options import (
    ClientOptions,
    basic_authorization,
    cookies_of,
    parse_header,
    proxy_of,
    websocket_url,
)
from wsinspect.errors import EngineError, WsinspectError

__all__ = [
    "ClientOptions",
    "basic_authorization",
    "connected",
    "cookies_of",
    "explained",
    "parse_header",
    "proxy_of",
    "tls_context",
    "websocket_url",
]

if TYPE_CHECKING:
    from websockets.client import ClientProtocol
    from websockets.datastructures import HeadersLike
    from websockets.http11 import Request
    from websockets.typing import Subprotocol

_CLOSE_S = 3.0
_MADE_ANEW = {"upgrade", "connection", "sec-websocket-key", "sec-websocket-extensions", "sec-websocket-protocol"}
"""Headers of a pasted request that belong to its own handshake."""


@asynccontextmanager
async def connected(options: ClientOptions) -> AsyncIterator[ClientConnection]:
    """Connect for the length of a block.

    Raises:
        EngineError: If there is no connection, with what helps.
        WsinspectError: If a certificate file is unusable.
    """
    secure = options.url.startswith("wss:")
    arguments: dict[str, Any] = {"ssl": tls_context(options)} if secure else {}  # asyncio's, passed through
    proxy: str | Literal[True] | None = True if options.proxy is None else options.proxy or None
    opening = connect(
        options.url,
        subprotocols=_subprotocols(options),
        compression="deflate" if _compresses(options) else None,
        proxy=proxy,
        max_size=None,
        close_timeout=_CLOSE_S,
        open_timeout=options.connect_timeout_s,
        create_connection=_connection_class(options),
        process_exception=lambda error: error,
        **arguments,
    )
    try:
        connection = await opening
    except (OSError, exceptions.WebSocketException, ValueError) as error:
        raise explained(error, options) from error
    try:
        yield connection
    finally:
        await connection.close()


def tls_context(options: ClientOptions) -> ssl.SSLContext:
    """Make the TLS settings of a connection.

    Raises:
        WsinspectError: If a certificate file is unusable.
    """
    try:
        context = ssl.create_default_context(cafile=options.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise WsinspectError(
            _file_trouble(error), where=str(options.ca_file), hint="--cacert takes a PEM file"
        ) from error
    if options.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if options.certificate is not None:
        try:
            context.load_cert_chain(options.certificate, options.key)
        except (OSError, ssl.SSLError) as error:
            raise WsinspectError(
                _file_trouble(error), where=str(options.certificate), hint="--cert and --key take PEM files"
            ) from error
    return context


def _file_trouble(error: OSError) -> str:
    return "no certificate that can be used in it" if isinstance(error, ssl.SSLError) else str(error.strerror)


def _subprotocols(options: ClientOptions) -> list[Subprotocol] | None:
    pasted = [
        part.strip()
        for name, value in options.headers
        if name.lower() == "sec-websocket-protocol" and value
        for part in value.split(",")
    ]
    return [*options.subprotocols, *pasted] or None  # type: ignore[list-item]  # NewType of the library


def _compresses(options: ClientOptions) -> bool:
    removed = ("sec-websocket-extensions", None)
    return options.compress and removed not in [(name.lower(), value) for name, value in options.headers]


def _connection_class(options: ClientOptions) -> type[ClientConnection]:
    """Return a connection whose request has exactly the headers that were asked for."""
    wanted = [(name, value) for name, value in options.headers if name.lower() not in _MADE_ANEW]

    class Connection(ClientConnection):
        def __init__(self, protocol: ClientProtocol, **arguments: Any) -> None:
            super().__init__(protocol, **arguments)
            make_request = protocol.connect

            def make_wanted_request() -> Request:
                request = make_request()
                for name, _ in wanted:
                    if name in request.headers:
                        del request.headers[name]
                for name, value in wanted:
                    if value is not None:
                        request.headers[name] = value
                return request

            protocol.connect = make_wanted_request  # type: ignore[method-assign]  # the one place to change it

        async def handshake(
            self, additional_headers: HeadersLike | None = None, user_agent_header: str | None = None
        ) -> None:
            """Send the request without the library's own User-Agent where one was asked for or refused."""
            asked = any(name.lower() == "user-agent" for name, _ in wanted)
            await super().handshake(additional_headers, None if asked else user_agent_header)

    return Connection


def explained(error: Exception, options: ClientOptions) -> WsinspectError:
    """Say what a failed attempt to connect means, and what helps."""
    host = urllib.parse.urlsplit(options.url).netloc.rpartition("@")[2]
    match error:
        case ssl.SSLCertVerificationError():
            return _distrust(error, host)
        case ssl.SSLError():
            return EngineError(
                f"TLS failed: {error.reason or error}", where=host, hint="a server without TLS is reached by ws://"
            )
        case TimeoutError():
            return EngineError(f"no answer within {options.connect_timeout_s:g} s", where=host)
        case socket.gaierror():
            return EngineError("there is no such host", where=host)
        case exceptions.InvalidProxyStatus(response=response):
            return EngineError(f"the proxy answered {response.status_code} {response.reason_phrase}", where=host)
        case exceptions.InvalidProxy() | exceptions.ProxyError():
            return EngineError(f"the proxy does not work: {error}", where=host)
        case exceptions.InvalidStatus(response=response):
            body = (response.body or b"").decode(errors="replace").strip()
            first = body.splitlines()[0][:200] if body and not body.startswith("<") else None
            return EngineError(
                f"the server answered {response.status_code} {response.reason_phrase}", where=options.url, hint=first
            )
        case exceptions.InvalidMessage() | EOFError():
            return EngineError("the server did not answer with HTTP", where=host)
        case exceptions.InvalidHandshake():
            return EngineError(f"the server does not agree to a WebSocket: {error}", where=options.url)
        case ConnectionResetError():
            hint = "a server without TLS is reached by ws://" if options.url.startswith("wss:") else None
            return EngineError("the connection was ended before there was an answer", where=host, hint=hint)
        case OSError(errno=int(number)):
            # asyncio puts the address in place of the system's words.
            return EngineError(os.strerror(number), where=host)
        case _:
            return EngineError(str(error), where=host)


def _distrust(error: ssl.SSLCertVerificationError, host: str) -> EngineError:
    why = error.verify_message.rstrip(".")
    if "ostname mismatch" in why or "IP address mismatch" in why:
        return EngineError(
            f"the server's certificate is for another name: {why}", where=host, hint="-k skips the check"
        )
    if "expired" in why or "not yet valid" in why:
        return EngineError(f"the server's certificate is out of date: {why}", where=host, hint="-k skips the check")
    hint = "--cacert FILE names the CA to trust, -k skips the check"
    authority = Path("~/.mitmproxy/mitmproxy-ca-cert.pem").expanduser()
    if authority.exists():
        hint += f"\nthrough wsinspect's own proxy: --cacert {authority}"
    return EngineError(f"the server's certificate is not trusted: {why}", where=host, hint=hint)
