"""The sessions of the shop of the pictures: what became of each, and the heads of their handshakes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from scripts.made_up_frames import MS
from tests.snapshots.talks import ADMIN, BASKET, C2S, CHAT, LOGIN, PAY, PRICES, S2C, SCALES, SOCKET_IO, Shop, at
from wsinspect.model import Carriage, Close, End, HttpHead, PerDirection, Session, SessionId, SessionState, TlsSide

_SECRET = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhbm4iLCJzaG9wIjo3fQ.bqXWmZb0SxG4u1Yw"


def sessions(shop: Shop, *, live: bool) -> Iterator[Session]:
    yield _closed(shop, LOGIN, "wss://shop.test/account", Close("server", 4401, "password expired", clean=True))
    prices = _closed(shop, PRICES, "wss://shop.test/prices?v=2", Close("client", 1001, None, clean=True))
    chat = replace(
        _closed(shop, CHAT, "wss://chat.shop.test/support", Close("client", 1000, "bye", clean=True)),
        extensions="permessage-deflate; server_no_context_takeover; client_no_context_takeover",
    )
    if live:
        prices = replace(prices, state=SessionState.OPEN, close=None, closed=None, ends=())
        chat = replace(chat, state=SessionState.OPEN, close=None, closed=None, ends=())
    yield replace(prices, subprotocol="shop.prices.v2", tags=("checkout",))
    yield chat
    refused = HttpHead(
        "HTTP/1.1",
        (("Server", "nginx"), ("Content-Type", "text/plain"), ("Content-Length", "31"),
         ("X-Reason", "staff only, from the office")),
        status=403, reason="Forbidden",
    )  # fmt: skip
    yield replace(
        begun(shop, ADMIN, "wss://api.shop.test/admin"), state=SessionState.REFUSED, status=403, response=refused,
        error="the server answered 403 Forbidden", closed=at(3_148),
    )  # fmt: skip
    yield replace(
        begun(shop, PAY, "wss://pay.shop.test/checkout"), state=SessionState.FAILED, closed=at(3_975),
        tls_server=TlsSide(sni="pay.shop.test", verified=False),
        error="TLS with the server failed: certificate verify failed: self-signed certificate in certificate chain",
    )  # fmt: skip
    scales = _closed(shop, SCALES, "ws://devices.shop.test:9001/scales", Close("client", None, None, clean=False))
    yield replace(scales, subprotocol="mqtt", ends=((C2S, End.RESET),))
    long_url = f"wss://cdn-edge-eu-central-1.shop.test/socket.io/?EIO=4&transport=websocket&token={_SECRET}"
    yield _closed(shop, SOCKET_IO, long_url, Close("proxy", None, None, clean=False))
    yield _closed(shop, BASKET, "wss://shop.test/basket", Close("client", 1000, "done", clean=True))


def _closed(shop: Shop, number: int, url: str, close: Close) -> Session:
    answer = (
        ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", "HSmrc0sMlYUkAGmm5OPpG2HaGWk="),
    )  # fmt: skip
    return replace(
        begun(shop, number, url),
        state=SessionState.CLOSED,
        status=101,
        close=close,
        ends=((S2C, End.CLOSE_NOTIFY), (C2S, End.FIN)),
        response=HttpHead("HTTP/1.1", answer, status=101, reason="Switching Protocols"),
    )


def begun(shop: Shop, number: int, url: str) -> Session:
    """Make the record of a session of which nothing is known but its handshake and what was said."""
    counters = shop.sessions[number]
    scheme, _, rest = url.partition("://")
    authority, _, path = rest.partition("/")
    host, _, port = authority.partition(":")
    tls = TlsSide("TLSv1.3", "TLS_AES_256_GCM_SHA384", host, "http/1.1") if scheme == "wss" else None
    headers = (
        ("Host", authority), ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="), ("Origin", "https://shop.test"),
        ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"),
        ("Cookie", "sid=9f86d081884c7d65; consent=all"),
    )  # fmt: skip
    return Session(
        id=SessionId(number), relay=Carriage.DIRECT, state=SessionState.CLOSED, url=url, opened=counters.opened,
        scheme=scheme, host=host, port=int(port or (443 if tls else 80)), path=f"/{path}",
        client=f"127.0.0.1:{52100 + number}", server=f"192.0.2.{10 + number}:{port or 443}",
        listener="regular@127.0.0.1:8080", closed=counters.last + 40 * MS,
        request=HttpHead("HTTP/1.1", headers, method="GET", target=f"/{path}"),
        tls_client=tls, tls_server=None if tls is None else replace(tls, verified=True),
        frames=PerDirection(*counters.frames), messages=PerDirection(*counters.messages),
        bytes=PerDirection(*counters.bytes),
    )  # fmt: skip
