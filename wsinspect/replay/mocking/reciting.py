"""Plays one side of a recording in its order: each event once as many messages came as before it, whatever they are."""

from __future__ import annotations

from bisect import bisect_left

from wsinspect.replay.mocking.cues import Cues
from wsinspect.replay.mocking.heartbeats import Beating
from wsinspect.replay.mocking.played import Values, act_of
from wsinspect.replay.performing import Act, SendClose
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
        self._said = [event for event in cues.said if not (loop and event.opcode == Opcode.CLOSE)]
        befores = [event.index for event in cues.others]
        self._needs = [bisect_left(befores, event.index) for event in self._said]
        """How many messages of the other side came before each event."""
        self._heard = 0
        self._position = 0
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
        if beat is not None or self._position == len(self._said) or self._needs[self._position] > self._heard:
            return beat
        event = self._said[self._position]
        self._position += 1
        act = act_of(event, self._values.written(event, now), self._cues.side)
        self._over = isinstance(act, SendClose)
        return act

    def heard(self, opcode: int, payload: bytes, now: int) -> None:  # noqa: ARG002 - as the port has it
        """Take a whole message of the other side."""
        if self._beating.heard(opcode, payload):
            return
        others = self._cues.others
        if self._loop and others and self._heard == len(others) and self._position == len(self._said):
            self._heard, self._position = 0, bisect_left(self._needs, 1)
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
