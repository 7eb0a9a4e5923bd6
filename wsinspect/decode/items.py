"""Values of binary formats, each with a head that says what it is and how long: MessagePack and CBOR.

A format gives a function that reads one head; containers, keys of maps, limits and cuts are the same for all. Nothing
is allocated because a length says so: a value that is longer than the data is cut, or there is no such value.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import NamedTuple

import orjson

from wsinspect.decode.building import CUT, Builder, End, Open, Stopped
from wsinspect.decode.source import Source, utf8
from wsinspect.decode.tree import Kind, Node

_SINGLE = 4
_SHORT = 12
"""Characters up to which a float of four bytes is likely to have been just that number, made smaller by the encoder."""


class Opening(NamedTuple):
    """The head of a container."""

    kind: Kind
    values: int
    """How many are in it, keys of maps among them; -1 where a sign will tell that it ends."""
    end: int
    """Where its head ends."""
    label: str


class Ending(NamedTuple):
    """The sign that ends a container that does not know its length."""

    end: int


type Item = Node | Opening | Ending
type ReadHead = Callable[[bytes, int, str | None], Item]
"""Reads the value, or the head of a container, at a place; the last argument is the key the node is to have. Raises
`Stopped` where it is not of the format, and `IndexError` or `Unfinished` where the data ends in it."""
type Finish = Callable[[Node], Node]
"""Makes more of a container that has ended; raises `Stopped` where it is not of the format after all."""


class Unfinished(Exception):  # noqa: N818 - it is where the data ends, not an error
    """The data ends in a value.

    Args:
        node: What there is of it; None: not enough to be shown.
    """

    def __init__(self, node: Node | None) -> None:
        self.node = node


def walk(source: Source, read_head: ReadHead, finish: Finish) -> Builder:
    """Read the values of a payload as far as that goes.

    Args:
        source: The payload.
        read_head: What knows the format.
        finish: What is told of containers that ended.

    Returns:
        What was built. The documents are one or several containers with something in them: a lone number tells nothing
        about its format.
    """
    built = Builder(source)
    try:
        _walk(built, read_head, finish)
    except Stopped as stopped:
        built.stop(stopped)
    return built


def _walk(built: Builder, read_head: ReadHead, finish: Finish) -> None:
    data, stack = built.source.data, built.stack
    at = 0
    while at < len(data) or stack:
        built.take(at)
        top = stack[-1] if stack else None
        awaits_key = top is not None and top.kind is Kind.OBJECT and top.next_key is None
        key = None if top is None or awaits_key else top.next_key
        try:
            item = read_head(data, at, key)
        except (IndexError, Unfinished) as error:
            if isinstance(error, Unfinished) and error.node is not None and not awaits_key:
                built.add(error.node)
            raise Stopped(End.TOO_EARLY, len(data)) from None
        start, at = at, item.end
        if isinstance(item, Opening):
            stack.append(Open(item.kind, key, start, item.label, item.values))
        elif isinstance(item, Ending):
            if top is None or top.left >= 0 or top.next_key is not None:
                raise Stopped(End.BROKEN, start)
            top.left = 0
        elif top is None:
            raise Stopped(End.BROKEN, start)
        elif awaits_key:
            top.next_key = notation(item)
            top.left -= 1
        else:
            built.add(item)
            _count(top)
        while stack and stack[-1].left == 0:
            _close(built, at, finish)


def _close(built: Builder, at: int, finish: Finish) -> None:
    """Close the container that ends; it may be the key of a map."""
    ended = built.stack.pop()
    node = finish(ended.node(at))
    top = built.stack[-1] if built.stack else None
    if top is None:
        if not node.children:
            raise Stopped(End.BROKEN, node.start)
        built.add(node)
    elif top.kind is Kind.OBJECT and top.next_key is None:
        top.next_key = notation(node)
        top.left -= 1
    else:
        built.add(node)
        _count(top)


def _count(top: Open) -> None:
    """Note that a container has one value more."""
    top.next_key = None
    top.left -= 1


def notation(node: Node) -> str:
    """Write a value as the key of another one, in the diagnostic notation of CBOR."""
    if isinstance(node.value, bytes):
        return f"h'{node.value.hex()}'"
    if node.kind is Kind.TAG and node.children:
        return f"{node.label.removeprefix('tag ')}({notation(node.children[0])})"
    if node.value is None:
        return "{\u2026}" if node.kind is Kind.OBJECT else "[\u2026]"
    return node.value


def quoted(text: str) -> str:
    """Write a string as JSON does."""
    if text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return orjson.dumps(text).decode()


def string_node(data: bytes, start: int, first: int, length: int, key: str | None, label: str) -> Node:
    """Read a string; bytes that are no UTF-8 stay bytes.

    Args:
        data: The payload.
        start: Where its head begins.
        first: Where its content begins.
        length: Bytes of its content.
        key: What it is called.
        label: The type of its head.
    """
    end = first + length
    part = data[first:end]
    cut = end > len(data)
    text = utf8(part, cut=cut)
    if text is None:
        node = Node(Kind.BYTES, key, part, start, end, (), label, "no UTF-8")
    else:
        node = Node(Kind.STRING, key, quoted(text), start, end, (), label)
    return _whole(node, len(data), cut=cut)


def bytes_node(data: bytes, start: int, first: int, length: int, key: str | None, label: str) -> Node:
    """Read bytes; the arguments are those of `string_node`."""
    end = first + length
    node = Node(Kind.BYTES, key, data[first:end], start, end, (), label)
    return _whole(node, len(data), cut=end > len(data))


def _whole(node: Node, size: int, *, cut: bool) -> Node:
    if cut:
        raise Unfinished(node._replace(end=size, remark=CUT))
    return node


def unsigned(data: bytes, at: int, size: int) -> int:
    """Read a number; raise `IndexError` where the data ends before.

    Args:
        data: The payload.
        at: Where it begins.
        size: Its bytes.
    """
    if at + size > len(data):
        raise IndexError
    return int.from_bytes(data[at : at + size])


def float_text(raw: bytes) -> str:
    """Write a big-endian binary float of 2, 4 or 8 bytes.

    One of four bytes is often but near to what was meant: 0.1, not 0.10000000149011612. It is written with as few
    digits as tell it from all others of its size.
    """
    code = {2: ">e", 4: ">f", 8: ">d"}[len(raw)]
    value: float = struct.unpack(code, raw)[0]
    if value != value:  # only NaN differs from itself
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    exact = repr(value)
    if len(raw) != _SINGLE or len(exact) <= _SHORT:
        return exact
    digits = 1
    while not _is_packed(short := float(f"{value:.{digits}g}"), code, raw):
        digits += 1  # nine are always enough
    return repr(short)


def _is_packed(value: float, code: str, raw: bytes) -> bool:
    try:
        return struct.pack(code, value) == raw
    except OverflowError:  # rounded up beyond the largest
        return False
