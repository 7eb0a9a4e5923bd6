"""Values are written as the format has them that stands there."""

from __future__ import annotations

import cbor2
import msgpack  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.replay.fuzz.values import Content, Octets, Place, Repeated, Spelled, Typed, Value, encoded, fits, text
from wsinspect.replay.leaves import Form, Scalar

WRITTEN: list[tuple[Form | Place, Content, bytes]] = [
    (Form.JSON, Typed("ä\n"), '"ä\\n"'.encode()),
    (Form.JSON, Typed(float("nan")), b"NaN"),
    (Form.JSON, Typed([None, {"a": 1}]), b'[null, {"a": 1}]'),
    (Form.JSON, Spelled("1e999"), b"1e999"),
    (Form.JSON, Octets(b"\xff"), b'"\xff"'),
    (Form.JSON, Repeated("ab", 3), b'"ababab"'),
    (Form.MESSAGEPACK, Typed([1]), msgpack.packb([1])),
    (Form.MESSAGEPACK, Octets(b"\xff"), b"\xdb\x00\x00\x00\x01\xff"),
    (Form.CBOR, Typed({"a": [1]}), cbor2.dumps({"a": [1]})),
    (Form.CBOR, Octets(b"\xff"), b"\x7a\x00\x00\x00\x01\xff"),
    (Form.FORM, Typed("a b"), b"a+b"),
    (Form.FORM, Typed([1, "x"]), b"%5B1%2C+%22x%22%5D"),
    (Form.FORM, Octets(b"\xff/"), b"%FF/"),
    (Form.FORM, Spelled("1e9"), b"1e9"),
    (Form.ATTRIBUTE, Octets(b"\xff"), b'"\xff"'),
    (Form.XML, Typed("<"), b"&lt;"),
    (Form.XML, Octets(b"\xff"), b"\xff"),
    (Form.TEXT, Typed(None), b"null"),
    (Form.TEXT, Spelled("+1"), b"+1"),
    (Place.TEXT, Typed("'\x00"), b"'\x00"),
    (Place.TEXT, Typed(True), b"true"),
    (Place.TEXT, Typed(7), b"7"),
    (Place.TEXT, Spelled("0x10"), b"0x10"),
    (Place.TEXT, Typed(b"\xff"), b"\xff"),
    (Place.BYTES, Typed("ä"), "ä".encode()),
    (Place.BYTES, Typed(258), b"\x00\x00\x01\x02"),
    (Place.BYTES, Typed(-1), b"\xff\xff\xff\xff"),
    (Place.BYTES, Octets(b"\xc0"), b"\xc0"),
]  # fmt: skip


@pytest.mark.parametrize(("form", "content", "expected"), WRITTEN, ids=str)
def test_a_value_is_written_as_what_stands_there(form: Form | Place, content: Content, expected: bytes) -> None:
    assert fits(form, content, 4)
    assert encoded(form, content, 4) == expected


@pytest.mark.parametrize(
    ("form", "content"),
    [
        (Form.FIXED, Typed(1)),
        (Form.JSON, Typed(b"a")),
        (Form.MESSAGEPACK, Typed(2**64)),
        (Form.MESSAGEPACK, Typed(-(2**63) - 1)),
        (Form.MESSAGEPACK, Spelled("01")),
        (Form.CBOR, Spelled("01")),
        (Place.BYTES, Typed(2**32)),
        (Place.BYTES, Typed(-(2**31) - 1)),
        (Place.BYTES, Typed(True)),
        (Place.BYTES, Typed(None)),
        (Place.BYTES, Spelled("1")),
    ],
    ids=str,
)
def test_what_a_format_cannot_hold_does_not_fit(form: Form | Place, content: Content) -> None:
    assert not fits(form, content, 4)


def test_a_number_does_not_fit_where_there_are_no_bytes() -> None:
    assert not fits(Place.BYTES, Typed(0), 0)


@given(st.sampled_from([*Form, *Place]), st.none() | st.booleans() | st.integers() | st.floats() | st.text())
def test_what_fits_can_be_written(form: Form | Place, value: Scalar) -> None:
    try:
        str(value).encode()
    except UnicodeEncodeError:
        return
    if fits(form, Typed(value), 8):
        assert isinstance(encoded(form, Typed(value), 8), bytes)


def test_marks_are_what_a_reply_may_repeat() -> None:
    assert text("<b>").marks == ()
    assert Value("x", Typed('<"'), marked=True).marks == (b'<"', b'<\\"')
    assert Value("x", Typed("<b>"), marked=True).marks == (b"<b>",)
    assert Value("x", Typed(b"\xff"), marked=True).marks == (b"\xff",)
    assert Value("x", Typed(1), marked=True).marks == ()
    assert Value("x", Spelled("1"), marked=True).marks == ()
    assert text("a").label == "a"
    assert text("a", "b").label == "b"
