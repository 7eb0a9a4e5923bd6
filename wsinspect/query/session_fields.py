"""The fields of sessions, which messages and frames have by `session`, with how records and SQL give their values."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from wsinspect.model import Carriage, Close, HttpHead, Session, SessionState, TlsSide
from wsinspect.query.fields import Access, Field, FieldValue, Kind, micros, microseconds, words_of


def session_fields() -> Iterator[Field]:
    """Yield the rows of sessions, with the names that sessions themselves have for them."""
    yield from _address()
    yield from _life()
    yield from _heads()
    yield from _tls()
    yield from _counters()
    violations = "SELECT e.value AS x FROM json_each(COALESCE(s.violations, '[]')) AS e"
    yield _row("violations", Kind.TEXTS, "oddities of the handshake", lambda s: s.violations, violations)
    tags = "SELECT t.tag AS x FROM tag AS t WHERE t.session = s.id AND t.message IS NULL"
    yield _row("tags", Kind.TEXTS, "its tags", lambda s: s.tags, tags)
    yield _row("note", Kind.TEXT, "its note", lambda s: s.note, "s.note")


def header(side: str, name: str) -> Access[Session]:
    """Return how to read all headers of a name, in any case, of `request` or `response`."""
    wanted = name.lower()

    def get(session: Session) -> tuple[str, ...]:
        head = _head(session, side)
        return () if head is None else tuple(value for key, value in head.headers if key.lower() == wanted)

    return Access(get)


def _row(name: str, kind: Kind, meaning: str, get: Callable[[Session], FieldValue], sql: str | None) -> Field:
    return Field(name, kind, meaning, session=Access(get, sql))


def _address() -> Iterator[Field]:
    yield _row("id", Kind.COUNT, "its number in the capture", lambda s: s.id, "s.id")
    yield _row("session", Kind.COUNT, "the same as `id`", lambda s: s.id, "s.id")
    yield _row("url", Kind.TEXT, "its URL", lambda s: s.url, "s.url")
    yield _row("scheme", Kind.TEXT, "ws or wss", lambda s: s.scheme, "s.scheme")
    yield _row("host", Kind.TEXT, "the server's name in the URL", lambda s: s.host, "s.host")
    yield _row("port", Kind.COUNT, "the port in the URL", lambda s: s.port, "s.port")
    yield _row("path", Kind.TEXT, "path and query of the URL", lambda s: s.path, "s.path")
    yield _row("client", Kind.TEXT, "address of the client", lambda s: s.client, "s.client")
    yield _row("server", Kind.TEXT, "address of the server", lambda s: s.server, "s.server")
    yield _row("listener", Kind.TEXT, "the mode and address it came in by", lambda s: s.listener, None)
    yield _row("subprotocol", Kind.TEXT, "as agreed", lambda s: s.subprotocol, "s.subprotocol")
    yield _row("extensions", Kind.TEXT, "as agreed", lambda s: s.extensions, "s.extensions")
    yield _row("protocol", Kind.TEXT, "what the decoders recognised", lambda s: s.protocol, "s.protocol")


def _life() -> Iterator[Field]:
    relay: Access[Session] = Access(lambda s: s.relay.value, "s.relay")
    yield Field("relay", Kind.WORD, "how its bytes are carried", session=relay, words=words_of(Carriage))
    state: Access[Session] = Access(lambda s: s.state.value, "s.state")
    yield Field("state", Kind.WORD, "where it stands", session=state, words=words_of(SessionState))
    yield _row("status", Kind.COUNT, "the status of the response", lambda s: s.status, "s.status")
    yield _row("error", Kind.TEXT, "why it was refused or failed", lambda s: s.error, "s.error")
    yield _row("opened", Kind.TIME, "when it opened", lambda s: microseconds(s.opened), micros("s.opened"))
    yield _row("closed", Kind.TIME, "when it closed", lambda s: microseconds(s.closed), micros("s.closed"))

    def close(name: str, kind: Kind, meaning: str, get: Callable[[Close], FieldValue], sql: str) -> Field:
        return _row(name, kind, meaning, lambda s: None if s.close is None else get(s.close), sql)

    yield close("close", Kind.PART, "how it closed", lambda _: 1, "s.close_by")
    yield close("close.by", Kind.TEXT, "client, server or proxy", lambda c: c.by, "s.close_by")
    yield close("close.code", Kind.COUNT, "the code of the first close frame", lambda c: c.code, "s.close_code")
    yield close("close.reason", Kind.TEXT, "the reason in it", lambda c: c.reason, "s.close_reason")
    yield close("close.clean", Kind.BOOLEAN, "whether both sides sent one", lambda c: c.clean, "s.close_clean")


def _heads() -> Iterator[Field]:
    for side in ("request", "response"):
        yield _row(side, Kind.PART, f"the head of the {side}", _part_of_head(side, lambda _: 1), f"s.{side}")
        version = _part_of_head(side, lambda head: head.http_version)
        yield _row(f"{side}.http_version", Kind.TEXT, "its HTTP version", version, None)
        if side == "response":
            yield _row("response.status", Kind.COUNT, "its status", _part_of_head(side, lambda h: h.status), None)
        sent = _part_of_head(side, lambda head: None if head.sent is None else 1)
        meaning = "what rules had go on instead of it"
        yield _row(f"{side}.sent", Kind.PART, meaning, sent, f"json_extract(s.{side}, '$.sent')")
        meaning = "its headers of a name, in any case"
        yield Field(f"{side}.headers.x", Kind.TEXTS, meaning, session=header(side, "x"), pattern=True)


def _part_of_head(side: str, get: Callable[[HttpHead], FieldValue]) -> Callable[[Session], FieldValue]:
    def part(session: Session) -> FieldValue:
        head = _head(session, side)
        return None if head is None else get(head)

    return part


def _head(session: Session, side: str) -> HttpHead | None:
    return session.request if side == "request" else session.response


def _tls() -> Iterator[Field]:
    for name, there in (("client", lambda s: s.tls_client), ("server", lambda s: s.tls_server)):
        yield from _tls_side(name, there)


def _tls_side(name: str, side: Callable[[Session], TlsSide | None]) -> Iterator[Field]:
    def row(key: str, kind: Kind, meaning: str, get: Callable[[TlsSide], FieldValue]) -> Field:
        def value(session: Session) -> FieldValue:
            there = side(session)
            return None if there is None else get(there)

        return _row(f"tls.{name}.{key}", kind, meaning, value, f"json_extract(s.tls_{name}, '$.{key}')")

    whole = f"TLS with the {name}"
    yield _row(f"tls.{name}", Kind.PART, whole, lambda s: None if side(s) is None else 1, f"s.tls_{name}")
    yield row("version", Kind.TEXT, f"version of {whole}", lambda t: t.version)
    yield row("cipher", Kind.TEXT, f"cipher of {whole}", lambda t: t.cipher)
    yield row("sni", Kind.TEXT, f"server name asked for in {whole}", lambda t: t.sni)
    yield row("alpn", Kind.TEXT, f"protocol agreed in {whole}", lambda t: t.alpn)
    if name == "server":
        yield row("verified", Kind.BOOLEAN, "whether its certificate was checked", lambda t: t.verified)


def _counters() -> Iterator[Field]:
    def row(name: str, way: str, kind: Kind, meaning: str, get: Callable[[Session], int]) -> Field:
        return _row(f"{name}.{way}", kind, f"{meaning}, {_WAYS[way]}", get, f"COALESCE(s.{name}_{way}, 0)")

    yield row("frames", "c2s", Kind.COUNT, "frames", lambda s: s.frames.c2s)
    yield row("frames", "s2c", Kind.COUNT, "frames", lambda s: s.frames.s2c)
    yield row("messages", "c2s", Kind.COUNT, "messages", lambda s: s.messages.c2s)
    yield row("messages", "s2c", Kind.COUNT, "messages", lambda s: s.messages.s2c)
    yield row("bytes", "c2s", Kind.SIZE, "bytes, frame headers included", lambda s: s.bytes.c2s)
    yield row("bytes", "s2c", Kind.SIZE, "bytes, frame headers included", lambda s: s.bytes.s2c)


_WAYS = {"c2s": "client to server", "s2c": "server to client"}
