"""permessage-deflate (RFC 7692): reading what a peer compressed, bounded; compressing for a window that is known.

Theory of operation. Each direction has one compression context. `Inflater` follows it, so it knows the plaintext that
back-references may reach: the last 32 KiB, in its `history`. A message is inflated piece by piece as its frames come,
`commit` ends it. When a message cannot be inflated, or would grow over the limit, the inflater gives up: with context
takeover the whole direction can no longer be read from there on; over the limit it is not read even without.
"""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from wsinspect.model import Direction
from wsinspect.wire.violations import Violation

INFLATE_LIMIT = 128 << 20
"""Most bytes one message is inflated to, unless said otherwise."""
WINDOW_BYTES = 32 << 10
"""The farthest that DEFLATE can refer back."""
_PIECE_BYTES = 256 << 10
_TAIL = b"\x00\x00\xff\xff"
_MOST_PIECES = 64


@dataclass(frozen=True, slots=True)
class DeflateParams:
    """What was agreed; the defaults are those of RFC 7692 7.1 for parameters that are absent."""

    server_no_context_takeover: bool = False
    client_no_context_takeover: bool = False
    server_max_window_bits: int = 15
    client_max_window_bits: int = 15

    def window_bits(self, direction: Direction) -> int:
        """Return the window of the peer that compresses in `direction`."""
        return self.client_max_window_bits if direction is Direction.C2S else self.server_max_window_bits

    def no_context_takeover(self, direction: Direction) -> bool:
        """Tell whether the peer that compresses in `direction` starts each message with an empty window."""
        return self.client_no_context_takeover if direction is Direction.C2S else self.server_no_context_takeover


class History:
    """The last `WINDOW_BYTES` of plaintext, kept as references to the pieces it came in."""

    __slots__ = ("_pieces", "_size")

    def __init__(self) -> None:
        self._pieces: deque[bytes] = deque()
        self._size = 0

    def append(self, data: bytes) -> None:
        """Add plaintext."""
        if len(data) >= WINDOW_BYTES:
            self.clear()
            data = data[-WINDOW_BYTES:]
        self._pieces.append(data)
        self._size += len(data)
        while self._size - len(self._pieces[0]) >= WINDOW_BYTES:
            self._size -= len(self._pieces.popleft())
        if len(self._pieces) > _MOST_PIECES:
            joined = self.tail()
            self.clear()
            self.append(joined)

    def tail(self, size: int = WINDOW_BYTES) -> bytes:
        """Return the last `size` bytes, or all where there are fewer."""
        return b"".join(self._pieces)[-size:]

    def clear(self) -> None:
        """Forget everything."""
        self._pieces.clear()
        self._size = 0


class Inflater:
    """Inflates the messages of one direction.

    Args:
        params: As agreed.
        direction: Which one.
        limit: Most bytes to inflate a message to.
    """

    def __init__(self, params: DeflateParams, direction: Direction, *, limit: int = INFLATE_LIMIT) -> None:
        self.window_bits = params.window_bits(direction)
        self.takeover = not params.no_context_takeover(direction)
        self.history = History()
        """Plaintext of the messages before the current one; empty without context takeover."""
        self.limit: int | None = limit
        self.failure: Violation | None = None
        """Why the current message could not be inflated whole."""
        self.opaque = False
        """Whether nothing more of this direction can be inflated."""
        self._zlib = zlib.decompressobj(-self.window_bits)
        self._current = History()
        self._size = 0

    def inflate(self, data: bytes, *, final: bool) -> Iterator[bytes]:
        """Yield the plaintext of the next bytes of a message, in pieces; ends early with `failure` set.

        Args:
            data: Payload of a frame or a piece of it.
            final: Whether the message ends here; RFC 7692 7.2.2: append 00 00 ff ff.
        """
        if self.failure is not None:
            return
        pending, full = (data + _TAIL if final else data), False
        while pending or full:
            try:
                piece = self._zlib.decompress(pending, _PIECE_BYTES)
            except zlib.error:
                self._give_up(Violation.INFLATE_ERROR, opaque=self.takeover)
                return
            if piece:
                self._size += len(piece)
                if self.limit is not None and self._size > self.limit:
                    self._give_up(Violation.INFLATE_LIMIT, opaque=True)
                    return
                self._current.append(piece)
                yield piece
            # A full piece may leave output inside zlib though it has taken all input.
            full = len(piece) == _PIECE_BYTES
            pending = self._zlib.unconsumed_tail
            if self._zlib.eof:
                pending, full = self._restart(self._zlib.unused_data), False

    def commit(self) -> None:
        """End the current message: its plaintext becomes history."""
        if self.takeover:
            self.history.append(self._current.tail())
        elif not self.opaque:
            self._zlib = zlib.decompressobj(-self.window_bits)
        self._current.clear()
        self._size = 0
        self.failure = None

    def _restart(self, unread: bytes) -> bytes:
        """Go on after a block with BFINAL, which ends a DEFLATE stream, but neither message nor window.

        Returns:
            What to read next.
        """
        window = (self.history.tail() + self._current.tail())[-(1 << self.window_bits) :]
        self._zlib = zlib.decompressobj(-self.window_bits, zdict=window)
        # RFC 7692 7.2.3.4 has a byte 00 follow, to which the tail belongs; senders that leave it out are understood.
        return b"" if unread == _TAIL else unread

    def _give_up(self, why: Violation, *, opaque: bool) -> None:
        self.failure = why
        self.opaque = self.opaque or opaque


class Deflater:
    """Compresses messages for one receiver.

    Args:
        window_bits: 9 to 15; zlib cannot compress with a window of 8 bits.
        window: Plaintext that the receiver's window already holds.
    """

    def __init__(self, window_bits: int, window: bytes = b"") -> None:
        window = window[-(1 << window_bits) :]
        if window:
            self._zlib = zlib.compressobj(wbits=-window_bits, zdict=window)
        else:
            self._zlib = zlib.compressobj(wbits=-window_bits)

    def compress(self, payload: bytes) -> bytes:
        """Return the payload of the frame that carries `payload` as a whole message."""
        if not payload:
            # RFC 7692 7.2.3.6: an empty uncompressed block without its last four bytes.
            return b"\x00"
        compressed = self._zlib.compress(payload) + self._zlib.flush(zlib.Z_SYNC_FLUSH)
        return compressed.removesuffix(_TAIL)
