"""What happens on a connection of `send`, as it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsinspect.errors import WsinspectError
from wsinspect.model import Close, End
from wsinspect.replay.performing import Act

if TYPE_CHECKING:
    from wsinspect.engine.client import ClientSession

_LOSSES = {
    End.FIN: "it was ended",
    End.CLOSE_NOTIFY: "it was ended",
    End.RESET: "it was reset",
    End.TLS_ERROR: "TLS failed",
}


@dataclass(frozen=True, slots=True)
class Opened:
    """There is a connection."""

    session: ClientSession


@dataclass(frozen=True, slots=True)
class Sent:
    """Something goes to the server."""

    act: Act
    now: int


@dataclass(frozen=True, slots=True)
class Heard:
    """A message or control frame came."""

    opcode: int
    payload: bytes
    now: int
    control: bool


@dataclass(frozen=True, slots=True)
class Over:
    """The connection has ended."""

    close: Close | None
    now: int
    asked: bool
    """Whether we ended it."""
    tried_again: bool = False
    """Whether it is about to be opened again."""
    end: End | None = None
    """How its TCP connection ended first."""

    @property
    def lost(self) -> bool:
        """Whether there was no close frame."""
        return self.close is None or (self.close.code is None and not self.close.clean)

    @property
    def loss(self) -> str:
        """Say how it was lost."""
        how = _LOSSES.get(self.end) if self.end is not None else None
        return "the connection was lost without a close" + (f": {how}" if how else "")


@dataclass(frozen=True, slots=True)
class Trying:
    """It is opened again, after a pause."""

    attempt: int
    pause_s: float
    why: WsinspectError | None
    """Why the attempt before failed."""


@dataclass(frozen=True, slots=True)
class GaveUp:
    """It is not tried again."""

    why: WsinspectError


type Happening = Opened | Sent | Heard | Over | Trying | GaveUp
