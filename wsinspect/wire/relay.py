"""The relay of one connection, sans-I/O: bytes in, bytes to write out, and a report of every frame on the way.

Theory of operation. Each direction is a `Way` with a `Lane` that reads along. In pass mode its bytes go on at once, as
they came; while a judge, or anything that waits, or an injected frame needs it, the `Way` steers. What the directions
have to know of each other is in here: who has closed is not sent what still waits for it.
"""

from __future__ import annotations

from collections.abc import Callable

from wsinspect.model import Close, Direction, End, Source, Verdict
from wsinspect.wire.decisions import Decision, Drop, Forward, Gathered, Judge, Modify, Outcome
from wsinspect.wire.deflate import INFLATE_LIMIT, DeflateParams, Inflater
from wsinspect.wire.lane import Lane
from wsinspect.wire.sending import FrameSender, Injection
from wsinspect.wire.sink import FrameSeen, FrameSink, MessageSeen, Tally
from wsinspect.wire.spill import Depot, Spill
from wsinspect.wire.way import Way

__all__ = [
    "Decision",
    "Drop",
    "Forward",
    "FrameSeen",
    "FrameSink",
    "Gathered",
    "Injection",
    "Judge",
    "MessageSeen",
    "Modify",
    "Relay",
    "Spill",
    "Writes",
]

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
        spill: Takes what waits beyond `memory_limit`; None keeps all in memory.
        memory_limit: Most bytes of a direction that wait in memory.
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
        spill: Spill | None = None,
        memory_limit: int = 4 << 20,
    ) -> None:
        tally = Tally.zero()
        self.frames = tally.frames
        """Frames of each direction so far, injected ones too."""
        self.messages = tally.messages
        """Messages of each direction so far, injected ones too."""
        self.bytes = tally.bytes
        """Bytes that came in each direction."""
        self.wake_at: int | None = None
        """When to call `wake`."""
        self._closes = tally.closes
        self._closes_noted = 0
        self._first_end: str | None = None
        ways = []
        for direction in Direction:
            inflater = Inflater(deflate, direction, limit=inflate_limit) if deflate and not opaque_extensions else None
            way = Way(
                sink,
                direction,
                Lane(sink, direction, tally, inflater=inflater, opaque=opaque_extensions, max_payload=max_payload),
                FrameSender(sink, direction, tally, mask_key=mask_key, max_payload=max_payload),
                Depot(spill, memory_limit),
                inflater=inflater,
                assemble_limit=assemble_limit,
                opaque=opaque_extensions,
            )
            ways.append(way)
        self._ways = tuple(ways)

    def receive(self, direction: Direction, data: bytes, now: int) -> Writes:
        """Take what a peer sent; raises nothing on it.

        Args:
            direction: Which way the bytes go.
            data: Any number of bytes, split anyhow.
            now: Unix nanoseconds.

        Returns:
            What to write; in pass mode `data` itself.
        """
        way = self._ways[direction]
        self.bytes[direction] += len(data)
        try:
            if way.steered:
                way.steer(data, now)
            else:
                way.lane.read(data, 0, now)
                if len(self._closes) == self._closes_noted:
                    return (data, b"") if direction else (b"", data)
                way.hand_on(data)
        except BaseException:
            way.failed_with(data)
            raise
        return self._writes(now)

    def end(self, direction: Direction, end: End, now: int) -> Writes:
        """Take note that a direction ended; what is incomplete is reported as cut off.

        What waits in its turn goes on waiting (see `waiting`); an injected frame without a place is not sent.

        Returns:
            What to write before the end is handed on: bytes that were held until the end of their message.
        """
        if self._first_end is None:
            self._first_end = "proxy" if end is End.PROXY else _PEERS[direction]
        self._ways[direction].end(now)
        return self._writes(now)

    def set_judge(self, direction: Direction, judge: Judge | None, now: int) -> Writes:
        """Have the messages and control frames of a direction judged, from its next message on; None lets them pass.

        What waits is not touched. With an unknown extension agreed nothing is judged.

        Returns:
            What to write now.
        """
        self._ways[direction].set_judge(judge, now)
        return self._writes(now)

    def decide(self, direction: Direction, number: int, outcome: Outcome, now: int, *, not_before: int = 0) -> Writes:
        """Decide on a message that is on hold.

        Args:
            direction: Which way it goes.
            number: Of the message.
            outcome: What to make of it.
            now: Unix nanoseconds.
            not_before: When to send it; it and what is behind it wait till then.

        Returns:
            What to write now.

        Raises:
            KeyError: It is not on hold.
        """
        self._ways[direction].decide(number, outcome, now, not_before)
        return self._writes(now)

    def give_up(self, direction: Direction, now: int) -> Writes:
        """Take note that the receiver of a direction is gone: what waits is `NOT_SENT`.

        Returns:
            What to write now, to the other peer.
        """
        self._ways[direction].give_up(now)
        return self._writes(now)

    def waiting(self, direction: Direction) -> bool:
        """Tell whether anything of a direction waits; then its end is not to be handed on yet."""
        return self._ways[direction].waiting

    def waiting_bytes(self, direction: Direction) -> int:
        """Return how many bytes of a direction wait, with something for what each message costs."""
        return self._ways[direction].waiting_bytes

    def payload_of(self, direction: Direction, number: int) -> bytes:
        """Return the readable payload of a waiting message as it would go now; KeyError where it does not wait."""
        return self._ways[direction].payload_of(number)

    def inject(self, direction: Direction, frame: Injection, now: int, *, queued: bool = False) -> Writes:
        """Send a frame of our own: data between messages, a control frame between frames; at once or when it can be.

        It goes uncompressed. After a close frame, or the end of the direction, it is reported as `NOT_SENT`.

        Args:
            direction: Which way it goes.
            frame: What to send. Who sends one without FIN has to send the rest.
            now: Unix nanoseconds.
            queued: Whether it goes behind what waits in its direction, not past it.

        Returns:
            What to write now.

        Raises:
            ValueError: Something does not fit its field.
            OverflowError: Too many frames wait for their place; this one is not sent.
        """
        self._ways[direction].inject(frame, now, queued=queued)
        return self._writes(now)

    def mute(self, direction: Direction, verdict: Verdict, now: int) -> Writes:
        """Send nothing more of a peer, from its next frame on; frames of our own still go.

        Args:
            direction: Which way it sends.
            verdict: What becomes of its messages and frames: `DROPPED` or `NOT_SENT`. What waits is `NOT_SENT`.
            now: Unix nanoseconds.

        Returns:
            What to write now.
        """
        self._ways[direction].mute(verdict, now)
        return self._writes(now)

    def wake(self, now: int) -> Writes:
        """Do what was due at `wake_at`."""
        for way in self._ways:
            way.wake(now)
        return self._writes(now)

    def abandon(self) -> Writes:
        """Return everything that was not written, as it came, after a call has raised; the relay is of no use then.

        That includes what the failed call was given. Bytes that come later can be written as they are, if `intact`.
        """
        c2s, s2c = self._ways
        return s2c.abandon(), c2s.abandon()

    @property
    def intact(self) -> bool:
        """Whether both peers can read what the other sends next, as it comes.

        Not so where the compression contexts differ, and it may inflate to something else, or where a peer is muted.
        """
        return all(way.intact for way in self._ways)

    @property
    def close(self) -> Close | None:
        """How the WebSocket closed, or was lost; None while it is open."""
        if self._closes:
            first = self._closes[0]
            by = _PEERS[first.direction] if first.source is Source.PEER else "proxy"
            clean = len({close.direction for close in self._closes}) == len(Direction)
            return Close(by, first.code, first.reason, clean)
        return None if self._first_end is None else Close(self._first_end, None, None, clean=False)

    def _writes(self, now: int) -> Writes:
        """Have each direction know of a close in the other; return what is to be written."""
        c2s, s2c = self._ways
        while self._closes_noted < len(self._closes):
            close = self._closes[self._closes_noted]
            self._closes_noted += 1
            if close.source is Source.PEER:
                self._ways[1 - close.direction].desert(now)
        first, second = c2s.wake_at, s2c.wake_at
        self.wake_at = first if second is None or (first is not None and first < second) else second
        return s2c.take(), c2s.take()
