"""Plays one side of a recording in its order: each event once as many messages came as before it, whatever they are.

Where a burst of messages has begun and does not go on, what came behind all of it is said (see `bursts`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque

from wsinspect.replay.mocking.bursts import Burst
from wsinspect.replay.mocking.cues import Cues
from wsinspect.replay.mocking.heartbeats import Beating
from wsinspect.replay.mocking.played import Values, act_of
from wsinspect.replay.performing import Act, SendClose
from wsinspect.replay.recording import Event
from wsinspect.wire.opcodes import Opcode


class Reciting:
    """Plays a side; a `performing.Performer`.

    Args:
        cues: What it says.
        values: Of this conversation.
        loop: Whether it begins again where the other side goes on behind the end of the recording.
    """

    answers_pings = False

    def __init__(self, cues: Cues, values: Values, *, loop: bool = False) -> None:
        self.wake_at: int | None = None
        self.matched = 0
        """How many messages there was one for in the recording."""
        self.unmatched = 0
        self._cues = cues
        self._values = values
        self._loop = loop
        befores = [event.index for event in cues.others]
        self._script = [
            (bisect_left(befores, event.index), event)
            for event in cues.said
            if not (loop and event.opcode == Opcode.CLOSE)
        ]
        """Each event, with how many messages of the other side came before it."""
        self._left = deque(self._script)
        self._replies = {
            line.event.index: bisect_left(befores, owner)
            for owner, lines in cues.lines.items()
            for line in lines
            if line.sure
        }
        """For each event that is surely a reply, how many messages came before the one that it is the reply to."""
        self._broken: set[int] = set()
        """By their last messages, the bursts whose rest was not waited for."""
        self._heard = 0
        self._last_heard = 0
        self._beating = Beating(cues.heartbeat)
        self._begun = False
        self._over = False

    def next(self, now: int) -> Act | None:
        """Return what to do now."""
        if not self._begun:
            self._begun = True
            self._beating.begin(now)
        if self._over:
            return None
        beat = self._beating.next(now)
        self.wake_at = self._beating.wake_at
        if beat is not None or not self._left:
            return beat
        if self._left[0][0] > self._heard and not self._break_silence(now):
            return None
        _, event = self._left.popleft()
        act = act_of(event, self._values.written(event, now), self._cues.side)
        self._over = isinstance(act, SendClose)
        return act

    def heard(self, opcode: int, payload: bytes, now: int) -> None:
        """Take a whole message of the other side."""
        if self._beating.heard(opcode, payload):
            return
        self._last_heard = now
        others = self._cues.others
        if self._loop and others and self._heard == len(others) and not self._left:
            self._heard, self._left = 0, deque(pair for pair in self._script if pair[0])
            self._broken.clear()
        if self._heard == len(others):
            self.unmatched += 1
            return
        self._values.heard(others[self._heard], opcode, payload)
        self._heard += 1
        self.matched += 1

    def heard_control(self, opcode: int, payload: bytes, now: int) -> None:  # noqa: ARG002 - as the port has it
        """Take a control frame: upon a close nothing more is said."""
        self._over = self._over or opcode == Opcode.CLOSE

    def ended(self, now: int) -> None:  # noqa: ARG002 - as the port has it
        """Take the end of the connection."""
        self._over = True

    def _break_silence(self, now: int) -> bool:
        """Put what came behind a burst first, where the rest of it does not come; return whether it is."""
        need = self._left[0][0]
        reached, wanted = (self._burst_of(count) for count in (self._heard, need))
        if wanted is None or reached is not wanted or wanted.last in self._broken:
            return False
        due = self._last_heard + wanted.patience_ns()
        if due > now:
            self.wake_at = due if self.wake_at is None else min(due, self.wake_at)
            return False
        self._broken.add(wanted.last)
        first: list[tuple[int, Event]] = []
        waiting: list[tuple[int, Event]] = []
        while self._left and self._burst_of(self._left[0][0]) is wanted:
            need, event = self._left.popleft()
            if self._replies.get(event.index, -1) >= self._heard:
                waiting.append((need, event))
            else:
                first.append((self._heard, event))
        self._left.extendleft(reversed(first + waiting))
        return bool(first)

    def _burst_of(self, count: int) -> Burst | None:
        """Return the burst that so many messages end in."""
        return self._cues.bursts.get(self._cues.others[count - 1].index) if count else None
