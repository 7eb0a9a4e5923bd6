"""What mitmproxy's flows and connections become on record, and the words for what went wrong."""

from __future__ import annotations

import errno
import os

import pytest
from mitmproxy import connection, http
from mitmproxy.proxy import mode_specs
from mitmproxy.test import tflow

from wsinspect.engine import upgrades
from wsinspect.engine.seam import request_head
from wsinspect.model import HttpHead, SessionId, SessionState, TlsSide


def a_flow(mode: str = "regular", *lines: bytes) -> http.HTTPFlow:
    """A flow whose request was read as the engine reads it."""
    flow = tflow.tflow(client_conn=a_client(mode))
    head = lines or (b"GET /chat?a=b HTTP/1.1", b"hOst: a.test:8080", b"upgrade: WebSocket")
    flow.request = request_head.read_request_head(list(head))
    if not flow.request.host:
        flow.request.data.host, flow.request.data.port = "a.test", 8080
        flow.request.scheme = "http"
    return flow


def a_client(mode: str = "regular") -> connection.Client:
    client = tflow.tclient_conn()
    client.proxy_mode = mode_specs.ProxyMode.parse(mode)
    client.peername, client.sockname = ("127.0.0.1", 50000), ("127.0.0.1", 8080)
    client.sni = None
    return client


@pytest.mark.parametrize(
    ("value", "is_one"),
    [
        ("websocket", True),
        ("WebSocket", True),
        ("h2c, websocket", True),
        ("websocket,foo", True),
        ("", False),
        ("h2c", False),
        ("websocketx", False),
        ("x-websocket", False),
    ],
)
def test_an_upgrade_is_known_by_its_header(value: str, is_one: bool) -> None:
    flow = a_flow()
    flow.request.headers["upgrade"] = value
    assert upgrades.is_upgrade(flow) is is_one


def test_no_upgrade_header_is_no_upgrade() -> None:
    assert not upgrades.is_upgrade(a_flow("regular", b"GET / HTTP/1.1", b"Host: a.test"))


def test_a_session_as_it_was_asked_for() -> None:
    session = upgrades.session_of(a_flow(), SessionId(3), 77)
    assert (session.id, session.state, session.opened) == (3, SessionState.OPEN, 77)
    assert (session.url, session.scheme) == ("ws://a.test:8080/chat?a=b", "ws")
    assert (session.host, session.port, session.path) == ("a.test", 8080, "/chat?a=b")
    assert (session.client, session.listener) == ("127.0.0.1:50000", "regular@127.0.0.1:8080")
    assert session.request == HttpHead(
        "HTTP/1.1", (("hOst", "a.test:8080"), ("upgrade", "WebSocket")), method="GET", target="/chat?a=b"
    )


@pytest.mark.parametrize(
    ("target", "url"),
    [
        ("ws://a.test/x", "ws://a.test/x"),
        ("http://a.test:80/x", "ws://a.test/x"),
        ("wss://a.test/x", "wss://a.test/x"),
        ("https://a.test:8443/", "wss://a.test:8443/"),
        ("ws://[::1]:8080/x", "ws://[::1]:8080/x"),
        ("ws://a.test:443/", "ws://a.test:443/"),
    ],
)
def test_the_url_of_a_session(target: str, url: str) -> None:
    flow = a_flow("regular", f"GET {target} HTTP/1.1".encode(), b"Host: other.test")
    session = upgrades.session_of(flow, SessionId(1), 0)
    assert session.url == url, "the destination is what counts, not the Host header"
    assert session.request is not None
    assert session.request.target == target


@pytest.mark.parametrize("mode", ["transparent", "socks5", "reverse:http://1.2.3.4"])
def test_where_only_an_address_is_known_the_host_header_names_the_host(mode: str) -> None:
    flow = a_flow(mode)
    flow.request.data.host = "1.2.3.4"
    assert upgrades.session_of(flow, SessionId(1), 0).url == "ws://a.test:8080/chat?a=b"


def test_a_host_header_that_a_mode_rewrote_is_on_record_as_the_client_wrote_it() -> None:
    flow = a_flow("reverse:http://b.test")
    flow.request.host_header = "b.test"
    request = upgrades.request_of(flow.request)
    assert request.headers[0] == ("hOst", "a.test:8080")


def test_bytes_that_are_no_text_are_kept() -> None:
    flow = a_flow("regular", b"GET /\xff\xe9 HTTP/1.1", b"Host: a.test", "X-Utf: é".encode(), b"X-Latin: \xe9")
    session = upgrades.session_of(flow, SessionId(1), 0)
    assert session.request is not None
    assert session.request.headers[1:] == (("X-Utf", "é"), ("X-Latin", "é"))
    assert session.request.target == "/\ufffd\ufffd"


def test_a_request_of_http2_has_no_head_of_its_own() -> None:
    request = tflow.tflow().request
    assert upgrades.request_of(request).target == request.path
    assert upgrades.request_of(request).headers == (("header", "qvalue"), ("content-length", "7"))


def test_a_response() -> None:
    response = http.Response.make(101, b"", {"Upgrade": "websocket"})
    response.reason = "Of Course"
    kept = upgrades.response_of(response)
    assert (kept.status, kept.reason, kept.http_version) == (101, "Of Course", "HTTP/1.1")
    assert ("Upgrade", "websocket") in kept.headers


@pytest.mark.parametrize(
    ("host", "sni", "names"),
    [
        ("1.2.3.4", None, {"1.2.3.4", "a.test"}),
        ("1.2.3.4", "c.test", {"1.2.3.4", "a.test", "c.test"}),
        ("a.test", "a.test", {"a.test"}),
    ],
)
def test_every_name_of_a_destination(host: str, sni: str | None, names: set[str]) -> None:
    flow = a_flow()
    flow.request.data.host = host
    flow.client_conn.sni = sni
    assert set(upgrades.hosts_of(flow)) == names


def test_the_name_that_a_reverse_proxy_was_called_by_is_one_of_them() -> None:
    flow = a_flow("reverse:http://b.test")
    flow.request.data.host = "b.test"
    flow.request.host_header = "b.test"
    assert set(upgrades.hosts_of(flow)) == {"a.test", "b.test"}


@pytest.mark.parametrize(
    ("host", "url"), [("a.test", "a.test:443"), ("::1", "[::1]:443"), ("127.0.0.1", "127.0.0.1:443")]
)
def test_a_session_that_failed_before_its_request(host: str, url: str) -> None:
    session = upgrades.failed_session(a_client(), SessionId(1), host, 443)
    assert (session.url, session.host, session.port, session.request) == (url, host, 443, None)
    assert session.listener == "regular@127.0.0.1:8080"


@pytest.mark.parametrize(
    ("mode", "listener"),
    [
        ("regular", "regular@127.0.0.1:8080"),
        ("regular@8081", "regular@127.0.0.1:8080"),
        ("reverse:https://a.test:444", "reverse:https://a.test:444@127.0.0.1:8080"),
        ("reverse:http://a.test@127.0.0.1:0", "reverse:http://a.test@127.0.0.1:8080"),
        ("upstream:http://b.test:3128@[::1]:1", "upstream:http://b.test:3128@127.0.0.1:8080"),
        ("socks5", "socks5@127.0.0.1:8080"),
    ],
)
def test_the_listener_is_the_mode_and_where_the_connection_came_in(mode: str, listener: str) -> None:
    assert upgrades.listener_of(a_client(mode)) == listener


def test_addresses() -> None:
    assert upgrades.address(None) is None
    assert upgrades.address(("::1", 80, 0, 0)) == "[::1]:80"
    server = tflow.tserver_conn()
    server.peername, server.address = None, ("a.test", 443)
    assert upgrades.server_address(server) == "a.test:443"
    server.peername = ("1.2.3.4", 443)
    assert upgrades.server_address(server) == "1.2.3.4:443"


def test_tls_of_a_connection() -> None:
    client = a_client()
    client.tls = True
    client.tls_version, client.cipher, client.sni, client.alpn = "TLSv1.3", "AES", "a.test", b"http/1.1"
    assert upgrades.tls_of(client) == TlsSide("TLSv1.3", "AES", "a.test", "http/1.1", None)
    client.alpn = None
    assert upgrades.tls_of(client, verified=False) == TlsSide("TLSv1.3", "AES", "a.test", None, False)
    client.tls_version = None
    assert upgrades.tls_of(client) is None, "a handshake that was not finished is none"
    client.tls = False
    assert upgrades.tls_of(client) is None


REFUSED = os.strerror(errno.ECONNREFUSED).lower()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            f"[Errno {errno.ECONNREFUSED}] Connect call failed ('127.0.0.1', 81)",
            f"the server cannot be reached: {REFUSED} by 127.0.0.1:81",
        ),
        (
            f"[Errno {errno.ECONNREFUSED}] Connect call failed ('::1', 81, 0, 0)",
            f"the server cannot be reached: {REFUSED} by [::1]:81",
        ),
        (
            f"Multiple exceptions: [Errno {errno.ECONNREFUSED}] Connect call failed ('::1', 81, 0, 0), [Errno 1] x",
            f"the server cannot be reached: {REFUSED} by [::1]:81",
        ),
        (
            f"[Errno {errno.EHOSTUNREACH}] Connect call failed ('10.0.0.1', 81)",
            f"the server cannot be reached: {os.strerror(errno.EHOSTUNREACH).lower()}",
        ),
        ("[Errno -2] Name or service not known", "the server cannot be reached: name or service not known"),
        # getaddrinfo's numbers on macOS are not those of errno: 8 would be "exec format error".
        (
            "[Errno 8] nodename nor servname provided, or not known",
            "the server cannot be reached: nodename nor servname provided, or not known",
        ),
        (
            "Certificate verify failed: self-signed certificate",
            (
                "the server's certificate is not trusted: self-signed certificate. "
                "Name its authority with --upstream-ca FILE, or use --insecure to check none"
            ),
        ),
        (
            "The remote server does not speak TLS.",
            "the server does not speak TLS at this port: is the URL ws:// rather than wss://?",
        ),
        (
            "The client does not trust the proxy's certificate for a.test (tlsv1 alert unknown ca)",
            (
                "the client does not trust the proxy's CA (The client does not trust the proxy's certificate "
                "for a.test (tlsv1 alert unknown ca)). See: wsinspect cert"
            ),
        ),
        (
            (
                "The client disconnected during the handshake. If this happens consistently for a.test, "
                "this may indicate that the client does not trust the proxy's certificate."
            ),
            "the client closed the connection during the TLS handshake; it may not trust the CA. See: wsinspect cert",
        ),
        ("anything else", "anything else"),
    ],
)
def test_errors_in_words_a_person_can_act_on(error: str, words: str) -> None:
    assert upgrades.explain(error) == words


def test_seconds_become_nanoseconds() -> None:
    assert upgrades.nanoseconds(1.5) == 1_500_000_000
