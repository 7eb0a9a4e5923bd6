"""Which records of a growing capture are printed: each once it is decided, then its revisions."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator

_REMEMBERED = 1 << 17
"""Records whose revisions are told from first sights; the oldest are forgotten first."""


class DecidedOnly[Item]:
    """Lets each record through once nothing about it is open any more.

    Args:
        revisions: Whether what is changed after that comes through again.
    """

    def __init__(self, *, revisions: bool) -> None:
        self._revisions = revisions
        self._printed: dict[Hashable, int] = {}

    def choose(self, items: Iterable[tuple[Hashable, bool, Item]]) -> Iterator[tuple[Item, int]]:
        """Choose what is to be printed.

        Args:
            items: Records that are new or have changed: what identifies each, whether it is decided, and the record.

        Yields:
            Records to print, each with how often it was printed, this time included.
        """
        for key, is_decided, item in items:
            revision = self._printed.pop(key, 0)
            if revision == 0 and not is_decided:
                continue
            if revision > 0 and not self._revisions:
                self._printed[key] = revision
                continue
            if len(self._printed) >= _REMEMBERED:
                del self._printed[next(iter(self._printed))]
            self._printed[key] = revision + 1
            yield item, revision + 1
