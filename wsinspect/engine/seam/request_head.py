"""Requests in absolute form with `ws://` and `wss://`, which mitmproxy alone answers with 400.

A client that uses the proxy without CONNECT (aiohttp, Jetty) writes `GET ws://host/path HTTP/1.1`. RFC 6455 §3 defines
those schemes, RFC 9112 §3.2.2 the form. mitmproxy knows `http` and `https` only, so they are translated before it reads
the head; what the client wrote stays on the request for the record.
"""

from __future__ import annotations

import re
from typing import Any, cast

from mitmproxy import http
from mitmproxy.net.http import http1

_original_read_request_head = http1.read_request_head
_WEBSOCKET_TARGET = re.compile(rb"^(\S+[ \t]+)ws(s?)(://)", re.IGNORECASE)


def read_request_head(lines: list[bytes]) -> http.Request:
    """Read a request head as mitmproxy does, `ws:` and `wss:` targets included.

    Raises:
        ValueError: The head is malformed.
    """
    target = lines[0].split()[1:2] if lines else []
    translated = [_WEBSOCKET_TARGET.sub(rb"\1http\2\3", lines[0]), *lines[1:]] if lines else lines
    request = _original_read_request_head(translated)
    if target:
        cast(Any, request).wsinspect_head = (target[0].decode("utf-8", "replace"), request.headers.fields)
    return request


def target_of(request: http.Request) -> str | None:
    """Return the request-target as the client wrote it, None where the head was not read here (HTTP/2)."""
    head = getattr(request, "wsinspect_head", None)
    return cast(str, head[0]) if head else None


def fields_of(request: http.Request) -> tuple[tuple[bytes, bytes], ...] | None:
    """Return the header fields as the client wrote them, None where the head was not read here (HTTP/2)."""
    head = getattr(request, "wsinspect_head", None)
    return cast(tuple[tuple[bytes, bytes], ...], head[1]) if head else None
