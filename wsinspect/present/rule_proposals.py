"""What a rule that is made from a message may do: change it, answer it, or expect messages to be like it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

import orjson

from wsinspect.model import Direction, Message
from wsinspect.present.message_document import ID_LIKE, Json, document_of, scalars, telling_part
from wsinspect.present.yaml_text import scalar
from wsinspect.rules.templates import is_constant
from wsinspect.rules.templates import problem as template_problem
from wsinspect.wire.opcodes import Opcode

_DEEPEST = 6
_MOST_FIELDS = 24
"""That are offered to be set."""
_LONGEST_VALUE = 200
_LONG_TOKEN = 12
_LARGEST_LASTING = 99_999
"""Numbers above it are ids or times."""
_COUNTING = re.compile(r"\b(?:id|seq|n|nonce|time|timestamp|ts|token|sid)$", re.IGNORECASE)


def proposed_actions(message: Message, document: Json) -> Iterator[str]:
    """Yield what may be done to a message, as actions."""
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


def answer(document: Json, reply: Message | None) -> Iterator[str]:
    """Yield what says to the sender of a message what it was told."""
    if reply is None or reply.truncated:
        yield 'reply: {text: "ok"}  # no answer to it is on record: write one'
        return
    text = reply.payload.decode(errors="surrogateescape") if reply.opcode == Opcode.TEXT else ""
    if reply.opcode != Opcode.TEXT or not text.isprintable() or not _is_template_free(text):
        yield f"reply: {{hex: {scalar(reply.payload.hex(' '))}}}"
        return
    answered = document_of(reply)
    shared = answered.get("id") if isinstance(answered, dict) and isinstance(document, dict) else None
    if shared is not None and isinstance(document, dict) and document.get("id") == shared:
        written = orjson.dumps(shared).decode()
        given = "{{ message.json.id }}" if isinstance(shared, int) else '"{{ message.json.id }}"'
        text = re.sub(rf'("id"\s*:\s*){re.escape(written)}(?=\s*[,}}])', lambda found: found[1] + given, text, count=1)
    yield f"reply: {{text: {scalar(text)}}}"


def _is_template_free(text: str) -> bool:
    return is_constant(text) and template_problem(text) is None


def expectation(message: Message, document: Json, kinds: dict[str, Json]) -> Iterator[str]:
    """Yield what has messages of the kind checked for what this one says."""
    tests = [
        f"{scalar(path)}: {'{exists: true}' if _changes(path, value) else scalar(value)}"
        for path, _, value in islice(_settable(document), _MOST_FIELDS)
        if path not in kinds
    ]
    said = f"another message than {message.session}.{message.number}"
    if tests:
        yield "- expect:"
        yield f"    message: {scalar(said)}"
        yield "    match:"
        yield "      json:"
        yield from (f"        {test}" for test in tests)
    elif (text := telling_part(message)) is not None and document is None:
        yield f"- expect: {{message: {scalar(said)}, match: {{text: {{contains: {scalar(text)}}}}}}}"
    else:
        yield f"- expect: {{message: {scalar(said)}, that: size == {message.size}}}"


def _changes(path: str, value: Json) -> bool:
    """Tell whether a value is likely to be another one in the next message: an id, a token, a time."""
    if _COUNTING.search(path):
        return True
    if isinstance(value, str):
        token = len(value) >= _LONG_TOKEN and " " not in value and any(map(str.isdigit, value))
        return token or bool(ID_LIKE.search(value))
    return isinstance(value, int | float) and abs(value) > _LARGEST_LASTING


def _replaceable(message: Message, document: Json) -> str | None:
    if document is None:
        text = telling_part(message)
        return text if text is not None and _is_settable(text) else None
    return next((value for _, _, value in _settable(document) if isinstance(value, str) and value), None)


def _settable(document: Json) -> Iterator[tuple[str, str, Json]]:
    return (found for found in scalars(document, _DEEPEST) if _is_settable(found[2]))


def _is_settable(value: Json) -> bool:
    match value:
        case str():
            return len(value) <= _LONGEST_VALUE and is_constant(value) and template_problem(value) is None
        case int() | float():
            # What is larger, a rule file has no number for.
            return abs(value) < 2.0**63
        case _:
            return True
