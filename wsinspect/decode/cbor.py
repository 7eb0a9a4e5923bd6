"""CBOR (RFC 8949), walked by its heads.

Order, double keys, tags and the size of each number stay as the peer wrote them. Several items may follow each other
(RFC 8742). Nothing but tag 55799 says that a payload is CBOR, so it is so only where all of it fits, and sure only
where what it would hold is not likely to come about by chance.
"""

from __future__ import annotations

import datetime

from wsinspect.decode.building import End, Stopped
from wsinspect.decode.evidence import plausibility
from wsinspect.decode.items import Ending, Item, Opening, bytes_node, float_text, string_node, unsigned, walk
from wsinspect.decode.source import Source
from wsinspect.decode.tree import Kind, Node, Structure

_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _TAG, _OTHER = range(8)
_INDEFINITE = 31
_ARGUMENT_BYTES = {24: 1, 25: 2, 26: 4, 27: 8}
_WORDS = {
    20: (Kind.BOOLEAN, "false"),
    21: (Kind.BOOLEAN, "true"),
    22: (Kind.NULL, "null"),
    23: (Kind.WORD, "undefined"),
}
_FLOAT_LABELS = {25: "half", 26: "single", 27: "double"}
_CONTAINERS = {_ARRAY: Kind.ARRAY, _MAP: Kind.OBJECT}
_CHUNKS = {_BYTES: "bytes in chunks", _TEXT: "text in chunks"}
_CHUNK_KINDS = {"bytes in chunks": Kind.BYTES, "text in chunks": Kind.STRING}
_MARK = b"\xd9\xd9\xf7"
"""Tag 55799 says that this is CBOR (§3.4.6)."""
_LONGEST_BIGNUM = 64
_EPOCH = datetime.datetime(1970, 1, 1)  # noqa: DTZ001 - in UTC, as is what comes of it


def read_cbor(source: Source) -> Structure | None:
    """Read a payload as CBOR; None where it is not."""
    if not source.data or source.data[0] >> 5 not in (_ARRAY, _MAP, _TAG):
        return None
    built = walk(source, _read, _finish)
    if built.damaged or not built.documents or not built.root().children:
        return None
    sure = source.data.startswith(_MARK) or plausibility(built)
    return None if sure is None else Structure("CBOR", built.root(), sure, remarks=built.remarks("CBOR"))


def _read(data: bytes, at: int, key: str | None) -> Item:
    major, low = data[at] >> 5, data[at] & 0x1F
    argument, end = low, at + 1
    if size := _ARGUMENT_BYTES.get(low):
        argument, end = unsigned(data, at + 1, size), at + 1 + size
    elif low == _INDEFINITE:
        return _indefinite(major, at)
    elif low > 27:
        raise Stopped(End.BROKEN, at)
    match major:
        case 0 | 1:
            value = argument if major == _UNSIGNED else -1 - argument
            return Node(Kind.NUMBER, key, str(value), at, end, (), "unsigned" if major == _UNSIGNED else "negative")
        case 2:
            return bytes_node(data, at, end, argument, key, "bytes")
        case 3:
            return string_node(data, at, end, argument, key, "text")
        case 4 | 5:
            return Opening(_CONTAINERS[major], argument * (1 if major == _ARRAY else 2), end, "")
        case 6:
            return Opening(Kind.TAG, 1, end, f"tag {argument}")
    return _other(data, at, end, low, argument, key)


def _indefinite(major: int, at: int) -> Opening | Ending:
    if major in _CONTAINERS:
        return Opening(_CONTAINERS[major], -1, at + 1, "indefinite length")
    if major in _CHUNKS:
        return Opening(Kind.ARRAY, -1, at + 1, _CHUNKS[major])
    if major == _OTHER:
        return Ending(at + 1)
    raise Stopped(End.BROKEN, at)


def _other(data: bytes, at: int, end: int, low: int, argument: int, key: str | None) -> Node:
    """Read what is neither number, text nor container."""
    if label := _FLOAT_LABELS.get(low):
        return Node(Kind.NUMBER, key, float_text(data[at + 1 : end]), at, end, (), label)
    if word := _WORDS.get(low):
        return Node(word[0], key, word[1], at, end)
    if low == 24 and argument < 32:
        raise Stopped(End.BROKEN, at)  # §3.3: such are not well-formed
    return Node(Kind.WORD, key, f"simple({argument})", at, end)


def _finish(node: Node) -> Node:
    """Check the chunks of a string, and say what tags make of what is in them."""
    if wanted := _CHUNK_KINDS.get(node.label):
        if any(child.kind is not wanted for child in node.children):
            raise Stopped(End.BROKEN, node.start)
    elif node.kind is Kind.TAG and node.children and (remark := _meaning(node.label, node.children[0])):
        return node._replace(remark=remark)
    return node


def _meaning(tag: str, child: Node) -> str:
    """Say what a tag makes of what is in it, where that is no text already."""
    if tag == "tag 1" and isinstance(child.value, str) and child.kind is Kind.NUMBER:
        try:
            return f"{(_EPOCH + datetime.timedelta(seconds=float(child.value))).isoformat()}Z"
        except (OverflowError, ValueError):
            return ""
    if tag in ("tag 2", "tag 3") and isinstance(child.value, bytes) and len(child.value) <= _LONGEST_BIGNUM:
        number = int.from_bytes(child.value)
        return str(number if tag == "tag 2" else -1 - number)
    if tag == "tag 37" and isinstance(child.value, bytes) and len(child.value) == 16:
        digits = child.value.hex()
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
    return {"tag 0": "a time", "tag 32": "an address", "tag 55799": "this is CBOR"}.get(tag, "")
