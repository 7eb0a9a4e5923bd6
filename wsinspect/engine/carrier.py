"""One WebSocket on its way: two endpoints, the relay between them, and the record.

Theory of operation. A `Carrier` is told what its endpoints receive and how they end, asks the `Relay` what to write,
and writes it. It knows nothing of mitmproxy: an endpoint is either two taken-over streams (`seam.endpoint`) or a door
into mitmproxy's layers (`seam.layer`). A failure in here forwards the bytes as they came, and says so once.
"""

from __future__ import annotations

import enum
import logging
import time
from collections.abc import Callable
from typing import Protocol

from wsinspect.model import Direction, End
from wsinspect.wire.relay import Relay, Writes

logger = logging.getLogger(__name__)

Clock = Callable[[], int]


class Reason(enum.Flag):
    """Why an endpoint is not read from just now."""

    NONE = 0
    PEER = enum.auto()
    """The other side does not take bytes as fast as this one sends them."""
    RECORDER = enum.auto()
    """The record is behind."""


class Endpoint(Protocol):
    """One of the two connections of a session, from the upgrade on."""

    def send(self, data: bytes) -> None:
        """Write to the peer; nothing happens where that is no longer possible."""

    def end_writing(self, end: End, *, source_tls: bool) -> None:
        """Hand on how the other peer ended its direction; later calls are for the FIN behind a close_notify."""

    def reset(self) -> None:
        """Drop the connection as a TCP reset, once what was written is out."""

    def close(self) -> None:
        """Close the connection, once what was written is out."""

    def pause(self, reason: Reason) -> None:
        """Stop reading until every reason is gone."""

    def resume(self, reason: Reason) -> None:
        """Take one reason back."""

    @property
    def tls(self) -> bool:
        """Whether this connection is encrypted."""


class Recording(Protocol):
    """What a carrier needs of the record of its session."""

    def behind(self) -> bool:
        """Whether so much waits to be written that reading should stop until `Carrier.resume` is called."""

    def ended(self, direction: Direction, end: End) -> None:
        """Note how a direction ended."""

    def finished(self, now: int) -> None:
        """Note that the session is over."""

    def failed(self, why: str, now: int) -> None:
        """Note that from now on nothing of the session can be recorded, and why."""


class Carrier:
    """Carries one session between `client` and `server` until both directions have ended.

    Args:
        relay: The sans-I/O core, its sink already set; None carries the bytes and looks at nothing.
        recording: The record of the session; None where there is no relay.
        clock: Unix nanoseconds that never go backwards.
        on_finished: Called once, after both endpoints were told to close.
    """

    def __init__(
        self, relay: Relay | None, recording: Recording | None, clock: Clock, on_finished: Callable[[Carrier], None]
    ) -> None:
        self.client: Endpoint
        self.server: Endpoint
        self._relay = relay
        self._recording = recording
        self._clock = clock
        self._on_finished = on_finished
        self._ended: dict[Direction, End] = {}
        self.finished = False

    def receive(self, direction: Direction, data: bytes) -> None:
        """Relay bytes of one peer. Raises nothing."""
        if self._relay is None or self._recording is None:
            (self.server if direction is Direction.C2S else self.client).send(data)
            return
        try:
            writes = self._relay.receive(direction, data, self._clock())
            behind = self._recording.behind()
        except Exception as error:  # noqa: BLE001 - whatever it is, the peers get their bytes
            self._break(error)
            self.receive(direction, data)
            return
        self._write(writes)
        if behind:
            self.client.pause(Reason.RECORDER)
            self.server.pause(Reason.RECORDER)

    def resume(self) -> None:
        """Go on reading: the record has caught up."""
        self.client.resume(Reason.RECORDER)
        self.server.resume(Reason.RECORDER)

    def end(self, direction: Direction, end: End) -> None:
        """One direction ended. A second end of it is the FIN behind a close_notify."""
        if self.finished:
            return
        source, target = (self.client, self.server) if direction is Direction.C2S else (self.server, self.client)
        first = direction not in self._ended
        if first:
            self._ended[direction] = end
            self._note_end(direction, end)
        elif end is End.FIN and self._ended[direction] is End.FIN:
            return
        if end is End.PROXY:
            self._finish()
            return
        if end is End.RESET or end is End.TLS_ERROR:
            target.reset()
            self._finish()
            return
        target.end_writing(end, source_tls=source.tls)
        if len(self._ended) == 2:
            self._finish()

    def stop(self) -> None:
        """End the session from our side, as the engine stops."""
        if self.finished:
            return
        for direction in Direction:
            if direction not in self._ended:
                self._ended[direction] = End.PROXY
                self._note_end(direction, End.PROXY)
        for endpoint in (self.client, self.server):
            endpoint.end_writing(End.CLOSE_NOTIFY, source_tls=True)
        self._finish()

    def _write(self, writes: Writes) -> None:
        to_client, to_server = writes
        if to_server:
            self.server.send(to_server)
        if to_client:
            self.client.send(to_client)

    def _note_end(self, direction: Direction, end: End) -> None:
        now = self._clock()
        if self._relay is not None:
            try:
                self._write(self._relay.end(direction, end, now))
            except Exception as error:  # noqa: BLE001 - as above
                self._break(error)
        if self._recording is not None:
            recording = self._recording
            self._tell(lambda: recording.ended(direction, end))

    def _finish(self) -> None:
        if self.finished:
            return
        self.finished = True
        if self._recording is not None:
            recording = self._recording
            self._tell(lambda: recording.finished(self._clock()))
        self.client.close()
        self.server.close()
        self._on_finished(self)

    def _break(self, error: Exception) -> None:
        self._relay = None
        logger.error("wsinspect stopped recording a session after an error of its own: %r", error, exc_info=error)
        if self._recording is not None:
            recording = self._recording
            self._tell(lambda: recording.failed(f"{type(error).__name__}: {error}", self._clock()))

    def _tell(self, note: Callable[[], None]) -> None:
        """Note something on record; the connection goes on whatever comes of it."""
        try:
            note()
        except Exception:
            logger.exception("wsinspect could not record how a session went on")


def monotonic_clock() -> Clock:
    """Return a clock in Unix nanoseconds, anchored once to the wall clock, that never goes backwards."""
    anchor = time.time_ns() - time.monotonic_ns()
    monotonic_ns = time.monotonic_ns

    def now() -> int:
        return monotonic_ns() + anchor

    return now
