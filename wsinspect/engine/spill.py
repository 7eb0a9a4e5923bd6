"""Where held messages go that are too much to keep in memory: temporary files, without names.

Each file takes so much and no more, and goes when nothing is left in it: where there is always something that waits,
what has gone long ago does not stay on disk.
"""

from __future__ import annotations

import logging
import tempfile
from dataclasses import dataclass
from typing import IO

logger = logging.getLogger(__name__)

FILE_BYTES = 64 << 20
"""From this size on a file takes nothing more."""


@dataclass(slots=True, eq=False)
class _File:
    file: IO[bytes]
    end: int = 0
    tickets: int = 0
    """How many are still for something in it."""


class SpillFile:
    """Keeps bytes on disk; in memory where the disk takes none. Implements `wire.outlet.Spill`."""

    def __init__(self) -> None:
        self._files: list[_File] = []
        """The last one is written to."""
        self._places: dict[int, tuple[_File, int, int]] = {}
        self._in_memory: dict[int, bytes] = {}
        self._last_ticket = 0

    def keep(self, data: bytes) -> int:
        """Keep bytes, and return the ticket for them."""
        self._last_ticket += 1
        ticket = self._last_ticket
        try:
            if not self._files or self._files[-1].end >= FILE_BYTES:
                file = tempfile.TemporaryFile(prefix="wsinspect-held-", buffering=0)  # noqa: SIM115 - see `close`
                self._files.append(_File(file))
            there = self._files[-1]
            there.file.seek(there.end)
            written = 0
            while written < len(data):
                written += there.file.write(memoryview(data)[written:]) or 0
        except OSError as error:
            logger.warning("held messages stay in memory: the temporary folder takes none (%s)", error.strerror)
            self._in_memory[ticket] = data
        else:
            self._places[ticket] = there, there.end, len(data)
            there.end += len(data)
            there.tickets += 1
        return ticket

    def load(self, ticket: int) -> bytes:
        """Return what is kept; OSError where the disk fails."""
        if ticket in self._in_memory:
            return self._in_memory[ticket]
        there, offset, size = self._places[ticket]
        there.file.seek(offset)
        parts = []
        while size:
            part = there.file.read(size)
            if not part:
                raise OSError("the temporary file of held messages is cut short")
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def drop(self, ticket: int) -> None:
        """Forget bytes; their file goes when nothing is left in it."""
        self._in_memory.pop(ticket, None)
        place = self._places.pop(ticket, None)
        if place is None:
            return
        there = place[0]
        there.tickets -= 1
        if not there.tickets:
            there.file.close()
            self._files.remove(there)

    def close(self) -> None:
        """Remove the files."""
        for there in self._files:
            there.file.close()
        self._files.clear()
