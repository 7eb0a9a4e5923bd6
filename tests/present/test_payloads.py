"""Payloads over many lines: JSON laid out without a change to any token, hex dumps, cuts that are said."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.present.payloads import hex_lines, json_lines, payload_lines


def plain(payload: bytes, *, of_text: bool = True, limit: int | None = None) -> list[str]:
    return ["".join(text for text, _ in line) for line in payload_lines(payload, of_text=of_text, limit=limit)]


def test_json_is_indented_with_every_token_as_written() -> None:
    assert plain(b'{"a":[1.50,1e300,12345678901234567890123],"a" : {}, "b":[ ],"c":"\\u0041"}') == [
        *("{", '  "a": [', "    1.50,", "    1e300,", "    12345678901234567890123", "  ],"),
        *('  "a": {},', '  "b": [],', '  "c": "\\u0041"', "}"),
    ]


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
)


@given(st.lists(json_values) | st.dictionaries(st.text(), json_values))
def test_laid_out_json_says_the_same(value: object) -> None:
    lines = json_lines(json.dumps(value))
    assert lines is not None
    assert json.loads("\n".join("".join(text for text, _ in line) for line in lines)) == value


@pytest.mark.parametrize("text", ["", "7", '"x"', "{", "[1,]", "hello {}", "[" * 100 + "]" * 100])
def test_what_is_not_laid_out_stays_as_it_is(text: str) -> None:
    assert json_lines(text) is None
    assert plain(text.encode()) == [text]


def test_json_that_is_too_deep_for_the_parser_is_text() -> None:
    text = "[" * 100_000
    assert plain(text.encode()) == [text]


def test_text_keeps_its_lines_and_loses_its_teeth() -> None:
    assert plain(b"a\tb\n\x1b[31mc\r\n") == ["a\tb", "\\x1b[31mc\\r", ""]


def test_hostile_json_strings_are_escaped() -> None:
    assert plain('{"\u202ex":"\u2066\x7f"}'.encode()) == ["{", '  "\\u202ex": "\\u2066\\x7f"', "}"]


def test_bytes_become_a_hex_dump() -> None:
    assert plain(b"\x00Hello, world!\xff\x7f\x80", of_text=False) == [
        "00000000  00 48 65 6c 6c 6f 2c 20  77 6f 72 6c 64 21 ff 7f  .Hello, world!..",
        "00000010  80                                                .",
    ]


def test_text_that_is_not_utf8_is_dumped() -> None:
    assert plain(b"a\xffb")[0].startswith("00000000  61 ff 62")


def test_a_cut_is_said() -> None:
    assert plain(b"x" * 100, limit=10) == ["x" * 10, "\u2026 90 more bytes; --payload full shows all"]
    assert plain(bytes(100), of_text=False, limit=16)[1:] == ["\u2026 84 more bytes; --payload full shows all"]


def test_a_cut_through_a_character_leaves_text() -> None:
    assert plain("\u00e9\u00e9".encode(), limit=3)[0] == "\u00e9"


def test_nothing_is_no_lines_of_hex() -> None:
    assert list(hex_lines(b"")) == []
