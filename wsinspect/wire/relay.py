"""The relay of one connection, sans-I/O: bytes in, bytes to write out, and a report of every frame on the way.

Theory of operation. Each direction is a `Lane` that reads along. In pass mode its bytes go on at once, as they came.
"""

from __future__ import annotations

from collections.abc import Callable

from wsinspect.model import Close, Direction, End, Source
from wsinspect.wire.deflate import INFLATE_LIMIT, DeflateParams, Inflater
from wsinspect.wire.lane import Lane
from wsinspect.wire.sink import FrameSeen, FrameSink, MessageSeen, Tally

__all__ = ["FrameSeen", "FrameSink", "MessageSeen", "Relay", "Writes"]

Writes = tuple[bytes, bytes]
"""What to write to the client, and to the server."""
_PEERS = ("client", "server")
"""Who sends in each direction."""


class Relay:
    """One connection, from the first byte after the upgrade on.

    Args:
        sink: Where to report.
        deflate: permessage-deflate as agreed, None where it is not.
        opaque_extensions: Whether an extension is agreed that we do not know; then nothing is inflated or judged.
        max_payload: Most payload bytes of a frame, or of an inflated message, to record.
        assemble_limit: Most bytes of a message to gather for a judge.
        inflate_limit: Most bytes to inflate a message to.
        mask_key: Returns four random bytes.
    """

    def __init__(
        self,
        sink: FrameSink,
        *,
        deflate: DeflateParams | None,
        opaque_extensions: bool,
        max_payload: int = 64 << 20,
        assemble_limit: int = 16 << 20,
        inflate_limit: int = INFLATE_LIMIT,
        mask_key: Callable[[], bytes],
    ) -> None:
        self._tally = Tally.zero()
        self.frames = self._tally.frames
        """Frames of each direction so far."""
        self.messages = self._tally.messages
        """Messages of each direction so far."""
        self.bytes = self._tally.bytes
        """Bytes that came in each direction."""
        self.wake_at: int | None = None
        """When to call `wake`."""
        self._first_end: str | None = None

        def lane(direction: Direction) -> Lane:
            inflater = Inflater(deflate, direction, limit=inflate_limit) if deflate and not opaque_extensions else None
            return Lane(
                sink, direction, self._tally, inflater=inflater, opaque=opaque_extensions, max_payload=max_payload
            )

        self._lanes = (lane(Direction.C2S), lane(Direction.S2C))

    def receive(self, direction: Direction, data: bytes, now: int) -> Writes:
        """Take what a peer sent; raises nothing on it.

        Args:
            direction: Which way the bytes go.
            data: Any number of bytes, split anyhow.
            now: Unix nanoseconds.

        Returns:
            What to write; in pass mode `data` itself.
        """
        lane = self._lanes[direction]
        self.bytes[direction] += len(data)
        lane.read(data, 0, now)
        return (data, b"") if direction else (b"", data)

    def end(self, direction: Direction, end: End, now: int) -> Writes:
        """Take note that a direction ended; what is incomplete is reported as cut off.

        Returns:
            What to write before the end is handed on: bytes that were waiting for the rest of a message.
        """
        if self._first_end is None:
            self._first_end = "proxy" if end is End.PROXY else _PEERS[direction]
        self._lanes[direction].end(now)
        return (b"", b"")

    def wake(self, now: int) -> Writes:
        """Do what was due at `wake_at`."""
        return (b"", b"")

    @property
    def close(self) -> Close | None:
        """How the WebSocket closed, or was lost; None while it is open."""
        closes = self._tally.closes
        if closes:
            first = closes[0]
            by = _PEERS[first.direction] if first.source is Source.PEER else "proxy"
            return Close(
                by, first.code, first.reason, clean=len({close.direction for close in closes}) == len(Direction)
            )
        return None if self._first_end is None else Close(self._first_end, None, None, clean=False)
