"""Tokens: shapes, texts, columns, and what ends where in each mode."""

from __future__ import annotations

import pytest

from wsinspect.errors import FilterError
from wsinspect.query.lexer import Lexer, Mode, Shape, Token


def shapes(text: str) -> list[tuple[Shape, str]]:
    tokens: list[tuple[Shape, str]] = []
    position = 0
    while (token := Lexer(text).read(position, Mode.TERM)).shape is not Shape.END:
        tokens.append((token.shape, token.text))
        position = token.end
    return tokens


def test_a_token_knows_where_it_stands() -> None:
    assert Lexer("  ab ").read(0, Mode.TERM) == Token(Shape.WORD, "ab", 2, 4)
    assert Lexer("  ").read(0, Mode.TERM) == Token(Shape.END, "", 2, 2)


def test_operators_need_no_spaces() -> None:
    assert shapes("a>=b(!c,~)") == [
        (Shape.WORD, "a"),
        (Shape.OPERATOR, ">="),
        (Shape.WORD, "b"),
        (Shape.OPEN, "("),
        (Shape.OPERATOR, "!"),
        (Shape.WORD, "c"),
        (Shape.COMMA, ","),
        (Shape.OPERATOR, "~"),
        (Shape.CLOSE, ")"),
    ]


@pytest.mark.parametrize(
    "path", ["json.$.a[?@.b == ')']", r"json.$['a\'] b']", "fields['x y']", "fields.a[?(@.b<1)]", "json.$"]
)
def test_a_path_is_one_word(path: str) -> None:
    assert shapes(f"{path} == 1")[0] == (Shape.WORD, path)


def test_brackets_mean_nothing_in_other_words() -> None:
    assert shapes("a[ b]") == [(Shape.WORD, "a["), (Shape.WORD, "b]")]


def test_a_value_goes_on_to_the_next_space_or_parenthesis() -> None:
    assert Lexer("/a?x=1&y~2)").read(0, Mode.VALUE) == Token(Shape.WORD, "/a?x=1&y~2", 0, 10)
    assert Lexer("json.$[1").read(0, Mode.VALUE).text == "json.$[1"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r'"\\\"\'\n\r\t\0"', "\\\"'\n\r\t\0"),
        (r"'a\x41\x7f'", "aA\x7f"),
        (r"'\x80\xff'", "\udc80\udcff"),
        (r"'\u{20aC}\u{0}'", "€\0"),
        ("'\"'", '"'),
        ("''", ""),
    ],
)
def test_escapes(written: str, meant: str) -> None:
    assert Lexer(written).read(0, Mode.VALUE).text == meant


@pytest.mark.parametrize(
    "escape",
    [
        r"\q",
        r"\x",
        r"\x4",
        r"\xg1",
        r"\u",
        r"\u20ac",
        r"\u{}",
        r"\u{110000}",
        r"\u{d800}",
        r"\u{1234567}",
        r"\u{4",
        "\\",
    ],
)
def test_other_escapes_are_errors_at_the_backslash(escape: str) -> None:
    with pytest.raises(FilterError, match="no such escape") as caught:
        Lexer(f"'ab{escape}").read(0, Mode.VALUE)
    assert caught.value.column == 4


def test_backslashes_in_a_pattern_stay() -> None:
    assert Lexer(r'"\d\\\"\'x"').read(0, Mode.PATTERN).text == r"""\d\\"'x"""
    assert Lexer("^/a$ ").read(0, Mode.PATTERN).text == "^/a$"


@pytest.mark.parametrize("mode", [Mode.VALUE, Mode.PATTERN])
@pytest.mark.parametrize("text", ["'", '"a', r"'\\"])
def test_an_open_string_is_an_error_at_its_start(text: str, mode: Mode) -> None:
    with pytest.raises(FilterError, match="this string is not closed") as caught:
        Lexer(" " + text).read(0, mode)
    assert caught.value.column == 2


def test_a_pattern_may_not_end_in_a_backslash() -> None:
    with pytest.raises(FilterError, match="not closed"):
        Lexer("'a\\").read(0, Mode.PATTERN)


@pytest.mark.parametrize(("text", "column"), [("json.$[", 7), ("json.$[a['x]", 9), (r"fields['\'", 7)])
def test_an_open_bracket_is_an_error_at_the_bracket(text: str, column: int) -> None:
    with pytest.raises(FilterError, match="this bracket is not closed") as caught:
        Lexer(text).read(0, Mode.TERM)
    assert caught.value.column == column
