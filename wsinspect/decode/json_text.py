"""JSON token by token (RFC 8259): every digit, escape and double key stays as the peer wrote it.

Documents may follow each other, with white space or the record separator of RFC 7464 between them, and a short prefix
may stand before the first: `42["event"]` of Socket.IO, `a["…"]` of SockJS, `)]}',` against script inclusion. What ends
too early, or is no JSON from somewhere on, is read as far as it goes.

Theory of operation. One regular expression takes a value together with the key before it; another what follows it. They
never go back. The containers that are open are on a stack; one becomes a node when it ends.
"""

from __future__ import annotations

import re

from wsinspect.decode.building import CUT, Builder, End, Open, Stopped
from wsinspect.decode.source import Source
from wsinspect.decode.tree import Kind, Node, Structure

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
_BETWEEN = re.compile(rb"[ \t\r\n\x1e]*+")
_BEGINNING = re.compile(
    rb"(?:\xef\xbb\xbf)?+[ \t\r\n\x1e]*+(\)\]\}',?+\n|[^\[{\"\x00-\x20\x7f]{1,64}+ ?+(?=[\[{]))?+(?=[\[{\"])"
)
_PLAIN_PREFIX = re.compile(r"[0-9]{1,3}(-|/|$)|[a-z]$|\)")
_COMMA, _NULL_START = b",n"
_CONTAINERS = dict(zip(b"{}[]", (Kind.OBJECT, Kind.OBJECT, Kind.ARRAY, Kind.ARRAY), strict=True))


_KINDS = {_STRING_GROUP: Kind.STRING, _NUMBER_GROUP: Kind.NUMBER, _WORD_GROUP: Kind.BOOLEAN}


def read_json(source: Source) -> Structure | None:
    """Read a payload as JSON; None where it is not."""
    if source.text is None or (beginning := _BEGINNING.match(source.data)) is None:
        return None
    prefix = (beginning[1] or b"").decode()
    reading = _Reading(source, beginning.end())
    built = reading.built
    if not built.documents:
        return None
    first = built.documents[0]
    if prefix and not first.children:
        return None
    if built.damaged and (prefix or not reading.any_member):
        return None
    sure = not built.damaged and first.kind is not Kind.STRING
    if prefix:
        sure = sure and _PLAIN_PREFIX.match(prefix) is not None
    return Structure("JSON", built.root(), sure, prefix, remarks=built.remarks("JSON"))


class _Reading:
    """Reads documents as far as that goes.

    Args:
        source: Where they are.
        at: Where the first begins.
    """

    def __init__(self, source: Source, at: int) -> None:
        self.built = Builder(source)
        self.any_member = False
        self._data = source.data
        try:
            self._read(at)
        except Stopped as stopped:
            self.built.stop(stopped)

    def _read(self, at: int) -> None:
        data = self._data
        while at < len(data):
            if self.built.documents and data[at] not in b"[{":
                raise Stopped(End.BROKEN, at)
            at = _BETWEEN.match(data, self._document(at)).end()  # type: ignore[union-attr]  # it matches nothing, too

    def _document(self, at: int) -> int:
        """Read a document that begins at a place; return its end."""
        built, data = self.built, self._data
        stack, add = built.stack, built.add
        while True:
            in_object = bool(stack) and stack[-1].kind is Kind.OBJECT
            found = (_MEMBER if in_object else _ITEM).match(data, at)
            if found is None:
                raise self._nothing_at(at, in_object=in_object)
            built.take(at)
            what = found.lastindex
            assert what is not None  # a value has matched
            key = found[1].decode() or None
            start, at = found.span(what)
            if what == _OPENING_GROUP:
                stack.append(Open(_CONTAINERS[data[start]], key, start))
                continue
            if what == _EMPTY_GROUP:
                add(Node(_CONTAINERS[data[start]], key, None, start, at))
            else:
                kind = Kind.NULL if data[start] == _NULL_START else _KINDS[what]
                add(Node(kind, key, data[start:at].decode(), start, at))
            self.any_member = self.any_member or in_object
            at, ended = self._out(at)
            if ended:
                return at

    def _out(self, at: int) -> tuple[int, bool]:
        """Go out of the containers that end at a place, and over a comma; tell whether the document ended."""
        data, built = self._data, self.built
        while built.stack:
            after = _AFTER.match(data, at)
            if after is None:
                raise self._nothing_after(at)
            sign = data[after.end() - 1]
            if sign == _COMMA:
                return after.end(), False
            if _CONTAINERS[sign] is not built.stack[-1].kind:
                raise Stopped(End.BROKEN, after.end() - 1)
            at = after.end()
            built.close(at)
        return at, True

    def _nothing_after(self, at: int) -> Stopped:
        """Tell why nothing follows a value."""
        if _NOTHING_MORE.match(self._data, at) is None:
            return Stopped(End.BROKEN, _BLANK.match(self._data, at).end())  # type: ignore[union-attr]  # it matches nothing, too
        children = self.built.stack[-1].children
        if children and children[-1].kind is Kind.NUMBER:
            children[-1] = children[-1]._replace(remark=CUT)
        return Stopped(End.TOO_EARLY, len(self._data))

    def _nothing_at(self, at: int, *, in_object: bool) -> Stopped:
        """Tell why there is no value at a place, and keep the beginning of a string."""
        data = self._data
        found = (_UNFINISHED_MEMBER if in_object else _UNFINISHED_ITEM).match(data, at)
        if found is None:
            before = _BEFORE if in_object else _BLANK
            return Stopped(End.BROKEN, before.match(data, at).end())  # type: ignore[union-attr]  # it matches nothing, too
        if found[2] is not None:
            key = (found[1] or b"").decode() or None
            text = found[2].decode(errors="ignore")
            self.built.add(Node(Kind.STRING, key, text, found.start(2), len(data), (), "", CUT))
        return Stopped(End.TOO_EARLY, len(data))
