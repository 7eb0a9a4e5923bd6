"""Payloads come back whole from wherever they are, and end where a piece is missing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.store.samples import hot_row, wide_row
from wsinspect.store import schema
from wsinspect.store.batch import Batch, Insert
from wsinspect.store.columns import FRAME_COLUMNS, MESSAGE_COLUMNS, Row
from wsinspect.store.payloads import Payloads, joined


@pytest.fixture
def payloads() -> Iterator[Payloads]:
    inflated = wide_row(MESSAGE_COLUMNS, id=2, session=1, number=2, seq=2, frames=3, compressed=1, chunks=1)
    whole = wide_row(FRAME_COLUMNS, id=3, session=1, seq=3, message=3, header=b"\1", size=2, payload=b"ab")
    items: list[Row | Insert] = [
        hot_row(1, payload=b"inline"),
        Insert("message", inflated),
        Insert("message", wide_row(MESSAGE_COLUMNS, id=3, session=1, number=3, seq=3, frames=2)),
        Insert("message", wide_row(MESSAGE_COLUMNS, id=6, session=1, number=4, seq=6, completeness=1)),
        Insert("frame", whole),
        Insert("frame", wide_row(FRAME_COLUMNS, id=4, session=1, seq=4, message=3, of_seq=3, payload=b"no")),
        Insert("frame", wide_row(FRAME_COLUMNS, id=5, session=1, seq=5, message=3, header=b"\2", chunks=1)),
        Insert("frame", wide_row(FRAME_COLUMNS, id=6, session=1, seq=6, message=4, payload=b"1")),
        Insert("frame", wide_row(FRAME_COLUMNS, id=7, session=1, seq=7, message=4, payload=b"2")),
    ]
    pieces = [(2, 1, 0, b"xyz"), (2, 1, 3, b"!"), (5, 0, 0, b"cd"), (5, 0, 3, b"f"), (9, 0, 0, b"")]
    items += [Insert("chunk", piece) for piece in pieces]
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        schema.create(connection)
        Batch([(item, 0) for item in items], 1, 0).write(connection)
        yield Payloads(connection)


@pytest.mark.parametrize(("message", "payload"), [(1, b"inline"), (2, b"xyz!"), (3, b"abcd"), (6, b"12"), (99, b"")])
def test_a_message_is_put_together(payloads: Payloads, message: int, payload: bytes) -> None:
    assert b"".join(payloads.of_message(message)) == payload


@pytest.mark.parametrize(("frame", "payload"), [(3, b"ab"), (5, b"cd"), (9, b""), (99, b"")])
def test_a_frame_is_put_together_up_to_what_is_missing(payloads: Payloads, frame: int, payload: bytes) -> None:
    assert b"".join(payloads.of_frame(frame)) == payload


def test_frames_that_were_sent_instead_are_no_part_of_a_message(payloads: Payloads) -> None:
    assert payloads.frames_of(1, 3, 3, 2) == [(3, 3), (5, 5)]
    assert list(payloads.headers([3, 5])) == [(b"\1", 2), (b"\2", None)]


def test_no_more_is_joined_than_wanted() -> None:
    read = []

    def pieces() -> Iterator[bytes]:
        for piece in (b"ab", b"cd", b"ef"):
            read.append(piece)
            yield piece

    assert joined(pieces(), 3) == b"abc"
    assert read == [b"ab", b"cd"]
    assert joined(pieces(), None) == b"abcdef"
    assert joined([b"a"], 9) == b"a"
