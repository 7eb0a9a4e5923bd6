"""A search while it goes on: in steps that leave the program's attention to others, and at which match one is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from wsinspect.present.document_search import ByteSearch, search_in
from wsinspect.present.documents import Document
from wsinspect.present.visual_rows import Mark

STEP_S = 0.008
"""How long a step takes the program's attention."""
PAUSE_S = 0.004
TELL_EVERY_S = 0.2

type Load = Callable[[int, int], Awaitable[bytes]]


class Finding:
    """A search of a document.

    Args:
        document: The document.
        query: What to look for.
        load: Reads bytes, where it is a hex dump.
        tell: Called when more was found, or another match is the current one.
    """

    def __init__(self, document: Document, query: str, load: Load | None, tell: Callable[[], None]) -> None:
        self.match: int | None = None
        """The match one is at."""
        self._search = search_in(document, query)
        self._load = load
        self._tell = tell

    @property
    def count(self) -> int:
        """How many matches were found so far."""
        return self._search.count

    @property
    def complete(self) -> bool:
        """Whether all was searched, or enough was found."""
        return self._search.complete

    @property
    def searches_bytes(self) -> bool:
        """Whether what is searched is the whole payload, beyond what is laid out."""
        return isinstance(self._search, ByteSearch)

    def marks(self, line: int) -> list[Mark]:
        """Tell what stands out on a line."""
        return self._search.marks(line, self.match)

    def place(self) -> tuple[int, int] | None:
        """Return line and character of the match one is at."""
        return None if self.match is None else self._search.place(self.match)

    def step(self, step: int, line: int) -> bool:
        """Go to the next match, or the one before with -1; from the last to the first.

        Args:
            step: How many matches on.
            line: Where to begin, where one is at none yet.

        Returns:
            Whether there is one.
        """
        if self.count == 0:
            return False
        if self.match is None:
            first = self._search.first_from(line)
            self.match = (first if step > 0 else first - 1) % self.count
        else:
            self.match = (self.match + step) % self.count
        return True

    async def run(self, line: int, found: Callable[[], None] | None) -> None:
        """Search to the end.

        Args:
            line: Where one is.
            found: Called once the first match from there is known, and is the current one; None: none is to be.

        Raises:
            StoreError: Bytes cannot be read.
        """
        told = time.perf_counter()
        while True:
            if not self.complete:
                await self._go_on()
            if found is not None and self.match is None and self._is_known(line) and self.step(1, line):
                found()
            if self.complete:
                break
            if time.perf_counter() > told + TELL_EVERY_S:
                told = time.perf_counter()
                self._tell()
        self._tell()

    def _is_known(self, line: int) -> bool:
        return self.complete or self._search.first_from(line) < self.count

    async def _go_on(self) -> None:
        wanted = self._search.wanted()
        if wanted is not None:
            self._search.supply(b"" if self._load is None else await self._load(*wanted))
            return
        end = time.perf_counter() + STEP_S
        while not self.complete and time.perf_counter() < end:
            self._search.advance()
        await asyncio.sleep(PAUSE_S)
