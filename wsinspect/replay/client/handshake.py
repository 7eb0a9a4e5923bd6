"""The upgrade of a client: the request to send, made anew or from a recorded one, and the answer read. Sans-I/O.

A recorded request keeps its headers in their order and spelling. What is of the connection rather than of the session
becomes that of the new one: the host, the key, what a proxy was told. Of HTTP/2 and 3 (RFC 8441) it becomes HTTP/1.1,
with the fields that belong there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote, urlsplit

from wsinspect.model import HttpHead

DEFLATE_OFFER = "permessage-deflate; client_max_window_bits"
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_IN_TARGET = "!#$%&'()*+,/:;=?@[]~"
_DEFAULT_PORTS = {"ws": 80, "wss": 443}
_OF_A_PROXY = {"proxy-connection", "proxy-authorization"}
_OF_A_BODY = {"content-length", "transfer-encoding"}
_PASTED = {"upgrade", "connection", "sec-websocket-key"}
"""Headers of a pasted request that belong to its own connection."""

type Fields = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an upgrade asks for."""

    url: str
    """`ws://` or `wss://`; without a path (`ws://a.test`) a recorded request keeps its own."""
    edits: Sequence[tuple[str, str | None]] = ()
    """Headers, in order; each replaces those of its name, None as the value leaves them out."""
    subprotocols: Sequence[str] = ()
    compress: bool = True
    recorded: HttpHead | None = None
    fresh_key: bool = True
    keep_host: bool = False


def upgrade_request(wanted: Wanted, *, key: str, user_agent: str) -> HttpHead:
    """Return the head of the request.

    Args:
        wanted: What to ask for.
        key: A fresh `Sec-WebSocket-Key`.
        user_agent: For a request that is not a recorded one.
    """
    recorded = wanted.recorded
    target = target_of(wanted.url, recorded)
    if recorded is None:
        fields = _usual_fields(wanted, key, user_agent)
        edits = [edit for edit in wanted.edits if edit[1] is None or edit[0].lower() not in _PASTED]
        head = HttpHead("HTTP/1.1", (), method="GET", target=target)
    else:
        fields = _recorded_fields(wanted, recorded, key)
        edits = list(wanted.edits)
        framed = recorded.http_version.startswith(("HTTP/2", "HTTP/3"))
        version, method = ("HTTP/1.1", "GET") if framed else (recorded.http_version, recorded.method or "GET")
        head = HttpHead(version, (), method=method, target=target)
    edits = _offer_subprotocols(wanted, edits)
    for name in dict.fromkeys(name.lower() for name, _ in edits):
        _put(fields, name, [(given, value) for given, value in edits if given.lower() == name and value is not None])
    if not wanted.compress:
        _put(fields, "sec-websocket-extensions", [])
    return replace(head, headers=tuple(fields))


def target_of(url: str, recorded: HttpHead | None = None) -> str:
    """Return the request-target: the recorded one, where the URL has no path of its own or the same, as it was written.

    One in absolute form (`ws://a.test/chat`, as proxies are sent) becomes path and query.
    """
    parts = urlsplit(url)
    own = quote(parts.path or "/", safe=_IN_TARGET) + (f"?{quote(parts.query, safe=_IN_TARGET)}" if parts.query else "")
    if recorded is None or recorded.target is None:
        return own
    target = recorded.target
    if not target.startswith("/"):
        absolute = urlsplit(target)
        target = (absolute.path or "/") + (f"?{absolute.query}" if absolute.query else "")
    asks_for_nothing = not parts.path and not parts.query
    return target if asks_for_nothing or unquote(target) == unquote(own) else own


def authority_of(url: str) -> str:
    """Return host and port of a URL as a Host header has them: without the usual port."""
    parts = urlsplit(url)
    host = ascii_host(parts.hostname or "")
    if ":" in host:
        host = f"[{host}]"
    return host if parts.port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f"{host}:{parts.port}"


def ascii_host(host: str) -> str:
    """Return a host name as DNS knows it; one that cannot be written so as it is."""
    try:
        return host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return host


def encode_request(head: HttpHead) -> bytes:
    """Return the bytes of a request's head.

    Raises:
        ValueError: Something of it cannot be on the wire.
    """
    target = head.target or "/"
    if not target or re.search(r"[\x00-\x20\x7f]", target):
        raise ValueError(f"{target!r} is no request-target")
    for name, value in head.headers:
        if not _TOKEN.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a header")
        if _CONTROL.search(value):
            raise ValueError(f"the header {name} has a control character in its value")
    lines = [f"{head.method} {target} {head.http_version}", *(f"{name}: {value}" for name, value in head.headers)]
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode("utf-8", "surrogateescape")


def _usual_fields(wanted: Wanted, key: str, user_agent: str) -> Fields:
    return [
        ("Host", authority_of(wanted.url)),
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Key", key),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Extensions", DEFLATE_OFFER),
        ("User-Agent", user_agent),
    ]


def _recorded_fields(wanted: Wanted, recorded: HttpHead, key: str) -> Fields:
    left_out = _OF_A_PROXY | _OF_A_BODY
    fields = [(name, text) for name, text in recorded.headers if name.lower() not in left_out and name[:1] != ":"]
    if recorded.http_version.startswith(("HTTP/2", "HTTP/3")):
        missing = [("Host", ""), ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Key", key)]
        present = {name.lower() for name, _ in fields}
        fields[:0] = [field for field in missing if field[0].lower() not in present]
    authority = authority_of(wanted.url)
    given = _value(fields, "host")
    if not (wanted.keep_host and given) and given.lower() != authority.lower():
        _set(fields, "Host", authority)
    if wanted.fresh_key and any(name.lower() == "sec-websocket-key" for name, _ in fields):
        _set(fields, "Sec-WebSocket-Key", key)
    return fields


def _offer_subprotocols(wanted: Wanted, edits: Sequence[tuple[str, str | None]]) -> list[tuple[str, str | None]]:
    """Make one header of the subprotocols asked for in either way."""
    name = "sec-websocket-protocol"
    asked = [value for given, value in edits if given.lower() == name and value is not None]
    offered = [*wanted.subprotocols, *(part.strip() for value in asked for part in value.split(","))]
    others = [edit for edit in edits if edit[0].lower() != name or (edit[1] is None and not offered)]
    return [*others, ("Sec-WebSocket-Protocol", ", ".join(offered))] if offered else others


def _value(fields: Fields, name: str) -> str:
    return next((value for given, value in fields if given.lower() == name), "")


def _set(fields: Fields, name: str, value: str) -> None:
    """Give a header a value, in the spelling it has."""
    spelling = next((given for given, _ in fields if given.lower() == name.lower()), name)
    _put(fields, name.lower(), [(spelling, value)])


def _put(fields: Fields, name: str, new: Iterable[tuple[str, str]]) -> None:
    """Put headers in place of those of a name, where the first of them is, or at the end."""
    place = next((place for place, (given, _) in enumerate(fields) if given.lower() == name), len(fields))
    kept = [field for field in fields[place:] if field[0].lower() != name]
    fields[place:] = [*new, *kept]
