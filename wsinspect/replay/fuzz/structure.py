"""JSON whose structure is changed: keys removed, doubled, renamed, added; documents cut off, nested too deep, followed.

All bytes but those that are meant stay as the peer wrote them. Of binary formats only the document as a whole changes.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from wsinspect.decode import Kind, Node, structure
from wsinspect.replay.fuzz.variation import Carried, Variation, message
from wsinspect.replay.paths import matches, member
from wsinspect.replay.performing import Act

NAME = "structure"
DEEP = 10_000
DEEPEST = 100_000
MANY = 10_000
_ADDED = (
    ("__proto__ added", b'"__proto__":{"polluted":true}'),
    ("constructor added", b'"constructor":{"prototype":{"polluted":true}}'),
    ("unknown key added", b'"wsinspect":1'),
    ("keys of an administrator added", b'"admin":true,"isAdmin":true,"role":"admin"'),
    ("empty key added", b'"":1'),
)
_DOCUMENTS = (b"null", b"true", b"0", b'""', b"[]", b"{}", b"{", b"[", b'"', b"{}{}", b"[1,]", b'{"a":1,}', b"{a:1}")
_BEHIND = (b"}", b"x", b"\x00", b",", b"//", b"/**/")
_NESTS = {"MessagePack": b"\x91", "CBOR": b"\x81"}
_BOMBS = {"MessagePack": b"\xdd\xff\xff\xff\xff", "CBOR": b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff"}
"""Arrays that say to have more items than there are."""

type _Change = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Part:
    """A value in a document, with what has to be known to take it out."""

    path: str
    node: Node
    start: int
    """Where its key begins; of what has none, itself."""
    previous: int | None = None
    """Where the value before it in its container ends."""
    following: int | None = None
    """Where the next one's key, or the next one, begins."""
    inside: bool = False
    """Whether it is in a container."""


type _Edit = Callable[[bytes, Part], bytes]


def structures(carried: Carried, patterns: Sequence[str]) -> Iterator[Variation]:
    """Yield variations.

    Args:
        carried: The message.
        patterns: Only what is at and below these paths changes; none: everything, and the document as a whole.
    """
    for part in parts(carried):
        if not patterns or matches(part.path, patterns):
            for label, edit in _edits(part):
                yield Variation(NAME, part.path, label, functools.partial(_edited, part.path, edit))
    if not patterns:
        for label, change in _of_document(carried):
            yield Variation(NAME, "", label, functools.partial(_changed, change))


def _edited(path: str, edit: _Edit, carried: Carried) -> tuple[Act, ...]:
    part = next((part for part in parts(carried) if part.path == path), None)
    if part is None:
        raise ValueError(f"there is no {path} in the message")
    return message(carried, edit(carried.payload, part))


def _changed(change: _Change, carried: Carried) -> tuple[Act, ...]:
    return message(carried, change(carried.payload))


def parts(carried: Carried) -> list[Part]:
    """Return the values of a message that is JSON, containers before what is in them; of others nothing."""
    found = structure(carried.payload, of_text=carried.of_text)
    if found is None or found.format != "JSON" or found.wrapping:
        return []
    documents = [("$", found.root)]
    if found.root.kind is Kind.SEQUENCE:
        documents = [(f"${position}", child) for position, child in enumerate(found.root.children)]
    gathered: list[Part] = []
    for path, node in documents:
        _gather(carried.payload, Part(path, node, node.start), gathered)
    return gathered


def _gather(payload: bytes, part: Part, gathered: list[Part]) -> None:
    gathered.append(part)
    children, keyed = part.node.children, part.node.kind is Kind.OBJECT
    previous = None
    starts: list[int] = []
    for child in children:
        begin = part.node.start + 1 if previous is None else previous
        starts.append(payload.index(b'"', begin) if keyed else child.start)
        previous = child.end
    for position, child in enumerate(children):
        step = f"[{position}]" if child.key is None else member(str(json.loads(child.key)))
        before = children[position - 1].end if position else None
        after = starts[position + 1] if position + 1 < len(children) else None
        _gather(payload, Part(part.path + step, child, starts[position], before, after, inside=True), gathered)


def _edits(part: Part) -> Iterator[tuple[str, _Edit]]:
    if part.inside:
        yield "removed", _removed
        yield "twice", _doubled
    if part.node.key is not None:
        yield "twice, first with null", _doubled_with_null
        yield "key renamed", functools.partial(_renamed, lambda key: key + "_")
        yield "key in the other case", functools.partial(_renamed, str.swapcase)
        yield "key with a NUL behind", functools.partial(_renamed, lambda key: key + "\0")
        yield "key is __proto__", functools.partial(_renamed, lambda _: "__proto__")
    match part.node.kind:
        case Kind.OBJECT:
            for label, added in _ADDED:
                yield label, functools.partial(_with, added)
            yield "emptied", functools.partial(_instead, lambda _: b"{}")
            yield f"{MANY:,} keys", functools.partial(_instead, lambda _: _many_keys())
        case Kind.ARRAY:
            yield "emptied", functools.partial(_instead, lambda _: b"[]")
            yield f"{MANY:,} items", _with_many_items
        case _:
            yield f"{DEEP:,} arrays deep", functools.partial(_instead, lambda value: b"[" * DEEP + value + b"]" * DEEP)


def _removed(payload: bytes, part: Part) -> bytes:
    if part.previous is not None:
        return payload[: part.previous] + payload[part.node.end :]
    end = part.node.end if part.following is None else part.following
    return payload[: part.start] + payload[end:]


def _doubled(payload: bytes, part: Part) -> bytes:
    item = payload[part.start : part.node.end]
    return payload[: part.start] + item + b"," + payload[part.start :]


def _doubled_with_null(payload: bytes, part: Part) -> bytes:
    key = payload[part.start : part.node.start]
    return payload[: part.start] + key + b"null," + payload[part.start :]


def _renamed(rename: Callable[[str], str], payload: bytes, part: Part) -> bytes:
    key = str(part.node.key)
    renamed = json.dumps(rename(str(json.loads(key)))).encode()
    return payload[: part.start] + renamed + payload[part.start + len(key.encode()) :]


def _with(added: bytes, payload: bytes, part: Part) -> bytes:
    comma = b"," if part.node.children else b""
    inside = part.node.start + 1
    return payload[:inside] + added + comma + payload[inside:]


def _instead(change: _Change, payload: bytes, part: Part) -> bytes:
    node = part.node
    return payload[: node.start] + change(payload[node.start : node.end]) + payload[node.end :]


def _many_keys() -> bytes:
    return b"{" + b",".join(b'"k%d":%d' % (number, number) for number in range(MANY)) + b"}"


def _with_many_items(payload: bytes, part: Part) -> bytes:
    """Repeat what is in an array, as often as that makes many."""
    node = part.node
    content = payload[node.start + 1 : node.end - 1].strip() or b"null"
    times = MANY // max(len(node.children), 1)
    return payload[: node.start + 1] + b",".join([content] * times) + payload[node.end - 1 :]


def _of_document(carried: Carried) -> Iterator[tuple[str, _Change]]:
    yield "empty message", lambda _: b""
    yield "white space only", lambda _: b" \n"
    yield "cut off in the middle", lambda payload: payload[: len(payload) // 2]
    yield "cut off before the last byte", lambda payload: payload[:-1]
    yield "twice", lambda payload: payload * 2
    found = structure(carried.payload, of_text=carried.of_text)
    format_ = "" if found is None or found.wrapping else found.format
    if format_ in _NESTS:
        nest, bomb = _NESTS[format_], _BOMBS[format_]
        yield f"{DEEPEST:,} arrays deep", lambda payload: nest * DEEPEST + payload
        yield "an array that says to have more", lambda _: bomb
    elif format_ == "JSON":
        yield from _of_json()


def _of_json() -> Iterator[tuple[str, _Change]]:
    for tail in _BEHIND:
        yield f"{tail.decode()!r} behind", functools.partial(_followed, tail)
    yield "in an array", lambda payload: b"[" + payload + b"]"
    yield f"{DEEPEST:,} arrays", lambda _: b"[" * DEEPEST + b"]" * DEEPEST
    yield f"{DEEPEST:,} arrays without an end", lambda _: b"[" * DEEPEST
    yield f"{DEEPEST:,} objects", lambda _: b'{"a":' * DEEPEST + b"1" + b"}" * DEEPEST
    yield "1 Mi of white space before", lambda payload: b" " * (1 << 20) + payload
    for document in _DOCUMENTS:
        yield f"{document.decode()} instead", functools.partial(_instead_of_all, document)


def _followed(tail: bytes, payload: bytes) -> bytes:
    return payload + tail


def _instead_of_all(document: bytes, _: bytes) -> bytes:
    return document
