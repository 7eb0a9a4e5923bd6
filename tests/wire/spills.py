"""Where the tests keep what waits."""

from __future__ import annotations


class Numbered:
    """A spill in memory that minds that each ticket is dropped once."""

    def __init__(self) -> None:
        self.kept: dict[int, bytes] = {}
        self.full = self.broken = False
        self._last = 0

    def keep(self, data: bytes) -> int:
        if self.full:
            raise OSError("no space left")
        self._last += 1
        self.kept[self._last] = data
        return self._last

    def load(self, ticket: int) -> bytes:
        if self.broken:
            raise OSError("cannot be read")
        return self.kept[ticket]

    def drop(self, ticket: int) -> None:
        del self.kept[ticket]
