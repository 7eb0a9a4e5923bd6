"""Bytes are read as people and tools write them, and a mistake is told with its place."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.present.written_bytes import WrittenProblem, bytes_of_base64, bytes_of_hex, hex_text


@given(st.binary(max_size=100))
def test_what_was_written_is_read(data: bytes) -> None:
    assert bytes_of_hex(hex_text(data)) == data
    assert bytes_of_base64(base64.b64encode(data).decode()) == data
    assert bytes_of_base64(base64.urlsafe_b64encode(data).decode().rstrip("=")) == data


def test_sixteen_stand_in_a_line() -> None:
    assert hex_text(bytes(range(18))) == "00 01 02 03 04 05 06 07  08 09 0a 0b 0c 0d 0e 0f\n10 11"
    assert hex_text(b"") == ""


@pytest.mark.parametrize("text", ["0a1B", "0a 1b", "0x0a, 0x1b", r"\x0a\x1b", "0a:1b", "0a-1b\r\n", "  0a\n1b"])
def test_bytes_are_read_however_they_are_set_apart(text: str) -> None:
    assert bytes_of_hex(text) == b"\x0a\x1b"


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("0a\n1g", 2, 2, "'g' is no hexadecimal digit"),
        ("0a 1", 1, 4, "two hexadecimal digits"),
        ("0a\n1 b", 2, 1, "two hexadecimal digits"),
        ("\u202e", 1, 1, "'\\u202e' is no"),
        ("00x1", 1, 3, "'x' is no"),
    ],
)
def test_a_mistake_has_a_place(text: str, line: int, column: int, said: str) -> None:
    problem = bytes_of_hex(text)
    assert isinstance(problem, WrittenProblem)
    assert (problem.line, problem.column) == (line, column)
    assert said in problem.message


@pytest.mark.parametrize("text", ["a", "ab$d", "über"])
def test_what_is_no_base64_is_told(text: str) -> None:
    problem = bytes_of_base64(text)
    assert isinstance(problem, WrittenProblem)
    assert problem.message.startswith("no base64")


def test_base64_may_be_on_several_lines() -> None:
    assert bytes_of_base64("aGVs\n  bG8=\n") == b"hello"
