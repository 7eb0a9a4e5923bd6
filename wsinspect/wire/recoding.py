"""Compression after a change (RFC 7692 7.2.1 and 7.2.3.2).

A receiver's inflater knows only what was sent to it. Once a compressed message was changed, dropped or moved in a
direction with context takeover, the sender's window and the receiver's differ, and what follows has to be compressed
anew, with the receiver's window as dictionary, until a window of identical plaintext has passed. Where that is not
possible (zlib cannot compress with a window of 8 bits) messages go uncompressed, which leaves both windows alone.

What is read runs ahead of what is sent while messages wait, so the receiver's window is kept here, as it is sent.
"""

from __future__ import annotations

from wsinspect.wire.deflate import Deflater, History

_SMALLEST_FOR_ZLIB = 9


class Recoder:
    """Keeps the receiver's compression context right after changes.

    It is told of every compressed message in the order of the sender, at the time when it goes.

    Args:
        window_bits: 8 to 15, as agreed for this direction.
        takeover: Whether messages refer back to those before them.
    """

    def __init__(self, window_bits: int, *, takeover: bool) -> None:
        self.takeover = takeover
        self.diverged = False
        """Whether the receiver's window differs from the sender's."""
        self._window_bits = window_bits
        self._history = History()
        self._deflater: Deflater | None = None
        self._identical = 0

    def begin(self, window: bytes) -> None:
        """Take over a window that sender and receiver share; not while they differ."""
        self._history.clear()
        self._history.append(window)

    def forwarded(self, plaintext: bytes) -> None:
        """Take note that a message, or a piece of one, went as it came."""
        if self.takeover:
            self._history.append(plaintext)

    def changed(self, payload: bytes) -> bytes | None:
        """Compress what goes instead of a message; None: it has to go uncompressed."""
        if not self.takeover:
            return None if self._window_bits < _SMALLEST_FOR_ZLIB else Deflater(self._window_bits).compress(payload)
        self.skipped()
        return self._compress(payload)

    def skipped(self) -> None:
        """Take note that a message does not reach the receiver's context, or not in its place."""
        if not self.takeover:
            return
        if not self.diverged and self._window_bits >= _SMALLEST_FOR_ZLIB:
            self._deflater = Deflater(self._window_bits, self._history.tail())
        self.diverged = True
        self._identical = 0

    def unchanged(self, payload: bytes) -> bytes | None:
        """Compress a message anew, while diverged; None: it has to go uncompressed."""
        compressed = self._compress(payload)
        if compressed is not None:
            self._identical += len(payload)
            if self._identical >= 1 << self._window_bits:
                self._deflater, self.diverged = None, False
        return compressed

    def _compress(self, payload: bytes) -> bytes | None:
        if self._deflater is None:
            return None
        self._history.append(payload)
        return self._deflater.compress(payload)
