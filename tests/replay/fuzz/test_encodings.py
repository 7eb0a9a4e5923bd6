"""Text that is no UTF-8, or is read differently."""

from __future__ import annotations

import pytest

from wsinspect.replay.fuzz.encodings import encodings, expectation
from wsinspect.replay.fuzz.values import Content, Octets, Spelled, Typed, Value
from wsinspect.replay.fuzz.variation import Expected
from wsinspect.replay.leaves import Scalar


def named(label: str, original: Scalar) -> Value:
    return next(value for value in encodings(original) if value.label == label)


@pytest.mark.parametrize(
    ("original", "expected"),
    [("ab", b"ab\xc0\xaf"), (None, b"\xc0\xaf"), ('"', b"\xc0\xaf"), ("ä", b"\xc0\xaf"), ("\n", b"\xc0\xaf")],
)
def test_invalid_bytes_go_behind_what_was_there_where_that_is_plain(original: Scalar, expected: bytes) -> None:
    assert named("overlong / in 2 bytes", original).content == Octets(expected)


def test_escapes_are_for_json() -> None:
    assert named("escaped high surrogate", "a").content == Spelled('"\\ud800"')


def test_labels_tell_them_apart() -> None:
    labels = [value.label for value in encodings("a")]
    assert len(set(labels)) == len(labels)


def test_a_byte_order_mark_is_valid() -> None:
    assert named("byte order mark", "a").content == Octets(b"\xef\xbb\xbfabc")


@pytest.mark.parametrize(
    ("content", "of_text", "expected"),
    [
        (Octets(b"\xff"), True, Expected.REFUSAL),
        (Octets(b"\xff"), False, Expected.ANSWER),
        (Octets(b"a"), True, Expected.ANSWER),
        (Typed("a"), True, Expected.ANSWER),
    ],
)
def test_a_server_refuses_text_that_is_no_utf8(content: Content, of_text: bool, expected: Expected) -> None:
    assert expectation(content, of_text=of_text) is expected
