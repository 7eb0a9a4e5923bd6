"""Tells what a payload is, without a schema: the formats in the order in which they are tried.

The first that is sure wins, else the first that fits. No input takes longer than `LIMIT_BYTES` and `LIMIT_NODES` do,
and no exception leaves.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable

from wsinspect.decode.cbor import read_cbor
from wsinspect.decode.compressed import inflate
from wsinspect.decode.form import read_form
from wsinspect.decode.json_text import read_json
from wsinspect.decode.messagepack import read_messagepack
from wsinspect.decode.protobuf import read_protobuf
from wsinspect.decode.source import CONTROL, LIMIT_BYTES, LIMIT_NODES, Source
from wsinspect.decode.tree import Kind, Node, Structure
from wsinspect.decode.xml_text import read_xml

type Reader = Callable[[Source], Structure | None]

_OF_TEXT: tuple[Reader, ...] = (read_json, read_xml, read_form)
_OF_BYTES: tuple[Reader, ...] = (read_messagepack, read_cbor, read_protobuf)
_FILE = re.compile(
    rb"\x89PNG\r\n|\xff\xd8\xff|GIF8[79]a|RIFF....|BM....\x00\x00\x00\x00|%PDF-|PK\x03\x04|7z\xbc\xaf\x27\x1c|Rar!\x1a|"
    rb"OggS|ID3|fLaC|\x1aE\xdf\xa3|....ftyp|\x00asm|\x7fELF|MZ.\x00|BZh[1-9]|\xfd7zXZ\x00|\x28\xb5\x2f\xfd|wOF[F2]|"
    rb"\x00\x00\x01[\xb3\xba]|\x00\x00\x00\x01[\x06\x09\x27\x41\x61\x67]|SQLite format 3\x00",
    re.DOTALL,
)
"""How files of pictures, sound, video, programs and archives begin: what fits in them fits by chance."""

_LEAST_SHARE = 8


def structure(
    payload: bytes, *, of_text: bool, size: int | None = None, limit: int = LIMIT_BYTES, nodes: int = LIMIT_NODES
) -> Structure | None:
    """Tell what a payload holds.

    Args:
        payload: The payload, or its beginning.
        of_text: Whether it belongs to a text message.
        size: Bytes of the whole payload; None: what is given is all of it.
        limit: Bytes to look at, and to inflate at most.
        nodes: Nodes to make at most; a thousand take some 2 ms.

    Returns:
        What was found; None where it is nothing that is known, or nothing with a structure.
    """
    source = Source(payload[:limit], max(len(payload), size or 0), nodes)
    found = _first(source, _OF_TEXT)
    if found is not None or of_text or not source.data or _is_plain(source):
        return found
    if _FILE.match(source.data):
        return None
    return _unwrapped(source, limit) or _first(source, _OF_BYTES)


def _first(source: Source, readers: Iterable[Reader]) -> Structure | None:
    """Return the first that is sure, else the first that fits."""
    fitting = None
    for read in readers:
        # One that went far and failed leaves the others little: what is read in vain takes time, too.
        source.allowance.left = max(source.allowance.left, source.nodes // _LEAST_SHARE)
        found = read(source)
        if found is not None and found.sure:
            return found
        fitting = fitting or found
    return fitting


def _is_plain(source: Source) -> bool:
    """Tell whether a payload is text without control characters: no binary format looks like that."""
    return source.text is not None and CONTROL.search(source.text) is None


def _unwrapped(source: Source, limit: int) -> Structure | None:
    """Tell what is in a payload that is compressed."""
    inflated = inflate(source, limit)
    if inflated is None:
        return None
    inner = inflated.source
    found = _first(inner, _OF_TEXT)
    if found is None and inflated.proven:
        found = _first(inner, _OF_BYTES) or _content(inner)
    if found is None or not (found.sure or inflated.proven):
        return None
    return dataclasses.replace(found, wrapping=inflated.wrapping, unwrapped=inner.data)


def _content(inner: Source) -> Structure:
    """Show content as it is, of which no more is known than that it was compressed."""
    data = inner.data
    remarks = () if inner.whole else (inner.cut_remark(),)
    if _is_plain(inner):
        return Structure("text", Node(Kind.TEXT, None, inner.text, 0, len(data)), sure=True, remarks=remarks)
    return Structure("bytes", Node(Kind.BYTES, None, data, 0, len(data)), sure=True, remarks=remarks)
