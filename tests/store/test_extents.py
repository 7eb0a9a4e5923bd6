"""Any part of a payload is read from wherever it lies, and ends where a piece is missing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.store.samples import hot_row, wide_row
from wsinspect.store import schema
from wsinspect.store.batch import Batch, Insert
from wsinspect.store.columns import FRAME_COLUMNS, MESSAGE_COLUMNS, Row
from wsinspect.store.extents import (
    Extent,
    extent_of_frame,
    extent_of_message,
    extent_of_sent,
    read_slice,
)


def _message(row_id: int, **columns: int | str | bytes | None) -> Insert:
    return Insert("message", wide_row(MESSAGE_COLUMNS, id=row_id, session=1, number=row_id, seq=row_id, **columns))


def _frame(row_id: int, **columns: int | str | bytes | None) -> Insert:
    return Insert("frame", wide_row(FRAME_COLUMNS, id=row_id, session=1, seq=row_id, **columns))


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    items: list[Row | Insert] = [
        hot_row(1, payload=b"inline"),
        _message(2, frames=3, compressed=1, chunks=1),
        _message(3, frames=2),
        _frame(3, message=3, payload=b"ab"),
        _frame(4, message=3, of_seq=3, payload=b"no"),
        _frame(5, message=3, chunks=1),
        _message(6, completeness=1),
        _frame(6, message=6, payload=b"1"),
        _frame(7, message=6, payload=b""),
        _frame(8, message=6, payload=b"2"),
        _message(9, header=b"\xc1\x03", compressed=1, payload=b"long text", wire_payload=b"def", wire_size=5),
        _message(10, header=b"\x81\x00"),
        Insert("message_sent", (1, b"instead")),
    ]
    pieces = [(2, 1, 0, b"xyz"), (2, 1, 3, b"!"), (5, 0, 0, b"cd"), (5, 0, 3, b"f")]
    items += [Insert("chunk", piece) for piece in pieces]
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        schema.create(connection)
        Batch([(item, 0) for item in items], 1, 0).write(connection)
        yield connection


def _whole(connection: sqlite3.Connection, extent: Extent) -> bytes:
    return read_slice(connection, extent, 0, 1000)


@pytest.mark.parametrize(
    ("message", "payload"),
    [(1, b"inline"), (2, b"xyz!"), (3, b"abcd"), (6, b"12"), (9, b"long text"), (10, b""), (99, b"")],
)
def test_a_message_is_found_in_all_its_pieces(connection: sqlite3.Connection, message: int, payload: bytes) -> None:
    extent = extent_of_message(connection, message)

    assert extent.size == len(payload)
    assert _whole(connection, extent) == payload


@pytest.mark.parametrize(
    ("frame", "payload"), [(1, b"inline"), (3, b"ab"), (5, b"cd"), (9, b"def"), (2, b""), (99, b"")]
)
def test_a_frame_is_found_as_on_the_wire(connection: sqlite3.Connection, frame: int, payload: bytes) -> None:
    assert _whole(connection, extent_of_frame(connection, frame)) == payload


def test_what_was_sent_instead_is_found(connection: sqlite3.Connection) -> None:
    extent = extent_of_sent(connection, 1)

    assert extent is not None
    assert _whole(connection, extent) == b"instead"
    assert extent_of_sent(connection, 2) is None


def test_any_part_is_read_across_pieces(connection: sqlite3.Connection) -> None:
    extent = extent_of_message(connection, 3)

    for start in range(6):
        for stop in range(start, 6):
            assert read_slice(connection, extent, start, stop) == b"abcd"[start:stop]


def test_what_is_no_longer_on_record_ends_it(connection: sqlite3.Connection) -> None:
    extent = extent_of_message(connection, 3)
    connection.execute("DELETE FROM chunk WHERE owner = 5")

    assert _whole(connection, extent) == b"ab"
    assert read_slice(connection, extent, 3, 4) == b""


def test_a_payload_that_became_shorter_ends_it(connection: sqlite3.Connection) -> None:
    extent = extent_of_message(connection, 1)
    connection.execute("UPDATE message SET payload = x'41' WHERE id = 1")

    assert read_slice(connection, extent, 0, 6) == b"A"
    assert read_slice(connection, extent, 3, 6) == b""
