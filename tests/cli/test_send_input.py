"""Messages from standard input: cut where they end, read no further than they are taken."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.peers.waiting import until, within
from wsinspect.cli.send_input import (
    Pieces,
    Split,
    StandardInput,
    binary_of,
    binary_of_hex,
    each_of,
    made_of,
    text_of,
)
from wsinspect.errors import WsinspectError
from wsinspect.replay.performing import SendMessage


async def all_of[T](pieces: AsyncIterator[T]) -> list[T]:
    return [piece async for piece in pieces]


@pytest.mark.parametrize(
    ("split", "data", "messages"),
    [
        (Split.LINE, b"a\r\n\nb", [b"a", b"", b"b"]),
        (Split.LINE, b"a\n", [b"a"]),
        (Split.NULL, b"a\n\0b\r\0", [b"a\n", b"b\r"]),
        (Split.NONE, b"a\nb\n", [b"a\nb\n"]),
        (Split.NONE, b"", []),
    ],
)
async def test_messages(split: Split, data: bytes, messages: list[bytes]) -> None:
    assert await all_of(StandardInput(io.BytesIO(data), split).messages()) == messages


@given(st.binary(max_size=60), st.integers(0, 60), st.sampled_from(Split))
def test_how_it_comes_makes_no_difference(data: bytes, place: int, split: Split) -> None:
    whole, cut = Pieces(split), Pieces(split)
    assert [*whole.take(data), *whole.rest()] == [*cut.take(data[:place]), *cut.take(data[place:]), *cut.rest()]


async def test_a_pipe_that_stays_open_is_waited_for() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as stream, os.fdopen(writing, "wb", buffering=0) as pipe:
        standard_input = StandardInput(stream, Split.LINE)
        messages = standard_input.messages()
        pipe.write(b"a\nb")
        assert await within(anext(messages), "the first line") == b"a"
        following = asyncio.ensure_future(anext(messages))
        await until(lambda: standard_input.is_waiting, "all that was there to be taken")
        pipe.write(b"c\n")
        assert await within(following, "the second line") == b"bc"
        pipe.close()
        assert await within(all_of(messages), "the end") == []


async def test_a_terminal_that_is_gone_is_the_end() -> None:
    reading, writing = os.pipe()
    stream = os.fdopen(writing, "wb", buffering=0)
    try:
        # Reading from what can only be written fails as a terminal does that has hung up.
        assert await all_of(StandardInput(stream, Split.LINE).messages()) == []
    finally:
        stream.close()
        os.close(reading)


async def test_messages_are_made() -> None:
    assert await all_of(made_of(StandardInput(io.BytesIO(b"00 ff\n"), Split.LINE).messages(), binary_of_hex)) == [
        SendMessage(2, b"\0\xff", compressed=True)
    ]
    assert await all_of(each_of([text_of(b"x")])) == [SendMessage(1, b"x", compressed=True)]
    assert binary_of(b"\xff") == SendMessage(2, b"\xff", compressed=True)


def test_what_is_none_says_so() -> None:
    with pytest.raises(WsinspectError, match=r"no UTF-8: .* at byte 1\n--binary"):
        text_of(b"a\xff")
    with pytest.raises(WsinspectError, match="no hexadecimal digit, in column 2"):
        binary_of_hex(b"0g")
