"""Hands a performer what is heard in portions, so that a flood leaves time for everything else.

Up to `AT_ONCE` messages go on as they come; what comes then waits until somebody has time for it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial

from wsinspect.replay.performing import Act, Performer

AT_ONCE = 200


class Backlog:
    """The performer, with what it has not heard yet.

    Args:
        performer: Who is to hear.
        on_full: Called when something begins to wait: no more should come now.
    """

    def __init__(self, performer: Performer, on_full: Callable[[], None]) -> None:
        self.answers_pings = performer.answers_pings
        self.wake_at = performer.wake_at
        self._performer = performer
        self._on_full = on_full
        self._room = AT_ONCE
        self._waiting: deque[Callable[[], None]] = deque()

    def go_on(self, most: int) -> bool:
        """Hand on what waits, no more than so much; tell whether nothing waits any more."""
        for _ in range(min(most, len(self._waiting))):
            self._waiting.popleft()()
        if self._waiting:
            return False
        self._room = AT_ONCE
        return True

    # ---- performing.Performer

    def next(self, now: int) -> Act | None:
        """Ask the performer."""
        act = self._performer.next(now)
        self.wake_at = self._performer.wake_at
        return act

    def heard(self, opcode: int, payload: bytes, now: int) -> None:
        """Take a message."""
        self._take(partial(self._performer.heard, opcode, payload, now))

    def heard_control(self, opcode: int, payload: bytes, now: int) -> None:
        """Take a control frame."""
        self._take(partial(self._performer.heard_control, opcode, payload, now))

    def ended(self, now: int) -> None:
        """Take the end of the connection."""
        self._take(partial(self._performer.ended, now))

    def _take(self, hand_on: Callable[[], None]) -> None:
        if self._room:
            self._room -= 1
            hand_on()
            return
        if not self._waiting:
            self._on_full()
        self._waiting.append(hand_on)
