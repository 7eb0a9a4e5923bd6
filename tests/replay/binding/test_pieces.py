"""Values within strings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.replay.binding.pieces import LONGEST, Around, Span, percent_encoded, pieces, replaced


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        ("Bearer abc123DEF", "abc123DEF"),
        ("wss://shop.test/?token=aGVsbG8/x1==&v=1", "aGVsbG8/x1=="),
        ("user:aGVsbG8/x1==", "aGVsbG8/x1=="),
        ('{"a":"token123"}', "token123"),
        ("rooms.a8f7d6e5.news", "a8f7d6e5"),
        ("hello a8f7d6e5, welcome", "a8f7d6e5"),
    ],
)
def test_a_value_is_found_in_a_string(text: str, piece: str) -> None:
    assert piece in [text[span.start : span.end] for span in pieces(text)]


@pytest.mark.parametrize("text", ["", "short1", "no digits at all", "1" * (LONGEST + 1), "token12345"])
def test_a_string_may_have_no_pieces(text: str) -> None:
    assert list(pieces(text)) == []


def test_a_string_of_very_many_pieces_is_not_taken_apart_to_its_end() -> None:
    assert len(list(pieces(" ".join(f"piece{number:04}" for number in range(1000))))) < 1001


@pytest.mark.parametrize(
    ("text", "span", "other", "value"),
    [
        ("Bearer abc", (7, 10), "Bearer xyz9", "xyz9"),
        ("u?sid=abc&v=1", (6, 9), "http://b.test/u?v=2&sid=xyz&w", "xyz"),
        ("u?sid=abc&v=1", (6, 9), "u?sid=xyz", None),
        ("u?sid=abc", (6, 9), "u?id", None),
        ("u?sid=abc", (6, 9), "u?sid=", None),
        ("abc:user", (0, 3), "xyz:user", "xyz"),
        ("a=1 a=abc", (6, 9), "a=1 a=xyz", "xyz"),
    ],
)
def test_the_same_place_is_found_in_another_string(
    text: str, span: tuple[int, int], other: str, value: str | None
) -> None:
    around = Around.of(text, Span(*span))
    assert around is not None
    assert around.find(other) == value


def test_nothing_is_around_the_whole() -> None:
    assert Around.of("abc", Span(0, 3)) is None


def test_pieces_are_replaced_and_the_text_around_them_stays() -> None:
    changes = [(Span(6, 9), "xyz"), (Span(0, 1), "bb"), (Span(7, 8), "never")]
    assert replaced("a and abc.", changes) == "bb and xyz."


def test_a_value_in_an_address_is_percent_encoded() -> None:
    assert percent_encoded("a/b=") == "a%2Fb%3D"


@given(st.text(max_size=200))
def test_pieces_lie_in_the_string_and_are_found_again_where_they_were(text: str) -> None:
    for span in pieces(text):
        assert 0 <= span.start < span.end <= len(text)
        around = Around.of(text, span)
        assert around is not None
        assert (around.find(text) or "")[: span.end - span.start] in text
        assert replaced(text, [(span, text[span.start : span.end])]) == text
