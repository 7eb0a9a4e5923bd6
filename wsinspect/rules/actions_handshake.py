"""Actions on the heads of the upgrade, and answers in the server's place."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace as copied
from urllib.parse import urlsplit

from wsinspect.model import HttpHead
from wsinspect.rules.acting import Act, Place
from wsinspect.rules.ruling import MockAnswer, Rejection
from wsinspect.rules.schema import MapRemote, Mock, Reject
from wsinspect.rules.templates import compile_text
from wsinspect.rules.turn import ActionError, Turn
from wsinspect.rules.values import shown, utf8
from wsinspect.wire.negotiation import accept_deflate, parse_extensions

type Headers = tuple[tuple[str, str], ...]

MOST_HEADER = 16 << 10
"""Characters of a header's value or of a path."""
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_PATH = re.compile(r"/[!-~]*")
_PRINTABLE = re.compile(r"[!-~]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_EXTENSION = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*+"?)++')
_ORIGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")


def header_set(settings: dict[str, str], _: Place) -> Act:
    """Set headers: each at the place and in the spelling of the first of its name, of which none else is left."""
    return _headers(settings, _set)


def header_add(settings: dict[str, str], _: Place) -> Act:
    """Add headers behind all others."""
    return _headers(settings, lambda headers, name, value: (*headers, (name, value)))


def header_remove(settings: str | list[str], _: Place) -> Act:
    """Remove headers, all of each name."""
    names = {name.lower() for name in _listed(settings)}

    def act(turn: Turn) -> str:
        head = _head(turn)
        turn.head = copied(head, headers=tuple(pair for pair in head.headers if pair[0].lower() not in names))
        return ", ".join(_listed(settings))

    return act


def path_set(settings: str, _: Place) -> Act:
    """Ask for another path and query."""
    fill = compile_text(settings)

    def act(turn: Turn) -> str:
        head = _request(turn)
        path = fill(turn)
        if _PATH.fullmatch(path) is None or "#" in path or len(path) > MOST_HEADER:
            raise ActionError(f"{shown(path)!r} is no path: it begins with / and has no spaces, # or other characters")
        origin = _ORIGIN.match(head.target or "")
        turn.head = copied(head, target=(origin[0] if origin is not None else "") + path)
        return shown(path)

    return act


def map_remote(settings: MapRemote, _: Place) -> Act:
    """Connect elsewhere."""
    fill = compile_text(settings.url)

    def act(turn: Turn) -> str:
        _request(turn)
        turn.remote = _url(fill(turn))
        turn.keep_host = settings.keep_host
        return shown(turn.remote)

    return act


def subprotocol_set(settings: str, _: Place) -> Act:
    """Offer, or agree on, a subprotocol; an empty one: none."""
    fill = compile_text(settings)

    def act(turn: Turn) -> str:
        head = _head(turn)
        value = fill(turn)
        names = [name.strip() for name in value.split(",")] if value.strip() else []
        if not all(map(_TOKEN.fullmatch, names)) or (head.method is None and len(names) > 1):
            raise ActionError(f"{shown(value)!r} is no subprotocol")
        wanted = "sec-websocket-protocol"
        if names:
            headers = _set(head.headers, "Sec-WebSocket-Protocol", ", ".join(names))
        else:
            headers = tuple(pair for pair in head.headers if pair[0].lower() != wanted)
        turn.head = copied(head, headers=headers)
        return shown(value)

    return act


def extensions_strip(settings: list[str], _: Place) -> Act:
    """Take extensions out of what is offered or agreed; none named: all of them."""
    names = {name.lower() for name in settings}

    def act(turn: Turn) -> str:
        head = _head(turn)
        kept: list[tuple[str, str]] = []
        for name, value in head.headers:
            if name.lower() != "sec-websocket-extensions":
                kept.append((name, value))
                continue
            left = [one for one in _extensions(value) if names and one.partition(";")[0].strip().lower() not in names]
            if left:
                kept.append((name, value if len(left) == len(_extensions(value)) else ", ".join(left)))
        turn.head = copied(head, headers=tuple(kept))
        return ", ".join(settings) or "all"

    return act


def reject(settings: Reject, _: Place) -> Act:
    """Answer the upgrade instead of the server."""
    body = compile_text(settings.body)
    fill = _filler(settings.headers)

    def act(turn: Turn) -> str:
        _head(turn)
        turn.reject = Rejection(settings.status, fill(turn), utf8(body(turn)))
        turn.ended = True
        return str(settings.status)

    return act


def mock(settings: Mock, _: Place) -> Act:
    """Answer the upgrade with 101 ourselves."""
    subprotocol = None if settings.subprotocol is None else compile_text(settings.subprotocol)
    fill = _filler(settings.headers)

    def act(turn: Turn) -> str | None:
        head = _request(turn)
        chosen = None if subprotocol is None else subprotocol(turn)
        if chosen and _TOKEN.fullmatch(chosen) is None:
            raise ActionError(f"{shown(chosen)!r} is no subprotocol")
        agreed = _compression(head) if settings.compress else ()
        turn.mock = MockAnswer(chosen, (*agreed, *fill(turn)))
        return chosen

    return act


def _compression(head: HttpHead) -> Headers:
    """Return the header that agrees on compression, where the client offers any."""
    offered = [value for name, value in head.headers if name.lower() == "sec-websocket-extensions"]
    accepted = accept_deflate(parse_extensions(offered)[0])
    return () if accepted is None else (("Sec-WebSocket-Extensions", accepted),)


def _headers(settings: dict[str, str], change: Callable[[Headers, str, str], Headers]) -> Act:
    fill = _filler(settings)

    def act(turn: Turn) -> str:
        head = _head(turn)
        headers = head.headers
        for name, value in fill(turn):
            headers = change(headers, name, value)
        turn.head = copied(head, headers=headers)
        return ", ".join(settings)

    return act


def _filler(settings: dict[str, str]) -> Callable[[Turn], Headers]:
    fills = [(name, compile_text(value)) for name, value in settings.items()]
    return lambda turn: tuple((name, _value(name, fill(turn))) for name, fill in fills)


def _value(name: str, value: str) -> str:
    """Return a header's value, or refuse it where it would end the header or hold what no head does."""
    if len(value) > MOST_HEADER or _CONTROL.search(value) is not None:
        raise ActionError(f"{name}: {shown(value)!r} is no value of a header: it has one line of at most 16 KiB")
    utf8(value)
    return value


def _set(headers: Headers, name: str, value: str) -> Headers:
    wanted = name.lower()
    found: list[tuple[str, str]] = []
    done = False
    for pair in headers:
        if pair[0].lower() != wanted:
            found.append(pair)
        elif not done:
            found.append((pair[0], value))
            done = True
    return tuple(found) if done else (*headers, (name, value))


def _extensions(value: str) -> list[str]:
    """Split a list of extensions at its commas, but not at those in quotes (RFC 6455 9.1)."""
    return [one.strip() for one in _EXTENSION.findall(value) if one.strip()]


def _url(text: str) -> str:
    try:
        url = urlsplit(text)
        good = url.scheme in ("ws", "wss") and url.hostname and url.username is None and url.port != 0
    except ValueError:
        good = False
    if not good or len(text) > MOST_HEADER or not _PRINTABLE.fullmatch(text) or "#" in text:
        raise ActionError(f"{shown(text)!r} is no ws:// or wss:// URL of a host")
    return text


def _head(turn: Turn) -> HttpHead:
    if turn.head is None:
        raise ActionError("the handshake is over")
    return turn.head


def _request(turn: Turn) -> HttpHead:
    head = _head(turn)
    if head.method is None:
        raise ActionError("the server has answered already")
    return head


def _listed(names: str | list[str]) -> list[str]:
    return [names] if isinstance(names, str) else names
