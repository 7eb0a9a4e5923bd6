"""Names as rules write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.rules.globs import compile_glob, compile_globs


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("/chat", "/chat"),
        ("*", ""),
        ("*", "a\nb"),
        ("*.test", "a.b.test"),
        ("a*c", "abbbc"),
        ("a?c", "abc"),
        ("a?c", "aéc"),
        ("/a+b(c)", "/a+b(c)"),
        ("/a+*", "/a+b"),
        ("~b", "abc"),
        (r"~^/v\d+$", "/v12"),
        ("~", "anything"),
    ],
)
def test_fits(pattern: str, text: str) -> None:
    assert compile_glob(pattern)(text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("/chat", "/chats"),
        ("/chat", "/CHAT"),
        ("*.test", "test"),
        ("*.test", "a.test.org"),
        ("*.test", "a_test"),
        ("a?c", "ac"),
        ("a?c", "abbc"),
        ("~^b", "abc"),
        ("~(", "("),
    ],
)
def test_does_not_fit(pattern: str, text: str) -> None:
    assert not compile_glob(pattern)(text)


@pytest.mark.parametrize("pattern", ["A.Test", "*.TEST", "~^A\\.t"])
def test_in_any_case(pattern: str) -> None:
    assert compile_glob(pattern, any_case=True)("a.tEst")
    assert not compile_glob(pattern, any_case=True)("b.example")


def test_one_of_several() -> None:
    fits = compile_globs(["a", "B*"], any_case=True)
    assert [fits(text) for text in ("A", "bcd", "c")] == [True, True, False]
    assert compile_globs("a")("a")


@given(st.text(), st.text())
def test_a_text_fits_itself_and_nothing_is_slow(text: str, other: str) -> None:
    assert compile_glob(f"{text}*")(text) or text.startswith("~")
    assert isinstance(compile_glob(other)(text), bool)
