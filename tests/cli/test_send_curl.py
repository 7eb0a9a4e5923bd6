"""Commands for curl are read as the shells read them that browsers write them for."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.cli.send_curl import IGNORED, REFUSED, split_words, without_curl
from wsinspect.errors import WsinspectError

BASH = r"""curl 'wss://a.test/x' \
  -H 'Origin: https://a.test' \
  -H $'X-Odd: it\'s \u0021 \x41' --compressed"""
CMD = 'curl ^"wss://a.test/x?a=1^&b=2^" ^\r\n  -H ^"Origin: https://a.test^" ^\r\n  -H ^"X: ^\\^"q^\\^"^"'


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["ws://a.test", "hi"], ["ws://a.test", "hi"]),
        (["curl", "ws://a.test", "-k"], ["ws://a.test", "-k"]),
        (["--json", "curl.exe", "ws://a.test"], ["--json", "ws://a.test"]),
        (["ws://a.test", "curl"], ["ws://a.test", "curl"]),
        ([BASH], ["wss://a.test/x", "-H", "Origin: https://a.test", "-H", "X-Odd: it's ! A", "--compressed"]),
        ([CMD], ["wss://a.test/x?a=1&b=2", "-H", "Origin: https://a.test", "-H", 'X: "q"']),
        (["curl ws://a.test", "hi", "-s"], ["ws://a.test", "hi", "-s"]),
        ([], []),
    ],
)
def test_curl_in_front(arguments: list[str], words: list[str]) -> None:
    assert without_curl(arguments, {"--json"}) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("a  b\n c", ["a", "b", "c"]),
        (r"a\ b 'c d'e", ["a b", "c de"]),
        (r'"a\"b\$\n"', [r'a"b$\n']),
        ('"a\\\nb"', ["ab"]),
        (r"$'\n\t\'\\\x4a\u00e9\U0001f600\q'", ["\n\t'\\Jé\U0001f600q"]),
        (r"$'\UFFFFFFFF'", [r"\UFFFFFFFF"]),
        ("a $b $", ["a", "$b", "$"]),
        ("'' b", ["", "b"]),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert split_words(text) == words


@pytest.mark.parametrize("text", ["a 'b", 'a "b', "a $'b", "a \\"])
def test_a_text_that_is_cut_off_is_an_error(text: str) -> None:
    with pytest.raises(WsinspectError, match="ends within quotes"):
        split_words(text)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20)))
def test_what_is_quoted_comes_back(words: list[str]) -> None:
    assert split_words(shlex.join(words)) == words


def test_no_option_is_both_refused_and_ignored() -> None:
    assert not {name for *names, _ in IGNORED for name in names} & REFUSED.keys()
