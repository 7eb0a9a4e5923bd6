"""A WebSocket that a performer plays as the client."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from wsinspect.engine.carrier import Carrier, Reason
from wsinspect.engine.client.performer_endpoint import PerformerEndpoint
from wsinspect.model import Close, Direction, End, HttpHead, TlsSide
from wsinspect.wire.handshake import Handshake


class UnrecordedSession:
    """The `carrier.Recording` of a session that is not on record: it keeps how its directions ended."""

    def __init__(self) -> None:
        self.ends: tuple[tuple[Direction, End], ...] = ()

    def behind(self) -> bool:
        """Whether reading should stop: never."""
        return False

    def ended(self, direction: Direction, end: End) -> None:
        """Note how a direction ended."""
        self.ends = (*self.ends, (direction, end))

    def finished(self, now: int) -> None:
        """Take note of nothing."""

    def failed(self, why: str, now: int) -> None:
        """Take note of nothing."""


class ClientSession:
    """An open WebSocket.

    Args:
        request: As it was sent.
        response: As it came.
        agreed: What the two say.
        server: `host:port`, as connected to.
        tls: TLS with the server.
        session_id: Its number in the capture.
    """

    def __init__(
        self,
        request: HttpHead,
        response: HttpHead,
        agreed: Handshake,
        *,
        server: str,
        tls: TlsSide | None,
        session_id: int | None,
    ) -> None:
        self.request = request
        """As it was sent."""
        self.response = response
        """As it came."""
        self.agreed = agreed
        """What the two say: permessage-deflate, violations …"""
        self.subprotocol = agreed.subprotocol
        self.extensions = agreed.extensions
        """As agreed, the response's header value."""
        self.server = server
        """`host:port`, as connected to."""
        self.tls = tls
        self.session_id = session_id
        """Its number in the capture; None without a recorder."""
        self.ends: tuple[tuple[Direction, End], ...] = ()
        """How the connection ended in each direction, in order; once it is over."""
        self._carrier: Carrier
        self._endpoint: PerformerEndpoint
        self._over = asyncio.Event()
        self._failure: Exception | None = None

    def begin(self, carrier: Carrier, endpoint: PerformerEndpoint) -> None:
        """Have the performer begin."""
        self._carrier, self._endpoint = carrier, endpoint
        endpoint.start()

    @property
    def close(self) -> Close | None:
        """How the WebSocket closed, or was lost; None while it is open."""
        if self._endpoint.closing is not None:
            return self._endpoint.closing
        if not self.ends:
            return None
        direction, end = self.ends[0]
        by = "proxy" if end is End.PROXY else "client" if direction is Direction.C2S else "server"
        return Close(by, None, None, clean=False)

    @property
    def violations(self) -> Mapping[str, int]:
        """What the server's frames broke, and how many of them."""
        return {violation.value: count for violation, count in self._endpoint.incoming.violations.items()}

    @property
    def unfinished_bytes(self) -> int:
        """How much came of a frame of the server that never ended, as far as one can tell."""
        return self._endpoint.incoming.unfinished_bytes

    @property
    def is_over(self) -> bool:
        """Whether both directions have ended."""
        return self._over.is_set()

    async def finished(self) -> None:
        """Wait until both directions have ended; what was recorded is on its way to the file then.

        Raises:
            Exception: What the performer raised, which has ended the session.
        """
        await self._over.wait()
        if self._failure is not None:
            raise self._failure

    def poke(self) -> None:
        """Have the performer asked again: it got something to do from outside."""
        self._endpoint.poke()

    def listen(self, *, on: bool) -> None:
        """Read on, or stop reading for now: what comes is more than whoever hears it can take."""
        if on:
            self._carrier.server.resume(Reason.PLAYER)
        else:
            self._carrier.server.pause(Reason.PLAYER)

    def stop(self) -> None:
        """End at once, as the program stops."""
        self._carrier.stop()

    def failed(self, error: Exception) -> None:
        """Take what the performer raised."""
        self._failure = self._failure or error

    def over(self, ends: tuple[tuple[Direction, End], ...]) -> None:
        """Take note that both directions have ended."""
        self.ends = ends
        self._over.set()
