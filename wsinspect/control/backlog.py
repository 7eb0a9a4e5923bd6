"""What waits for somebody who may be slow: bounded, and where it overflows, the loss is told in its place."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable


class Backlog[Item]:
    """A queue that leaves out what does not fit, and says how much that was.

    Args:
        lost: Makes the item that stands for so many left out.
        most: How many items wait at most.
        most_bytes: How many bytes they may take.
    """

    def __init__(self, lost: Callable[[int], Item], *, most: int, most_bytes: int) -> None:
        self._lost = lost
        self._most = most
        self._most_bytes = most_bytes
        self._items: deque[tuple[Item, int]] = deque()
        self._bytes = 0
        self._left_out = 0
        self._filled = asyncio.Event()

    def offer(self, item: Item, size: int) -> None:
        """Put an item at the end, or leave it out where there is no room.

        Args:
            item: The item.
            size: Its bytes.
        """
        if len(self._items) >= self._most or self._bytes + size > self._most_bytes:
            self._left_out += 1
        else:
            self._tell_loss()
            self._items.append((item, size))
            self._bytes += size
        self._filled.set()

    def end(self, last: Item) -> None:
        """Put the last item behind everything, whether there is room or not."""
        self._tell_loss()
        self._items.append((last, 0))
        self._filled.set()

    async def take(self) -> Item:
        """Wait for the next item and take it."""
        await self._filled.wait()
        if not self._items:
            self._tell_loss()
        item, size = self._items.popleft()
        self._bytes -= size
        if not self._items and not self._left_out:
            self._filled.clear()
        return item

    def _tell_loss(self) -> None:
        if self._left_out:
            self._items.append((self._lost(self._left_out), 0))
            self._left_out = 0
