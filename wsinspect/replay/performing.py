"""The port between what plays one side of a WebSocket and the connection it plays on.

Theory of operation. A connection asks its `Performer` for the next act whenever it can send, and carries it out: so a
performer never waits, and never sends more than the peer takes. It hears every message and control frame of the other
side, in order. `next` returns None as long as there is nothing to do until something is heard or `wake_at` comes;
after an `End`, or `ended`, it is not asked again. Pings are answered by the connection, unless the performer says
`answers_pings`; so is a close frame, where the performer has not sent one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SendMessage:
    """Send a message in frames that are made for it."""

    opcode: int
    payload: bytes
    """Readable."""
    compressed: bool = False
    """Whether to compress it, where permessage-deflate is agreed."""
    fragments: tuple[int, ...] = ()
    """Sizes of its frames before the last, in bytes of the payload as it goes over the wire; empty: one frame."""
    event: int | None = None
    """Index of the recorded event that it plays."""


@dataclass(frozen=True, slots=True)
class Compressed:
    """A message that was recorded compressed, whose frames are to be sent exactly as they were."""

    wire: bytes
    """The payloads of all its frames, one behind the other."""
    message: SendMessage
    """What goes instead of all of them, where the peer would inflate them to something else: it does not share the
    compression context they were made with."""


@dataclass(frozen=True, slots=True)
class SendFrame:
    """Send a frame exactly so."""

    header: bytes
    """With its masking key; it may say what is not so."""
    payload: bytes
    """Not masked yet: it is masked with the header's key."""
    event: int | None = None
    compressed: Compressed | None = None
    """Of the first frame of a compressed message (see `framing.exact_frames`). The connection decides by it whether the
    frames go: if not, those that follow with opcode 0 are passed over. None: the frame goes, whatever comes of it."""


@dataclass(frozen=True, slots=True)
class SendClose:
    """Send a close frame; without a code it is empty."""

    code: int | None
    reason: str = ""
    event: int | None = None
    mask_key: bytes | None = None
    """None: a fresh one, where there has to be one."""


@dataclass(frozen=True, slots=True)
class End:
    """End the connection."""

    reset: bool = False
    """As a TCP reset; else what was sent goes out first."""


type Act = SendMessage | SendFrame | SendClose | End


class Performer(Protocol):
    """Plays one side of a WebSocket. Times are Unix nanoseconds that never go backwards."""

    answers_pings: bool
    """Whether it sends pongs itself, as recorded ones."""
    wake_at: int | None
    """When to ask it again, if nothing is heard until then."""

    def next(self, now: int) -> Act | None:
        """Return what to do now; None: nothing."""

    def heard(self, opcode: int, payload: bytes, now: int) -> None:
        """Take a whole message of the other side, readable."""

    def heard_control(self, opcode: int, payload: bytes, now: int) -> None:
        """Take a ping, pong or close frame, or one with an unknown opcode."""

    def ended(self, now: int) -> None:
        """Take the end of the connection: nothing more is heard or sent."""
