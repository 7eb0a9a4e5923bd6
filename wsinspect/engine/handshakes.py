"""What rules do to the upgrade of a session, before it is one.

Theory of operation. `CaptureAddon` asks the rules of the engine, a `HandshakeRules`, about each head of an upgrade in
scope, and has the functions of this module carry out the ruling on mitmproxy's flow. Each works out all of it first and
raises `ValueError` where something cannot go on the wire; then the flow is as it was.

The head as received stays on record, with what went on instead. The relay believes what the server was asked and what
it answered: a rule that takes an extension out of the request keeps both sides from it; one that takes it out of the
answer alone leaves the client without what the server uses.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote, urlsplit

from mitmproxy import http
from mitmproxy.net.http import status_codes

from wsinspect.engine import upgrades
from wsinspect.model import HttpHead
from wsinspect.rules.ruling import HandshakeRuling, MockAnswer, Rejection
from wsinspect.wire.handshake import accept_of

if TYPE_CHECKING:
    from wsinspect.engine.carrier import Carrier
    from wsinspect.engine.session_recorder import SessionRecorder

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_SCHEMES = {"ws": ("http", 80), "wss": ("https", 443), "http": ("http", 80), "https": ("https", 443)}
_IN_TARGET = "!#$%&'()*+,/:;=?@[]~"
_FRAMING = {"content-length", "transfer-encoding"}
_BODY = "wsinspect.body"
"""Key in a flow's metadata: the body of an answer that goes instead of the server's."""


class HandshakeRules(Protocol):
    """The rules of an engine, as the upgrade asks them. What they raise leaves the upgrade as it was."""

    def request(self, session: SessionRecorder, head: HttpHead) -> HandshakeRuling | None:
        """Judge a request, before any server is connected to; None leaves it alone.

        Args:
            session: Its record, whose `session.request` is the head as the client wrote it.
            head: As it would go on: the target is path and query, the Host header what the server is to see.
        """

    def response(self, session: SessionRecorder, head: HttpHead) -> HandshakeRuling | None:
        """Judge the server's answer, 101 or not; None leaves it alone. The answer of a mock is not asked about."""

    def may_reroute(self, host: str | None, port: int) -> bool:
        """Return whether a rule may mock, reject or move an upgrade for this server: then it is not connected to yet.

        Args:
            host: None where only the request will tell (reverse, transparent and SOCKS modes): any might do.
            port: Of the server.
        """

    def attach(self, session: SessionRecorder, carrier: Carrier) -> None:
        """Take note of a session that was upgraded; the endpoints of its carrier are not set yet."""


def rule_of(ruling: HandshakeRuling, action: str) -> str:
    """Name the rule that an action is due to."""
    return next((f"rule {hit.rule}" for hit in reversed(ruling.hits) if hit.action == action), "a rule")


# ---- requests


def going_head(request: http.Request) -> HttpHead:
    """Return a request's head as it would go on."""
    return upgrades.head_of_request(request, request.headers.fields, request.path)


def change_request(request: http.Request, ruling: HandshakeRuling) -> None:
    """Change a request's head, and where it goes, as a ruling wants.

    Raises:
        ValueError: Something of it cannot be sent.
    """
    headers = _headers(ruling.head, request.headers)
    path = ruling.head.target if ruling.head.target is not None else request.path
    if ruling.remote is None:
        request.headers, request.path = headers, _target(path, request)
        return
    url = urlsplit(ruling.remote)
    host, port = url.hostname, url.port
    if url.scheme not in _SCHEMES or not host or not host.encode("idna"):
        raise ValueError(f"{ruling.remote!r} is no URL of a WebSocket: ws://HOST[:PORT][/PATH]")
    scheme, usual_port = _SCHEMES[url.scheme]
    if url.path or url.query:
        path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    path = _target(path, request)
    authority = f"[{host}]" if ":" in host else host
    if port not in (None, usual_port):
        authority += f":{port}"
    asked_by_rule = headers.get("host") != request.headers.get("host")
    if not ruling.keep_host and not asked_by_rule:
        named = ((name, authority.encode() if name.lower() == b"host" else value) for name, value in headers.fields)
        headers = http.Headers(named)
    # The properties of `http.Request` would write the Host header anew, in their own spelling.
    data = request.data
    data.host, data.port, data.scheme = host, port or usual_port, scheme.encode()
    if data.authority:
        data.authority = authority.encode()
    request.headers, request.path = headers, path


def mocked(request: HttpHead, answer: MockAnswer) -> http.Response:
    """Return the 101 that answers a request without any server. What the rule says of a header goes.

    Raises:
        ValueError: Something of it cannot be sent.
    """
    given = {name.lower() for name, _ in answer.headers}
    wanted: dict[str, str] = {}
    for name, value in request.headers:
        wanted.setdefault(name.lower(), value)
    subprotocol = answer.subprotocol
    if subprotocol is None:
        subprotocol = wanted.get("sec-websocket-protocol", "").partition(",")[0].strip()
    usual = [
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Accept", accept_of(wanted.get("sec-websocket-key", ""))),
        *([("Sec-WebSocket-Protocol", subprotocol)] if subprotocol else []),
    ]
    pairs = [*(pair for pair in usual if pair[0].lower() not in given), *answer.headers]
    return _response(101, pairs)


# ---- responses


def change_response(flow: http.HTTPFlow, head: HttpHead) -> None:
    """Change the headers of the server's answer.

    Raises:
        ValueError: Something of it cannot be sent.
    """
    assert flow.response is not None
    headers = _headers(head, flow.response.headers)
    flow.response = flow.response.copy()  # mitmproxy's connection to the server goes by what the server said
    flow.response.headers = headers


def rejected(rejection: Rejection) -> http.Response:
    """Return the answer of a rule that refuses the upgrade.

    Raises:
        ValueError: Something of it cannot be sent.
    """
    if not 200 <= rejection.status <= 599:
        raise ValueError(f"{rejection.status} is no status to refuse an upgrade with")
    pairs = [pair for pair in rejection.headers if pair[0].lower() not in _FRAMING]
    response = _response(rejection.status, [*pairs, ("Content-Length", str(len(rejection.body)))])
    response.raw_content = rejection.body
    return response


def not_found(text: str) -> Rejection:
    """Return the answer of an engine that asks no server."""
    return Rejection(404, (("Content-Type", "text/plain; charset=utf-8"),), f"{text}\n".encode())


def reject_answer(flow: http.HTTPFlow, rejection: Rejection) -> None:
    """Put a refusal in place of the server's answer; `finish_rejection` is to be called with its end.

    Raises:
        ValueError: Something of it cannot be sent.
    """
    assert flow.response is not None
    upgraded = flow.response.status_code == 101
    refusal = rejected(rejection)
    if upgraded:  # the server speaks WebSocket from here on: with the client's connection, its own is closed
        refusal.headers["Connection"] = "close"
    else:
        refusal.stream = _instead(rejection.body)
    flow.metadata[_BODY] = rejection.body
    flow.response = refusal


def finish_rejection(flow: http.HTTPFlow) -> None:
    """Give a refusal its body, in place of what came of the server's."""
    if _BODY in flow.metadata and flow.response is not None:
        flow.response.raw_content = flow.metadata.pop(_BODY)


def _instead(body: bytes) -> Callable[[bytes], bytes]:
    waiting = [body]
    return lambda _: waiting.pop() if waiting else b""


def _response(status: int, pairs: list[tuple[str, str]]) -> http.Response:
    now = time.time()
    reason = status_codes.RESPONSES.get(status, "").encode()
    return http.Response(
        b"HTTP/1.1", status, reason, http.Headers(_raw_pair(*pair) for pair in pairs), b"", None, now, now
    )


def _headers(head: HttpHead, original: http.Headers) -> http.Headers:
    """Return the fields of a head; those that are not new keep their very bytes."""
    kept = dict(zip(upgrades.text_pairs(original.fields), original.fields, strict=True))
    return http.Headers(kept.get(pair) or _raw_pair(*pair) for pair in head.headers)


def _raw_pair(name: str, value: str) -> tuple[bytes, bytes]:
    if not _TOKEN.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a header")
    if _CONTROL.search(value):
        raise ValueError(f"header {name}: {value!r} has a control character in it")
    return name.encode(), value.encode()


def _target(path: str, request: http.Request) -> str:
    if path == request.path:
        return path
    return quote(path if path.startswith("/") else f"/{path}", safe=_IN_TARGET)
