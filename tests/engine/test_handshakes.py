"""Rulings on heads, carried out on mitmproxy's requests and responses."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mitmproxy import http
from mitmproxy.test import tflow

from tests.peers.upgrade import accept_for
from wsinspect.engine import handshakes, upgrades
from wsinspect.model import HttpHead
from wsinspect.rules.ruling import HandshakeRuling, Hit, MockAnswer, Rejection

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
FIELDS = (
    (b"hOST", b"a.test"),
    (b"Upgrade", b"websocket"),
    (b"Sec-WebSocket-Key", KEY.encode()),
    (b"Sec-WebSocket-Protocol", b"one, two"),
    (b"x-odd", b"\xff\xfe"),
    (b"X-Odd", b"again"),
    (b"not a token", b"of the client's"),
)


def a_request(url: str = "http://a.test/chat?a=b") -> http.Request:
    request = http.Request.make("GET", url)
    request.headers = http.Headers(FIELDS)
    return request


def ruling(head: HttpHead, **more: object) -> HandshakeRuling:
    return HandshakeRuling(head, **more)  # type: ignore[arg-type]


def test_the_rule_behind_an_action_is_named() -> None:
    head = HttpHead("HTTP/1.1", ())
    hits = [Hit("one", "reject"), Hit("two", "tag"), Hit("three", "reject"), Hit("four", "log")]
    assert handshakes.rule_of(ruling(head, hits=hits), "reject") == "rule three"
    assert handshakes.rule_of(ruling(head), "reject") == "a rule"


def test_an_unchanged_head_leaves_every_byte() -> None:
    request = a_request()
    head = handshakes.going_head(request)
    assert (head.method, head.target) == ("GET", "/chat?a=b")
    handshakes.change_request(request, ruling(head))
    assert request.headers.fields == FIELDS
    assert request.path == "/chat?a=b"


def test_a_changed_head_has_the_order_and_spelling_it_is_given() -> None:
    request = a_request()
    head = handshakes.going_head(request)
    headers = (("x-NEW", "ü"), *reversed(head.headers), ("Host", "b.test"))
    handshakes.change_request(request, ruling(replace(head, headers=headers), changed=True))
    assert request.headers.fields == ((b"x-NEW", "ü".encode()), *reversed(FIELDS), (b"Host", b"b.test"))


@pytest.mark.parametrize(
    ("target", "sent"),
    [
        (None, "/chat?a=b"),
        ("/else", "/else"),
        ("else?x=%20", "/else?x=%20"),
        ("/sp ace/ü\r\nX: y", "/sp%20ace/%C3%BC%0D%0AX:%20y"),
    ],
)
def test_a_path(target: str | None, sent: str) -> None:
    request = a_request()
    handshakes.change_request(request, ruling(replace(handshakes.going_head(request), target=target)))
    assert request.path == sent


@pytest.mark.parametrize(
    ("name", "value"),
    [("X", "a\r\nb"), ("X", "a\nb"), ("X", "\0"), ("X\r\nY", "a"), ("", "a"), ("X Y", "a"), ("X:", "a")],
)
def test_a_header_that_would_not_be_one_is_refused(name: str, value: str) -> None:
    request = a_request()
    before = copy.deepcopy(request.get_state())
    head = handshakes.going_head(request)
    with pytest.raises(ValueError, match="header"):
        handshakes.change_request(request, ruling(replace(head, headers=((name, value),), target="/b")))
    assert request.get_state() == before
    flow = tflow.tflow(resp=True)
    assert flow.response is not None
    before = copy.deepcopy(flow.response.get_state())
    answer = replace(upgrades.response_of(flow.response), headers=((name, value),))
    with pytest.raises(ValueError, match="header"):
        handshakes.change_response(flow, answer)
    with pytest.raises(ValueError, match="header"):
        handshakes.reject_answer(flow, Rejection(403, ((name, value),), b""))
    assert flow.response.get_state() == before
    with pytest.raises(ValueError, match="header"):
        handshakes.mocked(head, MockAnswer(None, ((name, value),)))


@given(st.text(), st.text())
def test_no_header_can_split_a_head(name: str, value: str) -> None:
    request = a_request()
    head = handshakes.going_head(request)
    try:
        handshakes.change_request(request, ruling(replace(head, headers=((name, value),))))
    except ValueError:
        assert request.headers.fields == FIELDS
    else:
        assert bytes(request.headers).count(b"\n") == bytes(request.headers).count(b"\r") == 1


# ---- elsewhere


@pytest.mark.parametrize(
    ("remote", "where", "host", "path"),
    [
        ("ws://b.test", ("http", "b.test", 80), "b.test", "/chat?a=b"),
        ("ws://b.test:80/", ("http", "b.test", 80), "b.test", "/"),
        ("wss://b.test", ("https", "b.test", 443), "b.test", "/chat?a=b"),
        ("wss://b.test:80/x?y=z", ("https", "b.test", 80), "b.test:80", "/x?y=z"),
        ("http://b.test:8080?y=z", ("http", "b.test", 8080), "b.test:8080", "/?y=z"),
        ("https://[::1]:8443", ("https", "::1", 8443), "[::1]:8443", "/chat?a=b"),
        ("WSS://B.test", ("https", "b.test", 443), "b.test", "/chat?a=b"),
    ],
)
@pytest.mark.parametrize("authority", ["", "a.test"])
def test_a_move(remote: str, where: tuple[str, str, int], host: str, path: str, authority: str) -> None:
    request = a_request()
    request.authority = authority
    request.headers = http.Headers(FIELDS)
    handshakes.change_request(request, ruling(handshakes.going_head(request), remote=remote))
    assert (request.scheme, request.host, request.port) == where
    assert request.headers.fields == ((b"hOST", host.encode()), *FIELDS[1:])
    assert request.path == path
    assert request.authority == (host if authority else "")


def test_a_move_may_keep_the_host() -> None:
    request = a_request()
    handshakes.change_request(request, ruling(handshakes.going_head(request), remote="ws://b.test", keep_host=True))
    assert request.headers.fields == FIELDS
    assert request.host == "b.test"


def test_a_host_that_a_rule_wrote_stays() -> None:
    request = a_request()
    head = handshakes.going_head(request)
    headers = (("Host", "c.test"), *head.headers[1:])
    handshakes.change_request(request, ruling(replace(head, headers=headers), remote="ws://b.test"))
    assert request.headers.fields[0] == (b"Host", b"c.test")


@pytest.mark.parametrize(
    "remote", ["", "b.test", "ftp://b.test", "ws:///x", "ws://b.test:x", "ws://b.test:99999", "ws://b..test", "ws://[b"]
)
def test_a_move_to_nowhere_is_refused(remote: str) -> None:
    request = a_request()
    before = copy.deepcopy(request.get_state())
    head = replace(handshakes.going_head(request), target="/b")
    with pytest.raises(ValueError, match=r"."):
        handshakes.change_request(request, ruling(head, remote=remote))
    assert request.get_state() == before


# ---- answers


@pytest.mark.parametrize(
    ("answer", "more"),
    [
        (MockAnswer(None, ()), ((b"Sec-WebSocket-Protocol", b"one"),)),
        (MockAnswer("two", ()), ((b"Sec-WebSocket-Protocol", b"two"),)),
        (MockAnswer("", ()), ()),
        (MockAnswer(None, (("sec-websocket-protocol", "own"),)), ((b"sec-websocket-protocol", b"own"),)),
    ],
)
def test_a_mock_answers_what_was_asked(answer: MockAnswer, more: tuple[tuple[bytes, bytes], ...]) -> None:
    response = handshakes.mocked(handshakes.going_head(a_request()), answer)
    assert (response.http_version, response.status_code, response.reason) == ("HTTP/1.1", 101, "Switching Protocols")
    assert response.headers.fields == (
        (b"Upgrade", b"websocket"),
        (b"Connection", b"Upgrade"),
        (b"Sec-WebSocket-Accept", accept_for(KEY).encode()),
        *more,
    )
    assert response.raw_content == b""


def test_a_mock_may_break_the_handshake() -> None:
    answer = MockAnswer(None, (("SEC-WebSocket-Accept", "wrong"), ("Upgrade", "other")))
    response = handshakes.mocked(HttpHead("HTTP/1.1", ()), answer)
    assert response.headers.fields == (
        (b"Connection", b"Upgrade"),
        (b"SEC-WebSocket-Accept", b"wrong"),
        (b"Upgrade", b"other"),
    )


def test_the_servers_own_answer_is_left_to_its_connection() -> None:
    flow = tflow.tflow(resp=True)
    original = flow.response
    assert original is not None
    before = original.headers.fields
    head = replace(upgrades.response_of(original), headers=(("X", "y"),))
    handshakes.change_response(flow, head)
    changed = flow.response
    assert changed is not None
    assert changed is not original
    assert changed.headers.fields == ((b"X", b"y"),)
    assert original.headers.fields == before


def test_a_rejection_has_the_length_of_its_body() -> None:
    given = (("X-Why", "tea"), ("content-length", "9"), ("Transfer-Encoding", "chunked"))
    response = handshakes.rejected(Rejection(418, given, b"short"))
    assert response.headers.fields == ((b"X-Why", b"tea"), (b"Content-Length", b"5"))
    assert (response.status_code, response.raw_content) == (418, b"short")


@pytest.mark.parametrize("status", [0, 101, 199, 600])
def test_a_rejection_that_is_none(status: int) -> None:
    with pytest.raises(ValueError, match=str(status)):
        handshakes.rejected(Rejection(status, (), b""))


@pytest.mark.parametrize("status", [101, 401])
def test_a_rejection_of_an_answer(status: int) -> None:
    flow = tflow.tflow(resp=True)
    assert flow.response is not None
    flow.response.status_code = status
    handshakes.reject_answer(flow, Rejection(503, (), b"later"))
    assert flow.response.status_code == 503
    assert flow.response.headers.get("connection") == ("close" if status == 101 else None)
    if status == 101:
        assert flow.response.stream is False
    else:
        assert callable(flow.response.stream)
        assert [flow.response.stream(piece) for piece in (b"theirs", b"", b"")] == [b"later", b"", b""]
    flow.response.raw_content = b"what the server said"
    handshakes.finish_rejection(flow)
    assert flow.response.raw_content == b"later"
    flow.response.raw_content = b"another"
    handshakes.finish_rejection(flow)
    assert flow.response.raw_content == b"another"
