"""The sessions of a made-up capture: which there are by their numbers, and how each ended."""

from __future__ import annotations

from dataclasses import replace

from scripts.made_up_frames import MS, Counters
from wsinspect.model import (
    Carriage,
    Close,
    Direction,
    End,
    HttpHead,
    PerDirection,
    Session,
    SessionId,
    SessionState,
    TlsSide,
)

MARKET, CHAT, TELEMETRY, BEATS = 1, 2, 3, 4
FIRST_SHORT = 5
"""From here on sessions are short; by number modulo 5 they end well (0, 1), are lost (2), refused (3), or fail (4)."""

_REFUSALS = (
    (401, "Unauthorized"),
    (403, "Forbidden"),
    (404, "Not Found"),
    (503, "Service Unavailable"),
)
_FAILURES = (
    "the server did not answer: connection refused",
    "TLS with the server failed: certificate verify failed: unable to get local issuer certificate",
    "the server closed the connection before it answered",
)


def session_record(number: int, counters: Counters) -> Session:
    """Make the record of a session, as it is in the end."""
    if number == MARKET:
        return _open_then_closed(number, counters, "wss://shop.test/market?v=2", "market.v2")
    if number == CHAT:
        chat = _open_then_closed(number, counters, "wss://chat.test/room/desk", None)
        no_takeover = "server_no_context_takeover; client_no_context_takeover"
        return replace(chat, extensions=f"permessage-deflate; {no_takeover}")
    if number == TELEMETRY:
        return _open_then_closed(number, counters, "ws://devices.test:9001/telemetry", "mqtt")
    if number == BEATS:
        return _open_then_closed(number, counters, "wss://live.test/socket.io/?EIO=4&transport=websocket", None)
    name = f"wss://app{number % 3}.shop.test/session/{number}"
    if number % 5 == 3:
        status, reason = _REFUSALS[number // 5 % 4]
        return replace(
            _begun(number, counters, name, None),
            state=SessionState.REFUSED,
            status=status,
            error=f"the server answered {status} {reason}",
            response=HttpHead("HTTP/1.1", (("Content-Length", "0"),), status=status, reason=reason),
        )
    if number % 5 == 4:
        error = _FAILURES[number // 5 % 3]
        return replace(_begun(number, counters, name, None), state=SessionState.FAILED, error=error)
    if number % 5 == 2:
        lost = _open_then_closed(number, counters, name, None)
        return replace(lost, close=Close("server", None, None, clean=False), ends=((Direction.S2C, End.RESET),))
    left = _open_then_closed(number, counters, name, None)
    return replace(left, close=Close("client", 1001, "going away", clean=True))


def _begun(number: int, counters: Counters, url: str, subprotocol: str | None) -> Session:
    scheme, _, rest = url.partition("://")
    authority, _, path = rest.partition("/")
    host, _, port = authority.partition(":")
    secure = scheme == "wss"
    tls = TlsSide("TLSv1.3", "TLS_AES_256_GCM_SHA384", host, "http/1.1") if secure else None
    headers = (
        ("Host", authority), ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13"),
        ("Origin", f"https://{host}"), ("User-Agent", "Mozilla/5.0 (made up)"),
    )  # fmt: skip
    return Session(
        id=SessionId(number),
        relay=Carriage.DIRECT,
        state=SessionState.CLOSED,
        url=url,
        opened=counters.opened,
        scheme=scheme,
        host=host,
        port=int(port or (443 if secure else 80)),
        path=f"/{path}",
        client=f"127.0.0.1:{50000 + number}",
        server=f"192.0.2.{1 + number % 200}:{port or 443}",
        listener="regular@127.0.0.1:8080",
        subprotocol=subprotocol,
        closed=counters.last + 60 * MS,
        request=HttpHead("HTTP/1.1", headers, method="GET", target=f"/{path}"),
        tls_client=tls,
        tls_server=None if tls is None else replace(tls, verified=True),
        frames=PerDirection(*counters.frames),
        messages=PerDirection(*counters.messages),
        bytes=PerDirection(*counters.bytes),
    )


def _open_then_closed(number: int, counters: Counters, url: str, subprotocol: str | None) -> Session:
    answer = (("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", "made up"))
    return replace(
        _begun(number, counters, url, subprotocol),
        status=101,
        close=Close("server", 1000, "done", clean=True),
        ends=((Direction.S2C, End.CLOSE_NOTIFY), (Direction.C2S, End.FIN)),
        response=HttpHead("HTTP/1.1", answer, status=101, reason="Switching Protocols"),
    )
