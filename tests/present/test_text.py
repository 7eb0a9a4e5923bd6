"""What peers sent reaches a terminal harmless; sizes, times and rows read well."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.present.text import (
    MOST_MARKS,
    clock,
    date_and_clock,
    duration_text,
    escape,
    escape_lines,
    number_of,
    pad,
    preview,
    size_text,
    spaced,
)

HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egnp.exe\u2066\u200b\x00\x7f\u2028[bold red]x[/]\r\n\ue000\U000e0041"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain caf\u00e9 \u4f60\u597d", "plain caf\u00e9 \u4f60\u597d"),
        ("a\nb\tc\rd", "a\\nb\\tc\\rd"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x9b31m", "\\x9b31m"),
        ("\x00\x7f", "\\x00\\x7f"),
        ("\u202eevil\u2069", "\\u202eevil\\u2069"),
        ("\u2028\u2029\u200b", "\\u2028\\u2029\\u200b"),
        ("\U000e0041", "\\U000e0041"),
        ("\udcff", "\\udcff"),
        ("a\u3000b\u00a0c", "a\u3000b\u00a0c"),
        ("[bold]x[/bold]", "[bold]x[/bold]"),
        ("\u2764\ufe0f \U0001f44d\U0001f3fd", "\u2764\\ufe0f \U0001f44d\\U0001f3fd"),
        ("\u3164\u115f\u1160\uffa0\u034f", "\\u3164\\u115f\\u1160\\uffa0\\u034f"),
        ("\U0001f1e9\U0001f1ea \u0915\u094d\u0937\u093f", "\U0001f1e9\U0001f1ea \u0915\u094d\u0937\u093f"),
        ("e\u0301\u0e01\u0e34\u0e49", "e\u0301\u0e01\u0e34\u0e49"),
        ("a" + "\u0301" * 6 + "b\u0301", "a" + "\u0301" * 4 + "\\u0301" * 2 + "b\u0301"),
        ("\u0e01" + "\u0e49" * 5, "\u0e01" + "\u0e49" * 4 + "\\u0e49"),
        ("\u4f60" + "\u20dd" * 5, "\u4f60" + "\u20dd" * 4 + "\\u20dd"),
    ],
)
def test_escapes(text: str, shown: str) -> None:
    assert escape(text) == shown


def test_lines_keep_line_feeds_and_tabs_and_nothing_else() -> None:
    assert escape_lines("a\tb\nc\r\x1b") == "a\tb\nc\\r\\x1b"
    assert escape_lines("plain") == "plain"


@given(st.text())
def test_nothing_but_pictures_and_spaces_is_left(text: str) -> None:
    kinds = {unicodedata.category(character) for character in escape(text)}
    assert not kinds & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@given(st.text(st.sampled_from("a\u0301\u0489\u0e49\u4f60\u2192\U0001f44d\U0001f3fd ")))
def test_no_more_marks_than_few_are_heaped_up(text: str) -> None:
    marks = 0
    for character in escape(text):
        marks = marks + 1 if unicodedata.category(character)[0] == "M" else 0
        assert marks <= MOST_MARKS
    assert escape_lines(text) == escape(text)


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (0, "0"),
        (9999, "9999"),
        (10_000, "10.0k"),
        (999_949, "999.9k"),
        (999_960, "1.0M"),
        (4_000_000_000, "4.0G"),
        (10**24, "1000000E"),
    ],
)
def test_sizes(size: int, shown: str) -> None:
    assert size_text(size) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.00085, "850us"),
        (0.0123, "12.3ms"),
        (0.9999, "1.00s"),
        (4.2, "4.20s"),
        (200, "3m20s"),
        (7500, "2h05m"),
    ],
)
def test_durations(seconds: float, shown: str) -> None:
    assert duration_text(seconds) == shown


def test_times_are_local(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wsinspect.present.text.time.localtime", __import__("time").gmtime)
    assert clock(1_700_000_000_123_456_789) == "22:13:20.123"
    assert date_and_clock(1_700_000_000_123_456_789).startswith("2023-11-14 22:13:20.123456")


@pytest.mark.parametrize(
    ("payload", "size", "of_text", "room", "shown"),
    [
        (b"hello", 5, True, 10, "hello"),
        (b"hello", 5, True, 5, "hello"),
        (b"hello world", 11, True, 9, "hell\u2026 +7"),
        (b"hello", 5, True, None, "hello"),
        (b"hel", 5, True, None, "hel\u2026 +2"),
        (b"\x01\x02\x03", 3, False, 20, "01 02 03"),
        (b"\x01\x02\x03\x04\x05\x06", 6, False, 12, "01 02 03\u2026 +3"),
        (b"\x01\x02\x03", 3, False, None, "01 02 03"),
        (b"\xff\xfe", 2, True, 20, "ff fe"),
        (b"\xff\xfe", 2, True, None, "ff fe"),
        ("\u4f60\u597d\u4f60\u597d".encode(), 12, True, 8, "\u4f60\u597d\u4f60\u597d"),
        ("\u4f60\u597d\u4f60\u597d".encode(), 12, True, 7, "\u4f60\u2026 +9"),
        (b"a\nb", 3, True, 10, "a\\nb"),
        (b"", 0, True, 10, ""),
    ],
)
def test_previews(payload: bytes, size: int, of_text: bool, room: int | None, shown: str) -> None:
    assert preview(payload, size, of_text=of_text, room=room) == shown


def test_a_preview_cut_through_a_character_is_still_text() -> None:
    payload = "\u00e9".encode() * 1000
    for room in range(8, 40):
        assert preview(payload, len(payload), of_text=True, room=room).startswith("\u00e9")


@given(st.binary(max_size=200), st.booleans(), st.integers(8, 60))
def test_a_preview_fits(payload: bytes, of_text: bool, room: int) -> None:
    assert len(preview(payload, len(payload), of_text=of_text, room=room)) <= room


def test_rows_are_padded_by_terminal_cells() -> None:
    assert pad("\u4f60", 4) == "\u4f60  "
    assert pad("7", -3) == "  7"
    assert pad("long", 2) == "long"
    assert spaced([("a", "red"), ("b", "")], [3]) == [("a  ", "red"), ("  ", ""), ("b", "")]


def test_one_is_singular() -> None:
    assert (number_of(1, "frame"), number_of(0, "frame"), number_of(1234, "frame")) == (
        "1 frame",
        "0 frames",
        "1,234 frames",
    )
