"""Documents give their lines, as far as they were laid out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.present.documents import Document, LazyDocument, Line, ListDocument, TextDocument


def _text(line: Line) -> str:
    return "".join(text for text, _ in line)


def _all(document: Document) -> list[str]:
    while not document.complete:
        document.grow(2)
    return [_text(line) for line in document.lines(0, document.line_count)]


def test_lines_that_are_there_are_given() -> None:
    document = ListDocument([[("a", "")], [("b", "dim"), ("c", "")]], breakable=False)
    document.grow(1)

    assert document.complete
    assert document.line_count == 2
    assert not document.breakable
    assert document.lines(1, 9) == [[("b", "dim"), ("c", "")]]


@pytest.mark.parametrize("text", ["", "a", "a\n", "\n", "a\n\nb", "one\ntwo\nthree\nfour\nfive"])
def test_text_is_split_at_its_line_feeds(text: str) -> None:
    assert _all(TextDocument(text)) == (text.split("\n") if text else [])


def test_text_is_not_split_further_than_somebody_looks() -> None:
    document = TextDocument("line\n" * 1000)
    document.grow(3)

    assert document.line_count == 3
    assert not document.complete
    assert [_text(line) for line in document.lines(1, 9)] == ["line", "line"]
    document.grow(10_000)
    document.grow(1)
    assert document.line_count == 1001


@given(st.text("a\n", max_size=30), st.integers(1, 9))
def test_every_part_of_a_text_is_as_in_the_whole(text: str, step: int) -> None:
    document = TextDocument(text)
    while not document.complete:
        document.grow(step)
        known = document.lines(0, document.line_count)
        assert [_text(line) for line in known] == (text.split("\n") if text else [])[: len(known)]


def test_lines_are_made_as_somebody_looks() -> None:
    made: list[Line] = []

    def making() -> Iterator[Line]:
        for _ in range(5):
            made.append([("x", "")])
            yield made[-1]

    document = LazyDocument(making())
    document.grow(2)
    assert (document.line_count, len(made), document.complete) == (2, 2, False)
    document.grow(9)
    assert (document.line_count, document.complete) == (5, True)
    assert document.lines(4, 2) == [[("x", "")]]
