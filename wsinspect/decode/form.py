"""Forms as browsers write them: `name=value&name=value`, percent-encoded (URL standard §5)."""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

from wsinspect.decode.building import NOT_READ_ON
from wsinspect.decode.items import quoted
from wsinspect.decode.source import Source
from wsinspect.decode.tree import Kind, Node, Structure

_ESCAPE = r"%[0-9A-Fa-f]{2}"
_NAME = r"(?:[A-Za-z0-9_.~+\[\]$:@!*-]|" + _ESCAPE + r")++"
_VALUE = r"""(?:[^\s&%<>"{}\\^`|\x00-\x20\x7f]|""" + _ESCAPE + r")*+"
_PAIR = re.compile(rf"({_NAME})=({_VALUE})(&|\s*+\Z)")
_ENCODED = re.compile(_ESCAPE)


def read_form(source: Source) -> Structure | None:
    """Read a payload as a form; None where it is none.

    Two fields are as good as sure; one must have something encoded in it, as much else has an equals sign.
    """
    text = source.text
    if text is None or not text.isascii():
        return None
    fields: list[Node] = []
    encoded = enough = False
    at = 0
    while at < len(text):
        pair = _PAIR.match(text, at)
        if pair is None:
            break
        if enough := len(fields) >= source.nodes:
            break
        name, value = pair[1], pair[2]
        encoded = encoded or _ENCODED.search(value) is not None
        fields.append(Node(Kind.STRING, quoted(_plain(name)), quoted(_plain(value)), *pair.span(2)))
        at = pair.end()
    if (at < len(text) and not enough and source.whole) or len(fields) < 2 - encoded:
        return None
    if enough:
        remarks: tuple[str, ...] = (source.nodes_remark(len(fields), at),)
    else:
        remarks = () if source.whole else (source.cut_remark(),)
    root = Node(Kind.OBJECT, None, None, 0, at, tuple(fields), "", NOT_READ_ON if remarks else "")
    return Structure("form", root, len(fields) > 1, remarks=remarks)


def _plain(encoded: str) -> str:
    return unquote_plus(encoded)
