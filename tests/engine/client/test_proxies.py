"""Which proxy is taken, as curl does."""

from __future__ import annotations

import pytest

from wsinspect.engine.client.proxies import ProxyAddress, parse_proxy, proxy_for
from wsinspect.errors import WsinspectError


def host_for(url: str, asked: str | None = None, **environment: str) -> str | None:
    proxy = proxy_for(url, asked, environment)
    return None if proxy is None else proxy.host


@pytest.mark.parametrize(
    ("text", "proxy"),
    [
        ("p.test", ProxyAddress("http", "p.test", 1080, None, None)),
        ("http://p.test:8080/", ProxyAddress("http", "p.test", 8080, None, None)),
        ("https://u%3a:p%40@p.test:1", ProxyAddress("https", "p.test", 1, "u:", "p@")),
        ("socks5h://u@p.test", ProxyAddress("socks5h", "p.test", 1080, "u", None)),
        ("socks://[::1]:9", ProxyAddress("socks5", "::1", 9, None, None)),
        ("SOCKS4A://p.test", ProxyAddress("socks4a", "p.test", 1080, None, None)),
    ],
)
def test_proxies_are_read(text: str, proxy: ProxyAddress) -> None:
    assert parse_proxy(text) == proxy


@pytest.mark.parametrize("text", ["ftp://p.test", "http://", "http://[::1", "http://p.test:x", "http://p.test:0"])
def test_what_is_no_proxy_is_refused(text: str) -> None:
    with pytest.raises(WsinspectError, match="is no proxy"):
        parse_proxy(text)


def test_who_is_asked_for_is_taken() -> None:
    assert host_for("ws://a.test", "p.test", ws_proxy="q.test", no_proxy="*") == "p.test"
    assert host_for("ws://a.test", "", ws_proxy="q.test") is None


def test_the_environment_decides_in_the_order_of_curl() -> None:
    names = {"WS_PROXY": "b", "http_proxy": "c", "all_proxy": "d", "ALL_PROXY": "e"}
    for name, value in names.items():
        assert host_for("ws://a.test", **names) == value
        names = {other: value for other, value in names.items() if other != name}
    assert host_for("ws://a.test", HTTP_PROXY="x") is None
    assert host_for("wss://a.test", HTTPS_PROXY="s", http_proxy="x") == "s"
    assert host_for("ws://a.test", http_proxy="") is None


@pytest.mark.parametrize(
    ("url", "exempt", "direct"),
    [
        ("ws://a.test", "*", True),
        ("ws://a.test", "b.test, .a.test", True),
        ("ws://x.a.test.", "a.test", True),
        ("ws://xa.test", "a.test", False),
        ("ws://a.test", " , .", False),
        ("ws://10.1.2.3", "10.0.0.0/8", True),
        ("ws://10.1.2.3", "nonsense 10.1.2.3", True),
        ("ws://11.1.2.3", "10.0.0.0/8,2.3", False),
        ("ws://[::1]:80", "[::1]", True),
    ],
)
def test_hosts_without_a_proxy(url: str, exempt: str, direct: bool) -> None:
    assert (host_for(url, http_proxy="p", no_proxy=exempt) is None) is direct
    assert (host_for(url, http_proxy="p", NO_PROXY=exempt) is None) is direct
