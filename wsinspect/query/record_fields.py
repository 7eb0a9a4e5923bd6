"""The fields of messages and frames, with how records and SQL give their values.

Times compare as records print them, rounded to microseconds; `age` and `gap` to the nanosecond. NULL in a column of the
capture means the usual value, so expressions spell that out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import orjson

from wsinspect.model import Completeness, Direction, Frame, Leg, Message, Session, Source, Stage, Verdict
from wsinspect.query.fields import Access, Derived, Field, FieldValue, Kind, Neighbours, micros, microseconds, words_of

MESSAGE_PAYLOAD = "COALESCE(m.payload, wsi_payload(m.id))"
FRAME_PAYLOAD = "COALESCE(f.payload, wsi_frame_payload(f.id))"

OPCODES = tuple(
    {0: "continuation", 1: "text", 2: "binary", 8: "close", 9: "ping", 10: "pong"}.get(code, f"{code:#x}")
    for code in range(16)
)
_RSV1 = 4
_FIRST_BYTE = "hex(substr(f.header, 1, 1))"
_FIRST_NIBBLE = f"(instr('0123456789ABCDEF', substr({_FIRST_BYTE}, 1, 1)) - 1)"
_ARRIVING = Completeness.ARRIVING.value
_UNDECIDED = ", ".join(str(one.value) for one in Completeness if one.undecided)


def record_fields() -> Iterator[Field]:
    """Yield the rows of what messages and frames have of their own, or from their place in the session."""
    yield from _payload()
    yield from _both()
    yield from _message()
    yield from _frame()
    yield from _derived()


def _text_of(payload: bytes) -> bytes | None:
    try:
        payload.decode()
    except UnicodeDecodeError:
        return None
    return payload


def _message_text(message: Message) -> bytes | None:
    return _text_of(message.payload) if message.opcode == 1 else None


def _opcode(frame: Frame) -> int | None:
    return frame.opcode if frame.header else None


def _frame_text(frame: Frame) -> bytes | None:
    readable = _opcode(frame) == 1 and not frame.rsv & _RSV1
    return _text_of(frame.payload) if readable else None


def _payload() -> Iterator[Field]:
    yield Field(
        "text",
        Kind.UTF8,
        "the payload of a text message, where it is valid UTF-8",
        message=Access(_message_text, MESSAGE_PAYLOAD),
        frame=Access(_frame_text, FRAME_PAYLOAD),
    )
    yield Field(
        "bytes",
        Kind.BYTES,
        "the payload, whatever it is",
        message=Access(lambda m: m.payload, MESSAGE_PAYLOAD),
        frame=Access(lambda f: f.payload, FRAME_PAYLOAD),
    )
    yield Field(
        "json.$.a.b[0]",
        Kind.JSON,
        "a value in the JSON of the payload, by JSONPath; of several values any may match",
        message=Access(lambda m: m.payload, MESSAGE_PAYLOAD),
        frame=Access(lambda f: f.payload, FRAME_PAYLOAD),
        pattern=True,
    )


def _both() -> Iterator[Field]:
    """Yield what messages and frames both have of their own."""

    def row(name: str, kind: Kind, meaning: str, get: Callable[[Message | Frame], FieldValue], sql: str) -> Field:
        return Field(
            name,
            kind,
            meaning,
            message=Access(get, sql.replace("@", "m")),
            frame=Access(get, sql.replace("@", "f")),
        )

    def word(name: str, meaning: str, words: tuple[str, ...], get: Callable[[Message | Frame], int | None]) -> Field:
        column = f"COALESCE(@.{name}, 0)"
        return replace(row(name, Kind.WORD, meaning, get, column), words=words)

    yield row("session", Kind.COUNT, "the number of the session", lambda r: r.session, "@.session")
    yield row("time", Kind.TIME, "when it came: its first frame", lambda r: microseconds(r.time), micros("@.time"))
    yield replace(
        row("dir", Kind.WORD, "client to server or server to client", lambda r: r.direction.value, "@.dir"),
        words=tuple(direction.label for direction in Direction),
    )
    yield row("size", Kind.SIZE, "length of the payload", lambda r: r.size, "@.size")
    wire_size = Field("wire_size", Kind.SIZE, "length of its frames, headers included")
    yield replace(
        wire_size,
        message=Access(lambda m: m.wire_size, "COALESCE(m.wire_size, length(m.header) + m.size)"),
        frame=Access(lambda f: f.wire_size, "(length(f.header) + f.size)"),
    )
    yield word("source", "who made it", words_of(Source), lambda r: r.source.value)
    verdict = word("verdict", "what became of it, once it has wholly come", words_of(Verdict), _verdict)
    yield replace(
        verdict,
        message=Access(_verdict, _unless_undecided("m")),
        frame=Access(_verdict, _unless_undecided("f")),
    )
    yield row("held_ms", Kind.MILLISECONDS, "how long it was held", lambda r: microseconds(r.held_ns), micros("@.held"))
    yield row(
        "delayed_ms",
        Kind.MILLISECONDS,
        "how long it was delayed",
        lambda r: microseconds(r.delayed_ns),
        micros("@.delayed"),
    )
    violations = "SELECT e.value AS x FROM json_each(COALESCE(@.violations, '[]')) AS e"
    yield row("violations", Kind.TEXTS, "what it breaks of the standards", lambda r: r.violations, violations)
    truncated = "bytes of the payload that are not on record"
    yield replace(
        row("truncated", Kind.SIZE, truncated, lambda r: r.truncated, "COALESCE(@.truncated, 0)"), zero_is_absent=True
    )
    yield word("completeness", "how much of it has come", words_of(Completeness), lambda r: r.completeness.value)


def _verdict(record: Message | Frame) -> int | None:
    return None if record.completeness.undecided else record.verdict.value


def _unless_undecided(alias: str) -> str:
    return f"CASE WHEN COALESCE({alias}.completeness, 0) NOT IN ({_UNDECIDED}) THEN COALESCE({alias}.verdict, 0) END"


def _unless_arriving(alias: str, sql: str) -> str:
    return f"CASE WHEN COALESCE({alias}.completeness, 0) <> {_ARRIVING} THEN {sql} END"


def _message() -> Iterator[Field]:
    def row(name: str, kind: Kind, meaning: str, get: Callable[[Message], FieldValue], sql: str | None) -> Field:
        return Field(name, kind, meaning, message=Access(get, sql))

    def view(column: str) -> str:
        return f"(SELECT v.{column} FROM view AS v WHERE v.message = m.id)"

    yield row("number", Kind.COUNT, "its number in the session", lambda m: m.number, "m.number")
    yield row(
        "end", Kind.TIME, "when its last frame came", _end, _unless_arriving("m", micros("COALESCE(m.end, m.time)"))
    )
    yield replace(
        row("type", Kind.WORD, "text or binary", lambda m: m.opcode, "m.opcode"), words=(None, "text", "binary")
    )
    yield row("frames", Kind.COUNTS, "the numbers (`seq`) of its frames", lambda m: m.frames, None)
    yield row("frames.count", Kind.COUNT, "how many frames it has", lambda m: len(m.frames), "COALESCE(m.frames, 1)")
    yield row("compressed", Kind.BOOLEAN, "whether it was", lambda m: m.compressed, "COALESCE(m.compressed, 0)")
    rules = "SELECT r.rule AS x FROM rule_hit AS r WHERE r.message = m.id AND r.action IS NOT 'error'"
    yield row("rules", Kind.TEXTS, "the rules that acted on it", lambda m: m.rules, rules)
    sent = "(SELECT p.payload FROM message_sent AS p WHERE p.message = m.id)"
    yield row("sent", Kind.BYTES, "the payload as sent on, where it differs", lambda m: m.sent, sent)
    yield row("protocol", Kind.TEXT, "the protocol it was decoded by", lambda m: m.protocol, view("protocol"))
    yield row("event", Kind.TEXT, "its event, by the decoder", lambda m: _decoded_text(m, "event"), view("event"))
    yield row("kind", Kind.TEXT, "its kind, by the decoder", lambda m: _decoded_text(m, "kind"), view("kind"))
    yield row(
        "summary", Kind.TEXT, "a line about it, by the decoder", lambda m: _decoded_text(m, "summary"), view("summary")
    )
    yield replace(row("fields.x", Kind.JSON, "a field of the decoder's", _decoded_fields, view("fields")), pattern=True)
    tags = "SELECT t.tag AS x FROM tag AS t WHERE t.session = m.session AND t.message = m.number"
    yield row("tags", Kind.TEXTS, "its tags", lambda m: m.tags, tags)
    note = "(SELECT n.note FROM note AS n WHERE n.message = m.id)"
    yield row("note", Kind.TEXT, "its note", lambda m: m.note, note)


def _end(message: Message) -> int | None:
    return None if message.completeness is Completeness.ARRIVING else microseconds(message.end)


def _decoded(message: Message, key: str) -> object:
    if message.decoded is None:
        return None
    try:
        view = orjson.loads(message.decoded)
    except orjson.JSONDecodeError:
        return None
    return view.get(key) if isinstance(view, dict) else None


def _decoded_text(message: Message, key: str) -> str | None:
    value = _decoded(message, key)
    return value if isinstance(value, str) else None


def _decoded_fields(message: Message) -> bytes | None:
    value = _decoded(message, "fields")
    return None if value is None else orjson.dumps(value)


def _frame() -> Iterator[Field]:
    def row(name: str, kind: Kind, meaning: str, get: Callable[[Frame], FieldValue], sql: str | None) -> Field:
        return Field(name, kind, meaning, frame=Access(get, sql))

    def word(name: str, meaning: str, words: tuple[str, ...], access: Access[Frame]) -> Field:
        return Field(name, Kind.WORD, meaning, frame=access, words=words)

    yield row("seq", Kind.COUNT, "its number in the session", lambda f: f.seq, "f.seq")
    yield row("message", Kind.COUNT, "the number of its message", lambda f: f.message, "f.message")
    yield word("opcode", "its opcode, reserved ones such as `0x3`", OPCODES, Access(_opcode, "f.opcode"))
    fin = f"CASE WHEN length(f.header) > 0 THEN {_FIRST_NIBBLE} >> 3 END"
    yield row("fin", Kind.BOOLEAN, "whether it is the last of its message", lambda f: f.fin if f.header else None, fin)
    rsv = f"CASE WHEN length(f.header) > 0 THEN {_FIRST_NIBBLE} & 7 END"
    yield row("rsv", Kind.COUNT, "the reserved bits, 0 to 7", lambda f: f.rsv if f.header else None, rsv)
    masked = "CASE WHEN length(f.header) > 1 THEN substr(f.header, 2, 1) >= x'80' END"
    yield row("masked", Kind.BOOLEAN, "whether its payload is masked", _masked, masked)
    key = "CASE WHEN length(f.header) > 1 AND substr(f.header, 2, 1) >= x'80' THEN lower(hex(substr(f.header, -4))) END"
    yield row("mask_key", Kind.TEXT, "the masking key, in hex", _mask_key, key)
    yield row("sent_time", Kind.TIME, "when it was sent on", lambda f: microseconds(f.sent_time), micros("f.sent_time"))
    yield word(
        "leg", "on whose side of the proxy", words_of(Leg), Access(lambda f: f.leg.value, "COALESCE(f.leg, f.dir)")
    )
    stage: Access[Frame] = Access(lambda f: f.stage.value, "COALESCE(f.stage, 0)")
    yield word("stage", "whether it came, or was sent on instead of what came", words_of(Stage), stage)
    yield row("of", Kind.COUNT, "the `seq` of the frame it was sent on for", lambda f: f.of, "f.of_seq")
    yield row("close.code", Kind.COUNT, "the code it closes with", lambda f: f.close_code, "f.close_code")
    yield row("close.reason", Kind.TEXT, "the reason it closes with", lambda f: f.close_reason, "f.close_reason")


def _masked(frame: Frame) -> bool | None:
    return frame.mask_key is not None if len(frame.header) > 1 else None


def _mask_key(frame: Frame) -> str | None:
    key = frame.mask_key if len(frame.header) > 1 else None
    return None if key is None else key.hex()


def _derived() -> Iterator[Field]:
    def age(time: int, session: Session, _: Neighbours) -> int:
        return time - session.opened

    before = "p.session = m.session AND p.dir = m.dir AND p.number < m.number"
    gap = f"(m.time - (SELECT p.time FROM message AS p WHERE {before} ORDER BY p.number DESC LIMIT 1))"
    yield Field(
        "age",
        Kind.SECONDS,
        "since the session opened",
        message=Derived(age, "(m.time - s.opened)"),
        frame=Derived(age, "(f.time - s.opened)"),
    )
    yield Field(
        "gap",
        Kind.SECONDS,
        "since the message before it in the same direction",
        message=Derived(lambda _time, _session, near: near.gap_ns, gap),
    )
    yield Field(
        "latency",
        Kind.SECONDS,
        "since the message it answers; only in a capture",
        message=Derived(lambda _time, _session, near: near.latency_ns, "wsi_latency(m.session, m.number)"),
    )
    yield Field(
        "index",
        Kind.COUNT,
        "its number within its direction, from 1",
        message=Derived(lambda _time, _session, near: near.index, "wsi_index(m.session, m.dir, m.number)"),
    )
