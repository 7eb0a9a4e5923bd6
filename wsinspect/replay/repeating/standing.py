"""How a message that has come stands to the recorded one that it is."""

from __future__ import annotations

import enum

from wsinspect.replay.comparing.comparison import CompareOptions, Knowing
from wsinspect.replay.comparing.judging import Judge
from wsinspect.replay.comparing.message_changes import message_changes
from wsinspect.replay.comparing.reading import Reader
from wsinspect.replay.recording import Event

READ_BYTES = 1 << 18
"""A larger payload is not read, as that would take long: of it is known whether it is the same."""


class Standing(enum.Enum):
    """How it stands."""

    SAME = enum.auto()
    ANEW = enum.auto()
    """The same, apart from values that are other ones each time: tokens, ids, times."""
    OTHER = enum.auto()
    """Something is different that need not be."""


class Standings:
    """Tells how messages stand.

    Args:
        volatile: What knows of values that are other ones each time; None: every difference counts.
    """

    def __init__(self, volatile: Knowing | None = None) -> None:
        self._judge = Judge(CompareOptions(), volatile)
        self._reader = Reader()

    def of(self, recorded: Event, now: Event) -> Standing:
        """Tell how a message stands to the recorded one."""
        if (recorded.opcode, recorded.payload) == (now.opcode, now.payload):
            return Standing.SAME
        if max(len(recorded.payload), len(now.payload)) > READ_BYTES:
            return Standing.OTHER
        old, new = self._reader.read(recorded), self._reader.read(now)
        found = message_changes(recorded, now, old, new)
        matter = self._judge.following("", self._judge.judged("", old.shape, found.fields))
        return Standing.OTHER if matter or found.content else Standing.ANEW
