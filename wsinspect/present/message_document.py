"""What a rule is made from: the document of a message, the values in it, the telling part of a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

import orjson

from wsinspect.model import Message
from wsinspect.present.text import beginning_of_text
from wsinspect.query.documents import problem as path_problem
from wsinspect.wire.opcodes import Opcode

type Json = str | int | float | bool | list[Json] | dict[str, Json] | None

LONGEST_PART = 40
ID_LIKE = re.compile(r"\d{5,}|[0-9a-f]{16,}|[0-9a-f]{8}-[0-9a-f]{4}-|^\d[\d.:TZ+ -]*$", re.IGNORECASE)
_MOST_LOOKED_AT = 2000
"""Values of a document."""
_LONGEST_PATH = 200
_SEARCHED = 200
"""Characters of a text in which its telling part is looked for."""
_LARGEST_DOCUMENT = 1 << 20
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_CHANGING = re.compile(r"[0-9]+|[\r\n]+")


def document_of(message: Message) -> Json:
    """Read an object or a list; None where the payload is none."""
    if message.truncated or not message.payload or len(message.payload) > _LARGEST_DOCUMENT:
        return None
    try:
        document: Json = orjson.loads(message.payload)
    except orjson.JSONDecodeError:
        return None
    return document if isinstance(document, dict | list) else None


def telling_part(message: Message) -> str | None:
    """Return a part of a text without numbers, which messages like it are likely to have too."""
    text = None
    if message.opcode == Opcode.TEXT:
        text = beginning_of_text(message.payload[: 4 * _SEARCHED], whole=len(message.payload) <= 4 * _SEARCHED)
    if not text:
        return None
    part = max(_CHANGING.split(text[:_SEARCHED]), key=lambda piece: len(piece.strip()))
    return (part.strip() or text)[:LONGEST_PART]


def scalars(document: Json, deepest: int) -> Iterator[tuple[str, str, Json]]:
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
            parts = [(step(path, key), key.lower(), part) for key, part in islice(value.items(), _MOST_LOOKED_AT)]
        else:
            parts = [(f"{path}[{place}]", "", part) for place, part in enumerate(value[:3])]
        pending += [(step, key, part, depth + 1) for step, key, part in reversed(parts) if step is not None]


def step(path: str, name: str) -> str | None:
    """Return the path to a member; None where it is one that no path of moderate size leads to."""
    if _NAME.fullmatch(name):
        longer = f"{path}.{name}"
    elif name.isprintable() and not set(name) & set("'\\"):
        longer = f"{path}['{name}']"
    else:
        return None
    return longer if len(longer) <= _LONGEST_PATH and path_problem(longer) is None else None
