"""Every bit of a frame header has a line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.present.header_bits import header_lines


def plain(header: bytes) -> list[str]:
    return ["".join(text for text, _ in line).rstrip() for line in header_lines(header)]


def test_a_masked_fragment_with_a_long_length() -> None:
    assert plain(bytes.fromhex("41fe012c01020304")) == [
        "0... ....  FIN         0    more frames follow",
        ".1.. ....  RSV1        1    compressed, if permessage-deflate was agreed",
        "..0. ....  RSV2        0",
        "...0 ....  RSV3        0",
        ".... 0001  opcode      0x1  text, data frame",
        "1... ....  MASK        1    masked, as a client must",
        ".111 1110  length      126  the next 2 bytes are the length",
        "           length      01 2c  300 bytes of payload",
        "           masking key 01 02 03 04",
    ]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("8900", "ping, control frame"),
        ("8b00", "reserved, control frame"),
        ("827f0000000100000000", "4,294,967,296 bytes of payload"),
        ("8100", "not masked, as a server must"),
    ],
)
def test_what_a_header_says(header: str, expected: str) -> None:
    assert expected in "\n".join(plain(bytes.fromhex(header)))


@given(st.binary(max_size=14))
def test_any_header_even_a_cut_one_has_lines(header: bytes) -> None:
    assert bool(plain(header)) == bool(header)
