"""What is compressed as a whole, by the application itself: gzip (RFC 1952), zlib (RFC 1950), bare deflate (RFC 1951).

That is another thing than `permessage-deflate`, which is undone before anything is recorded. No more is inflated than
is to be read.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from wsinspect.decode.source import Source

_GZIP_MARK = b"\x1f\x8b\x08"
_GZIP_BITS, _ZLIB_BITS, _DEFLATE_BITS = 31, 15, -15


@dataclass(frozen=True, slots=True)
class Inflated:
    """What was compressed."""

    wrapping: str
    """`gzip`, `zlib` or `deflate`."""
    source: Source
    """The content, or its beginning."""
    proven: bool
    """Whether a checksum says that this is what it is."""


def inflate(source: Source, limit: int) -> Inflated | None:
    """Inflate a payload; None where it is not compressed.

    Args:
        source: The payload.
        limit: Bytes to inflate at most.
    """
    data = source.data
    if data.startswith(_GZIP_MARK):
        wrapping, bits = "gzip", _GZIP_BITS
    elif len(data) > 2 and data[0] & 0x8F == 0x08 and int.from_bytes(data[:2]) % 31 == 0:
        wrapping, bits = "zlib", _ZLIB_BITS
    else:
        wrapping, bits = "deflate", _DEFLATE_BITS
    inflater = zlib.decompressobj(bits)
    try:
        content = inflater.decompress(data, limit)
    except zlib.error:
        return None
    if not content or inflater.unused_data:
        return None
    # A stream that is flushed after each message has no end, and yet nothing is missing.
    more = not inflater.eof and (bool(inflater.unconsumed_tail) or len(content) >= limit or not source.whole)
    inner = Source(content, len(content), source.nodes, more=more)
    return Inflated(wrapping, inner, proven=inflater.eof and wrapping != "deflate")
