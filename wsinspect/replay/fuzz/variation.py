"""A variation: one thing to send in place of a recorded message, and what a sound server makes of it."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from wsinspect.replay.performing import Act, SendMessage
from wsinspect.wire.opcodes import Opcode


class Chance(Protocol):
    """A source of random numbers: `random.Random` with a seed, so that the same variations come again."""

    def randrange(self, stop: int, /) -> int:
        """Return a number from 0 up to, not including, `stop`."""
        ...


class Expected(enum.Enum):
    """What RFC 6455 has a server do."""

    ANSWER = "answer"
    """Read it: what it means is up to the application."""
    REFUSAL = "refusal"
    """Fail the connection: close it with an error, or just end it."""
    CLOSING = "closing"
    """Close."""
    SILENCE = "silence"
    """Wait for what is missing."""
    ANYTHING = "anything"
    """It is in doubt, or up to the implementation."""


@dataclass(frozen=True, slots=True)
class Carried:
    """The message that is varied, as it would go now: with the values of this session in it."""

    opcode: int
    payload: bytes
    compressed: bool = False

    @property
    def of_text(self) -> bool:
        """Whether it is a text message."""
        return self.opcode == Opcode.TEXT


type Make = Callable[[Carried], tuple[Act, ...]]


@dataclass(frozen=True, slots=True)
class Variation:
    """One thing to send. Its payload is made only when it is needed, of the message as it would go then."""

    mutator: str
    """Name of what made it; `payloads` of those from lists."""
    position: str
    """Path of the field, `@4:8` for bytes 4 to 7, several joined by `, `; empty: the message as a whole."""
    label: str
    """What it is, for people: `2^53+1`, `key removed`."""
    make: Make
    expected: Expected = Expected.ANSWER
    marks: tuple[bytes, ...] = ()
    """What a reply must not repeat as it is."""
    proof: bytes = b""
    """What is in a reply only if the server has evaluated what it was sent."""

    def __str__(self) -> str:
        """For people: `numbers $.user.id: 2^53+1`."""
        return f"{self.mutator} {self.position}: {self.label}" if self.position else f"{self.mutator}: {self.label}"


def message(carried: Carried, payload: bytes) -> tuple[Act, ...]:
    """Send another payload like the message itself."""
    return (SendMessage(carried.opcode, payload, compressed=carried.compressed),)


UNCHANGED = Variation("baseline", "", "unchanged", lambda carried: message(carried, carried.payload))
"""The message itself."""
