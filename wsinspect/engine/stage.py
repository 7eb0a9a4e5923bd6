"""A place for what plays the server of a mocked session: its part may come later, or never."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from wsinspect.replay.performing import Act, Performer

MOST_WAITING = 10_000
MOST_WAITING_BYTES = 16 << 20
"""Of what is heard while a part is awaited."""


class Stage:
    """Performs nothing until there is a part; a `Performer`.

    Pings and the close are answered by the connection, whatever the part.
    """

    answers_pings = False

    def __init__(self) -> None:
        self.wake_at: int | None = None
        self.poke: Callable[[], None] = lambda: None
        """Has the connection ask again."""
        self._part: Performer | None = None
        self._awaited = False
        self._heard: deque[tuple[bool, int, bytes, int]] = deque()
        """While a part is awaited: whether it was a control frame, opcode, payload, time."""
        self._heard_bytes = 0
        self._ended = False

    def await_part(self) -> None:
        """Keep what is heard from now on for a part that is to come."""
        self._awaited = True

    def give_up(self) -> None:
        """Await no part any more: there will be none."""
        self._awaited = False
        self._heard.clear()

    def begin(self, part: Performer) -> None:
        """Have a part played from now on, instead of one that may be playing."""
        self._part = part
        heard, self._heard = self._heard, deque()
        self._awaited, self._heard_bytes = False, 0
        for is_control, opcode, payload, time in heard:
            (part.heard_control if is_control else part.heard)(opcode, payload, time)
        self.poke()

    # ---- performing.Performer

    def next(self, now: int) -> Act | None:
        """Return what the part does."""
        if self._part is None or self._awaited or self._ended:
            return None
        act = self._part.next(now)
        self.wake_at = self._part.wake_at if act is None else None
        return act

    def heard(self, opcode: int, payload: bytes, now: int) -> None:
        """Take a message, for the part."""
        if self._awaited:
            self._keep(False, opcode, payload, now)
        elif self._part is not None:
            self._part.heard(opcode, payload, now)

    def heard_control(self, opcode: int, payload: bytes, now: int) -> None:
        """Take a control frame, for the part."""
        if self._awaited:
            self._keep(True, opcode, payload, now)
        elif self._part is not None:
            self._part.heard_control(opcode, payload, now)

    def ended(self, now: int) -> None:
        """Take the end of the connection."""
        self._ended = True
        self.give_up()
        if self._part is not None:
            self._part.ended(now)

    def _keep(self, is_control: bool, opcode: int, payload: bytes, now: int) -> None:
        if len(self._heard) < MOST_WAITING and self._heard_bytes + len(payload) <= MOST_WAITING_BYTES:
            self._heard.append((is_control, opcode, payload, now))
            self._heard_bytes += len(payload)
