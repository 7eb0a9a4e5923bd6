"""What is known of an event before its payload is looked at, and the tests of `match` that need no more.

A test answers None where it cannot be told yet, as the subprotocol before the handshake is answered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from wsinspect.model import Direction, HttpHead, Session, Source
from wsinspect.rules.globs import TextTest, compile_glob, compile_globs

type Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known; None: not yet."""

    host: str | None = None
    url: str | None = None
    target: str | None = None
    """Path and query."""
    headers: Headers | None = None
    """Of the request; of a `handshake_response` of the response."""
    subprotocols: tuple[str, ...] | None = None
    """As agreed; of a `handshake_request` all that are offered."""
    status: int | None = None
    of_frame: bool = True
    """Whether the event is a message or control frame, so that it has a direction, a type and a source."""
    direction: Direction | None = None
    opcode: int | None = None
    source: Source | None = None


def of_session(session: Session) -> Circumstances:
    """Return what is known of the events of a session."""
    answered = session.status is not None
    agreed = None if session.subprotocol is None else (session.subprotocol,)
    return Circumstances(
        host=session.host,
        url=session.url,
        target=session.path,
        headers=None if session.request is None else session.request.headers,
        subprotocols=agreed or (() if answered else None),
        status=session.status,
    )


def of_request(session: Session, head: HttpHead) -> Circumstances:
    """Return what is known as the request's head goes by, changed or not."""
    target = session.path if head.target is None else _origin_form(head.target)
    url = session.url
    if target is not None and session.path is not None and url.endswith(session.path):
        url = url.removesuffix(session.path) + target
    return Circumstances(session.host, url, target, head.headers, _subprotocols(head), of_frame=False)


def of_response(session: Session, head: HttpHead) -> Circumstances:
    """Return what is known as the response's head goes by, changed or not."""
    return Circumstances(
        session.host, session.url, session.path, head.headers, _subprotocols(head), head.status, of_frame=False
    )


def _origin_form(target: str) -> str:
    rest = target.partition("://")[2]
    return f"/{rest.partition('/')[2]}" if rest else target


def _subprotocols(head: HttpHead) -> tuple[str, ...]:
    listed = (value for name, value in head.headers if name.lower() == "sec-websocket-protocol")
    return tuple(name.strip() for value in listed for name in value.split(","))


type StaticTest = Callable[[Circumstances], bool | None]


def host_test(patterns: str | list[str]) -> StaticTest:
    """Test the server's name."""
    fits = compile_globs(patterns, any_case=True)
    return lambda known: None if known.host is None else fits(known.host)


def url_test(patterns: str | list[str]) -> StaticTest:
    """Test the whole URL."""
    fits = compile_globs(patterns)
    return lambda known: None if known.url is None else fits(known.url)


def path_test(patterns: str | list[str]) -> StaticTest:
    """Test the path without the query."""
    fits = compile_globs(patterns)
    return lambda known: None if known.target is None else fits(known.target.partition("?")[0])


def query_test(wanted: dict[str, str]) -> StaticTest:
    """Test the values of the query's names."""
    tests = [(name, compile_glob(pattern)) for name, pattern in wanted.items()]

    def test(known: Circumstances) -> bool | None:
        if known.target is None:
            return None
        pairs = parse_qsl(known.target.partition("?")[2], keep_blank_values=True)
        return all(any(key == name and fits(value) for key, value in pairs) for name, fits in tests)

    return test


def header_test(wanted: dict[str, str | bool]) -> StaticTest:
    """Test headers by name, in any case: whether they are there, or a value of theirs."""
    tests = [(name.lower(), _header_test(value)) for name, value in wanted.items()]

    def test(known: Circumstances) -> bool | None:
        headers = known.headers
        if headers is None:
            return None
        return all(fits([value for key, value in headers if key.lower() == name]) for name, fits in tests)

    return test


def _header_test(wanted: str | bool) -> Callable[[list[str]], bool]:
    if isinstance(wanted, bool):
        return lambda values: bool(values) is wanted
    fits: TextTest = compile_glob(wanted)
    return lambda values: any(map(fits, values))


def subprotocol_test(patterns: str | list[str]) -> StaticTest:
    """Test the subprotocol."""
    fits = compile_globs(patterns)
    return lambda known: None if known.subprotocols is None else any(map(fits, known.subprotocols))


def status_test(wanted: int | list[int]) -> StaticTest:
    """Test the status of the response."""
    allowed = {wanted} if isinstance(wanted, int) else set(wanted)
    return lambda known: None if known.status is None else known.status in allowed


def direction_test(label: str) -> StaticTest:
    """Test which way it travels."""
    wanted = Direction[label.upper()]
    return lambda known: _of_frame(known, known.direction is None, known.direction is wanted)


def type_test(word: str) -> StaticTest:
    """Test whether it is a text or a binary message."""
    wanted = {"text": 1, "binary": 2}[word]
    return lambda known: _of_frame(known, known.opcode is None, known.opcode == wanted)


def source_test(word: str) -> StaticTest:
    """Test who made it."""
    if word == "any":
        return lambda _: True
    wanted = Source[word.upper()]
    return lambda known: _of_frame(known, known.source is None, known.source is wanted)


def _of_frame(known: Circumstances, unknown: bool, holds: bool) -> bool | None:
    if not known.of_frame:
        return False
    return None if unknown else holds
