"""What is drawn is harmless, and as wide as is said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli.reading import assert_harmless
from wsinspect.present.shown import drawn, is_plain, pieces, row_end, standing_out
from wsinspect.present.text import cell_len

_MEAN = "a\x1b\u202e日e\u0301\u200d👍\U0001f3fd\U0001f1e9\ufe0f\t\u1160\x00\ud800"


@pytest.mark.parametrize(
    ("character", "shown"),
    [
        ("a", "a"),
        ("日", "日"),
        ("\t", "→   "),
        ("\x1b", "\\x1b"),
        ("\u202e", "\\u202e"),
        ("\ufe0f", "\\ufe0f"),
        ("\U0001f3fd", "\\U0001f3fd"),
        ("\U0001f1e9", "\\U0001f1e9"),
        ("\u3164", "\\u3164"),
        ("\u0301", "\u0301"),
    ],
)
def test_what_has_no_picture_of_its_own_is_escaped(character: str, shown: str) -> None:
    assert drawn(character) == (shown, cell_len(shown))


def test_a_mark_that_has_nothing_to_sit_on_is_escaped() -> None:
    assert drawn("\u0301", alone=True) == ("\\u0301", 6)
    assert list(pieces("\u0301", first=False)) == [("\u0301", False)]


def test_what_is_escaped_is_told_apart() -> None:
    assert list(pieces("a\x00\x01b", first=True)) == [("a", False), ("\\x00\\x01", True), ("b", False)]
    assert list(pieces("plain", first=True)) == [("plain", False)]
    assert list(pieces("", first=True)) == []


def test_plain_text_needs_no_drawing() -> None:
    assert is_plain("abc [/] 1")
    assert not is_plain("ä")
    assert not is_plain("\n")


@given(st.text(st.sampled_from(_MEAN), max_size=60), st.integers(1, 12))
def test_rows_are_never_wider_than_they_may_be(text: str, width: int) -> None:
    start = 0
    while start < len(text):
        end = row_end(text, start, width)
        assert end > start
        shown = "".join(piece for piece, _ in pieces(text[start:end], first=True))
        assert_harmless([shown])
        assert cell_len(shown) <= width or end == start + 1
        start = end


def test_marks_are_not_stacked_without_end() -> None:
    text = "a" + "\u0301" * 1000

    assert row_end(text, 0, 10) == 10
    assert list(pieces(text[:10], first=True)) == [
        ("a\u0301\u0301\u0301\u0301", False),
        ("\\u0301", True),
        ("\u0301\u0301\u0301\u0301", False),
    ]


def test_part_of_a_row_stands_out() -> None:
    cells = [("abc", "bold"), ("def", "")]

    assert standing_out(cells, 2, 4) == [("ab", "bold"), ("c", "bold reverse"), ("d", "reverse"), ("ef", "")]
    assert standing_out(cells, 4, None) == [("abc", "bold"), ("d", ""), ("ef", "reverse")]
    assert standing_out(cells, 9, 3) == cells
