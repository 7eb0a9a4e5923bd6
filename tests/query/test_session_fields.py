"""What the fields of sessions are worth."""

from __future__ import annotations

from dataclasses import replace

import pytest

from wsinspect.model import Carriage, Close, HttpHead, PerDirection, Session, SessionId, SessionState, TlsSide
from wsinspect.query.fields import FieldValue
from wsinspect.query.session_fields import header, session_fields

ROWS = {row.name: row for row in session_fields()}
BARE = Session(SessionId(1), Carriage.LAYERED, SessionState.CLOSED, "wss://a.test/x", 1_000)
FULL = replace(
    BARE,
    scheme="wss", host="a.test", port=443, path="/x", client="c:1", server="s:2", listener="regular@:1",
    subprotocol="chat", extensions="e", protocol="p", status=101, closed=2_000, close=Close("client", 1000, "bye",
    True),
    error="why",
    request=HttpHead("HTTP/1.1", (("X", "1"),), sent=HttpHead("HTTP/1.1", (("X", "2"),))),
    response=HttpHead("HTTP/2", (), status=101, sent=HttpHead("HTTP/2", (), status=403)),
    tls_client=TlsSide("1.3", "c", "a.test", "h2"), tls_server=TlsSide("1.2", "d", "b.test", "h3", True),
    violations=("v",), frames=PerDirection(1, 2), messages=PerDirection(3, 4), bytes=PerDirection(5, 6),
    tags=("t",), note="n",
)  # fmt: skip
VALUES: dict[str, FieldValue] = {
    "id": 1, "session": 1, "url": "wss://a.test/x", "scheme": "wss", "host": "a.test", "port": 443, "path": "/x",
    "client": "c:1", "server": "s:2", "listener": "regular@:1", "subprotocol": "chat", "extensions": "e",
    "protocol": "p",
    "relay": 1, "state": 1, "status": 101, "error": "why", "opened": 1, "closed": 2, "close": 1, "close.by": "client",
    "close.code": 1000, "close.reason": "bye", "close.clean": True, "request": 1, "request.http_version": "HTTP/1.1",
    "request.sent": 1, "response.sent": 1,
    "request.headers.x": ("1",), "response": 1, "response.http_version": "HTTP/2", "response.status": 101,
    "response.headers.x": (), "tls.client": 1, "tls.client.version": "1.3", "tls.client.cipher": "c",
    "tls.client.sni": "a.test", "tls.client.alpn": "h2", "tls.server": 1, "tls.server.version": "1.2",
    "tls.server.cipher": "d", "tls.server.sni": "b.test", "tls.server.alpn": "h3", "tls.server.verified": True,
    "frames.c2s": 1, "frames.s2c": 2, "messages.c2s": 3, "messages.s2c": 4, "bytes.c2s": 5, "bytes.s2c": 6,
    "violations": ("v",), "tags": ("t",), "note": "n",
}  # fmt: skip
ALWAYS = {"id", "session", "url", "relay", "state", "opened", *(n for n in VALUES if n.endswith(("c2s", "s2c")))}


def test_every_row_is_shown() -> None:
    assert set(VALUES) == set(ROWS)


@pytest.mark.parametrize("name", ROWS)
def test_value(name: str) -> None:
    access = ROWS[name].session
    assert access is not None
    assert access.get(FULL) == VALUES[name]


@pytest.mark.parametrize("name", [name for name in ROWS if name not in ALWAYS])
def test_what_a_session_lacks_is_none_or_empty(name: str) -> None:
    access = ROWS[name].session
    assert access is not None
    assert access.get(BARE) in (None, ())


def test_headers_by_name() -> None:
    assert header("request", "x").get(FULL) == ("1",)
    assert header("request", "y").get(FULL) == ()
