"""Payloads wherever they are: in the row, in chunk rows, or in the rows of a message's frames.

Each piece is read by a statement of its own that ends at once, so that reading a large payload holds up nobody.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

from wsinspect.store.rows import bytes_value
from wsinspect.store.schema import FRAME_PAYLOAD, MESSAGE_PAYLOAD

_NEXT_CHUNK = 'SELECT "offset", data FROM chunk WHERE owner = ? AND kind = ? AND "offset" = ?'
_MESSAGE = (
    "SELECT id, session, number, seq, payload, header IS NULL, compressed, chunks, frames, completeness"
    " FROM message WHERE id = ?"
)
_FRAMES = (
    "SELECT seq, id FROM frame WHERE session = ? AND seq >= ? AND message = ? AND of_seq IS NULL ORDER BY seq LIMIT ?"
)


class Payloads:
    """Reads payloads of one capture.

    Args:
        connection: Open for reading.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def frames_of(self, session: int, number: int, seq: int, count: int) -> list[tuple[int, int]]:
        """Find the frames of a message that are rows of `frame`.

        Args:
            session: Its session.
            number: Its number.
            seq: Of its first frame.
            count: How many there are, -1 where that is not known.

        Returns:
            The `seq` and the id of each.
        """
        return self._connection.execute(_FRAMES, (session, seq, number, count)).fetchall()

    def headers(self, frames: Iterable[int]) -> Iterator[tuple[bytes, int | None]]:
        """Yield header and size of frames, by the ids of their rows in `frame`."""
        for frame in frames:
            yield from self._connection.execute("SELECT header, size FROM frame WHERE id = ?", (frame,)).fetchall()

    def of_message(self, message: int) -> Iterator[bytes]:
        """Yield the pieces of a message's payload, by id; none where there is no such message."""
        row = self._connection.execute(_MESSAGE, (message,)).fetchone()
        if row is None:
            return
        _, session, number, seq, payload, framed, compressed, chunks, count, completeness = row
        if payload is not None:
            yield payload
        elif compressed or chunks:
            yield from self._chunks(message, MESSAGE_PAYLOAD)
        elif framed:
            for _, frame in self.frames_of(session, number, seq, -1 if completeness else count or 1):
                yield from self.of_frame(frame)

    def of_frame(self, frame: int) -> Iterator[bytes]:
        """Yield the pieces of a frame's payload, by the id of its row in `frame`."""
        row = self._connection.execute("SELECT payload FROM frame WHERE id = ?", (frame,)).fetchone()
        if row is not None and row[0] is not None:
            yield row[0]
        else:
            yield from self._chunks(frame, FRAME_PAYLOAD)

    def _chunks(self, owner: int, kind: int) -> Iterator[bytes]:
        # By offset: a piece that could not be recorded ends it, rather than joining what does not belong together.
        offset = 0
        while (row := self._connection.execute(_NEXT_CHUNK, (owner, kind, offset)).fetchone()) is not None:
            piece = bytes_value(row[1])
            if not piece:
                return
            yield piece
            offset += len(piece)


def joined(pieces: Iterable[bytes], limit: int | None) -> bytes:
    """Join pieces, no more than `limit` bytes."""
    if limit is None:
        return b"".join(pieces)
    found = b""
    for piece in pieces:
        found += piece[: limit - len(found)]
        if len(found) >= limit:
            break
    return found
