"""XML and HTML by their tags, as written: nothing is expanded, loaded or repaired.

Entities stay the text they are, so that a billion laughs is a page of declarations. HTML is read by the same tags:
elements without end tags are known by name, an end tag closes what was left open in it, `<` before anything but a name
is text. Whatever needs such leniency is less sure, but shown.

Theory of operation. One regular expression takes a tag with its attributes, a comment, or the text up to the next; it
never goes back. The elements that are open are on a stack; one becomes a node when it ends.
"""

from __future__ import annotations

import re

from wsinspect.decode.building import CUT, Builder, End, Open, Stopped
from wsinspect.decode.source import Source
from wsinspect.decode.tree import Kind, Node, Structure

SELF_CLOSING = "self-closing"
"""The label of `<a/>`."""
VOID = "no end tag"
"""The label of HTML's `<br>`."""
CDATA = "CDATA"
"""The label of text that was in `<![CDATA[…]]>`."""

_SPACE = rb"[ \t\r\n]*+"
_NAME = rb"[A-Za-z_:\x80-\xff][-A-Za-z0-9_:.\x80-\xff]*+"
_ATTRIBUTE_NAME = rb"""[^ \t\r\n"'<>/=]++"""
_EQUALS = _SPACE + rb"=" + _SPACE
_ATTRIBUTE_VALUE = rb"""(?:"[^"]*+"|'[^']*+'|[^ \t\r\n"'<>]++)"""
_ATTRIBUTES = rb"(?:[ \t\r\n/]*+%b(?:%b%b)?+)*+" % (_ATTRIBUTE_NAME, _EQUALS, _ATTRIBUTE_VALUE)
_ATTRIBUTE = re.compile(rb"(%b)(?:%b(%b))?+" % (_ATTRIBUTE_NAME, _EQUALS, _ATTRIBUTE_VALUE))
_COMMENT = rb"<!--(?:[^-]++|-(?!->))*+-->"
_CDATA = rb"<!\[CDATA\[(?:[^\]]++|\](?!\]>))*+\]\]>"
_QUOTED = rb""""[^"]*+"|'[^']*+'"""
_SUBSET = rb"\[(?:%b|[^\]\"'<]++|%b|<)*+\]" % (_COMMENT, _QUOTED)
_INSTRUCTION = rb"<\?(?:[^?]++|\?(?!>))*+\?>|<![A-Za-z](?:[^<>\[\]\"']++|%b|%b)*+>" % (_QUOTED, _SUBSET)
_TOKEN = re.compile(
    rb"((?:[^<]++|<(?![A-Za-z_:/!?\x80-\xff]))++)|(%b)|(%b)|(%b)|</(%b)[^<>]*+>|<(%b)(%b)%b(/?)>"
    % (_COMMENT, _CDATA, _INSTRUCTION, _NAME, _NAME, _ATTRIBUTES, _SPACE)
)
_TEXT_GROUP, _COMMENT_GROUP, _CDATA_GROUP, _INSTRUCTION_GROUP, _END_GROUP, _START_GROUP, _ATTRIBUTES_GROUP, _SLASH = (
    range(1, 9)
)
_UNFINISHED = re.compile(
    rb"""<(?:[!?]|/?+(?:%b%b(?:%b(?:"[^"]*+|'[^']*+)?+)?+[ \t\r\n/]*+)?+\Z)""" % (_NAME, _ATTRIBUTES, _EQUALS)
)
_BEGINNING = re.compile(rb"(?:\xef\xbb\xbf)?+[ \t\r\n]*+(?=<[A-Za-z_:!?\x80-\xff])")
_HTML_DOCTYPE = re.compile(rb"<!doctype\s+html\b", re.IGNORECASE)
_HTML = frozenset(
    b"html head body div span p ul ol li dl table thead tbody tr td th button input img br hr h1 h2 h3 h4 h5 h6 script "
    b"style section article nav strong em textarea select option template pre fieldset".split()
)
"""Elements that tell HTML from XML if they come first."""
_VOID = frozenset(b"area base br col embed hr img input link meta source track wbr".split())
_RAW = {
    name: re.compile(rb"(?:[^<]++|<(?!/%b))*+" % name, re.IGNORECASE) for name in (b"script", b"style", b"textarea")
}
"""What is in them is no markup."""
_LOOK_BACK = 16
"""Open elements among which the one is looked for that an end tag ends."""


def read_xml(source: Source) -> Structure | None:
    """Read a payload as XML or HTML; None where it is neither."""
    if source.text is None or (beginning := _BEGINNING.match(source.data)) is None:
        return None
    reading = _Reading(source, beginning.end())
    built = reading.built
    if not reading.elements or (built.damaged and not reading.any_closed):
        return None
    name = "HTML" if reading.html else "XML"
    return Structure(name, built.root(), not (built.damaged or reading.loose), remarks=built.remarks(name))


class _Reading:
    """Reads markup as far as that goes.

    Args:
        source: Where it is.
        at: Where it begins.
    """

    def __init__(self, source: Source, at: int) -> None:
        self.built = Builder(source)
        self.html = False
        self.elements = 0
        self.any_closed = False
        self.loose = False
        """Whether it was read in a way in which XML is not."""
        self._data = source.data
        try:
            self._read(at)
        except Stopped as stopped:
            self.built.stop(stopped)

    def _read(self, at: int) -> None:
        built, data = self.built, self._data
        while at < len(data):
            found = _TOKEN.match(data, at)
            if found is None:
                raise self._nothing_at(at)
            built.take(at)
            at = found.end()
            if found[_START_GROUP] is not None:
                at = self._start(found)
            elif found[_END_GROUP] is not None:
                self._end(found[_END_GROUP], found)
            else:
                self._content(found)
        if built.stack:
            if not self.html or not built.source.whole:
                raise Stopped(End.TOO_EARLY, at)
            self.loose = True
            while built.stack:
                built.close(at)

    def _start(self, found: re.Match[bytes]) -> int:
        """Open an element; return where its content begins, or its end tag if its content is no markup."""
        built, raw_name = self.built, found[_START_GROUP]
        lowered = raw_name.lower()
        if not self.elements:
            self.html = self.html or lowered in _HTML
        self.elements += 1
        self_closing = bool(found[_SLASH])
        void = self.html and lowered in _VOID
        label = SELF_CLOSING if self_closing else (VOID if void else "")
        built.stack.append(Open(Kind.ELEMENT, raw_name.decode(), found.start(), label))
        for attribute in _ATTRIBUTE.finditer(self._data, *found.span(_ATTRIBUTES_GROUP)):
            built.take(attribute.start())
            name, value = attribute.groups()
            key, text = name.decode(), None if value is None else value.decode()
            built.add(Node(Kind.ATTRIBUTE, key, text, attribute.start(), attribute.end()))
        end = found.end()
        if self_closing or void:
            built.close(end)
            self.any_closed = True
        elif self.html and lowered in _RAW:
            return self._raw(lowered, end)
        return end

    def _raw(self, name: bytes, start: int) -> int:
        """Take what is in an element in which there is no markup; return where it ends."""
        end = _RAW[name].match(self._data, start).end()  # type: ignore[union-attr]  # it matches nothing, too
        self._add(Kind.TEXT, start, end)
        return end

    def _end(self, raw_name: bytes, found: re.Match[bytes]) -> None:
        """Close an element, and in HTML those in it that were left open."""
        built, name = self.built, raw_name.decode()
        for index, opened in enumerate(reversed(built.stack[-_LOOK_BACK:])):
            if opened.key == name or (self.html and (opened.key or "").lower() == name.lower()):
                if index and not self.html:
                    break
                for _ in range(index):
                    self.loose = True
                    built.close(found.start())
                built.close(found.end())
                self.any_closed = True
                return
        if not self.html:
            raise Stopped(End.BROKEN, found.start())
        self.loose = True

    def _content(self, found: re.Match[bytes]) -> None:
        """Add what is not an element."""
        start, end = found.span()
        if found[_TEXT_GROUP] is not None:
            if found[_TEXT_GROUP].isspace():
                return
            self.loose = self.loose or b"<" in found[_TEXT_GROUP] or not self.built.stack
            self._add(Kind.TEXT, start, end)
        elif found[_COMMENT_GROUP] is not None:
            self._add(Kind.COMMENT, start, end)
        elif found[_CDATA_GROUP] is not None:
            self._add(Kind.TEXT, start + len("<![CDATA["), end - len("]]>"), CDATA)
        else:
            self.html = self.html or _HTML_DOCTYPE.match(self._data, start) is not None
            self._add(Kind.INSTRUCTION, start, end)

    def _add(self, kind: Kind, start: int, end: int, label: str = "", remark: str = "") -> None:
        text = self._data[start:end].decode(errors="ignore")  # a cut may go through a character
        if text:
            self.built.add(Node(kind, None, text, start, end, (), label, remark))

    def _nothing_at(self, at: int) -> Stopped:
        """Tell why there is no tag where one begins."""
        if _UNFINISHED.match(self._data, at) is None:
            return Stopped(End.BROKEN, at)
        self._add(Kind.TEXT, at, len(self._data), "", CUT)
        return Stopped(End.TOO_EARLY, len(self._data))
