"""Forms, and what merely has an equals sign."""

from __future__ import annotations

from urllib.parse import urlencode

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.decode.form import read_form
from wsinspect.decode.source import Source
from wsinspect.decode.tree import Structure


def read(data: bytes, *, size: int = 0, nodes: int = 20_000) -> Structure | None:
    return read_form(Source(data, max(size, len(data)), nodes))


def pairs(found: Structure | None) -> list[tuple[str, str]]:
    assert found is not None
    return [(orjson.loads(node.key or ""), orjson.loads(str(node.value))) for node in found.root.children]


def test_fields_are_decoded() -> None:
    found = read(b"user=J+D&pass=%C3%A9%26&tag[]=1&tag[]=&x=a=b\r\n")
    assert pairs(found) == [("user", "J D"), ("pass", "é&"), ("tag[]", "1"), ("tag[]", ""), ("x", "a=b")]
    assert found is not None
    assert (found.format, found.sure, found.remarks) == ("form", True, ())
    assert (found.root.children[1].start, found.root.children[1].end) == (14, 23)


@given(st.lists(st.tuples(st.text(min_size=1), st.text()), min_size=2))
def test_what_was_encoded_is_read(fields: list[tuple[str, str]]) -> None:
    try:
        data = urlencode(fields).encode()
    except UnicodeEncodeError:
        return
    assert pairs(read(data)) == fields


def test_a_single_field_merely_fits() -> None:
    found = read(b"name=J%20D")
    assert pairs(found) == [("name", "J D")]
    assert found is not None
    assert not found.sure


@pytest.mark.parametrize(
    "payload",
    [
        *(
            b"",
            b"a=b",
            b"YWJj==",
            b"x",
            b"x=1&y",
            b"a=1&&b=2",
            b"a=1&b=%zz",
            b"a b=1&c=2",
            b"a=1 and b=2",
            b"a=1&b={2}",
        ),
        *(b"=1&=2", b"a=\xff&b=1", "a=é&b=1".encode()),
    ],
)
def test_what_is_no_form_is_left_alone(payload: bytes) -> None:
    assert read(payload) is None


def test_a_form_may_be_cut_or_too_long() -> None:
    cut = read(b"a=1&b=2&c", size=100)
    assert pairs(cut) == [("a", "1"), ("b", "2")]
    assert cut is not None
    assert cut.remarks == ("Read were the first 9 of 100 bytes.",)
    long = read(b"&".join([b"a=1"] * 10), nodes=4)
    assert long is not None
    assert len(long.root.children) == 4
    assert long.remarks == ("Shown are the first 4 values, 16 of 39 bytes.",)


@given(st.text(alphabet="ab=&%20 \x00é").map(str.encode) | st.binary(), st.integers(0, 3))
def test_arbitrary_bytes_are_read_or_not(data: bytes, more: int) -> None:
    read(data, size=len(data) + more)
