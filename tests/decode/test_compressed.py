"""What an application compressed, inflated within bounds."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.decode.compressed import Inflated, inflate
from wsinspect.decode.source import Source

TEXT = b'{"price": 99.5}' * 4


def deflated(data: bytes, bits: int, flush: int = zlib.Z_FINISH) -> bytes:
    deflater = zlib.compressobj(wbits=bits)
    return deflater.compress(data) + deflater.flush(flush)


def inflated(data: bytes, *, size: int = 0, limit: int = 1 << 20) -> Inflated | None:
    return inflate(Source(data, max(size, len(data)), 77), limit)


@pytest.mark.parametrize(
    ("bits", "wrapping", "proven"), [(31, "gzip", True), (15, "zlib", True), (9, "zlib", True), (-15, "deflate", False)]
)
def test_content_is_inflated(bits: int, wrapping: str, proven: bool) -> None:
    assert inflated(deflated(TEXT, bits)) == Inflated(wrapping, Source(TEXT, len(TEXT), 77), proven)


def test_a_stream_that_is_flushed_lacks_nothing() -> None:
    assert inflated(deflated(TEXT, 15, zlib.Z_SYNC_FLUSH)) == Inflated(
        "zlib", Source(TEXT, len(TEXT), 77), proven=False
    )


def test_no_more_is_inflated_than_wanted() -> None:
    found = inflated(gzip.compress(bytes(10_000_000)), limit=1000)
    assert found is not None
    assert (len(found.source.data), found.source.more, found.proven) == (1000, True, False)
    assert found.source.cut_remark() == "Read were the first 1,000 bytes of more."


def test_a_payload_may_be_cut() -> None:
    data = gzip.compress(TEXT)
    found = inflated(data[:-9], size=len(data))
    assert found is not None
    assert TEXT.startswith(found.source.data)
    assert found.source.more
    assert not found.proven


@pytest.mark.parametrize(
    "data",
    [
        *(
            b"",
            b"x",
            b"hello world",
            b"\x1f\x8b\x08nonsense",
            b"\x78\x9cnonsense",
            gzip.compress(b""),
            gzip.compress(TEXT) + b"x",
        ),
        gzip.compress(TEXT)[:-1] + b"x" + b"",
    ],
)
def test_what_is_not_compressed_is_left_alone(data: bytes) -> None:
    assert inflated(data) is None


@given(st.binary(), st.sampled_from([b"", b"\x1f\x8b\x08", b"\x78\x9c"]), st.integers(1, 100))
def test_arbitrary_bytes_are_inflated_or_not(data: bytes, start: bytes, limit: int) -> None:
    found = inflated(start + data, limit=limit)
    assert found is None or len(found.source.data) <= limit
