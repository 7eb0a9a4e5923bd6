"""`GET ws://…` in absolute form is read like `GET http://…`, and what the client wrote is kept."""

from __future__ import annotations

import pytest

from wsinspect.engine.seam.request_head import fields_of, read_request_head, target_of


@pytest.mark.parametrize(
    ("target", "scheme", "host", "port", "path"),
    [
        (b"ws://a.test/chat?x=1", "http", "a.test", 80, "/chat?x=1"),
        (b"wss://a.test/", "https", "a.test", 443, "/"),
        (b"WSS://a.test:8443", "https", "a.test", 8443, "/"),
        (b"ws://[::1]:9000/x", "http", "::1", 9000, "/x"),
        (b"http://a.test/ws://b.test/", "http", "a.test", 80, "/ws://b.test/"),
    ],
)
def test_absolute_form(target: bytes, scheme: str, host: str, port: int, path: str) -> None:
    request = read_request_head([b"GET " + target + b" HTTP/1.1", b"Host: a.test"])
    assert (request.scheme, request.host, request.port, request.path) == (scheme, host, port, path)
    assert target_of(request) == target.decode()


def test_headers_are_kept_in_order_and_spelling() -> None:
    lines = [b"GET /x HTTP/1.1", b"hOsT: a.test", b"Sec-WebSocket-KEY: abc", b"cookie: 1", b"Cookie: 2"]
    request = read_request_head(lines)
    request.headers["host"] = "rewritten"
    assert fields_of(request) == (
        (b"hOsT", b"a.test"),
        (b"Sec-WebSocket-KEY", b"abc"),
        (b"cookie", b"1"),
        (b"Cookie", b"2"),
    )


@pytest.mark.parametrize("line", [b"", b"GET", b"GET wss:// HTTP/1.1", b"GET ws://a.test:x/ HTTP/1.1", b"\xff\xff"])
def test_malformed_heads_raise_what_mitmproxy_answers_with_400(line: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_request_head([line])
