"""Where payloads of what waits are kept: in memory, and beyond a limit wherever the engine says, such as a file."""

from __future__ import annotations

from typing import Protocol

ENTRY_BYTES = 1 << 10
"""What a waiting message counts for beside its bytes, so that a million empty ones are not free."""


class Spill(Protocol):
    """Keeps bytes outside of memory."""

    def keep(self, data: bytes) -> int:
        """Put bytes away and return the ticket for them."""

    def load(self, ticket: int) -> bytes:
        """Return the bytes of a ticket, which stays good."""

    def drop(self, ticket: int) -> None:
        """Forget the bytes of a ticket."""


class Depot:
    """What is kept of one direction.

    Args:
        spill: Takes what is over the limit; None keeps all in memory.
        memory_limit: Most bytes to keep in memory.
    """

    __slots__ = ("bytes", "in_memory", "memory_limit", "spill")

    def __init__(self, spill: Spill | None, memory_limit: int) -> None:
        self.spill = spill
        self.memory_limit = memory_limit
        self.bytes = 0
        """Everything kept, wherever."""
        self.in_memory = 0


class Kept:
    """Bytes in a depot, until they are dropped.

    Args:
        depot: Where they are.
        data: The bytes.
    """

    __slots__ = ("_data", "_depot", "_ticket", "size")

    def __init__(self, depot: Depot, data: bytes) -> None:
        self._depot = depot
        self.size = len(data)
        self._data: bytes | None = data
        self._ticket = 0
        depot.bytes += self.size
        if depot.spill is not None and depot.in_memory + self.size > depot.memory_limit:
            try:
                self._ticket = depot.spill.keep(data)
            except Exception:  # noqa: BLE001 a full disk loses nothing: what it does not take stays in memory
                depot.in_memory += self.size
            else:
                self._data = None
        else:
            depot.in_memory += self.size

    def load(self) -> bytes:
        """Return the bytes; raises what the spill raises."""
        if self._data is not None:
            return self._data
        assert self._depot.spill is not None
        return self._depot.spill.load(self._ticket)

    def drop(self) -> None:
        """Take them out of the depot, once."""
        depot = self._depot
        depot.bytes -= self.size
        if self._data is not None:
            depot.in_memory -= self.size
            self._data = b""
        else:
            assert depot.spill is not None
            depot.spill.drop(self._ticket)


class Pile:
    """Bytes that come piece by piece, kept in a depot.

    Args:
        depot: Where they are.
    """

    __slots__ = ("_buffer", "_depot", "_kept")

    _PIECE_BYTES = 256 << 10

    def __init__(self, depot: Depot) -> None:
        self._depot = depot
        self._kept: list[Kept] = []
        self._buffer = bytearray()

    def append(self, data: bytes | bytearray) -> None:
        """Add bytes."""
        self._buffer += data
        self._depot.bytes += len(data)
        if len(self._buffer) >= self._PIECE_BYTES:
            self._depot.bytes -= len(self._buffer)
            self._kept.append(Kept(self._depot, bytes(self._buffer)))
            self._buffer.clear()

    def load(self) -> list[bytes]:
        """Return all that came, in pieces of no certain size; raises what the spill raises."""
        pieces = [kept.load() for kept in self._kept]
        return [*pieces, bytes(self._buffer)] if self._buffer else pieces

    def drop(self) -> None:
        """Take them out of the depot."""
        for kept in self._kept:
            kept.drop()
        self._depot.bytes -= len(self._buffer)
        self._kept = []
        self._buffer.clear()
