"""Writes a rule that matches a message: what a person begins with who wants to change messages like it.

The rule asks for what makes a message one of its kind: where it goes, its type, and of JSON the fields that name a kind
(`type`, `event`, `method` …); never for ids or times, which the next message has others of. What a peer sent comes to
stand in it as quoted text, so that the rule is one whatever was sent. What it does as written is a tag; what else it
might do stands below as comments, each of which is an action once its `#` is gone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

import orjson

from wsinspect.model import Direction, Message, Session, Source
from wsinspect.present.text import beginning_of_text
from wsinspect.present.yaml_text import scalar
from wsinspect.query.documents import problem as path_problem
from wsinspect.rules.templates import is_constant
from wsinspect.rules.templates import problem as template_problem
from wsinspect.wire.opcodes import Opcode

type Json = str | int | float | bool | list[Json] | dict[str, Json] | None

_KIND_NAMES = (
    "type", "event", "action", "method", "op", "cmd", "command", "kind", "topic", "channel", "name", "target", "verb",
    "msgtype", "messagetype", "message_type", "eventtype", "event_type", "msg_type", "__typename", "opcode", "subject",
    "t", "e", "evt",
)  # fmt: skip
"""Names of fields that say what a message is, the most telling first; in lower case."""
_NESTED_KIND_NAMES = frozenset(("type", "event", "action", "method", "op", "cmd", "command", "kind", "__typename"))
"""Those that say it within other objects too; a `name` there is anybody's."""
_MOST_KINDS = 3
_MOST_NAMES = 3
"""Fields that have to be there, where none says what the message is."""
_DEEPEST_KIND = 3
_DEEPEST = 6
_MOST_LOOKED_AT = 2000
"""Values of a document."""
_MOST_FIELDS = 24
"""That are offered to be set."""
_LONGEST_KIND = 60
_LONGEST_VALUE = 200
_LONGEST_PATH = 200
_LONGEST_PART = 40
_SEARCHED = 200
"""Characters of a text in which its telling part is looked for."""
_BEGINNING_BYTES = 4
_LARGEST_DOCUMENT = 1 << 20
_LARGEST_KIND = 9999
"""Numbers above it are ids or times."""

_ID_LIKE = re.compile(r"\d{5,}|[0-9a-f]{16,}|[0-9a-f]{8}-[0-9a-f]{4}-|^\d[\d.:TZ+ -]*$", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z][\w.:/$ -]*")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_CHANGING = re.compile(r"[0-9]+|[\r\n]+")
_TAKEN = re.compile(r"[^A-Za-z0-9_]+")


def rule_from(message: Message, session: Session) -> str:
    """Write a rule that matches a message.

    Args:
        message: The message, with its payload.
        session: Its session.

    Returns:
        An item of a file's `rules`, indented by two, line feed at the end.
    """
    document = _document(message)
    kinds = dict(islice(_kinds(document), _MOST_KINDS))
    name = _rule_name(message, list(kinds.values()))
    lines = [
        f"  - id: {name}",
        f"    note: like message {message.session}.{message.number}",
        "    match:",
        *(f"      {line}" for line in _place_lines(session)),
        f"      dir: {message.direction.label}",
        f"      type: {'text' if message.opcode == Opcode.TEXT else 'binary'}",
        *([] if message.source is Source.PEER else [f"      source: {message.source.name.lower()}"]),
        *(f"      {line}" for line in _content_lines(message, document, kinds)),
        "    do:",
        f"      - tag: {name}",
        "      # What else it may do: take the # away. The reference of rule files has all actions.",
        *(f"      # - {action}" for action in _actions(message, document)),
    ]
    return "\n".join(lines) + "\n"


def _document(message: Message) -> Json:
    """Read an object or a list; None where the payload is none."""
    if message.truncated or not message.payload or len(message.payload) > _LARGEST_DOCUMENT:
        return None
    try:
        document: Json = orjson.loads(message.payload)
    except orjson.JSONDecodeError:
        return None
    return document if isinstance(document, dict | list) else None


def _rule_name(message: Message, kinds: Sequence[Json]) -> str:
    kind = _TAKEN.sub("-", str(kinds[0])).strip("-")[:_LONGEST_PART].strip("-") if kinds else ""
    plain = "text" if message.opcode == Opcode.TEXT else "binary"
    return f"{kind or plain}-{message.session}.{message.number}"


# ---- what it matches


def _place_lines(session: Session) -> Iterator[str]:
    # A name that is odd enough to mean something else in a rule is left out: the rest of the match stands.
    host, path = session.host, (session.path or "").partition("?")[0]
    if host and not re.search(r"[/\ud800-\udfff]|^~|^[^:]*:\d*$", host):
        yield f"host: {scalar(host)}"
    if path.startswith("/") and not re.search(r"[\ud800-\udfff]", path):
        yield f"path: {scalar(path)}"


def _content_lines(message: Message, document: Json, kinds: dict[str, Json]) -> Iterator[str]:
    tests = {path: scalar(value) for path, value in kinds.items()}
    if not tests:
        tests = dict.fromkeys(islice(_telling_paths(document), _MOST_NAMES), "{exists: true}")
    if tests:
        yield "json:"
        yield from (f"  {scalar(path)}: {test}" for path, test in tests.items())
    elif not message.payload:
        yield f"size: {message.size}"
    elif (text := _telling_part(message)) is not None:
        yield f"text: {{contains: {scalar(text)}}}"
    else:
        yield f"bytes: {{at: 0, equals: {scalar(message.payload[:_BEGINNING_BYTES].hex(' '))}}}"


def _kinds(document: Json) -> Iterator[tuple[str, Json]]:
    """Yield paths and values of what says what kind of message it is, the most telling first."""
    found = [
        (path.count(".") + path.count("["), _KIND_NAMES.index(name), path, value)
        for path, name, value in _scalars(document, _DEEPEST_KIND)
        if name in _KIND_NAMES and _is_kind(value) and (path.count(".") < 2 or name in _NESTED_KIND_NAMES)
    ]
    if isinstance(document, list):
        # As in ["join", 7, {…}]: what stands in front says what it is.
        leading = ((f"$[{place}]", value) for place, value in enumerate(document[:5]))
        yield from ((path, value) for path, value in leading if isinstance(value, str) and _is_kind(value))
    for _, _, path, value in sorted(found, key=lambda each: each[:3]):
        yield path, value


def _is_kind(value: Json) -> bool:
    match value:
        case bool():
            return True
        case int():
            return 0 <= value <= _LARGEST_KIND
        case str():
            return len(value) <= _LONGEST_KIND and bool(_WORD.fullmatch(value)) and not _ID_LIKE.search(value)
        case _:
            return False


def _telling_paths(document: Json) -> Iterator[str]:
    """Yield paths of what is there in messages like this one, whatever it is."""
    if isinstance(document, dict):
        yield from (path for name in document if (path := _step("$", name)) is not None and not _ID_LIKE.search(name))
    elif isinstance(document, list) and document:
        yield f"$[{min(len(document), 100) - 1}]"


def _telling_part(message: Message) -> str | None:
    """Return a part of a text without numbers, which messages like it are likely to have too."""
    text = None
    if message.opcode == Opcode.TEXT:
        text = beginning_of_text(message.payload[: 4 * _SEARCHED], whole=len(message.payload) <= 4 * _SEARCHED)
    if not text:
        return None
    part = max(_CHANGING.split(text[:_SEARCHED]), key=lambda piece: len(piece.strip()))
    return (part.strip() or text)[:_LONGEST_PART]


# ---- what it may do


def _actions(message: Message, document: Json) -> Iterator[str]:
    for path, _, value in islice(_settable(document), _MOST_FIELDS):
        yield f"json_set: {{{scalar(path)}: {scalar(value)}}}"
    text = _replaceable(message, document)
    if text is not None:
        yield f"replace: {{text: {scalar(text)}, with: {scalar(text)}}}"
    elif document is None and message.payload and len(message.payload) <= _LONGEST_VALUE:
        yield f"set_hex: {scalar(message.payload.hex(' '))}"
    yield "drop"
    yield "hold"
    yield "delay: {ms: 500}"
    answer = '{"ok":true}' if isinstance(document, dict) else "ok"
    content = f"text: {scalar(answer)}" if message.opcode == Opcode.TEXT else 'hex: "01"'
    yield f"reply: {{{content}}}"
    other = "client" if message.direction is Direction.C2S else "server"
    yield f"close: {{code: 1011, reason: {scalar('by a rule')}, side: {other}}}"


def _replaceable(message: Message, document: Json) -> str | None:
    if document is None:
        text = _telling_part(message)
        return text if text is not None and _is_settable(text) else None
    return next((value for _, _, value in _settable(document) if isinstance(value, str) and value), None)


def _settable(document: Json) -> Iterator[tuple[str, str, Json]]:
    return (found for found in _scalars(document, _DEEPEST) if _is_settable(found[2]))


def _is_settable(value: Json) -> bool:
    match value:
        case str():
            return len(value) <= _LONGEST_VALUE and is_constant(value) and template_problem(value) is None
        case int() | float():
            # What is larger, a rule file has no number for.
            return abs(value) < 2.0**63
        case _:
            return True


def _scalars(document: Json, deepest: int) -> Iterator[tuple[str, str, Json]]:
    """Yield the path, the name in lower case and the value of what is no object or list; of lists the first ones."""
    pending: list[tuple[str, str, Json, int]] = [("$", "", document, 0)]
    looked_at = 0
    while pending and looked_at < _MOST_LOOKED_AT:
        path, name, value, depth = pending.pop()
        looked_at += 1
        if not isinstance(value, dict | list):
            if depth:
                yield path, name, value
            continue
        if depth == deepest:
            continue
        parts: list[tuple[str | None, str, Json]]
        if isinstance(value, dict):
            parts = [(_step(path, key), key.lower(), part) for key, part in islice(value.items(), _MOST_LOOKED_AT)]
        else:
            parts = [(f"{path}[{place}]", "", part) for place, part in enumerate(value[:3])]
        pending += [(step, key, part, depth + 1) for step, key, part in reversed(parts) if step is not None]


def _step(path: str, name: str) -> str | None:
    """Return the path to a member; None where it is one that no path of moderate size leads to."""
    if _NAME.fullmatch(name):
        longer = f"{path}.{name}"
    elif name.isprintable() and not set(name) & set("'\\"):
        longer = f"{path}['{name}']"
    else:
        return None
    return longer if len(longer) <= _LONGEST_PATH and path_problem(longer) is None else None
