"""One side of a session that a `Performer` plays: a `carrier.Endpoint` without a socket."""

from __future__ import annotations

from collections.abc import Callable

from wsinspect.engine.carrier import Carrier, Reason
from wsinspect.model import Direction, End
from wsinspect.replay.performing import Performer
from wsinspect.wire.deflate import DeflateParams


class PerformerEndpoint:
    """Plays a performer as one side of a carrier.

    Args:
        carrier: Of the session; told what the performer sends, and that it ends.
        performer: Asked on the event loop, never while the carrier is at something.
        side: The direction it sends in: C2S plays the client, S2C the server.
        deflate: permessage-deflate as agreed, None where it is not.
        opaque: Whether an unknown extension is agreed.
        mask_key: Returns four random bytes.
        clock: Unix nanoseconds that never go backwards.
    """

    def __init__(
        self,
        carrier: Carrier,
        performer: Performer,
        side: Direction,
        *,
        deflate: DeflateParams | None,
        opaque: bool = False,
        mask_key: Callable[[], bytes],
        clock: Callable[[], int],
    ) -> None:
        raise NotImplementedError

    @property
    def tls(self) -> bool:
        """Whether this connection is encrypted."""
        return False

    def start(self) -> None:
        """Ask the performer for the first time."""

    def poke(self) -> None:
        """Ask the performer again: it got something to do from outside."""

    def send(self, data: bytes) -> None:
        """Take what the other side sent."""

    def end_writing(self, end: End, *, source_tls: bool) -> None:
        """Take the end of what the other side sends: this one then ends too."""

    def reset(self) -> None:
        """Be gone."""

    def close(self) -> None:
        """Be gone."""

    def pause(self, reason: Reason) -> None:
        """Send nothing until every reason is gone."""

    def resume(self, reason: Reason) -> None:
        """Take one reason back."""
