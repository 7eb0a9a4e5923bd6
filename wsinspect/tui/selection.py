"""What a person has chosen in a list, by its number: the record itself is read where it is shown."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChosenSession:
    """A session."""

    session: int


@dataclass(frozen=True, slots=True)
class ChosenMessage:
    """A message."""

    session: int
    number: int


@dataclass(frozen=True, slots=True)
class ChosenFrames:
    """A control frame, or several that are folded into one line."""

    session: int
    first_seq: int
    last_seq: int
    count: int


type Chosen = ChosenSession | ChosenMessage | ChosenFrames
