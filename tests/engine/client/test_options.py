"""curl's spellings are read as curl reads them."""

from __future__ import annotations

import pytest

from wsinspect.engine.client.options import cookies_of, parse_header, proxy_of, websocket_url
from wsinspect.errors import WsinspectError


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("ws://a.test/x", "ws://a.test/x"),
        ("WSS://a.test", "wss://a.test"),
        ("https://a.test/?q#part", "wss://a.test/?q"),
        ("http://a.test:81", "ws://a.test:81"),
        ("a.test/chat", "ws://a.test/chat"),
        ("[::1]:8080", "ws://[::1]:8080"),
    ],
)
def test_urls(text: str, url: str) -> None:
    assert websocket_url(text) == url


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("A: b", ("A", "b")),
        ("A:b:c", ("A", "b:c")),
        ("A:", ("A", None)),
        ("A;", ("A", "")),
    ],
)
def test_headers(text: str, header: tuple[str, str | None]) -> None:
    assert parse_header(text) == header


def test_what_is_no_header_is_refused() -> None:
    with pytest.raises(WsinspectError, match="is no header"):
        parse_header("A")


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("", ""),
        ("a.test", "http://a.test:1080"),
        ("a.test:8080", "http://a.test:8080"),
        ("socks5h://u:p@a.test", "socks5h://u:p@a.test:1080"),
        ("http://[::1]", "http://[::1]:1080"),
        ("http://[::1]:81/", "http://[::1]:81"),
    ],
)
def test_proxies(text: str, url: str) -> None:
    assert proxy_of(text) == url


def test_a_cookie_file_that_is_not_there_is_an_error() -> None:
    with pytest.raises(WsinspectError, match="cannot read the cookies"):
        cookies_of("absent", "ws://a.test/")
