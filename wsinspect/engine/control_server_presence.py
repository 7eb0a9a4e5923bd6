"""Which clients of the control channel are there, and what becomes of what they hold when they vanish.

Theory of operation. A breakpoint belongs to an owner: the name a client gave itself, or one that was made up for its
connection. An owner is present while a connection of that name is. When the last one goes, and breakpoints belong to
it, a timer runs; a connection of the same name ends the timer, else what the owner holds is released.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable

from wsinspect.engine.steered import Steered

logger = logging.getLogger(__name__)

VANISHED = "the client that held it vanished"


class Presence:
    """Remembers owners.

    Args:
        steered: The engine.
        grace_s: How long an owner may stay away before what it held is released.
    """

    def __init__(self, steered: Steered, grace_s: float) -> None:
        self._steered = steered
        self._grace_s = grace_s
        self._connections: Counter[str] = Counter()
        self._claimed: set[str] = set()
        self._vanishing: dict[str, asyncio.TimerHandle] = {}

    def came(self, owner: str) -> None:
        """Count a connection of an owner."""
        self._connections[owner] += 1
        self._stop_timer(owner)

    def claim(self, owner: str) -> None:
        """Remember that a breakpoint belongs to an owner who is present."""
        self._claimed.add(owner)

    def went(self, owners: Iterable[str]) -> None:
        """Count a connection no more.

        Args:
            owners: All that it was called.
        """
        for owner in owners:
            self._connections[owner] -= 1
            if self._connections[owner] <= 0:
                del self._connections[owner]
                if owner in self._claimed:
                    self._stop_timer(owner)
                    loop = asyncio.get_running_loop()
                    self._vanishing[owner] = loop.call_later(self._grace_s, self._release, owner)

    def forget(self) -> None:
        """Release nothing any more: the engine stops."""
        for owner in list(self._vanishing):
            self._stop_timer(owner)

    def _stop_timer(self, owner: str) -> None:
        if timer := self._vanishing.pop(owner, None):
            timer.cancel()

    def _release(self, owner: str) -> None:
        del self._vanishing[owner]
        self._claimed.discard(owner)
        try:
            released = self._steered.release_all(owner, VANISHED)
        except Exception:
            logger.exception("control channel: cannot release what '%s' held", owner)
            return
        if released:
            logger.info("control channel: released %d held messages of '%s': %s", released, owner, VANISHED)
