"""The opening handshake (RFC 6455 4, RFC 7692 5 and 7.1): what was offered, what was agreed, and what was odd about it.

Over HTTP/2 and 3 (RFC 8441, RFC 9220) key, accept, `Upgrade` and `Connection` do not exist and are not missed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from wsinspect.model import HttpHead
from wsinspect.wire.deflate import DeflateParams
from wsinspect.wire.negotiation import Extension, agree_deflate, check_offer, parse_extensions
from wsinspect.wire.violations import Violation

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_ONCE_IN_REQUEST = ("host", "sec-websocket-key", "sec-websocket-version", "origin")
_ONCE_IN_RESPONSE = ("sec-websocket-accept", "sec-websocket-protocol")


@dataclass(frozen=True, slots=True)
class Handshake:
    """What the two heads say."""

    subprotocol: str | None
    """As the server chose it."""
    offered_subprotocols: tuple[str, ...]
    """By the client."""
    version: str | None
    """`Sec-WebSocket-Version` of the request."""
    origin: str | None
    extensions: str | None
    """As agreed: the response's header value, several of them joined with `, `."""
    deflate: DeflateParams | None
    unknown_extensions: bool
    """Whether an extension is agreed that can change payloads in ways we do not know."""
    violations: tuple[Violation, ...]


def accept_of(key: str) -> str:
    """Return the `Sec-WebSocket-Accept` that belongs to a `Sec-WebSocket-Key`."""
    return base64.b64encode(hashlib.sha1(key.encode("latin-1", "replace") + _GUID).digest()).decode()  # noqa: S324 RFC 6455 4.2.2 says SHA-1


def inspect(request: HttpHead, response: HttpHead | None) -> Handshake:
    """Look at an upgrade, whatever became of it. Raises nothing on what the peers sent.

    The server answers what it was asked: the request that went on instead of the client's, where there is one.

    Args:
        request: As the client sent it.
        response: As the server sent it; one that agrees to nothing (not 101, nor 2xx over HTTP/2 and 3) is not checked.
    """
    asked = request.sent or request
    found: list[Violation] = []
    framed = request.http_version.startswith(("HTTP/2", "HTTP/3"))
    _check_request(request, found, framed=framed)
    subprotocols = tuple(_items(request, "sec-websocket-protocol"))
    if len(set(subprotocols)) < len(subprotocols) or not all(map(_TOKEN.fullmatch, subprotocols)):
        found.append(Violation.OFFERED_SUBPROTOCOL)
    offers, parsed = parse_extensions(_values(request, "sec-websocket-extensions"))
    if not parsed:
        found.append(Violation.REQUEST_EXTENSIONS)
    if not all(map(check_offer, offers)):
        found.append(Violation.DEFLATE_OFFER)
    subprotocol = extensions = deflate = None
    unknown = False
    if response is not None and _agrees(response, framed=framed):
        _check_response(asked, response, found, framed=framed)
        subprotocol = _first(response, "sec-websocket-protocol")
        if subprotocol is not None and subprotocol not in _items(asked, "sec-websocket-protocol"):
            found.append(Violation.SUBPROTOCOL_NOT_OFFERED)
        values = _values(response, "sec-websocket-extensions")
        extensions = ", ".join(values) if values else None
        offers, _ = parse_extensions(_values(asked, "sec-websocket-extensions"))
        deflate, unknown = _agree_extensions(values, offers, found)
    return Handshake(
        subprotocol,
        subprotocols,
        _first(request, "sec-websocket-version"),
        _first(request, "origin"),
        extensions,
        deflate,
        unknown,
        tuple(found),
    )


def _agree_extensions(
    values: list[str], offers: list[Extension], found: list[Violation]
) -> tuple[DeflateParams | None, bool]:
    agreed, parsed = parse_extensions(values)
    if not parsed:
        found.append(Violation.RESPONSE_EXTENSIONS)
    offered = {offer.name for offer in offers}
    if any(extension.name not in offered for extension in agreed):
        found.append(Violation.EXTENSION_NOT_OFFERED)
    deflates = [extension for extension in agreed if extension.name == "permessage-deflate"]
    deflate = None
    if deflates:
        deflate, broken = agree_deflate(deflates[0], [offer for offer in offers if offer.name == "permessage-deflate"])
        found += broken
        if len(deflates) > 1:
            found.append(Violation.DEFLATE_TWICE)
    unknown = len(deflates) < len(agreed) or not parsed
    if unknown:
        found.append(Violation.EXTENSION_UNKNOWN)
    return deflate, unknown


def _agrees(response: HttpHead, *, framed: bool) -> bool:
    status = response.status or 0
    return 200 <= status < 300 if framed else status == 101


def _check_request(request: HttpHead, found: list[Violation], *, framed: bool) -> None:
    _check_once(request, _ONCE_IN_REQUEST, Violation.REQUEST_DUPLICATE, found)
    version = _first(request, "sec-websocket-version")
    if version is None:
        found.append(Violation.VERSION_MISSING)
    elif version != "13":
        found.append(Violation.VERSION_NOT_13)
    if framed:
        return
    if request.method is not None and request.method != "GET":
        found.append(Violation.METHOD)
    if request.http_version in ("HTTP/0.9", "HTTP/1.0"):
        found.append(Violation.HTTP_VERSION)
    if _first(request, "host") is None:
        found.append(Violation.HOST_MISSING)
    if "websocket" not in _tokens(request, "upgrade"):
        found.append(Violation.REQUEST_UPGRADE)
    if "upgrade" not in _tokens(request, "connection"):
        found.append(Violation.REQUEST_CONNECTION)
    key = _first(request, "sec-websocket-key")
    if key is None:
        found.append(Violation.KEY_MISSING)
    elif not _is_key(key):
        found.append(Violation.KEY_INVALID)


def _check_response(request: HttpHead, response: HttpHead, found: list[Violation], *, framed: bool) -> None:
    _check_once(response, _ONCE_IN_RESPONSE, Violation.RESPONSE_DUPLICATE, found)
    if framed:
        return
    # RFC 6455 4.1: "ASCII case-insensitive match" for the value of Upgrade and the tokens of Connection.
    if _tokens(response, "upgrade") != ["websocket"]:
        found.append(Violation.RESPONSE_UPGRADE)
    if "upgrade" not in _tokens(response, "connection"):
        found.append(Violation.RESPONSE_CONNECTION)
    accept, key = _first(response, "sec-websocket-accept"), _first(request, "sec-websocket-key")
    if accept is None:
        found.append(Violation.ACCEPT_MISSING)
    elif accept != accept_of(key or ""):
        found.append(Violation.ACCEPT_WRONG)


def _check_once(head: HttpHead, names: tuple[str, ...], violation: Violation, found: list[Violation]) -> None:
    if any(len(_values(head, name)) > 1 for name in names):
        found.append(violation)


def _is_key(key: str) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == 16
    except (binascii.Error, ValueError):
        return False


def _values(head: HttpHead, name: str) -> list[str]:
    return [value.strip(" \t") for header, value in head.headers if header.lower() == name]


def _first(head: HttpHead, name: str) -> str | None:
    return next(iter(_values(head, name)), None)


def _items(head: HttpHead, name: str) -> list[str]:
    """Return the elements of a comma-separated list; RFC 9110 5.6.1: empty ones are ignored."""
    return [item for value in _values(head, name) for part in value.split(",") if (item := part.strip(" \t"))]


def _tokens(head: HttpHead, name: str) -> list[str]:
    return [item.lower() for item in _items(head, name)]
