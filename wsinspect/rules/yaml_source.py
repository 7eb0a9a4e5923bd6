"""YAML into plain data of which every part knows its place.

The data is JSON's: keys are always texts, and plain words mean what YAML 1.2's core schema says, so that `on`, `yes`
and `12:30` stay texts. It is read from the parser's events and not composed by PyYAML, whose composers recurse as deep
as a file wants them to. Aliases share what they stand for; how large the whole is, all of them written out, is bounded.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import yaml

from wsinspect.rules.problems import Place
from wsinspect.rules.schema import Json
from wsinspect.rules.yaml_complaints import explain

type Complain = Callable[[Place | None, str], None]

MAX_BYTES = 4 << 20
MAX_PARTS = 100_000
"""With every alias written out."""
MAX_DEPTH = 100

_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What YAML 1.2 has in no file (section 5.1)."""
_INT = re.compile(r"[-+]?[0-9]+")
_OCTAL_OR_HEX = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_MAX_DIGITS = 40
_TOO_LARGE = 2.0**64
"""What JSON's numbers are in most programs."""
_UNENCODABLE = re.compile("[\ud800-\udfff]")
_TEXT_TAGS = frozenset({"!", "tag:yaml.org,2002:str"})


@dataclass(slots=True, eq=False)
class Node:
    """A part of a file."""

    place: Place
    value: Json
    written: str = ""
    """Of a single value: how it is written, without quotes."""
    keys: dict[str, Place] = field(default_factory=dict)
    """Of a mapping: where its keys are."""
    parts: dict[str | int, Node] = field(default_factory=dict)
    """Of a mapping by key, of a list by position."""
    size: int = 1
    """Parts in all, itself among them."""
    height: int = 1
    """Levels in all, its own among them."""

    def add(self, name: str | int, part: Node) -> None:
        """Put a part under its key or position."""
        self.parts[name] = part
        self.size += part.size
        self.height = max(self.height, part.height + 1)


class _UnreadableError(Exception):
    """There is no going on with the file."""

    def __init__(self, place: Place | None, message: str) -> None:
        super().__init__(message)
        self.place = place
        self.message = message


def parse(text: str, complain: Complain) -> Node | None:
    """Read a file.

    Args:
        text: Of the file.
        complain: Is told what is wrong.

    Returns:
        The whole, without what was wrong; None where nothing could be read.
    """
    try:
        _check_characters(text)
        return _document(text, complain)
    except _UnreadableError as error:
        complain(error.place, error.message)
    except yaml.YAMLError as error:
        complain(*explain(error, text))
    return None


def _check_characters(text: str) -> None:
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise _UnreadableError(None, f"the file is larger than {MAX_BYTES >> 20} MiB")
    if found := _UNPRINTABLE.search(text.removeprefix("\ufeff")):
        lines = (text.removeprefix("\ufeff")[: found.start()] + "?").splitlines()
        place = Place(len(lines), len(lines[-1]))
        raise _UnreadableError(place, f"a rule file cannot hold the character U+{ord(found[0]):04X}")


def _document(text: str, complain: Complain) -> Node:
    events = yaml.parse(text, Loader=_PARSER)
    next(events)  # the stream
    if isinstance(next(events), yaml.StreamEndEvent):
        raise _UnreadableError(None, "the file is empty: a rule file begins with 'version: 1'")
    root = _Composer(events, complain).node(next(events), 1)
    next(events)  # the end of the document
    after = next(events)
    if not isinstance(after, yaml.StreamEndEvent):
        raise _UnreadableError(_place(after), "a rule file is one document: '---' begins a second one")
    return root


class _Composer:
    """Builds the parts of a document from the parser's events."""

    def __init__(self, events: Iterator[yaml.Event], complain: Complain) -> None:
        self._events = events
        self._complain = complain
        self._anchors: dict[str | None, Node | None] = {}
        self._parts = 0

    def node(self, event: yaml.Event, depth: int) -> Node:
        """Build the part that begins with an event, on a level from 1."""
        place = _place(event)
        if isinstance(event, yaml.AliasEvent):
            node = self._aliased(event, place)
            self._bound(place, node.size, depth + node.height - 1)
            return node
        assert isinstance(event, yaml.ScalarEvent | yaml.SequenceStartEvent | yaml.MappingStartEvent)
        self._bound(place, 1, depth)
        if event.tag is not None and event.tag not in _TEXT_TAGS:
            self._complain(place, f"a rule file has no tags such as {_tag(event.tag)}")
        self._anchors[event.anchor] = None  # None is no anchor's name: no alias asks for it
        if isinstance(event, yaml.ScalarEvent):
            node = Node(place, self._scalar(event, place), event.value)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._list(place, depth)
        else:
            node = self._mapping(place, depth)
        self._anchors[event.anchor] = node
        return node

    def _aliased(self, event: yaml.AliasEvent, place: Place) -> Node:
        if event.anchor not in self._anchors:
            raise _UnreadableError(place, f"there is no anchor &{event.anchor} above")
        node = self._anchors[event.anchor]
        if node is None:
            raise _UnreadableError(place, f"*{event.anchor} stands within what it stands for")
        return node

    def _bound(self, place: Place, size: int, depth: int) -> None:
        self._parts += size
        if self._parts > MAX_PARTS:
            raise _UnreadableError(
                place, f"the file has more than {MAX_PARTS:,} parts, with every alias (*) written out"
            )
        if depth > MAX_DEPTH:
            raise _UnreadableError(place, f"lists and mappings are nested deeper than {MAX_DEPTH} levels")

    def _scalar(self, event: yaml.ScalarEvent, place: Place) -> Json:
        if _UNENCODABLE.search(event.value):
            self._complain(place, "an escape in this text is half of a character (a surrogate)")
            return ""
        if event.tag in _TEXT_TAGS or not event.implicit[0]:
            return event.value
        if not isinstance(value := _plain(event.value), int | float) or abs(value) < _TOO_LARGE:
            return value
        self._complain(place, "this number is too large; in quotes it is a text")
        return 0

    def _list(self, place: Place, depth: int) -> Node:
        values: list[Json] = []
        node = Node(place, values)
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            part = self.node(event, depth + 1)
            values.append(part.value)
            node.add(len(values) - 1, part)
        return node

    def _mapping(self, place: Place, depth: int) -> Node:
        values: dict[str, Json] = {}
        node = Node(place, values)
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key_place = _place(event)
            key = self._key(event, key_place, depth)
            part = self.node(next(self._events), depth + 1)
            if key is None:
                continue
            if key in values:
                self._complain(key_place, f"'{key}' is here twice: the first is in line {node.keys[key].line}")
                continue
            values[key] = part.value
            node.keys[key] = key_place
            node.add(key, part)
        return node

    def _key(self, event: yaml.Event, place: Place, depth: int) -> str | None:
        """Return a key as it is written, whatever it would mean as a value."""
        if isinstance(event, yaml.ScalarEvent) and event.anchor is None and event.tag is None:
            if event.value == "<<" and event.implicit[0]:
                self._complain(place, "a rule file has no merge keys (<<): write the keys out")
                return None
            return str(event.value)
        value = self.node(event, depth + 1).value
        if isinstance(value, str):
            return value
        self._complain(place, 'a key is a text (a {{ template }} stands in quotes: "{{ vars.x }}")')
        return None


def _plain(word: str) -> str | int | float | bool | None:
    """Read a word without quotes."""
    if word in _WORDS:
        return _WORDS[word]
    if _INT.fullmatch(word):
        return int(word) if len(word) < _MAX_DIGITS else math.inf
    if _OCTAL_OR_HEX.fullmatch(word):
        return int(word, 0) if len(word) < _MAX_DIGITS else math.inf
    return float(word) if _FLOAT.fullmatch(word) else word


def _place(event: yaml.Event) -> Place:
    mark = event.start_mark
    assert mark is not None  # the parser gives one to each event
    return Place(mark.line + 1, mark.column + 1)


def _tag(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!", 1)
