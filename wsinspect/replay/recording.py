"""A recorded session as it is played and compared: its messages, and the frames beside them, in order.

A session was on two connections. What a recording holds is one of them, `leg`: of messages that were changed on their
way, what went over that connection; what was dropped before it is left out, and what was injected there is in it.
"""

from __future__ import annotations

from dataclasses import dataclass

from wsinspect.model import Direction, Frame, Leg, Session


@dataclass(frozen=True, slots=True)
class Event:
    """A message, or a frame that belongs to none: ping, pong, close, or one with an unknown opcode."""

    index: int
    """Its place in `Recording.events`."""
    direction: Direction
    time: int
    """When its first frame came, in Unix nanoseconds."""
    opcode: int
    payload: bytes
    """Readable: unmasked and inflated."""
    number: int | None = None
    """Of the message; None of other frames."""
    compressed: bool = False
    frames: tuple[Frame, ...] = ()
    """As they went over the wire; empty where they were not asked for, or what went was changed."""
    complete: bool = True
    """False: its payload is not wholly on record, or it was cut off."""

    @property
    def is_message(self) -> bool:
        """Whether it is a text or binary message."""
        return self.number is not None


@dataclass(frozen=True, slots=True)
class Recording:
    """One leg of a recorded session."""

    session: Session
    leg: Leg
    events: tuple[Event, ...]
    problems: tuple[str, ...] = ()
    """What is not on record, for people: a sentence each."""

    def messages(self, direction: Direction | None = None) -> list[Event]:
        """Return the messages, of one direction if one is given."""
        return [event for event in self.events if event.is_message and direction in (None, event.direction)]
