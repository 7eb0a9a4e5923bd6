"""Two payloads are shown so that a person sees what differs, whatever is in them, in bounded time."""

from __future__ import annotations

import time

import pytest

from tests.cli.reading import assert_harmless
from wsinspect.present.differences import difference_lines, difference_pairs


def shown(before: bytes, after: bytes, *, of_text: bool = True) -> list[str]:
    return ["".join(text for text, _ in line) for line in difference_lines(before, after, of_text=of_text)]


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        (b"price 12 EUR", b"price 13 EUR", "price [-12-]{+13+} EUR"),
        (b"", b"new", "{+new+}"),
        (b"gone", b"", "[-gone-]"),
        (b"a-b", b"a+b", "a[---]{+++}b"),
        ("grüße ☕".encode(), "grüße 🍵".encode(), "grüße [-☕-]{+🍵+}"),
        (b"12", b"null", "[-12-]{+null+}"),
        (b"so red", b"so \x1b[31m", "so [-red-]{+\\x1b[31m+}"),
    ],
)
def test_short_text_has_its_words_marked(before: bytes, after: bytes, line: str) -> None:
    assert shown(before, after) == [line]


def test_json_is_compared_line_by_line() -> None:
    before = b'{"a":1,"b":[1,2,3],"c":{"d":"x","e":0}}'
    assert shown(before, before.replace(b"2", b"9")) == [
        "…",
        '    "b": [',
        "      1,",
        "-     2,",
        "+     9,",
        "      3",
        "    ],",
        "…",
    ]


def test_changes_far_apart_are_shown_apart() -> None:
    before = "\n".join(f"line {number}" for number in range(30)).encode()
    lines = shown(before, before.replace(b"line 3\n", b"LINE 3\n").replace(b"line 25\n", b"LINE 25\n"))
    assert lines.count("…") == 3
    assert [line for line in lines if line[0] in "+-"] == ["- line 3", "+ LINE 3", "- line 25", "+ LINE 25"]


def test_bytes_are_compared_as_hex_dumps() -> None:
    before = bytes(range(64))
    lines = shown(before, before[:20] + b"\xff" + before[21:], of_text=False)
    assert [line[:10] for line in lines] == ["  00000000", "- 00000010", "+ 00000010", "  00000020", "  00000030"]


def test_text_that_became_bytes_is_shown_as_both() -> None:
    assert shown(b"abc", b"\xff") == [
        "- abc",
        "+ 00000000  ff                                                .".rstrip(),
    ]


def test_a_changed_end_of_a_cut_character_is_no_reason_for_a_dump() -> None:
    assert shown(b"x" * 10, ("x" * 9 + "é").encode()) == ["[-xxxxxxxxxx-]{+xxxxxxxxxé+}"]


def test_huge_payloads_are_compared_in_part_and_at_once() -> None:
    before = b"".join(b"line %d\n" % number for number in range(40_000))
    after = b"".join(b"LINE %d\n" % (number * 7) for number in range(40_000))
    start = time.monotonic()
    lines = shown(before, after)
    assert time.monotonic() - start < 5
    assert len(lines) == 62
    assert lines[-2].startswith("… ")
    assert lines[-1] == "… compared are the first 64 KiB of each"


def test_nothing_reaches_a_terminal_that_it_would_act_on() -> None:
    hostile = "\x1b[2J\u202e\x00".encode()
    for payload in (hostile, hostile + b"\n" * 3, b'{"a":"' + "\u202e".encode() + b'"}'):
        assert_harmless(shown(payload, payload + b"x"))


def _sides(before: bytes, after: bytes, *, of_text: bool = True) -> list[tuple[str, str]]:
    pairs = difference_pairs(before, after, of_text=of_text)
    return [("".join(text for text, _ in left), "".join(text for text, _ in right)) for left, right in pairs]


def test_what_came_stands_beside_what_went() -> None:
    assert _sides(b'{"a":1,"b":2}', b'{"a":1,"b":3,"c":4}') == [
        ("  {", "  {"),
        ('    "a": 1,', '    "a": 1,'),
        ('-   "b": 2', '+   "b": 3,'),
        ("", '+   "c": 4'),
        ("  }", "  }"),
    ]
    assert _sides(b"same", b"same") == [("  same", "  same")]
    assert _sides(b"one\ntwo\nthree", b"one\nthree") == [("  one", "  one"), ("- two", ""), ("  three", "  three")]


def test_what_is_large_is_not_matched_line_by_line_and_cut() -> None:
    many = _sides(b"\n".join(b"%d" % n for n in range(900)), b"\n".join(b"x%d" % n for n in range(900)))
    assert many[0] == ("- 0", "+ x0")
    assert len(many) == 900

    cut = _sides(b"a" * (65 << 10), b"b", of_text=True)
    assert cut[-1] == ("… compared are the first 64 KiB of each",) * 2
