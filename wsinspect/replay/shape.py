"""What a message is, apart from its values: so that a live one is found to be the same as a recorded one.

A shape has a name, where the message says what it is (`{"type": "tick"}`, `["price", …]`, `{"method": "login"}`), and
the fields it has. Two messages with names are of a kind where the names are the same; without, where most fields are.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from wsinspect.replay.leaves import Layout, Leaf, Scalar
from wsinspect.replay.paths import general

ALIKE = 0.5
"""From this likeness on two shapes may be of a kind."""

_NAMED_ALIKE = 0.6
_STRICT = ("type", "event", "op", "method", "action", "cmd", "command", "kind")
"""Keys whose values say what a message is."""
_LOOSE = (
    "msg_type", "messagetype", "message_type", "@type", "__typename", "eventname", "event_name", "msg", "e", "t",
    "channel", "topic",
)  # fmt: skip
"""Those that say so where none of the others is there."""
_TOP = re.compile(r"\$\d*\.?(?:\[')?([^.\[\]']+)(?:'\])?")
_SECOND = re.compile(r"\$\d*(?:\.\w+|\[\d+\]|\['[^']*'\])\.(\w+)")
_FIRST_ITEM = re.compile(r"\$\d*\[0\]")
_IDENTIFIER = re.compile(r"[A-Za-z_$@][\w.:/#@$-]{0,63}")
_RANDOM = re.compile(r"(?=.*\d)[0-9A-Fa-f-]{16,}|(?=.*\d)(?=.*[A-Z])(?=.*[a-z])[A-Za-z0-9_+/=-]{20,}")
_MOST_NUMBER = 255
_WORDS = re.compile(r"[^\W\d_]{2,}")
_MOST_WORDS = 32
_KINDS: dict[type, str] = {str: "string", int: "number", float: "number", bool: "boolean", bytes: "bytes"}


@dataclass(frozen=True, slots=True)
class Shape:
    """What a message is. Hashable: messages with the same shape are surely of a kind."""

    opcode: int
    format: str
    prefix: str
    name: str
    """What the message calls itself, such as `tick`; empty where it does not."""
    fields: frozenset[str]
    """General paths with the kind of their values: `$.items[*].id number`; of a text the words in it."""

    def __str__(self) -> str:
        """For people: `tick`, `{id, result.price}`, `text hello`."""
        prefix = f"{self.prefix} " if self.prefix else ""
        if self.name:
            return prefix + self.name
        if self.format in ("text", "bytes"):
            return " ".join([self.format, *filter(None, [self.prefix]), *sorted(self.fields)[:3]])
        names = sorted({field.rpartition(" ")[0].lstrip("$0123456789").lstrip(".") for field in self.fields})
        more = ", …" if len(names) > 4 else ""
        return f"{prefix}{{{', '.join(names[:4])}{more}}}"


def shape_of(opcode: int, laid_out: Layout) -> Shape:
    """Return what a message is."""
    if laid_out.format == "text":
        words = _WORDS.findall(laid_out.payload[:4096].decode(errors="replace"))
        return Shape(opcode, "text", laid_out.prefix, "", frozenset(words[:_MOST_WORDS]))
    fields = frozenset(
        [_field(leaf.path, _KINDS.get(type(leaf.value), "null")) for leaf in laid_out.leaves]
        + [f"{general(path)} empty" for path in laid_out.containers]
    )
    return Shape(opcode, laid_out.format, laid_out.prefix, _name(laid_out.leaves), fields)


@functools.lru_cache(16384)
def may_name(path: str) -> bool:
    """Tell whether the value at a path may be part of a name; of all others only the types are part of a shape."""
    found = _TOP.fullmatch(path) or _SECOND.fullmatch(path)
    key = found[1].lower() if found else ""
    return key in _STRICT or key in _LOOSE or path == "$[3]" or _FIRST_ITEM.fullmatch(path) is not None


def likeness(one: Shape, other: Shape) -> float:
    """Return how alike two shapes are: 1.0 the same, from `ALIKE` on perhaps of a kind, 0.0 surely not."""
    if one == other:
        return 1.0
    if (one.opcode, one.format, one.prefix, one.name) != (other.opcode, other.format, other.prefix, other.name):
        return 0.0
    every = len(one.fields | other.fields)
    shared = len(one.fields & other.fields) / every
    return _NAMED_ALIKE + (1 - _NAMED_ALIKE) * shared if one.name else shared


@functools.lru_cache(16384)
def _field(path: str, kind: str) -> str:
    return f"{general(path)} {kind}"


def _name(leaves: tuple[Leaf, ...]) -> str:
    """Return what a message calls itself."""
    top: dict[str, Scalar] = {}
    second: dict[str, Scalar] = {}
    for leaf in leaves:
        if found := _TOP.fullmatch(leaf.path):
            top.setdefault(found[1].lower(), leaf.value)
        elif found := _SECOND.fullmatch(leaf.path):
            second.setdefault(found[1].lower(), leaf.value)
    for keys, values in ((_STRICT, top), (_LOOSE, top), (("event", "type"), second)):
        named = [text for key in keys if (text := _says(key, values.get(key)))]
        if named and keys is _STRICT:
            return " ".join(named)
        if named:
            return named[0]
    return _first_item(leaves)


def _says(key: str, value: Scalar) -> str:
    if isinstance(value, str):
        return value if _IDENTIFIER.fullmatch(value) and not _RANDOM.fullmatch(value) else ""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_NUMBER and key not in ("e", "t"):
        return f"{key} {value}"
    return ""


def _first_item(leaves: tuple[Leaf, ...]) -> str:
    """Return the name of a message that is an array: `["price", …]`, `[48, 7, {}, "sum"]`."""
    items = [leaf for leaf in leaves if leaf.path.startswith("$")]
    by_path = {leaf.path: leaf.value for leaf in items}
    if not items or not _FIRST_ITEM.fullmatch(items[0].path):
        return ""
    first = items[0].value
    event = by_path.get("$[3]")
    if isinstance(by_path.get("$[2]"), str) and isinstance(event, str) and "$[4]" not in by_path:
        # Phoenix: [join_ref, ref, topic, event, payload]
        return _says("event", event)
    if isinstance(first, int) and all(isinstance(leaf.value, int | float) for leaf in items):
        return ""  # a list of numbers
    return _says("event", first)
