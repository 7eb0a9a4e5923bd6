"""The opening handshake: what is agreed and what is odd."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.datastructures import Headers
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory, ServerPerMessageDeflateFactory
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

from wsinspect.model import HttpHead
from wsinspect.wire.deflate import DeflateParams
from wsinspect.wire.handshake import accept_of, inspect
from wsinspect.wire.violations import Violation

V = Violation

KEY, ACCEPT = "dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
"""Of the example in RFC 6455 1.3."""
REQUEST = {
    "Host": "a.test",
    "Upgrade": "websocket",
    "Connection": "keep-alive, Upgrade",
    "Sec-WebSocket-Key": KEY,
    "Sec-WebSocket-Version": "13",
}
RESPONSE = {"Upgrade": "WebSocket", "Connection": "upgrade", "Sec-WebSocket-Accept": ACCEPT}


def request(
    *more: tuple[str, str], version: str = "HTTP/1.1", method: str | None = "GET", **changes: str | None
) -> HttpHead:
    return HttpHead(version, merged(REQUEST, changes, more), method=method, target="/")


def response(*more: tuple[str, str], status: int = 101, version: str = "HTTP/1.1", **changes: str | None) -> HttpHead:
    return HttpHead(version, merged(RESPONSE, changes, more), status=status)


def merged(
    base: dict[str, str], changes: dict[str, str | None], more: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str], ...]:
    """Return headers with some replaced (None: left out), named with `_` for `-`."""
    wanted = {name.replace("_", "-").lower(): value for name, value in changes.items()}
    kept = [(name, wanted.get(name.lower(), value)) for name, value in base.items()]
    return (*((name, value) for name, value in kept if value is not None), *more)


def test_a_plain_handshake() -> None:
    seen = inspect(request(("Origin", "https://a.test")), response())
    assert seen.violations == ()
    assert (seen.version, seen.origin, seen.subprotocol, seen.extensions) == ("13", "https://a.test", None, None)
    assert (seen.offered_subprotocols, seen.deflate, seen.unknown_extensions) == ((), None, False)


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (request(method="POST"), V.METHOD),
        (request(version="HTTP/1.0"), V.HTTP_VERSION),
        (request(host=None), V.HOST_MISSING),
        (request(upgrade="h2c"), V.REQUEST_UPGRADE),
        (request(upgrade=None), V.REQUEST_UPGRADE),
        (request(connection="keep-alive"), V.REQUEST_CONNECTION),
        (request(sec_websocket_version=None), V.VERSION_MISSING),
        (request(sec_websocket_version="8"), V.VERSION_NOT_13),
        (request(("sec-websocket-version", "13")), V.REQUEST_DUPLICATE),
        (request(("SEC-WEBSOCKET-KEY", KEY)), V.REQUEST_DUPLICATE),
        (request(("Sec-WebSocket-Protocol", "a, a")), V.OFFERED_SUBPROTOCOL),
        (request(("Sec-WebSocket-Protocol", "a/b")), V.OFFERED_SUBPROTOCOL),
        (request(("Sec-WebSocket-Extensions", "a;")), V.REQUEST_EXTENSIONS),
        (request(("Sec-WebSocket-Extensions", "permessage-deflate; x")), V.DEFLATE_OFFER),
    ],
)
def test_odd_requests(head: HttpHead, found: V) -> None:
    assert inspect(head, response()).violations == (found,)
    assert inspect(head, None).violations == (found,)
    assert inspect(head, response(status=403)).violations == (found,)


@pytest.mark.parametrize("key", ["", "x", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZQ==", "späť", KEY + "\n=", "é" * 24])
def test_keys_that_are_none(key: str) -> None:
    assert inspect(request(sec_websocket_key=key), None).violations == (V.KEY_INVALID,)


def test_a_key_that_is_missing() -> None:
    assert inspect(request(sec_websocket_key=None), response()).violations == (V.KEY_MISSING, V.ACCEPT_WRONG)
    assert inspect(request(sec_websocket_key=None), None).violations == (V.KEY_MISSING,)


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (response(upgrade=None), V.RESPONSE_UPGRADE),
        (response(upgrade="websocket, h2c"), V.RESPONSE_UPGRADE),
        (response(connection="close"), V.RESPONSE_CONNECTION),
        (response(sec_websocket_accept=None), V.ACCEPT_MISSING),
        (response(sec_websocket_accept=ACCEPT.lower()), V.ACCEPT_WRONG),
        (response(("Sec-WebSocket-Accept", ACCEPT)), V.RESPONSE_DUPLICATE),
        (response(("Sec-WebSocket-Protocol", "chat")), V.SUBPROTOCOL_NOT_OFFERED),
    ],
)
def test_odd_responses(head: HttpHead, found: V) -> None:
    assert inspect(request(), head).violations == (found,)


def test_subprotocols() -> None:
    asked = request(("Sec-WebSocket-Protocol", "chat, superchat"), ("sec-websocket-protocol", "v2"))
    seen = inspect(asked, response(("Sec-WebSocket-Protocol", "superchat")))
    assert (seen.offered_subprotocols, seen.subprotocol) == (("chat", "superchat", "v2"), "superchat")
    assert seen.violations == ()


@pytest.mark.parametrize(
    ("offered", "agreed", "deflate", "unknown", "found"),
    [
        ("permessage-deflate", "permessage-deflate", DeflateParams(), False, ()),
        ("permessage-deflate", None, None, False, ()),
        ("x-foo", "x-foo; a=1", None, True, (V.EXTENSION_UNKNOWN,)),
        (None, "permessage-deflate", DeflateParams(), False, (V.EXTENSION_NOT_OFFERED,)),
        (None, "x-foo", None, True, (V.EXTENSION_NOT_OFFERED, V.EXTENSION_UNKNOWN)),
        ("permessage-deflate, x-foo", "permessage-deflate, x-foo", DeflateParams(), True, (V.EXTENSION_UNKNOWN,)),
        ("permessage-deflate", "permessage-deflate, permessage-deflate", DeflateParams(), False, (V.DEFLATE_TWICE,)),
        ("permessage-deflate", "permessage-deflate; x", DeflateParams(), False, (V.DEFLATE_RESPONSE,)),
        ("permessage-deflate", "permessage-deflate;", None, True, (V.RESPONSE_EXTENSIONS, V.EXTENSION_UNKNOWN)),
    ],
)
def test_extensions(
    offered: str | None, agreed: str | None, deflate: DeflateParams | None, unknown: bool, found: tuple[V, ...]
) -> None:
    asked = request() if offered is None else request(("Sec-WebSocket-Extensions", offered))
    answered = response() if agreed is None else response(("Sec-WebSocket-Extensions", agreed))
    seen = inspect(asked, answered)
    assert (seen.extensions, seen.deflate, seen.unknown_extensions, seen.violations) == (
        agreed,
        deflate,
        unknown,
        found,
    )


SUBPROTOCOL, EXTENSIONS = "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions"


@pytest.mark.parametrize(
    ("asked", "sent", "answered", "found"),
    [
        (request(), request((SUBPROTOCOL, "v2")), response((SUBPROTOCOL, "v2")), ()),
        (request((SUBPROTOCOL, "v1")), request(), response((SUBPROTOCOL, "v1")), (V.SUBPROTOCOL_NOT_OFFERED,)),
        (request((EXTENSIONS, "x")), request(), response((EXTENSIONS, "x")),
         (V.EXTENSION_NOT_OFFERED, V.EXTENSION_UNKNOWN)),
        (request(sec_websocket_key="other"), request(), response(), (V.KEY_INVALID,)),
        (request(), request(sec_websocket_key="other"), response(), (V.ACCEPT_WRONG,)),
        (request(sec_websocket_version="8"), request(), response(), (V.VERSION_NOT_13,)),
        (request(), request((EXTENSIONS, "a;"), host=None), response(), ()),
    ],
)  # fmt: skip
def test_a_client_is_held_to_what_it_wrote_and_a_server_to_what_it_was_asked(
    asked: HttpHead, sent: HttpHead, answered: HttpHead, found: tuple[V, ...]
) -> None:
    assert inspect(replace(asked, sent=sent), answered).violations == found


@pytest.mark.parametrize(("by_client", "by_rule"), [(True, False), (False, True)])
def test_compression_is_agreed_with_the_server(by_client: bool, by_rule: bool) -> None:
    offers, none = request((EXTENSIONS, "permessage-deflate")), request()
    asked = replace(offers if by_client else none, sent=offers if by_rule else none)
    seen = inspect(asked, response((EXTENSIONS, "permessage-deflate") if by_rule else ("X", "y")))
    assert (seen.deflate, seen.violations) == (DeflateParams() if by_rule else None, ())


def test_the_subprotocols_on_offer_are_the_clients() -> None:
    asked = replace(request((SUBPROTOCOL, "v1")), sent=request((SUBPROTOCOL, "v2")))
    assert inspect(asked, response((SUBPROTOCOL, "v2"))).offered_subprotocols == ("v1",)


def test_extensions_over_several_headers_are_told_as_one() -> None:
    header = "sec-websocket-extensions"
    seen = inspect(request((header, "a"), (header, "b")), response((header, "a"), (header, "b")))
    assert seen.extensions == "a, b"


@pytest.mark.parametrize("version", ["HTTP/2.0", "HTTP/3"])
def test_later_versions_of_http_know_no_key(version: str) -> None:
    asked = HttpHead(version, (("sec-websocket-version", "13"), ("sec-websocket-extensions", "a")), method="CONNECT")
    answered = HttpHead(version, (("sec-websocket-extensions", "a"),), status=200)
    seen = inspect(asked, answered)
    assert (seen.extensions, seen.violations) == ("a", (V.EXTENSION_UNKNOWN,))
    assert inspect(asked, HttpHead(version, answered.headers, status=404)).extensions is None
    assert inspect(asked, HttpHead(version, answered.headers)).extensions is None


def test_the_accept_of_the_rfc() -> None:
    assert accept_of(KEY) == ACCEPT


HEADERS = st.lists(
    st.tuples(
        st.sampled_from([*REQUEST, "Sec-WebSocket-Extensions", "Sec-WebSocket-Protocol", "Origin"]),
        st.text(max_size=20),
    )
).map(tuple)


@given(HEADERS, HEADERS)
def test_no_header_raises(asked: tuple[tuple[str, str], ...], answered: tuple[tuple[str, str], ...]) -> None:
    inspect(HttpHead("HTTP/1.1", asked, method="GET"), HttpHead("HTTP/1.1", answered, status=101))


@given(st.booleans(), st.booleans(), st.integers(9, 15), st.integers(9, 15))
def test_a_handshake_of_websockets_agrees_on_what_we_read(server: bool, client: bool, out: int, back: int) -> None:
    asking = ClientProtocol(
        parse_uri("ws://a.test/"), extensions=[ClientPerMessageDeflateFactory(client_max_window_bits=True)]
    )
    answering = ServerProtocol(
        extensions=[
            ServerPerMessageDeflateFactory(
                server_no_context_takeover=server,
                client_no_context_takeover=client,
                server_max_window_bits=back,
                client_max_window_bits=out,
            )
        ]
    )
    sent = asking.connect()
    received = answering.accept(sent)

    def head(headers: Headers, status: int | None) -> HttpHead:
        return HttpHead("HTTP/1.1", tuple(headers.raw_items()), status=status, method=None if status else "GET")

    seen = inspect(head(sent.headers, None), head(received.headers, received.status_code))
    assert seen.deflate == DeflateParams(server, client, back, out)
    assert seen.violations == ()
