"""What a person sends again: lines, and what came back upon each."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from wsinspect.replay.recording import Event
from wsinspect.replay.repeating.standing import Standing
from wsinspect.wire.opcodes import Opcode

MOST_EXTRA = 1000
"""Messages that are not in the recording, kept for each line."""


class Stage(enum.Enum):
    """How a line stands."""

    NEW = "not sent"
    QUEUED = "will be sent"
    SENT = "sent"


@dataclass(slots=True)
class Answer:
    """A message of the other side, or how it closed."""

    time: int
    opcode: int
    payload: bytes
    """Of a large one perhaps the beginning only."""
    event: Event | None
    """The recorded one that it is; None: there is none."""
    standing: Standing | None = None
    """How it stands to that one."""
    size: int = 0
    """Of the whole payload, in bytes."""


@dataclass(slots=True, eq=False)
class Back:
    """What came back upon a line, or before the first."""

    answers: list[Answer] = field(default_factory=list)
    more: int = 0
    """How many others came that are not in the recording either."""

    def add(self, answer: Answer) -> bool:
        """Keep an answer, or count it; tell whether it is kept."""
        if answer.event is None and len(self.answers) >= MOST_EXTRA and answer.opcode != Opcode.CLOSE:
            self.more += 1
            return False
        self.answers.append(answer)
        return True


@dataclass(slots=True, eq=False)
class Line:
    """A message to send, and what comes back upon it."""

    opcode: int
    payload: bytes
    """As it is to go; where it is not edited, with the values of now in it."""
    event: Event | None = None
    """As it was recorded; None: a person made it up."""
    recorded: tuple[Event, ...] = ()
    """What came back in the recording."""
    edited: bool = False
    stage: Stage = Stage.NEW
    sent: bytes = b""
    """As it went the last time."""
    sent_at: int = 0
    back: Back = field(default_factory=Back)
    """What came back since it went the last time."""

    @property
    def answers(self) -> list[Answer]:
        """What came back, as far as it is kept."""
        return self.back.answers
