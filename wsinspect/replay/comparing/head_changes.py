"""How the handshakes of two sessions differ, and the ways they closed.

Of the headers those are left out whose values are made for each connection, and those that say where it went.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl

from wsinspect.model import Close, HttpHead, Session, SessionState
from wsinspect.replay.comparing.comparison import FieldChange, What
from wsinspect.replay.paths import member

_PASSED_OVER = frozenset(
    """
    sec-websocket-key sec-websocket-accept host via forwarded
    content-length connection upgrade transfer-encoding keep-alive cf-ray etag alt-svc nel report-to
    """.split()
)
"""Made for each connection, or for the way it took."""
_AGREED = frozenset(["sec-websocket-protocol", "sec-websocket-extensions"])
"""Of a response: compared as what was agreed."""
_MADE = re.compile(r"date|expires|age|trace|span|request-id|requestid|nonce|time|x-amz|x-forwarded", re.IGNORECASE)
_COOKIES = ("cookie", "set-cookie")
_RANDOM = re.compile(r"\d{10,}|(?=.*\d)[\w.~+/=-]{16,}", re.ASCII)
"""A value of a query that is made for each connection: a time, a token."""
_CACHE_BUSTERS = ("t", "_")
"""Names in a query that have a value of their own each time: `t` is that of Socket.IO."""
_NO_CLOSE = Close("", None, None, clean=False)


def head_changes(old: Session, new: Session) -> list[FieldChange]:
    """List how the handshakes of two sessions differ, and their ends."""
    found = [
        *_one("$.handshake.state", _state(old), _state(new)),
        *_one("$.handshake.status", old.status, new.status),
        *_one("$.handshake.subprotocol", old.subprotocol, new.subprotocol),
        *_one("$.handshake.extensions", _parameters(old.extensions), _parameters(new.extensions)),
        *_targets(old, new),
        *_heads("$.handshake.request", old.request, new.request),
        *_heads("$.handshake.response", old.response, new.response),
    ]
    if old.state is SessionState.CLOSED and new.state is SessionState.CLOSED:
        before, after = old.close or _NO_CLOSE, new.close or _NO_CLOSE
        found += [
            *_one("$.close.code", before.code, after.code),
            *_one("$.close.reason", before.reason or None, after.reason or None),
            *_one("$.close.by", before.by or None, after.by or None),
        ]
    return found


def _one(path: str, old: str | int | None, new: str | int | None) -> Iterator[FieldChange]:
    if old == new:
        return
    what = What.ADDED if old is None else What.REMOVED if new is None else What.CHANGED
    yield FieldChange(path, what, old, new)


def _state(session: Session) -> str:
    # Whether a session was still open when the capture ended says nothing about the handshake.
    return "open" if session.state in (SessionState.OPEN, SessionState.CLOSED) else session.state.name.lower()


def _parameters(header: str | None) -> str | None:
    """Return a header of parameters in one spelling."""
    if header is None:
        return None
    return ", ".join("; ".join(sorted(map(str.strip, one.split(";")))) for one in header.split(","))


def _targets(old: Session, new: Session) -> Iterator[FieldChange]:
    paths, queries = zip(*(_target(session) for session in (old, new)), strict=True)
    yield from _one("$.handshake.request.path", *paths)
    for name in queries[0] | queries[1]:
        before, after = (query.get(name) for query in queries)
        made = name in _CACHE_BUSTERS or (_RANDOM.fullmatch(before or "") and _RANDOM.fullmatch(after or ""))
        if before is None or after is None or not made:
            yield from _one(f"$.handshake.request.query{member(name)}", before, after)


def _target(session: Session) -> tuple[str, dict[str, str]]:
    path, _, query = (session.path or "").partition("?")
    return path or "/", dict(parse_qsl(query, keep_blank_values=True))


def _heads(path: str, old: HttpHead | None, new: HttpHead | None) -> Iterator[FieldChange]:
    if old is None or new is None:
        return
    headers, others = _fields(old), _fields(new)
    for name in headers | others:
        yield from _one(path + member(name), headers.get(name), others.get(name))


def _fields(head: HttpHead) -> dict[str, str]:
    """Return the headers that can be compared, their names in lower case."""
    passed_over = _PASSED_OVER if head.status is None else _PASSED_OVER | _AGREED
    found: dict[str, list[str]] = {}
    for name, value in head.headers:
        key = name.lower()
        if key in _COOKIES:
            found.setdefault(key, []).extend(cookie.partition("=")[0].strip() for cookie in _cookies(key, value))
        elif key not in passed_over and not _MADE.search(key):
            found.setdefault(key, []).append(value)
    return {name: ", ".join(values) for name, values in found.items()}


def _cookies(name: str, value: str) -> list[str]:
    """Return cookies; what `Set-Cookie` has behind the first are attributes of it."""
    cookies = value.split(";")
    return cookies if name == "cookie" else cookies[:1]
