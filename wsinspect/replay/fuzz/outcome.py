"""What came of sending a variation."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from wsinspect.replay.leaves import layout
from wsinspect.replay.shape import Shape, shape_of
from wsinspect.wire.opcodes import Opcode

KEPT_BYTES = 16 << 10
"""So much of each reply is kept."""


class Fate(enum.Enum):
    """What became of the connection."""

    OPEN = "open"
    """It was still there when nothing more was listened for."""
    CLOSED = "closed"
    """The server sent a close frame."""
    LOST = "lost"
    """It ended without one."""
    NO_CONNECTION = "no connection"
    """There was none: the server refused it, or was not there."""
    NO_SETUP = "no set-up"
    """The set-up failed before the variation was sent."""
    UNWRITABLE = "unwritable"
    """The variation cannot be made of this message."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A message of the server."""

    opcode: int
    payload: bytes
    """The beginning of it."""
    size: int
    delay: int
    """Nanoseconds since the variation was sent."""
    shape: Shape

    @classmethod
    def of(cls, opcode: int, payload: bytes, delay: int, keep: int = KEPT_BYTES) -> Reply:
        """Make one of what was heard.

        Args:
            opcode: Of the message.
            payload: Whole.
            delay: In nanoseconds.
            keep: At most so much of the payload is kept.
        """
        shape = shape_of(opcode, layout(payload, of_text=opcode == Opcode.TEXT))
        return cls(opcode, payload[:keep], len(payload), delay, shape)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a variation."""

    number: int
    """Of the variation, from 1; 0 of the unchanged message."""
    fate: Fate
    replies: tuple[Reply, ...] = ()
    """What came after it, other than what comes anyway."""
    close_code: int | None = None
    """Of the server's close frame; None where there was none, or without a code."""
    close_reason: str = ""
    answers_pings: bool | None = None
    """Whether a ping was answered after silence; None where none was sent."""
    ended_after: int | None = None
    """Nanoseconds until the connection ended."""
    trouble: str = ""
    """Why it was not sent, or there was no connection."""
    sent_at: int = 0
    sent_bytes: int = 0
    session: int | None = None
    """Number in the capture."""

    @property
    def delay(self) -> int | None:
        """Nanoseconds until the first reply."""
        return self.replies[0].delay if self.replies else None

    @property
    def reply_bytes(self) -> int:
        """Size of all replies."""
        return sum(reply.size for reply in self.replies)

    @property
    def went_out(self) -> bool:
        """Whether the variation was sent."""
        return self.fate in (Fate.OPEN, Fate.CLOSED, Fate.LOST)
