"""Random records, expressions about them, and a capture in memory that holds them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from hypothesis import strategies as st

from wsinspect.model import (
    Carriage,
    Close,
    Completeness,
    Direction,
    Frame,
    HttpHead,
    Leg,
    Message,
    PerDirection,
    Session,
    SessionId,
    SessionState,
    Source,
    Stage,
    TlsSide,
    Verdict,
)
from wsinspect.query.fields import Field, Kind, Neighbours
from wsinspect.query.functions import register_functions
from wsinspect.query.nodes import (
    And,
    Boolean,
    Comparison,
    Expr,
    Has,
    Membership,
    Mention,
    Not,
    Null,
    Number,
    Operator,
    Or,
    Text,
    Value,
)
from wsinspect.query.table import fields, find
from wsinspect.query.target import Target

SCHEMA = """
CREATE TABLE session(id INTEGER PRIMARY KEY, run, listener INTEGER, relay, state, url, scheme, host, port, path, client,
  server, subprotocol, extensions, protocol, status, opened, closed, close_by, close_code, close_reason, close_clean,
  ends TEXT, error TEXT, request TEXT, response TEXT, tls_client TEXT, tls_server TEXT, violations TEXT, frames_c2s,
  frames_s2c, messages_c2s, messages_s2c, bytes_c2s, bytes_s2c, note TEXT, changed INTEGER);
CREATE TABLE message(id INTEGER PRIMARY KEY, session, number, seq, dir, opcode, time, header BLOB, size, payload BLOB,
  "end", frames, wire_size, wire_payload BLOB, compressed, source, verdict, completeness, held, delayed, sent_time,
  violations TEXT, truncated, chunks, changed);
CREATE TABLE frames(id INTEGER PRIMARY KEY, session, seq, message, dir, opcode, time, header BLOB, size, payload BLOB,
  source, verdict, leg, stage, of_seq, held, delayed, sent_time, close_code, close_reason, violations TEXT, truncated,
  completeness, chunks, changed);
CREATE TABLE message_sent(message INTEGER PRIMARY KEY, payload BLOB);
CREATE TABLE tag(session, message, tag);
CREATE TABLE note(message INTEGER PRIMARY KEY, note);
CREATE TABLE view(message INTEGER PRIMARY KEY, protocol, event, kind, summary, fields TEXT);
CREATE TABLE rule_hit(message, session, rule TEXT, action TEXT, detail TEXT);
"""

EPOCH = 1_700_000_000_000_000_000
WORDS = ("", "a", "A", "b", "ab", "é", "É", "a.b", "\x00", 'q"', "K", "\u212a", "naïve a", "\U0001f600")
BYTES = (*(word.encode() for word in WORDS), b"\xff", b"a\xff\x00b")
DOCUMENTS = (
    b'{"a": 1, "b": [true, null, "ab", 2.5], "c": {"d": "A"}}',
    b'{"a": "1", "b": {}, "x y": 4000}',
    b'{"a": [{"a": 1}, {"a": 2}], "b": false}',
    b"[1, 2]",
    b'"a"',
    b'{"a": 1',
)
PATHS = ("$", "$.a", "$.b[0]", "$.b[*]", "$..a", "$['x y']", "$.c.d", "$.a[?@.a > 1].a", "$.b[3]")
PATTERNS = ("a", "^a", "(?i)A", ".", "^$", "é", r"\x00", "a|b", r"\bb", "\\xff")
TIMES = (0, 1, 499, 500, 1_000, 1_000_000, 1_500_000_000)

texts = st.sampled_from(WORDS)
maybe_texts = st.none() | texts
payloads = st.sampled_from(BYTES + DOCUMENTS)
times = st.sampled_from(TIMES).map(lambda offset: EPOCH + offset)
durations = st.none() | st.sampled_from(TIMES)
small = st.integers(0, 3)
# SQLite cuts a text in JSON at a NUL, which neither our own words nor TLS names have.
clean_texts = st.sampled_from([word for word in WORDS if "\x00" not in word])
our_words = st.lists(clean_texts, max_size=2, unique=True).map(tuple)
some_texts = st.lists(texts, max_size=2, unique=True).map(tuple)
counters = st.builds(PerDirection, small, small)


@dataclass(frozen=True)
class Capture:
    """Records and the database that holds them."""

    sessions: Sequence[Session]
    messages: Sequence[Message]
    frames: Sequence[Frame]

    def session(self, number: int) -> Session:
        """Return the session of a number."""
        return self.sessions[number - 1]

    def neighbours(self, message: Message) -> Neighbours:
        """Return what a message has from the ones before it."""
        before = [
            other
            for other in self.messages
            if (other.session, other.direction) == (message.session, message.direction)
            and other.number < message.number
        ]
        gap_ns = message.time - before[-1].time if before else None
        return Neighbours(gap_ns, len(before) + 1, _latency(message.session, message.number))

    def database(self) -> sqlite3.Connection:
        """Make the database. NULL stands for the usual value wherever a column allows it."""
        connection = sqlite3.connect(":memory:")
        connection.executescript(SCHEMA)
        register_functions(connection)
        elsewhere: dict[tuple[str, int], bytes] = {}
        for name in ("wsi_payload", "wsi_frame_payload"):
            connection.create_function(name, 1, lambda row, name=name: elsewhere[name, row])
        connection.create_function("wsi_latency", 2, _latency)
        for session in self.sessions:
            _insert_session(connection, session)
        for message in self.messages:
            _insert_message(connection, message, elsewhere)
        for row, frame in enumerate(self.frames, 1):
            _insert_frame(connection, row, frame, elsewhere)
        return connection


def _insert(connection: sqlite3.Connection, table: str, **columns: object) -> None:
    names = ", ".join(f'"{name}"' for name in columns)
    connection.execute(
        f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))})", list(columns.values())
    )


def _side(side: TlsSide | None) -> str | None:
    if side is None:
        return None
    keys = ("version", "cipher", "sni", "alpn", "verified")
    return json.dumps({key: value for key in keys if (value := getattr(side, key)) is not None})


def _head(head: HttpHead | None) -> str | None:
    return None if head is None else json.dumps({} if head.sent is None else {"sent": {}})


def _latency(session: int, number: int) -> int | None:
    """Say that every other message answers one."""
    return session * number * 500_000_000 if number % 2 else None


def _insert_session(connection: sqlite3.Connection, session: Session) -> None:
    plain = (
        "id relay state url scheme host port path client server subprotocol extensions protocol status opened closed"
    )
    _insert(
        connection,
        "session",
        **{name: getattr(session, name) for name in f"{plain} error note".split()},
        **(
            {}
            if session.close is None
            else {f"close_{k}": getattr(session.close, k) for k in "by code reason clean".split()}
        ),
        **{f"{name}_c2s": getattr(session, name).c2s or None for name in ("frames", "messages", "bytes")},
        **{f"{name}_s2c": getattr(session, name).s2c for name in ("frames", "messages", "bytes")},
        request=_head(session.request),
        response=_head(session.response),
        tls_client=_side(session.tls_client),
        tls_server=_side(session.tls_server),
        violations=json.dumps(session.violations) if session.violations else None,
    )
    for tag in session.tags:
        _insert(connection, "tag", session=session.id, tag=tag)


def _insert_message(connection: sqlite3.Connection, message: Message, elsewhere: dict[tuple[str, int], bytes]) -> None:
    inline = len(message.payload) % 2
    if not inline:
        elsewhere["wsi_payload", message.id] = message.payload
    _insert(
        connection,
        "message",
        **{name: getattr(message, name) for name in "id session number opcode time size".split()},
        dir=message.direction,
        seq=message.frames[0],
        payload=message.payload if inline else None,
        end=None if message.end == message.time else message.end,
        frames=None if len(message.frames) == 1 else len(message.frames),
        header=bytes(message.wire_size - message.size) if len(message.frames) == 1 else None,
        wire_size=None if len(message.frames) == 1 else message.wire_size,
        compressed=message.compressed or None,
        held=message.held_ns,
        delayed=message.delayed_ns,
        **_shared(message),
    )
    if message.sent is not None:
        _insert(connection, "message_sent", message=message.id, payload=message.sent)
    if message.note is not None:
        _insert(connection, "note", message=message.id, note=message.note)
    for tag in message.tags:
        _insert(connection, "tag", session=message.session, message=message.number, tag=tag)
    for rule in message.rules:
        _insert(connection, "rule_hit", session=message.session, message=message.id, rule=rule)
    if message.decoded is not None:
        view = json.loads(message.decoded)
        columns = {key: view[key] for key in ("event", "kind", "summary") if key in view}
        decoded = json.dumps(view["fields"]) if "fields" in view else None
        _insert(connection, "view", message=message.id, protocol=message.protocol, fields=decoded, **columns)


def _shared(record: Message | Frame) -> dict[str, object]:
    return {
        "source": record.source or None,
        "verdict": record.verdict or None,
        "completeness": record.completeness or None,
        "truncated": record.truncated or None,
        "violations": json.dumps(record.violations) if record.violations else None,
    }


def _insert_frame(
    connection: sqlite3.Connection, row: int, frame: Frame, elsewhere: dict[tuple[str, int], bytes]
) -> None:
    inline = len(frame.payload) % 2
    if not inline:
        elsewhere["wsi_frame_payload", row] = frame.payload
    plain = "session seq message time header size sent_time close_code close_reason stage"
    _insert(
        connection,
        "frames",
        id=row,
        **{name: getattr(frame, name) for name in plain.split()},
        dir=frame.direction,
        opcode=frame.opcode if frame.header else None,
        leg=None if frame.leg.value == frame.direction.value else frame.leg,
        of_seq=frame.of,
        payload=frame.payload if inline else None,
        held=frame.held_ns,
        delayed=frame.delayed_ns,
        **_shared(frame),
    )


sides = st.none() | st.builds(
    TlsSide,
    *[st.none() | clean_texts] * 4,
    st.none() | st.booleans(),
)
heads = st.none() | st.builds(
    HttpHead,
    st.sampled_from(("HTTP/1.1", "HTTP/2")),
    st.lists(st.tuples(st.sampled_from(("Origin", "X-A", "x-a")), texts), max_size=3).map(tuple),
    st.none() | st.just(101),
    sent=st.none() | st.just(HttpHead("HTTP/1.1", ())),
)
sessions = st.builds(
    Session,
    id=st.just(SessionId(1)),
    relay=st.sampled_from(Carriage),
    state=st.sampled_from(SessionState),
    url=texts,
    opened=times,
    scheme=maybe_texts,
    host=maybe_texts,
    port=st.none() | small,
    path=maybe_texts,
    listener=maybe_texts,
    subprotocol=maybe_texts,
    protocol=maybe_texts,
    status=st.none() | st.sampled_from((101, 403)),
    closed=st.none() | times,
    close=st.none() | st.builds(Close, texts, st.none() | small, maybe_texts, st.booleans()),
    error=maybe_texts,
    request=heads,
    response=heads,
    tls_client=sides,
    tls_server=sides,
    violations=our_words,
    frames=counters,
    messages=counters,
    bytes=counters,
    tags=some_texts,
    note=maybe_texts,
)
views = st.none() | st.fixed_dictionaries(
    {},
    optional={
        "event": texts,
        "kind": texts,
        "summary": texts,
        "fields": st.sampled_from([json.loads(document) for document in DOCUMENTS[:4]]),
    },
).map(json.dumps)
messages = st.builds(
    Message,
    id=st.just(0),
    session=st.sampled_from((SessionId(1), SessionId(2))),
    number=st.just(0),
    time=times,
    end=times,
    direction=st.sampled_from(Direction),
    opcode=st.sampled_from((1, 2)),
    frames=st.sampled_from(((1,), (2,), (1, 3))),
    size=small,
    wire_size=st.integers(5, 20),
    payload=payloads,
    compressed=st.booleans(),
    source=st.sampled_from(Source),
    verdict=st.sampled_from(Verdict),
    held_ns=durations,
    delayed_ns=durations,
    rules=some_texts,
    sent=st.none() | payloads,
    violations=our_words,
    truncated=small,
    completeness=st.sampled_from(Completeness),
    protocol=st.none(),
    decoded=views,
    tags=some_texts,
    note=maybe_texts,
)
headers = st.sampled_from((b"", b"\x81", b"\x81\x01", b"\xc1\x01", b"\x02\x81abcd", b"\xf3\x80\x00\x01\x02\xff"))
frames = st.builds(
    Frame,
    session=st.sampled_from((SessionId(1), SessionId(2))),
    seq=st.just(0),
    time=times,
    direction=st.sampled_from(Direction),
    header=headers,
    size=small,
    payload=payloads,
    message=st.none() | small,
    source=st.sampled_from(Source),
    verdict=st.sampled_from(Verdict),
    leg=st.sampled_from(Leg),
    stage=st.sampled_from(Stage),
    of=st.none() | small,
    held_ns=durations,
    delayed_ns=durations,
    sent_time=st.none() | times,
    close_code=st.none() | st.sampled_from((1000, 1006)),
    close_reason=maybe_texts,
    violations=our_words,
    truncated=small,
    completeness=st.sampled_from(Completeness),
)


@st.composite
def captures(draw: st.DrawFn) -> Capture:
    """Draw two sessions with some messages and frames."""
    two = [replace(draw(sessions), id=SessionId(number)) for number in (1, 2)]
    some = [
        replace(message, id=place, number=place, protocol="a" if message.decoded else None)
        for place, message in enumerate(draw(st.lists(messages, max_size=5)), 1)
    ]
    wire = [replace(frame, seq=place) for place, frame in enumerate(draw(st.lists(frames, max_size=4)), 1)]
    return Capture(two, some, wire)


def _named(row: Field) -> st.SearchStrategy[str]:
    if row.kind is Kind.JSON:
        prefix = row.name.removesuffix("$.a.b[0]").removesuffix(".x")
        return st.sampled_from([prefix + (path if prefix.endswith(".") else path[1:]) for path in PATHS if path != "$"])
    return st.just(f"{row.name[:-1]}X-A" if row.pattern else row.name)


def _values(field: Field, operator: Operator) -> st.SearchStrategy[Value]:
    numbers = st.builds(Number, st.sampled_from(("0", "1", "2", "-1", "0.5", "2.5", "1000", "9" * 20)).map(Decimal))
    seconds = [*(EPOCH + offset for offset in TIMES), EPOCH + 1_700]
    instants = st.sampled_from([Number(Decimal(time).scaleb(-9)) for time in seconds] + [Text("2023-11-14T22:13:20")])
    spans = st.builds(
        Number, st.sampled_from(("0", "1", "1.5", "500")).map(Decimal), st.sampled_from(("", "us", "ms", "s"))
    )
    strings = texts.map(Text)
    if operator is Operator.MATCHES and field.kind is not Kind.WORD:
        return st.sampled_from(PATTERNS).map(Text)
    match field.kind:
        case Kind.WORD:
            return st.sampled_from([word for word in field.words if word is not None]).map(Text)
        case Kind.BOOLEAN:
            return st.booleans().map(Boolean)
        case Kind.TIME:
            return instants
        case Kind.MILLISECONDS | Kind.SECONDS:
            return spans
        case Kind.BYTES:
            return st.sampled_from(BYTES).map(lambda raw: Text(raw.decode("utf-8", "surrogateescape")))
        case Kind.TEXT | Kind.TEXTS | Kind.UTF8:
            return strings
        case Kind.JSON if operator in (Operator.EQ, Operator.NE):
            return st.one_of(numbers, strings, st.booleans().map(Boolean), st.just(Null()))
        case Kind.JSON:
            return strings if operator in (Operator.CONTAINS, Operator.ICONTAINS) else numbers | strings
        case _:
            return numbers


@st.composite
def leaves(draw: st.DrawFn, target: Target) -> Expr:
    """Draw a comparison, list, `has` or bare word that the parser would allow for a target."""
    if target is not Target.SESSION and draw(st.integers(0, 9)) == 0:
        return Mention(draw(texts))
    name = draw(st.sampled_from([row for row in fields() if target in row.targets()]).flatmap(_named))
    field = find(name)
    assert field is not None
    allowed = [operator for operator in Operator if operator in field.kind.operators]
    form = draw(st.sampled_from(["compare"] * 4 + ["in", "has"])) if allowed else "has"
    if form == "has":
        return Has(name)
    if form == "in":
        return Membership(name, tuple(draw(st.lists(_values(field, Operator.EQ), min_size=1, max_size=3))))
    operator = draw(st.sampled_from(allowed))
    return Comparison(name, operator, draw(_values(field, operator)))


def expressions(target: Target) -> st.SearchStrategy[Expr]:
    """Return a strategy for whole expressions."""

    def several(parts: st.SearchStrategy[Expr]) -> st.SearchStrategy[tuple[Expr, ...]]:
        return st.lists(parts, min_size=2, max_size=3).map(tuple)

    return st.recursive(
        leaves(target),
        lambda parts: st.one_of(st.builds(Not, parts), several(parts).map(And), several(parts).map(Or)),
        max_leaves=4,
    )
