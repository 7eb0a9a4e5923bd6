"""How much plain values are, and how they are written."""

from __future__ import annotations

import pytest

from wsinspect.rules.turn import ActionError
from wsinspect.rules.values import MOST_CHARACTERS, MOST_DEPTH, json_text, shown, text_of, utf8, weight


def nested(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, 0),
        (True, 0),
        (12.5, 0),
        ("", 0),
        ("abc", 3),
        (["abc", 1], 5),
        ({"key": "abc", "k": [1, 2]}, 2 + 3 + 3 + 1 + 2),
        (nested(MOST_DEPTH), MOST_DEPTH),
    ],
)
def test_a_weight_counts_characters_keys_and_parts(value: object, expected: int) -> None:
    assert weight(value) == expected


def test_what_is_too_large_or_too_deep_is_refused() -> None:
    assert weight("x" * MOST_CHARACTERS) == MOST_CHARACTERS
    for value in ("x" * (MOST_CHARACTERS + 1), [0] * (MOST_CHARACTERS + 1), {"k" * MOST_CHARACTERS: 1}):
        with pytest.raises(ActionError, match="larger than 1 MiB"):
            weight(value)
    with pytest.raises(ActionError, match="nested deeper than 200"):
        weight(nested(MOST_DEPTH + 1))


def test_shared_parts_count_as_often_as_they_would_be_written() -> None:
    doubled: object = "x"
    for _ in range(100):
        doubled = [doubled, doubled]
    with pytest.raises(ActionError, match="larger than 1 MiB"):
        weight(doubled)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("é\n", "é\n"),
        (None, "null"),
        (True, "true"),
        (1.0, "1.0"),
        (10**30, "1" + "0" * 30),
        ({"é": [1, "a"]}, '{"é":[1,"a"]}'),
    ],
)
def test_texts_are_themselves_and_all_else_is_json(value: object, text: str) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), 10**5000, object()], ids=["nan", "inf", "long", "object"]
)
def test_what_json_has_not_is_refused(value: object) -> None:
    with pytest.raises(ActionError, match="has no JSON"):
        json_text(value)


def test_lone_surrogates_have_no_bytes() -> None:
    assert utf8("é") == b"\xc3\xa9"
    with pytest.raises(ActionError, match=r"lone surrogate, U\+D800"):
        utf8("a\ud800")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("é 1", "é 1"),
        ("a\r\nb\x1b[31m", "a\\r\\nb\\x1b[31m"),
        ("\ud800", "\\ud800"),
        ("x" * 200, "x" * 200),
        ("x" * 201, "x" * 200 + "…"),
        ("\n" * 150, ("\\n" * 150)[:200] + "…"),
    ],
)
def test_what_is_shown_is_one_short_printable_line(text: str, line: str) -> None:
    assert shown(text) == line


def test_more_is_shown_where_more_is_allowed() -> None:
    assert shown("x" * 300, 250) == "x" * 250 + "…"
