"""The request of an upgrade is what a person, or a recording, says it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.model import HttpHead
from wsinspect.replay.client.handshake import (
    DEFLATE_OFFER,
    Wanted,
    ascii_host,
    authority_of,
    encode_request,
    target_of,
    upgrade_request,
)

KEY = "AAAAAAAAAAAAAAAAAAAAAA=="
RECORDED = HttpHead(
    "HTTP/1.1",
    (
        ("host", "a.test"),
        ("User-Agent", "Chrome"),
        ("UPGRADE", "WebSocket"),
        ("Connection", "keep-alive, Upgrade"),
        ("sec-websocket-Key", "recorded"),
        ("Sec-WebSocket-Version", "13"),
        ("Cookie", "a=1"),
        ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits=9"),
        ("Sec-WebSocket-Protocol", "chat, chat2"),
        ("Origin", "https://a.test"),
        ("cookie", "b=2"),
    ),
    method="GET",
    target="/a%2Fb?x=%20",
)
FRAMED = HttpHead(
    "HTTP/2.0",
    (
        (":authority", "a.test"),
        ("sec-websocket-version", "13"),
        ("origin", "https://a.test"),
        ("user-agent", "Firefox"),
    ),
    method="CONNECT",
    target="/chat",
)


def headers(wanted: Wanted) -> list[tuple[str, str]]:
    return list(upgrade_request(wanted, key=KEY, user_agent="me").headers)


def values(wanted: Wanted, name: str) -> list[str]:
    return [value for given, value in headers(wanted) if given.lower() == name.lower()]


def test_a_request_of_our_own() -> None:
    head = upgrade_request(Wanted("wss://a.test:443/chat?q"), key=KEY, user_agent="me")
    assert encode_request(head).decode() == (
        "GET /chat?q HTTP/1.1\r\n"
        "Host: a.test\r\n"
        "Upgrade: websocket\r\n"
        "Connection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {KEY}\r\n"
        "Sec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Extensions: {DEFLATE_OFFER}\r\n"
        "User-Agent: me\r\n\r\n"
    )


def test_edits_replace_in_place_remove_and_add() -> None:
    edits = (("HOST", "b.test"), ("user-agent", None), ("X-A", "1"), ("x-a", "2"), ("Sec-WebSocket-Version", "8"))
    assert headers(Wanted("ws://a.test", edits)) == [
        ("HOST", "b.test"),
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Key", KEY),
        ("Sec-WebSocket-Version", "8"),
        ("Sec-WebSocket-Extensions", DEFLATE_OFFER),
        ("X-A", "1"),
        ("x-a", "2"),
    ]


def test_what_a_pasted_request_says_of_its_own_connection_is_not_repeated() -> None:
    edits = (("Sec-WebSocket-Key", "old"), ("Connection", "keep-alive"), ("Upgrade", None))
    wanted = Wanted("ws://a.test", edits)
    assert values(wanted, "sec-websocket-key") == [KEY]
    assert values(wanted, "connection") == ["Upgrade"]
    assert values(wanted, "upgrade") == [], "what is asked to be left out is"


@pytest.mark.parametrize(
    ("subprotocols", "edits", "offered"),
    [
        ((), (), []),
        (("a", "b"), (), ["a, b"]),
        (("a",), (("sec-websocket-protocol", "b,c"),), ["a, b, c"]),
        (("a",), (("sec-websocket-protocol", None),), ["a"]),
        ((), (("sec-websocket-protocol", None),), []),
    ],
)
def test_subprotocols(
    subprotocols: tuple[str, ...], edits: tuple[tuple[str, str | None], ...], offered: list[str]
) -> None:
    assert values(Wanted("ws://a.test", edits, subprotocols), "sec-websocket-protocol") == offered


def test_compression_is_offered_as_asked() -> None:
    name = "sec-websocket-extensions"
    assert values(Wanted("ws://a.test", compress=False), name) == []
    assert values(Wanted("ws://a.test", ((name, "permessage-deflate"),)), name) == ["permessage-deflate"]
    assert values(Wanted("ws://a.test", ((name, None),)), name) == []
    assert values(Wanted("ws://a.test", recorded=RECORDED), name) == ["permessage-deflate; client_max_window_bits=9"]
    assert values(Wanted("ws://a.test", recorded=RECORDED, compress=False), name) == []


def test_a_recorded_request_keeps_order_and_spelling() -> None:
    made = upgrade_request(Wanted("ws://b.test:81", recorded=RECORDED), key=KEY, user_agent="me")
    changed = {"host": "b.test:81", "sec-websocket-key": KEY}
    assert list(made.headers) == [(name, changed.get(name.lower(), value)) for name, value in RECORDED.headers]
    assert (made.method, made.target, made.http_version) == ("GET", "/a%2Fb?x=%20", "HTTP/1.1")


def test_host_and_key_can_stay_as_recorded() -> None:
    wanted = Wanted("ws://b.test", recorded=RECORDED, fresh_key=False, keep_host=True)
    assert headers(wanted) == list(RECORDED.headers)
    assert values(Wanted("ws://A.test", recorded=RECORDED), "host") == ["a.test"], "it is the same"


def test_edits_of_a_recorded_request_are_meant() -> None:
    edits = (("Sec-WebSocket-Key", "mine"), ("cookie", "c=3"), ("Connection", "close"), ("Origin", None))
    wanted = Wanted("ws://a.test", edits, ("x",), recorded=RECORDED)
    assert values(wanted, "sec-websocket-key") == ["mine"]
    assert [field for field in headers(wanted) if field[0] == "cookie"] == [("cookie", "c=3")]
    assert headers(wanted)[6] == ("cookie", "c=3")
    assert values(wanted, "connection") == ["close"]
    assert values(wanted, "sec-websocket-protocol") == ["x"]
    assert values(wanted, "origin") == []


def test_a_key_that_was_not_there_is_not_added() -> None:
    recorded = HttpHead("HTTP/1.1", (("Upgrade", "websocket"),), method=None, target=None)
    made = upgrade_request(Wanted("ws://a.test/x", recorded=recorded, keep_host=True), key=KEY, user_agent="me")
    assert made.headers == (("Upgrade", "websocket"), ("Host", "a.test"))
    assert (made.method, made.target) == ("GET", "/x")


def test_of_http_2_it_becomes_http_1() -> None:
    made = upgrade_request(Wanted("wss://b.test/other", recorded=FRAMED), key=KEY, user_agent="me")
    assert (made.http_version, made.method, made.target) == ("HTTP/1.1", "GET", "/other")
    assert made.headers == (
        ("Host", "b.test"),
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Key", KEY),
        ("sec-websocket-version", "13"),
        ("origin", "https://a.test"),
        ("user-agent", "Firefox"),
    )


def test_what_a_proxy_was_told_and_a_body_are_left_out() -> None:
    extra = (("Proxy-Authorization", "Basic x"), ("Proxy-Connection", "x"), ("Content-Length", "3"))
    recorded = HttpHead("HTTP/1.0", (*extra, *RECORDED.headers), method="GET", target="ws://a.test/chat?q")
    made = upgrade_request(Wanted("ws://a.test", recorded=recorded, fresh_key=False), key=KEY, user_agent="me")
    assert (made.headers, made.target, made.http_version) == (RECORDED.headers, "/chat?q", "HTTP/1.0")


@pytest.mark.parametrize(
    ("url", "recorded", "target"),
    [
        ("ws://a.test", None, "/"),
        ("ws://a.test?q=1", None, "/?q=1"),
        ("ws://a.test/ä b?ö", None, "/%C3%A4%20b?%C3%B6"),
        ("ws://a.test/%20", None, "/%20"),
        ("ws://a.test", "/x%2fy", "/x%2fy"),
        ("ws://a.test/x/y", "/x%2fy", "/x%2fy"),
        ("ws://a.test/", "/x", "/"),
        ("ws://a.test/z", "/x", "/z"),
        ("ws://a.test", "ws://b.test", "/"),
        ("ws://a.test", "wss://b.test/c?d", "/c?d"),
    ],
)
def test_targets(url: str, recorded: str | None, target: str) -> None:
    head = None if recorded is None else HttpHead("HTTP/1.1", (), method="GET", target=recorded)
    assert target_of(url, head) == target


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("ws://a.test", "a.test"),
        ("ws://a.test:80", "a.test"),
        ("ws://a.test:443", "a.test:443"),
        ("wss://u:p@a.test:443/x", "a.test"),
        ("ws://[::1]:81", "[::1]:81"),
        ("ws://bücher.test", "xn--bcher-kva.test"),
    ],
)
def test_authorities(url: str, authority: str) -> None:
    assert authority_of(url) == authority


def test_a_host_that_cannot_be_written_in_ascii_stays() -> None:
    assert ascii_host("ä" * 70) == "ä" * 70


@pytest.mark.parametrize(
    ("head", "why"),
    [
        (HttpHead("HTTP/1.1", (), method="GET", target="/a b"), "no request-target"),
        (HttpHead("HTTP/1.1", (("a b", "x"),), method="GET", target="/"), "no name of a header"),
        (HttpHead("HTTP/1.1", (("a", "x\r\nb: y"),), method="GET", target="/"), "control character"),
    ],
)
def test_what_cannot_be_on_the_wire_is_refused(head: HttpHead, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        encode_request(head)


def test_bytes_of_headers_are_utf8() -> None:
    head = HttpHead("HTTP/1.1", (("a", "ä\udcff"),), method="GET", target=None)
    assert encode_request(head) == b"GET / HTTP/1.1\r\na: \xc3\xa4\xff\r\n\r\n"


@given(st.lists(st.tuples(st.from_regex(r"[A-Za-z-]{1,12}", fullmatch=True), st.text("az ,;=%1", max_size=12))))
def test_whatever_was_recorded_is_sent_again_but_for_the_host(fields: list[tuple[str, str]]) -> None:
    left_out = {"host", "sec-websocket-key"}
    kept = tuple(field for field in fields if field[0].lower() not in left_out)
    recorded = HttpHead("HTTP/1.1", kept, method="GET", target="/")
    made = upgrade_request(Wanted("ws://a.test", recorded=recorded), key=KEY, user_agent="me")
    assert made.headers == (*kept, ("Host", "a.test"))
