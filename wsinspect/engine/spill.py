"""Where held messages go that are too much to keep in memory: a temporary file, without a name."""

from __future__ import annotations

import logging
import tempfile
from typing import IO

logger = logging.getLogger(__name__)


class SpillFile:
    """Keeps bytes on disk; in memory where the disk takes none. Implements `wire.outlet.Spill`."""

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None
        self._end = 0
        self._places: dict[int, tuple[int, int]] = {}
        self._in_memory: dict[int, bytes] = {}
        self._last_ticket = 0

    def keep(self, data: bytes) -> int:
        """Keep bytes, and return the ticket for them."""
        self._last_ticket += 1
        ticket = self._last_ticket
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="wsinspect-held-", buffering=0)  # noqa: SIM115 - see `close`
            self._file.seek(self._end)
            written = 0
            while written < len(data):
                written += self._file.write(memoryview(data)[written:]) or 0
        except OSError as error:
            logger.warning("held messages stay in memory: the temporary folder takes none (%s)", error.strerror)
            self._in_memory[ticket] = data
        else:
            self._places[ticket] = self._end, len(data)
            self._end += len(data)
        return ticket

    def load(self, ticket: int) -> bytes:
        """Return what is kept; OSError where the disk fails."""
        if ticket in self._in_memory:
            return self._in_memory[ticket]
        offset, size = self._places[ticket]
        assert self._file is not None
        self._file.seek(offset)
        parts = []
        while size:
            part = self._file.read(size)
            if not part:
                raise OSError("the temporary file of held messages is cut short")
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def drop(self, ticket: int) -> None:
        """Forget bytes; the file goes when nothing is left in it."""
        self._in_memory.pop(ticket, None)
        self._places.pop(ticket, None)
        if not self._places:
            self.close()

    def close(self) -> None:
        """Remove the file."""
        if self._file is not None:
            self._file.close()
        self._file, self._end = None, 0
