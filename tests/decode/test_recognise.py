"""What a payload is told to be, what it is not, and that no payload takes long or raises."""

from __future__ import annotations

import gzip
import os
import random
import zlib

import cbor2
import msgpack  # type: ignore[import-untyped]  # it has no types
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.decode.recognise import structure
from wsinspect.decode.tree import DEEPEST, Kind, Node, Structure

PROTOBUF = b"\x08\x07\x12\x10there is no room\x1a\x10for doubt really"
DOCUMENT = {"id": 7, "name": "somebody", "tags": ["a", "b"], "price": 99.5}


def told(payload: bytes, *, of_text: bool = False) -> str | None:
    found = structure(payload, of_text=of_text)
    return None if found is None else found.format + (f" in {found.wrapping}" if found.wrapping else "")


@pytest.mark.parametrize(
    ("payload", "format_name"),
    [(b'{"a":1}', "JSON"), (b"<a><b/></a>", "XML"), (b"<p>hi</p>", "HTML"), (b"a=1&b=2", "form"), (b"hello", None)],
)
def test_text_is_told_wherever_it_is(payload: bytes, format_name: str | None) -> None:
    assert told(payload, of_text=True) == told(payload) == format_name


@pytest.mark.parametrize(
    ("payload", "format_name"),
    [
        (msgpack.packb(DOCUMENT), "MessagePack"),
        (cbor2.dumps(DOCUMENT), "CBOR"),
        (PROTOBUF, "protobuf"),
        (gzip.compress(b'{"a":1}'), "JSON in gzip"),
        (zlib.compress(msgpack.packb(DOCUMENT)), "MessagePack in zlib"),
        (zlib.compress(b'{"a":1}', wbits=-15), "JSON in deflate"),
        (gzip.compress(b"hello world"), "text in gzip"),
        (gzip.compress(b"\x00\x01\x02\xff"), "bytes in gzip"),
        (gzip.compress(b"a=%41"), "form in gzip"),
        (zlib.compress(b"a=%41", wbits=-15), None),
        (zlib.compress(b"hello", wbits=-15), None),
    ],
)
def test_binary_formats_are_told_apart(payload: bytes, format_name: str | None) -> None:
    assert told(payload) == format_name
    assert structure(payload, of_text=True) is None


def test_the_one_that_is_sure_is_preferred() -> None:
    found = structure(b'"<a/>"', of_text=True)
    assert found is not None
    assert (found.format, found.sure) == ("JSON", False)


def test_offsets_refer_to_what_was_compressed() -> None:
    found = structure(gzip.compress(b' {"a":1}'), of_text=False)
    assert found is not None
    assert found.unwrapped == b' {"a":1}'
    assert (found.root.start, found.root.end) == (1, 8)


def test_a_bomb_is_not_inflated_in_whole() -> None:
    found = structure(gzip.compress(b"[" + b"1," * 5_000_000), of_text=False)
    assert found is not None
    assert found.unwrapped is not None
    assert len(found.unwrapped) == 1 << 20
    text = structure(gzip.compress(b"x" * 10_000_000), of_text=False, limit=1000)
    assert text is None  # no checksum says what it is


def test_content_that_is_not_known_is_shown() -> None:
    found = structure(gzip.compress(b"hello\n"), of_text=False)
    assert found is not None
    assert found.root == Node(Kind.TEXT, None, "hello\n", 0, 6)


@pytest.mark.parametrize(
    "start",
    [
        *(
            b"\x89PNG\r\n\x1a\n",
            b"\xff\xd8\xff\xe0\x00\x10JFIF",
            b"GIF89a",
            b"RIFF\x10\x00\x00\x00WEBP",
            b"%PDF-1.7",
            b"PK\x03\x04",
        ),
        *(b"\x1aE\xdf\xa3", b"\x00\x00\x00\x18ftypmp42", b"OggS\x00", b"\x00asm\x01\x00\x00\x00", b"\x28\xb5\x2f\xfd"),
    ],
)
def test_files_are_left_alone(start: bytes) -> None:
    chance = random.Random(7)
    assert all(structure(start + chance.randbytes(size), of_text=False) is None for size in range(0, 4000, 50))
    assert structure(start + PROTOBUF, of_text=False) is None


def test_short_and_random_messages_are_hardly_ever_told() -> None:
    chance = random.Random(5)
    found = [structure(chance.randbytes(size), of_text=False) for size in range(1, 41) for _ in range(100)]
    claimed = [each for each in found if each is not None]
    assert len(claimed) < 20
    assert not any(each.sure for each in claimed)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\x00",
        b"\x01\x02",
        b"ping",
        b"\x80",
        b"\xa0",
        bytes(100),
        b"\xff" * 100,
        b"hello world" * 9,
        b"\x1b[31mred\x1b[0m\r\n",
    ],
)
def test_nothing_is_made_of_nothing(payload: bytes) -> None:
    assert structure(payload, of_text=False) is None


def nodes_of(found: Structure) -> int:
    """Count the nodes, and check that none is too deep and each within what was read."""
    pending = [(found.root, 0)]
    count = 0
    while pending:
        node, depth = pending.pop()
        count += 1
        assert depth <= DEEPEST + 1
        assert 0 <= node.start <= node.end
        pending += [(child, depth + 1) for child in node.children]
    return count


STARTS = (
    *(
        b"",
        b"{",
        b"[1,",
        b'42["',
        b"<a>",
        b"<div>",
        b"a=1&",
        b"\x93\xa5",
        b"\x82\xa1",
        b"\x9f",
        b"\xa2\x61",
        b"\x0a\x05",
    ),
    *(b"\x1f\x8b\x08", b"\x78\x9c", PROTOBUF, msgpack.packb(DOCUMENT), b"\xd9\xd9\xf7"),
)


@given(st.sampled_from(STARTS), st.binary(max_size=300), st.booleans(), st.integers(0, 3), st.integers(1, 30))
def test_no_payload_raises(start: bytes, data: bytes, of_text: bool, more: int, nodes: int) -> None:
    payload = start + data
    found = structure(payload, of_text=of_text, size=len(payload) + more, nodes=nodes)
    assert found is None or nodes_of(found) <= nodes + 2


HOSTILE = {
    "deep arrays": b"[" * 1_000_000,
    "deep objects": b'{"a":' * 300_000,
    "many arrays": b"[" + b"[]," * 400_000,
    "quotes": b'"' * 1_000_000,
    "deep elements": b"<a>" * 400_000,
    "many fields": b"a=1&" * 300_000,
    "deep MessagePack": b"\x91" * 1_000_000,
    "maps as keys": b"\x81" * 1_000_000,
    "long arrays in arrays": b"\xdd\xff\xff\xff\xff" * 200_000,
    "a string of 4 GiB": b"\x91\xdb\xff\xff\xff\xff" + bytes(1_000_000),
    "deep tags": b"\xc1" * 1_000_000,
    "indefinite arrays": b"\x9f" * 1_000_000,
    "an array of 2^64": b"\x9b" + b"\xff" * 1_000_000,
    "many chunks": b"\x81\x7f" + b"\x61a" * 500_000,
    "empty messages": b"\x0a\x00" * 500_000,
    "varints": b"\x08\x01" * 500_000,
    "zeros": bytes(3_000_000),
    "ones": b"\xff" * 3_000_000,
}


@pytest.mark.parametrize("of_text", [True, False])
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_payloads_have_few_nodes(name: str, of_text: bool) -> None:
    found = structure(HOSTILE[name], of_text=of_text)
    assert found is None or nodes_of(found) <= 20_002


def test_of_a_large_payload_the_beginning_is_read() -> None:
    payload = b'{"name":"x","data":"' + b"y" * 3_000_000 + b'"}'
    for given_bytes in (payload, payload[: 1 << 20]):
        found = structure(given_bytes, of_text=True, size=len(payload))
        assert found is not None
        assert found.remarks == ("Read were the first 1,048,576 of 3,000,022 bytes.",)
    assert structure(os.urandom(3_000_000), of_text=False) is None


def test_what_is_read_in_vain_counts() -> None:
    # An array of MessagePack, and then something else.
    payload = b"\x9f" + b"\x01" * 15 + b"\x65hello" * 50 + b"\xff"
    found = structure(payload, of_text=False)
    assert found is not None
    assert (found.format, found.remarks) == ("CBOR", ())
    found = structure(payload, of_text=False, nodes=60)
    assert found is not None
    assert found.remarks[0].startswith("Shown are the first 43 values")
