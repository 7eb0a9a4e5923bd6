"""Where in a sorted order the n-th thing lies, for things that are not in memory.

Theory of operation. The order is cut into blocks of some thousand neighbours. Of each block its first key and its
length are kept; the sums of the lengths before a block are made when they are asked for. So the n-th thing is found by
a search among the blocks and a short walk along the index that holds the things themselves.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

BLOCK = 8192
"""About how many things a block holds when it is full."""

type Key = tuple[int | bytes, int]
"""What things are sorted by, and the id that tells equal ones apart."""


class Ranks:
    """Lengths of blocks of sorted keys."""

    def __init__(self) -> None:
        self._starts: list[Key] = []
        self._lengths: list[int] = []
        self._before: list[int] = []
        self.size = 0
        """How many things there are."""

    def append(self, first: Key, count: int) -> None:
        """Put things behind all others.

        Args:
            first: A key above all that are there and not above the first of the new ones.
            count: How many they are.
        """
        while self._lengths and not self._lengths[-1]:
            # Of a block that was emptied only the beginning is left, which may be above what comes.
            self._starts.pop()
            self._lengths.pop()
        if self._lengths and self._lengths[-1] + count <= BLOCK:
            self._lengths[-1] += count
        elif count:
            self._starts.append(first)
            self._lengths.append(count)
        self._changed(count)

    def add(self, key: Key) -> None:
        """Put one thing in its place."""
        if not self._starts:
            self.append(key, 1)
            return
        block = max(bisect_right(self._starts, key) - 1, 0)
        self._starts[block] = min(self._starts[block], key)
        self._lengths[block] += 1
        self._changed(1)

    def remove(self, key: Key) -> None:
        """Take one thing out, which is there."""
        self._lengths[bisect_right(self._starts, key) - 1] -= 1
        self._changed(-1)

    def overlong(self) -> Key | None:
        """Tell where a block begins that has become so long that it should be split; None without one."""
        return next(
            (start for start, length in zip(self._starts, self._lengths, strict=True) if length >= 2 * BLOCK), None
        )

    def split(self, start: Key, middle: Key) -> None:
        """Cut a block in two.

        Args:
            start: Where it begins.
            middle: The key of the thing `BLOCK` places behind.
        """
        block = bisect_right(self._starts, start) - 1
        self._starts.insert(block + 1, middle)
        self._lengths[block : block + 1] = [BLOCK, self._lengths[block] - BLOCK]
        self._changed(0)

    def find(self, place: int) -> tuple[Key, int]:
        """Tell where the walk to a place begins, and how many things it passes over; the place must be there."""
        block = bisect_right(self._sums(), place) - 1
        return self._starts[block], place - self._sums()[block]

    def around(self, key: Key) -> tuple[Key, int] | None:
        """Tell where the block begins in which a key is or would be, and how many things are before the block.

        None: it would be before all others.
        """
        block = bisect_right(self._starts, key) - 1
        return None if block < 0 else (self._starts[block], self._sums()[block])

    def _changed(self, by: int) -> None:
        self.size += by
        self._before.clear()

    def _sums(self) -> list[int]:
        if not self._before:
            self._before = list(accumulate(self._lengths, initial=0))[:-1]
        return self._before
