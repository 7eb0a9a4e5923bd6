"""One WebSocket on its way: two endpoints, the relay between them, and the record.

Theory of operation. A `Carrier` is told what its endpoints receive and how they end, asks the `Relay` what to write,
and writes it. It knows nothing of mitmproxy: an endpoint is either two taken-over streams (`seam.endpoint`) or a door
into mitmproxy's layers (`seam.layer`). A failure in here forwards the bytes as they came, and says so once.

Rules and people act through `operate`. What a direction still holds when its sender ends it goes first: the end waits
behind it, unless the receiver is gone too. Work that must not happen while the relay is busy is put off with `later`.
"""

from __future__ import annotations

import asyncio
import enum
import logging
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from wsinspect.engine.options import DEFAULT_HOLD_LIMIT_BYTES
from wsinspect.model import Direction, End, Verdict
from wsinspect.wire.relay import Relay, Writes

logger = logging.getLogger(__name__)

Clock = Callable[[], int]

FAREWELL_S = 5.0
"""How long peers have to end their connections after we sent them close frames."""


_AT_ONCE_S = 0.005
"""So long what was put off may take; then other sessions have their turn. Rules may make work for each other."""


class Reason(enum.Flag):
    """Why an endpoint is not read from just now."""

    NONE = 0
    PEER = enum.auto()
    """The other side does not take bytes as fast as this one sends them."""
    RECORDER = enum.auto()
    """The record is behind."""
    HELD = enum.auto()
    """Too much of what it sent is held."""
    PLAYER = enum.auto()
    """Whoever plays the other side has heard enough for now."""


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
        self.stand_in: Endpoint | None = None
        """Plays the server where there is none; None: a mock that is silent."""
        self.steered = False
        """Whether anything but bytes of the peers may make work for the relay."""
        self._relay = relay
        self._recording = recording
        self._clock = clock
        self._on_finished = on_finished
        self._ended: dict[Direction, End] = {}
        self._waiting_ends: dict[Direction, list[End]] = {}
        """Ends that are not handed on yet, as something of their direction is held."""
        self._later: deque[Callable[[], None]] = deque()
        self._settling = False
        self._timer: asyncio.TimerHandle | None = None
        self._armed_for: int | None = None
        self._farewell: asyncio.TimerHandle | None = None
        self._full: set[Direction] = set()
        """Directions that are not read from, as too much of them is held."""
        self.hold_limit = DEFAULT_HOLD_LIMIT_BYTES
        """Most bytes of a direction to hold; then its sender is not read from."""
        self.on_full: Callable[[Direction, bool], None] | None = None
        """Told when that begins and ends."""
        self.finished = False

    def receive(self, direction: Direction, data: bytes) -> None:
        """Relay bytes of one peer. Raises nothing."""
        if self._relay is None or self._recording is None:
            (self.server if direction is Direction.C2S else self.client).send(data)
            return
        try:
            writes = self._relay.receive(direction, data, self._clock())
        except Exception as error:  # noqa: BLE001 - whatever it is, the peers get their bytes
            self._break(error)
            return
        self._write(writes)
        try:
            behind = self._recording.behind()
        except Exception as error:  # noqa: BLE001 - as above
            self._break(error)
            return
        if behind:
            self.client.pause(Reason.RECORDER)
            self.server.pause(Reason.RECORDER)
        if self.steered:
            self.settle()

    def resume(self) -> None:
        """Go on reading: the record has caught up."""
        self.client.resume(Reason.RECORDER)
        self.server.resume(Reason.RECORDER)

    def operate(self, action: Callable[[Relay, int], Writes]) -> None:
        """Have the relay do something now, and write what comes of it; nothing where there is no relay any more.

        Args:
            action: Given the relay and the time; not to be called while the relay is busy (see `later`).

        Raises:
            ValueError, OverflowError, LookupError: The relay refused it.
        """
        if self.finished or self._relay is None:
            return
        self.steered = True
        self._write(action(self._relay, self._clock()))
        self.settle()

    def later(self, work: Callable[[], None]) -> None:
        """Do something once the relay has done what it is at."""
        self.steered = True
        self._later.append(work)

    def soon(self, work: Callable[[], None]) -> None:
        """Do something in this session when whoever asks, in another one, is through."""
        self.later(work)
        asyncio.get_running_loop().call_soon(self.settle)

    def abort(self) -> None:
        """Reset both connections, as a rule or a person wants it."""
        self._end_by_us()
        self.client.reset()
        self.server.reset()
        self._finish()

    def mute(self, direction: Direction, verdict: Verdict) -> None:
        """Send nothing more of a peer on."""
        self.operate(lambda relay, now: relay.mute(direction, verdict, now))

    def half_close(self, direction: Direction) -> None:
        """End the connection to the receiver of a direction, as far as we write to it."""
        self.mute(direction, Verdict.DROPPED)
        target = self.server if direction is Direction.C2S else self.client
        target.end_writing(End.CLOSE_NOTIFY, source_tls=True)
        target.end_writing(End.FIN, source_tls=True)

    def close_soon(self) -> None:
        """End the session if its peers, who were sent close frames, do not."""
        if self._farewell is None:
            self._farewell = asyncio.get_running_loop().call_later(FAREWELL_S, self.stop)

    def end(self, direction: Direction, end: End) -> None:
        """One direction ended. A second end of it is the FIN behind a close_notify."""
        if self.finished:
            return
        first = direction not in self._ended
        if first:
            self._ended[direction] = end
            self._note_end(direction, end)
        elif end is End.FIN and self._ended[direction] is End.FIN:
            return
        gone = end in (End.RESET, End.TLS_ERROR, End.PROXY)
        if gone or len(self._ended) == len(Direction):
            self._give_up(direction.opposite)
        if len(self._ended) == len(Direction) or end is End.PROXY:
            self._give_up(direction)
        if self._relay is not None and self._relay.waiting(direction):
            self._waiting_ends.setdefault(direction, []).append(end)
            return
        self._hand_on(direction, end)

    def _hand_on(self, direction: Direction, end: End) -> None:
        source, target = (self.client, self.server) if direction is Direction.C2S else (self.server, self.client)
        if end is End.PROXY:
            self._finish()
            return
        if end is End.RESET or end is End.TLS_ERROR:
            target.reset()
            self._finish()
            return
        target.end_writing(end, source_tls=source.tls)
        if len(self._ended) == len(Direction) and not self._waiting_ends:
            self._finish()

    def stop(self) -> None:
        """End the session from our side, as the engine stops."""
        if self.finished:
            return
        self._end_by_us()
        for endpoint in (self.client, self.server):
            endpoint.end_writing(End.CLOSE_NOTIFY, source_tls=True)
        self._finish()

    def _end_by_us(self) -> None:
        for direction in Direction:
            if direction not in self._ended:
                self._ended[direction] = End.PROXY
                self._note_end(direction, End.PROXY)
            self._give_up(direction)

    def _give_up(self, direction: Direction) -> None:
        """Note that what is held of a direction will not be sent: its receiver is gone."""
        if self._relay is not None and self._relay.waiting(direction):
            self._attempt(lambda relay, now: relay.give_up(direction, now))
            self.settle()

    def settle(self) -> None:
        """Do what an operation of the relay made due: work that was put off, ends that waited, brakes, the timer."""
        if self._settling:
            return  # whoever does so now goes on until nothing is left
        self._settling = True
        try:
            until = time.monotonic() + _AT_ONCE_S
            while self._later:
                try:
                    self._later.popleft()()
                except Exception:
                    logger.exception("wsinspect could not do all that was asked of a session")
                if self._later and time.monotonic() > until:
                    asyncio.get_running_loop().call_soon(self.settle)
                    break
            relay = self._relay
            if relay is None or self.finished:
                return
            for direction in list(self._waiting_ends):
                if not relay.waiting(direction):
                    for end in self._waiting_ends.pop(direction):
                        self._hand_on(direction, end)
            for direction in Direction:
                full = relay.waiting_bytes(direction) >= self.hold_limit
                if full != (direction in self._full):
                    self._brake(direction, full=full)
            if relay.wake_at != self._armed_for:
                self._arm(relay.wake_at)
        finally:
            self._settling = False

    def _brake(self, direction: Direction, *, full: bool) -> None:
        source = self.client if direction is Direction.C2S else self.server
        if full:
            self._full.add(direction)
            source.pause(Reason.HELD)
        else:
            self._full.discard(direction)
            source.resume(Reason.HELD)
        if self.on_full is not None:
            self.on_full(direction, full)

    def _arm(self, wake_at: int | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._armed_for = None, wake_at
        if wake_at is not None and not self.finished:
            delay_s = max(wake_at - self._clock(), 0) / 1e9
            self._timer = asyncio.get_running_loop().call_later(delay_s, self._wake)

    def _wake(self) -> None:
        self._timer, self._armed_for = None, None
        self._attempt(lambda relay, now: relay.wake(now))
        self.settle()

    def _attempt(self, action: Callable[[Relay, int], Writes]) -> None:
        """Have the relay do what nobody asked for just now; an error in it does not reach the caller."""
        if self._relay is None:
            return
        try:
            self._write(action(self._relay, self._clock()))
        except Exception as error:  # noqa: BLE001 - whatever it is, the peers get their bytes
            self._break(error)

    def _write(self, writes: Writes) -> None:
        to_client, to_server = writes
        if to_server:
            self.server.send(to_server)
        if to_client:
            self.client.send(to_client)

    def _note_end(self, direction: Direction, end: End) -> None:
        self._attempt(lambda relay, now: relay.end(direction, end, now))
        if self._recording is not None:
            recording = self._recording
            self._tell(lambda: recording.ended(direction, end))

    def _finish(self) -> None:
        if self.finished:
            return
        self.finished = True
        self._arm(None)
        if self._farewell is not None:
            self._farewell.cancel()  # of ten thousand sessions none is kept for this
        if self._recording is not None:
            recording = self._recording
            self._tell(lambda: recording.finished(self._clock()))
        self.client.close()
        self.server.close()
        self._on_finished(self)

    def _break(self, error: Exception) -> None:
        """Go on without the relay; what it has not written goes as it came.

        Where a receiver would misread that, as compressed messages before it were changed, the session is ended.
        """
        relay, self._relay = self._relay, None
        if relay is not None and relay.intact:
            self._write(relay.abandon())
        elif relay is not None:
            asyncio.get_running_loop().call_soon(lambda: None if self.finished else self.abort())
        for direction in list(self._full):
            self._brake(direction, full=False)
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
