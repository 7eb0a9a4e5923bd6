"""Which records of a growing capture are printed: each once it is decided, then its revisions."""

from __future__ import annotations

from collections.abc import Hashable

_REMEMBERED = 1 << 17
"""Records whose revisions are told from first sights; the oldest are forgotten first."""


class DecidedOnly[Key: Hashable]:
    """Lets each record through once nothing about it is open any more.

    Args:
        revisions: Whether what is changed after that comes through again.
    """

    def __init__(self, *, revisions: bool) -> None:
        self.waiting: set[Key] = set()
        """What was seen and is not decided yet."""
        self._revisions = revisions
        self._printed: dict[Key, int] = {}

    def revision(self, key: Key, *, decided: bool) -> int:
        """Tell how a record that is new or has changed is to be printed.

        Args:
            key: What identifies it.
            decided: Whether nothing about it is open any more.

        Returns:
            How often it will have been printed, this time included; 0 where it is not printed now.
        """
        revision = self._printed.pop(key, 0)
        if revision == 0 and not decided:
            self.waiting.add(key)
            return 0
        is_due = revision == 0 or self._revisions
        if len(self._printed) >= _REMEMBERED:
            del self._printed[next(iter(self._printed))]
        self._printed[key] = revision + is_due
        self.waiting.discard(key)
        return revision + 1 if is_due else 0
