"""How a mock behaves, and what it tells of."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from wsinspect.replay.recording import Event


class Unmatched(enum.Enum):
    """What is done upon a message that is none of the recorded ones; it is told of in any case but `IGNORE`."""

    REPORT = "report"
    """Nothing is sent."""
    IGNORE = "ignore"
    CLOSE = "close"
    ECHO = "echo"
    """The message goes back."""


@dataclass(frozen=True, slots=True)
class Stranger:
    """A message that is none of those recorded."""

    opcode: int
    payload: bytes
    shape: str
    """What it is, for people."""
    nearest: Event | None
    """The recorded message that is most like it."""
    differences: tuple[str, ...] = ()
    """From that, for people."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a mock behaves."""

    timed: bool = False
    """Whether lines take as long as they did; else only what has to."""
    speed: float = 1.0
    """2: twice as fast as recorded."""
    unmatched: Unmatched = Unmatched.REPORT
    loop: bool = False
    """Whether it begins again where the recording is at its end; then it never ends the conversation."""
    ignore: Sequence[str] = ()
    """Paths whose values say nothing about which message one is."""
