"""Where the payload of a record lies, so that any part of it can be read without the rest.

A payload is one BLOB, or pieces: chunk rows, or the payloads of a message's frames. An `Extent` is the list of them. It
stays true while its record is on record and nothing more of it arrives; what retention took away reads as missing.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from wsinspect.store.schema import FRAME_PAYLOAD, MESSAGE_PAYLOAD

type _Piece = tuple[str, str, int, int]
"""Table, column, row, and length in bytes."""

_MESSAGE = (
    "SELECT length(payload), wire_payload IS NOT NULL, length(wire_payload), header IS NULL, compressed, chunks,"
    " session, number, seq FROM message WHERE id = ?"
)
_FRAMES = (
    "SELECT id, length(payload) FROM frame WHERE session = ? AND seq >= ? AND message = ? AND of_seq IS NULL"
    " ORDER BY seq LIMIT ?"
)
_CHUNKS = 'SELECT rowid, "offset", length(data) FROM chunk WHERE owner = ? AND kind = ? ORDER BY "offset"'
_COUNT = "SELECT CASE WHEN completeness IS NULL THEN coalesce(frames, 1) ELSE -1 END FROM message WHERE id = ?"


@dataclass(frozen=True, slots=True)
class Extent:
    """The pieces of a payload, in order."""

    pieces: tuple[_Piece, ...] = ()
    ends: tuple[int, ...] = ()
    """Where each ends, in bytes from the beginning of the payload."""

    @property
    def size(self) -> int:
        """How many bytes of it are on record."""
        return self.ends[-1] if self.ends else 0


def extent_of_message(connection: sqlite3.Connection, message: int) -> Extent:
    """Find a message's readable payload, by id; empty where there is no such message."""
    row = connection.execute(_MESSAGE, (message,)).fetchone()
    if row is None:
        return Extent()
    length, _, _, framed, compressed, chunks, session, number, seq = row
    if length is not None:
        return _extent([("message", "payload", message, length)])
    if compressed or chunks:
        return _extent(_chunks(connection, message, MESSAGE_PAYLOAD))
    if not framed:
        return Extent()
    (count,) = connection.execute(_COUNT, (message,)).fetchone()
    pieces: list[_Piece] = []
    for frame, size in connection.execute(_FRAMES, (session, seq, number, count)).fetchall():
        pieces.extend(_of_frame_row(connection, frame, size))
    return _extent(pieces)


def extent_of_sent(connection: sqlite3.Connection, message: int) -> Extent | None:
    """Find what was sent on instead of a message, by id; None where nothing was."""
    row = connection.execute("SELECT length(payload) FROM message_sent WHERE message = ?", (message,)).fetchone()
    return None if row is None else _extent([("message_sent", "payload", message, row[0] or 0)])


def extent_of_frame(connection: sqlite3.Connection, frame: int) -> Extent:
    """Find a frame's payload as on the wire, by the id of its row, in `message` where that stands for the frame."""
    row = connection.execute("SELECT length(payload) FROM frame WHERE id = ?", (frame,)).fetchone()
    if row is not None:
        return _extent(_of_frame_row(connection, frame, row[0]))
    row = connection.execute(_MESSAGE, (frame,)).fetchone()
    if row is None or row[3]:
        return Extent()
    length, has_own, own_length, *_ = row
    if has_own:
        return _extent([("message", "wire_payload", frame, own_length)])
    return _extent([("message", "payload", frame, length or 0)])


def read_slice(connection: sqlite3.Connection, extent: Extent, start: int, stop: int) -> bytes:
    """Read a part of a payload.

    Args:
        connection: Open for reading.
        extent: Of the payload.
        start: Of the first byte.
        stop: Behind the last one.

    Returns:
        The bytes; fewer where the payload ends before, or is no longer on record from there on.
    """
    stop = min(stop, extent.size)
    found: list[bytes] = []
    place = bisect_right(extent.ends, start)
    while start < stop and place < len(extent.pieces):
        table, column, row, length = extent.pieces[place]
        begin = extent.ends[place] - length
        wanted = min(stop, extent.ends[place]) - start
        data = _read(connection, table, column, row, start - begin, wanted)
        found.append(data)
        if len(data) < wanted:
            break
        start += wanted
        place += 1
    return b"".join(found)


def _read(connection: sqlite3.Connection, table: str, column: str, row: int, start: int, count: int) -> bytes:
    if connection.execute(f"SELECT 1 FROM {table} WHERE rowid = ?", (row,)).fetchone() is None:
        return b""
    # A `substr` would read the BLOB from its beginning.
    with connection.blobopen(table, column, row, readonly=True) as blob:
        blob.seek(min(start, len(blob)))
        return blob.read(count)


def _of_frame_row(connection: sqlite3.Connection, frame: int, length: int | None) -> Iterator[_Piece]:
    if length is not None:
        yield "frame", "payload", frame, length
    else:
        yield from _chunks(connection, frame, FRAME_PAYLOAD)


def _chunks(connection: sqlite3.Connection, owner: int, kind: int) -> Iterator[_Piece]:
    # A piece that could not be recorded ends it, rather than joining what does not belong together.
    end = 0
    for row, offset, length in connection.execute(_CHUNKS, (owner, kind)).fetchall():
        if offset != end or not length:
            return
        yield "chunk", "data", row, length
        end += length


def _extent(pieces: list[_Piece] | Iterator[_Piece]) -> Extent:
    filled = tuple(piece for piece in pieces if piece[3])
    return Extent(filled, tuple(accumulate(piece[3] for piece in filled)))
