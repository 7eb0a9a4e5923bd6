"""curl's spellings are read as curl reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

from wsinspect.engine.client.options import (
    ClientOptions,
    basic_authorization,
    cookies_of,
    parse_header,
    proxy_of,
    redirected,
    websocket_url,
)
from wsinspect.errors import WsinspectError
from wsinspect.model import HttpHead


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


def test_cookies_are_those_for_the_url(tmp_path: Path) -> None:
    jar = tmp_path / "cookies.txt"
    lines = ("# Netscape HTTP Cookie File", "a.test\tFALSE\t/x\tFALSE\t4102444800\tsid\tx")
    jar.write_text("\n".join(lines) + "\n")
    assert cookies_of(str(jar), "ws://a.test/x") == "sid=x"
    assert cookies_of(str(jar), "ws://b.test/x") == ""
    assert cookies_of("a=1; b=2", "ws://a.test") == "a=1; b=2"


def test_authorization() -> None:
    assert basic_authorization("u:p") == "Basic dTpw"


@pytest.mark.parametrize("url", ["ftp://a.test", "ws://", "ws://a:b", "wss://[::1", "ws://a:0"])
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(WsinspectError, match="is no WebSocket URL"):
        websocket_url(url)


LOG_IN = (("Authorization", "x"), ("X-A", "1"), ("cookie", None))


@pytest.mark.parametrize(
    ("url", "location", "there", "headers"),
    [
        ("ws://a.test/x/y", "z?q", "ws://a.test/x/z?q", LOG_IN),
        ("ws://a.test/x", "/z", "ws://a.test/z", LOG_IN),
        ("ws://a.test/x", "https://a.test/z", "wss://a.test/z", LOG_IN),
        ("wss://a.test/x", "//b.test", "wss://b.test", LOG_IN[1:2]),
        ("ws://a.test:81/x", "http://a.test:82/", "ws://a.test:82/", LOG_IN[1:2]),
    ],
)
def test_redirects(url: str, location: str, there: str, headers: tuple[tuple[str, str | None], ...]) -> None:
    options = redirected(ClientOptions(url, LOG_IN, insecure=True), location)
    assert options == ClientOptions(there, headers, insecure=True, most_redirects=9)


def test_what_is_for_one_host_stays_with_it() -> None:
    recorded = HttpHead("HTTP/1.1", (("Host", "a.test"), ("Cookie", "x"), ("Origin", "o")), method="GET", target="/")
    options = ClientOptions("ws://a.test", request=recorded, server_name="x", address=("b.test", 1))
    assert redirected(options, "/x").request == recorded
    assert redirected(options, "/x").address == ("b.test", 1)
    there = redirected(options, "ws://b.test")
    assert there.request == HttpHead("HTTP/1.1", (("Origin", "o"),), method="GET", target="/")
    assert (there.server_name, there.address) == (None, None)


@pytest.mark.parametrize("location", ["http://a.test/", "ftp://a.test", "wss://"])
def test_redirects_that_are_not_followed(location: str) -> None:
    with pytest.raises(WsinspectError, match=r"not encrypted|is no WebSocket URL"):
        redirected(ClientOptions("wss://a.test"), location)
