"""The heartbeat of Engine.IO, on which Socket.IO runs: `2` is answered with `3`, or the connection is given up.

It goes on as long as a connection does, however short the recording is. From version 4 on the server asks, before it
the client; `EIO` in the request says which it is, and the server's first packet how often.

Source: the Engine.IO protocol, https://socket.io/docs/v4/engine-io-protocol/.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import orjson

from wsinspect.model import Direction
from wsinspect.replay.performing import SendMessage
from wsinspect.replay.recording import Event, Recording
from wsinspect.wire.opcodes import Opcode

PING, PONG = b"2", b"3"
_USUAL_MS = 25_000
_LEAST_MS, _MOST_MS = 100, 3_600_000
_VERSION = re.compile(r"[?&]EIO=(\d{1,2})(?:&|$)")
_SERVER_ASKS_FROM = 4


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """What one side of a connection has to do with its heartbeat."""

    period_ns: int
    asks: bool
    """Whether it is this side that sends `2`."""

    @staticmethod
    def concerns(opcode: int, payload: bytes) -> bool:
        """Tell whether a message is a part of it, and no other."""
        return opcode == Opcode.TEXT and payload in (PING, PONG)


class Beating:
    """Keeps a heartbeat.

    Args:
        heartbeat: Which; None: there is none to be kept.
    """

    def __init__(self, heartbeat: Heartbeat | None) -> None:
        self.wake_at: int | None = None
        """When the next beat is due."""
        self._heartbeat = heartbeat
        self._pongs = 0

    def begin(self, now: int) -> None:
        """Begin, as the connection does."""
        if self._heartbeat is not None and self._heartbeat.asks:
            self.wake_at = now + self._heartbeat.period_ns

    def heard(self, opcode: int, payload: bytes) -> bool:
        """Take a message; return whether it is a part of the heartbeat, and nothing else."""
        if self._heartbeat is None or not self._heartbeat.concerns(opcode, payload):
            return False
        self._pongs += payload == PING
        return True

    def next(self, now: int) -> SendMessage | None:
        """Return what is to be sent now."""
        if self._pongs:
            self._pongs -= 1
            return SendMessage(Opcode.TEXT, PONG)
        if self._heartbeat is None or self.wake_at is None or self.wake_at > now:
            return None
        self.wake_at = max(self.wake_at, now - self._heartbeat.period_ns) + self._heartbeat.period_ns
        return SendMessage(Opcode.TEXT, PING)


def heartbeat_of(recording: Recording, side: Direction) -> Heartbeat | None:
    """Return the heartbeat of a recorded connection, as one side has it; None: there is none that has to be kept."""
    target = recording.session.request.target if recording.session.request is not None else None
    version = _VERSION.search(target or "")
    interval_ms = _interval_ms(recording)
    if version is None and interval_ms is None:
        return None
    server_asks = version is None or int(version[1]) >= _SERVER_ASKS_FROM
    period_ms = min(max(interval_ms or _USUAL_MS, _LEAST_MS), _MOST_MS)
    return Heartbeat(int(period_ms * 1_000_000), asks=server_asks == (side is Direction.S2C))


def _interval_ms(recording: Recording) -> float | None:
    """Return what the server says of it in its first packet, if that is one of Engine.IO."""
    first = next((event for event in recording.events if _from_server(event)), None)
    if first is None or not first.payload.startswith(b"0{"):
        return None
    try:
        said = orjson.loads(first.payload[1:])
    except orjson.JSONDecodeError:
        return None
    interval = said.get("pingInterval")
    return interval if isinstance(interval, int | float) and not isinstance(interval, bool) else None


def _from_server(event: Event) -> bool:
    return event.direction is Direction.S2C and event.is_message
