"""JSON token by token (RFC 8259): every digit, escape and double key stays as the peer wrote it.

Documents may follow each other, with white space or the record separator of RFC 7464 between them, and a short prefix
may stand before the first: `42["event"]` of Socket.IO, `a["…"]` of SockJS, `)]}',` against script inclusion. What ends
too early, or is no JSON from somewhere on, is read as far as it goes.

Theory of operation. One regular expression takes a value together with the key before it; another what follows it. They
never go back. The containers that are open are on a stack; one becomes a node when it ends.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, field

from wsinspect.decode.source import Source
from wsinspect.decode.tree import DEEPEST, Kind, Node, Structure

_SPACE = rb"[ \t\r\n]*+"
_IN_STRING = rb'[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+'
_STRING = rb'"' + _IN_STRING + rb'"'
_NUMBER = rb"-?+(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?+[0-9]++)?+"
_VALUE = rb"(?:(%b)|(%b)|(true|false|null)|(\[%b\]|\{%b\})|([\[{]))" % (_STRING, _NUMBER, _SPACE, _SPACE)
_KEY = rb"(" + _STRING + rb")" + _SPACE + rb":" + _SPACE
_ITEM = re.compile(_SPACE + rb"()" + _VALUE)
_MEMBER = re.compile(_SPACE + _KEY + _VALUE)
_BLANK = re.compile(_SPACE)
_BEFORE = re.compile(_SPACE + rb"(?:" + _KEY + rb")?+")
"""What is passed before the place where something is wrong."""
_STRING_GROUP, _NUMBER_GROUP, _WORD_GROUP, _EMPTY_GROUP, _OPENING_GROUP = range(2, 7)
_AFTER = re.compile(_SPACE + rb"([,\]}])")
_UNFINISHED_STRING = rb'"' + _IN_STRING + rb"(?:\\(?:u[0-9a-fA-F]{0,3})?)?"
_UNFINISHED = rb"(?:(%b)|-|t|tr|tru|f|fa|fal|fals|n|nu|nul)?\Z" % _UNFINISHED_STRING
_UNFINISHED_ITEM = re.compile(_SPACE + rb"()" + _UNFINISHED)
_UNFINISHED_MEMBER = re.compile(
    _SPACE + rb"(?:" + _KEY + _UNFINISHED + rb"|(?:" + _STRING + _SPACE + rb"|" + _UNFINISHED_STRING + rb")?\Z)"
)
_NOTHING_MORE = re.compile(rb"(?:\.|[eE][+-]?)?" + _SPACE + rb"\Z")
_BRACKET = re.compile(rb'(?:[^"\[\]{}]++|' + _STRING + rb")*+([\[\]{}])")
_NO_BRACKET = re.compile(rb'(?:[^"\[\]{}]++|' + _STRING + rb")*+(?:" + _UNFINISHED_STRING + rb")?\Z")
_BETWEEN = re.compile(rb"[ \t\r\n\x1e]*+")
_BEGINNING = re.compile(
    rb"(?:\xef\xbb\xbf)?+[ \t\r\n\x1e]*+(\)\]\}',?+\n|[^\[{\"\x00-\x20\x7f]{1,64}+ ?+(?=[\[{]))?+(?=[\[{\"])"
)
_PLAIN_PREFIX = re.compile(r"[0-9]{1,3}(-|/|$)|[a-z]$|\)")
_COMMA, _OBJECT_END, _NULL_START = b",}n"


_KINDS = {_STRING_GROUP: Kind.STRING, _NUMBER_GROUP: Kind.NUMBER, _WORD_GROUP: Kind.BOOLEAN}
TOO_DEEP = f"nested deeper than {DEEPEST} levels: not shown"
NOT_READ_ON = "not read to its end"
CUT = "cut"


class _End(enum.Enum):
    COMPLETE = enum.auto()
    TOO_EARLY = enum.auto()
    BROKEN = enum.auto()
    ENOUGH = enum.auto()
    """As much was made of it as may be."""


def read_json(source: Source) -> Structure | None:
    """Read a payload as JSON; None where it is not."""
    if source.text is None or (beginning := _BEGINNING.match(source.data)) is None:
        return None
    prefix = (beginning[1] or b"").decode()
    reading = _Reading(source, beginning.end())
    reading.read()
    if not reading.documents:
        return None
    first = reading.documents[0]
    if prefix and not first.children:
        return None
    damaged = reading.end is _End.BROKEN or (reading.end is _End.TOO_EARLY and source.whole)
    if damaged and (prefix or not reading.any_member):
        return None
    sure = not damaged and first.kind is not Kind.STRING
    if prefix:
        sure = sure and _PLAIN_PREFIX.match(prefix) is not None
    return Structure("JSON", reading.root(), sure, prefix, remarks=reading.remarks())


@dataclass(slots=True)
class _Open:
    """A container that has not ended."""

    key: str | None
    start: int
    closing: int
    children: list[Node] = field(default_factory=list)

    def node(self, end: int, remark: str = "") -> Node:
        kind = Kind.OBJECT if self.closing == _OBJECT_END else Kind.ARRAY
        return Node(kind, self.key, None, self.start, end, tuple(self.children), "", remark)


class _Stopped(Exception):  # noqa: N818 - no error
    """No more is read."""


class _Reading:
    """Reads documents as far as that goes."""

    def __init__(self, source: Source, at: int) -> None:
        self.documents: list[Node] = []
        self.end = _End.COMPLETE
        self.any_member = False
        self._source = source
        self._data = source.data
        self._at = at
        self._left = source.nodes
        self._stack: list[_Open] = []

    def read(self) -> None:
        """Read all documents."""
        data = self._data
        try:
            while self._at < len(data):
                if self.documents and data[self._at] not in b"[{":
                    raise self._stopped(_End.BROKEN)
                self._document()
                self._at = _BETWEEN.match(data, self._at).end()  # type: ignore[union-attr]  # it matches nothing, too
        except _Stopped:
            while self._stack:
                opened = self._stack.pop()
                self._children().append(opened.node(self._at, NOT_READ_ON))

    def root(self) -> Node:
        """Return the one document, or a node with all of them."""
        if len(self.documents) == 1:
            return self.documents[0]
        documents = tuple(self.documents)
        return Node(Kind.SEQUENCE, None, None, documents[0].start, documents[-1].end, documents)

    def remarks(self) -> tuple[str, ...]:
        """Say why not all was read."""
        if self.end is _End.ENOUGH:
            return (self._source.nodes_remark(self._at),)
        if self.end is _End.BROKEN:
            return (f"It is no JSON from byte {self._at:,} on.",)
        if not self._source.whole:
            return (self._source.cut_remark(),)
        return ("It ends before the JSON does.",) if self.end is _End.TOO_EARLY else ()

    def _stopped(self, end: _End) -> _Stopped:
        self.end = end
        return _Stopped()

    def _children(self) -> list[Node]:
        return self._stack[-1].children if self._stack else self.documents

    def _in_object(self) -> bool:
        return bool(self._stack) and self._stack[-1].closing == _OBJECT_END

    def _document(self) -> None:
        """Read a document, which begins here."""
        data = self._data
        stack = self._stack
        while True:
            found = (_MEMBER if self._in_object() else _ITEM).match(data, self._at)
            if found is None:
                raise self._unfinished()
            if self._left <= 0:
                raise self._stopped(_End.ENOUGH)
            self._left -= 1
            what = found.lastindex
            assert what is not None  # a value has matched
            key = found[1].decode() or None
            start, self._at = found.span(what)
            if what == _OPENING_GROUP and len(stack) < DEEPEST:
                stack.append(_Open(key, start, data[start] + 2))  # the codes of both pairs of brackets differ by two
            else:
                self._children().append(self._node(what, key, start))
                self.any_member = self.any_member or key is not None
                if not self._closed():
                    return

    def _node(self, what: int, key: str | None, start: int) -> Node:
        """Make a node of what has no children, or none that are shown."""
        first = self._data[start]
        if what in (_EMPTY_GROUP, _OPENING_GROUP):
            remark = ""
            if what == _OPENING_GROUP:
                self._jump_over()
                remark = TOO_DEEP
            return Node(
                Kind.OBJECT if first == _OBJECT_END - 2 else Kind.ARRAY, key, None, start, self._at, (), "", remark
            )
        kind = Kind.NULL if first == _NULL_START else _KINDS[what]
        return Node(kind, key, self._data[start : self._at].decode(), start, self._at)

    def _jump_over(self) -> None:
        """Go to the end of the container that has just begun."""
        depth = 1
        while depth:
            bracket = _BRACKET.match(self._data, self._at)
            if bracket is None:
                raise self._stopped(_End.TOO_EARLY if _NO_BRACKET.match(self._data, self._at) else _End.BROKEN)
            self._left -= 1
            if self._left <= 0:
                raise self._stopped(_End.ENOUGH)
            self._at = bracket.end()
            depth += 1 if self._data[self._at - 1] in b"[{" else -1

    def _closed(self) -> bool:
        """Go out of the containers that end here, and over a comma; False: it was the end of the document."""
        data = self._data
        while self._stack:
            after = _AFTER.match(data, self._at)
            if after is None:
                raise self._nothing_after()
            sign = data[after.end() - 1]
            if sign != _COMMA and sign != self._stack[-1].closing:
                raise self._stopped(_End.BROKEN)
            self._at = after.end()
            if sign == _COMMA:
                return True
            opened = self._stack.pop()
            self._children().append(opened.node(self._at))
        return False

    def _nothing_after(self) -> _Stopped:
        """Tell why nothing follows a value."""
        if _NOTHING_MORE.match(self._data, self._at) is None:
            self._at = _BLANK.match(self._data, self._at).end()  # type: ignore[union-attr]  # it matches nothing, too
            return self._stopped(_End.BROKEN)
        children = self._children()
        if children[-1].kind is Kind.NUMBER:
            children[-1] = children[-1]._replace(remark=CUT)
        return self._stopped(_End.TOO_EARLY)

    def _unfinished(self) -> _Stopped:
        """Tell why there is no value, and keep the beginning of a string."""
        data = self._data
        found = (_UNFINISHED_MEMBER if self._in_object() else _UNFINISHED_ITEM).match(data, self._at)
        if found is None:
            self._at = _BEFORE.match(data, self._at).end()  # type: ignore[union-attr]  # it matches nothing, too
            return self._stopped(_End.BROKEN)
        if found[2] is not None:
            key = found[1].decode() or None
            value = found[2].decode(errors="ignore")
            self._children().append(Node(Kind.STRING, key, value, found.start(2), len(data), (), "", CUT))
        self._at = len(data)
        return self._stopped(_End.TOO_EARLY)
