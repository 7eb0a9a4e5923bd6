"""Compression after a change (RFC 7692 7.2.1 and 7.2.3.2).

A receiver's inflater knows only what was sent to it. Once a compressed message was changed or dropped in a direction
with context takeover, the sender's window and the receiver's differ, and what follows has to be compressed anew, with
the receiver's window as dictionary, until a window of identical plaintext has passed. Where that is not possible (zlib
cannot compress with a window of 8 bits) messages go uncompressed, which leaves both windows alone.
"""

from __future__ import annotations

from wsinspect.wire.deflate import Deflater, Inflater


class Recoder:
    """Keeps the receiver's compression context right after changes.

    Args:
        inflater: Of the sender's context.
    """

    def __init__(self, inflater: Inflater) -> None:
        self._inflater = inflater
        self._deflater: Deflater | None = None
        self._identical = 0
        self.diverged = False
        """Whether the receiver's window differs from the sender's."""

    def changed(self, payload: bytes) -> bytes | None:
        """Compress what goes instead of the current message; None: it has to go uncompressed."""
        if not self._inflater.takeover:
            return None if self._inflater.window_bits == 8 else Deflater(self._inflater.window_bits).compress(payload)
        self.skipped()
        return None if self._deflater is None else self._deflater.compress(payload)

    def skipped(self) -> None:
        """Take note that the current message does not reach the receiver's context."""
        if not self._inflater.takeover:
            return
        if not self.diverged and self._inflater.window_bits > 8:
            self._deflater = Deflater(self._inflater.window_bits, self._inflater.history.tail())
        self.diverged = True
        self._identical = 0

    def unchanged(self, payload: bytes) -> bytes | None:
        """Compress the current message anew, while diverged; None: it has to go uncompressed."""
        if self._deflater is None:
            return None
        compressed = self._deflater.compress(payload)
        self._identical += len(payload)
        if self._identical >= 1 << self._inflater.window_bits:
            self._deflater, self.diverged = None, False
        return compressed
