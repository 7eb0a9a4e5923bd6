"""The server's side of a session that has no server: it answers pings and the close, and takes all else in silence.

What rules send to the client goes to the client alone; what the client sends ends here, on record like anything else.
The answers come through the carrier as a server's would, so they are recorded and judged as such.
"""

from __future__ import annotations

import time

from wsinspect.engine.carrier import Carrier
from wsinspect.engine.client.performer_endpoint import PerformerEndpoint
from wsinspect.engine.recorder import MaskKeys
from wsinspect.model import Direction

_MOST_HEARD_BYTES = 126
"""One more than a control frame may have, so that one that is too long is seen to be."""


class MockEndpoint(PerformerEndpoint):
    """Stands in for the connection to a server; a `carrier.Endpoint`.

    Args:
        carrier: Of the session; told what this server sends, and that it ends.
    """

    def __init__(self, carrier: Carrier) -> None:
        super().__init__(
            carrier,
            _Silent(),
            Direction.S2C,
            deflate=None,
            mask_key=MaskKeys().next,
            clock=time.monotonic_ns,
            most_heard=_MOST_HEARD_BYTES,
        )


class _Silent:
    """Says nothing. A `Performer`."""

    answers_pings = False
    wake_at: int | None = None

    def next(self, now: int) -> None:
        """Return nothing to do."""

    def heard(self, opcode: int, payload: bytes, now: int) -> None:
        """Take a message in silence."""

    def heard_control(self, opcode: int, payload: bytes, now: int) -> None:
        """Take a control frame in silence."""

    def ended(self, now: int) -> None:
        """Take the end in silence."""
