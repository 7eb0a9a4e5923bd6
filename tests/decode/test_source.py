"""What readers are given: text where it is text, and sentences about what was cut."""

from __future__ import annotations

import pytest

from wsinspect.decode.source import Source


@pytest.mark.parametrize(
    ("data", "size", "text"),
    [
        (b"", 0, ""),
        ("é".encode(), 2, "é"),
        (b"a\xff", 2, None),
        (b"a\xffbcde", 100, None),
        (b"a\xc3", 2, None),
        (b"a\xc3", 3, "a"),
        (b"a\xf0\x9f\x98", 5, "a"),
        (b"\xff", 2, None),
    ],
)
def test_text_may_be_cut_within_a_character(data: bytes, size: int, text: str | None) -> None:
    assert Source(data, size).text == text


def test_a_source_tells_what_was_cut() -> None:
    source = Source(b"x" * 1000, 2_000_000, nodes=1234)
    assert not source.whole
    assert source.cut_remark() == "Read were the first 1,000 of 2,000,000 bytes."
    assert source.nodes_remark(1234, 900) == "Shown are the first 1,234 values, 900 of 2,000,000 bytes."
    assert Source(b"x", 1).whole


def test_nodes_are_made_of_one_allowance() -> None:
    source = Source(b"x", 1, nodes=9)
    source.allowance.left -= 2
    assert source.allowance.left == 7
    assert Source(b"x", 1, nodes=9).allowance.left == 9


def test_of_content_that_was_inflated_there_may_be_more() -> None:
    source = Source(b"x" * 10, 10, more=True)
    assert not source.whole
    assert source.cut_remark() == "Read were the first 10 bytes of more."
