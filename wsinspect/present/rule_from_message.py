"""Writes a rule that matches a message: what a person begins with who wants to change messages like it.

The rule asks for what makes a message one of its kind: where it goes, its type, and of JSON the fields that name a kind
(`type`, `event`, `method` …); never for ids or times, which the next message has others of. What a peer sent comes to
stand in it as quoted text, so that the rule is one whatever was sent. What it does as written is a tag; what else it
might do stands below as comments, each of which is an action once its `#` is gone.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Sequence
from itertools import islice

from wsinspect.model import Message, Session, Source
from wsinspect.present.message_document import ID_LIKE, LONGEST_PART, Json, document_of, scalars, step, telling_part
from wsinspect.present.rule_proposals import answer, expectation, proposed_actions
from wsinspect.present.yaml_text import scalar
from wsinspect.wire.opcodes import Opcode

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
_LONGEST_KIND = 60
_BEGINNING_BYTES = 4
_LARGEST_KIND = 9999
"""Numbers above it are ids or times."""

_WORD = re.compile(r"[A-Za-z][\w.:/$ -]*")
_TAKEN = re.compile(r"[^A-Za-z0-9_]+")


class Purpose(enum.StrEnum):
    """What a rule is to be for."""

    CHANGE = "change"
    """Messages like it; a tag at first."""
    MOCK = "mock"
    """It is answered without the server, as it was this time."""
    EXPECT = "expect"
    """Messages like it say what this one does; the run fails where they do not."""


def rule_from(
    message: Message, session: Session, purpose: Purpose = Purpose.CHANGE, reply: Message | None = None
) -> str:
    """Write a rule that matches a message.

    Args:
        message: The message, with its payload.
        session: Its session.
        purpose: What it is to do.
        reply: What answered it; for `MOCK`.

    Returns:
        An item of a file's `rules`, indented by two, line feed at the end.
    """
    document = document_of(message)
    kinds = dict(islice(_kinds(document), _MOST_KINDS))
    name = _rule_name(message, list(kinds.values()))
    if purpose is not Purpose.CHANGE:
        name = f"{purpose}-{name}"
    match purpose:
        case Purpose.CHANGE:
            actions = [
                f"- tag: {name}",
                "# What else it may do: take the # away. The reference of rule files has all actions.",
                *(f"# - {action}" for action in proposed_actions(message, document)),
            ]
        case Purpose.MOCK:
            actions = [*(f"- {action}" for action in answer(document, reply)), "- drop"]
        case Purpose.EXPECT:
            actions = list(expectation(message, document, kinds))
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
        *(f"      {action}" for action in actions),
    ]
    return "\n".join(lines) + "\n"


def _rule_name(message: Message, kinds: Sequence[Json]) -> str:
    kind = _TAKEN.sub("-", str(kinds[0])).strip("-")[:LONGEST_PART].strip("-") if kinds else ""
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
    elif (text := telling_part(message)) is not None:
        yield f"text: {{contains: {scalar(text)}}}"
    else:
        yield f"bytes: {{at: 0, equals: {scalar(message.payload[:_BEGINNING_BYTES].hex(' '))}}}"


def _kinds(document: Json) -> Iterator[tuple[str, Json]]:
    """Yield paths and values of what says what kind of message it is, the most telling first."""
    found = [
        (path.count(".") + path.count("["), _KIND_NAMES.index(name), path, value)
        for path, name, value in scalars(document, _DEEPEST_KIND)
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
            return len(value) <= _LONGEST_KIND and bool(_WORD.fullmatch(value)) and not ID_LIKE.search(value)
        case _:
            return False


def _telling_paths(document: Json) -> Iterator[str]:
    """Yield paths of what is there in messages like this one, whatever it is."""
    if isinstance(document, dict):
        yield from (path for name in document if (path := step("$", name)) is not None and not ID_LIKE.search(name))
    elif isinstance(document, list) and document:
        yield f"$[{min(len(document), 100) - 1}]"
