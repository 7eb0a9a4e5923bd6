"""The relay of one connection, sans-I/O: bytes in, bytes to write out, and a report of every frame on the way.

Theory of operation. Each direction is a `Lane` that reads along. In pass mode its bytes go on at once, as they came.
A direction is steered while a judge wants its messages, or an injected frame waits for its place: then it is read frame
by frame, and between frames `_settle` does what is due there. Modes change, and data is injected, only between
messages, so that no byte is lost, doubled or moved.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from wsinspect.model import Close, Direction, End, Source, Verdict
from wsinspect.wire.assembly import Assembler, Decision, Drop, Forward, Gathered, Judge, Modify
from wsinspect.wire.deflate import INFLATE_LIMIT, DeflateParams, Inflater
from wsinspect.wire.frames import is_control
from wsinspect.wire.lane import Lane
from wsinspect.wire.sending import FrameSender, Injection
from wsinspect.wire.sink import FrameSeen, FrameSink, MessageSeen, Tally

__all__ = [
    "Decision",
    "Drop",
    "Forward",
    "FrameSeen",
    "FrameSink",
    "Gathered",
    "Judge",
    "MessageSeen",
    "Modify",
    "Relay",
    "Writes",
]

Writes = tuple[bytes, bytes]
"""What to write to the client, and to the server."""
_NOTHING: Writes = (b"", b"")
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
        self._first_end: str | None = None
        ways = []
        for direction in Direction:
            inflater = Inflater(deflate, direction, limit=inflate_limit) if deflate and not opaque_extensions else None
            sender = FrameSender(sink, direction, tally, mask_key=mask_key, max_payload=max_payload)
            assembler = Assembler(sink, sender, direction, inflater=inflater, limit=assemble_limit)
            lane = Lane(sink, direction, tally, inflater=inflater, opaque=opaque_extensions, max_payload=max_payload)
            ways.append(_Way(lane, sender, None if opaque_extensions else assembler))
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
        if way.steered:
            data = way.steer(data, now)
        else:
            way.lane.read(data, 0, now)
        return (data, b"") if direction else (b"", data)

    def end(self, direction: Direction, end: End, now: int) -> Writes:
        """Take note that a direction ended; what is incomplete is reported as cut off, what waits as not sent.

        Returns:
            What to write before the end is handed on: bytes that were held until the end of their message.
        """
        if self._first_end is None:
            self._first_end = "proxy" if end is End.PROXY else _PEERS[direction]
        return _writes(direction, self._ways[direction].end(now))

    def inject(
        self,
        direction: Direction,
        opcode: int,
        payload: bytes,
        now: int,
        *,
        fin: bool = True,
        rsv: int = 0,
        source: Source = Source.USER,
        masked: bool | None = None,
        length_bytes: int | None = None,
    ) -> Writes:
        """Send a frame of our own: data between messages, a control frame between frames; at once or when it can be.

        It goes uncompressed. After a close frame, or the end of the direction, it is reported as `NOT_SENT`.

        Args:
            direction: Which way it goes.
            opcode: 0 to 15.
            payload: As it goes on the wire, before masking.
            now: Unix nanoseconds.
            fin: Whether to say that it ends its message. Who sends False has to send the rest.
            rsv: The reserved bits, as in `frames.encode_header`.
            source: Who wants it.
            masked: Whether to mask it; None for as it should be.
            length_bytes: As in `frames.encode_header`.

        Returns:
            What to write now.

        Raises:
            ValueError: An argument does not fit its field.
        """
        frame = Injection(opcode, payload, fin, rsv, source, masked, length_bytes)
        return _writes(direction, self._ways[direction].inject(frame, now))

    def set_judge(self, direction: Direction, judge: Judge | None, now: int) -> Writes:
        """Have the messages of a direction judged, from its next message on; None lets them pass.

        With an unknown extension agreed nothing is judged.

        Returns:
            What to write now.
        """
        return _writes(direction, self._ways[direction].set_judge(judge, now))

    def wake(self, now: int) -> Writes:  # noqa: ARG002 nothing is ever due yet
        """Do what was due at `wake_at`."""
        return _NOTHING

    @property
    def close(self) -> Close | None:
        """How the WebSocket closed, or was lost; None while it is open."""
        if self._closes:
            first = self._closes[0]
            by = _PEERS[first.direction] if first.source is Source.PEER else "proxy"
            clean = len({close.direction for close in self._closes}) == len(Direction)
            return Close(by, first.code, first.reason, clean)
        return None if self._first_end is None else Close(self._first_end, None, None, clean=False)


class _Way:
    """One direction: its lane, and what steers it.

    Args:
        lane: Reads along.
        sender: Makes injected frames.
        assembler: Gathers messages; None where nothing can be judged.
    """

    __slots__ = ("_assembler", "_ended", "_judge", "_queue", "_sender", "lane", "steered")

    def __init__(self, lane: Lane, sender: FrameSender, assembler: Assembler | None) -> None:
        self.lane = lane
        self.steered = False
        """Whether `steer` has to be called."""
        self._sender = sender
        self._assembler = assembler
        self._judge: Judge | None = None
        self._queue: deque[Injection] = deque()
        self._ended = False

    def steer(self, data: bytes, now: int) -> bytes:
        """Read frame by frame; return what to write."""
        out: list[bytes] = []
        position = 0
        while position < len(data):
            stop = self.lane.reader.read_one(data, position, now)
            if self.lane.gate is None:
                out.append(data[position:stop])
            position = stop
            self._settle(out, now)
            if not self.steered:
                self.lane.read(data, position, now)
                out.append(data[position:])
                break
        return b"".join(out)

    def end(self, now: int) -> bytes:
        """Take note of the end; return what was held."""
        left = self.lane.end(now)
        held = [] if self.lane.gate is None else [*self._take(), left]
        self._ended = True
        self._settle(held, now)
        return b"".join(held)

    def inject(self, frame: Injection, now: int) -> bytes:
        """Queue a frame; return what to write."""
        frame.check()
        self._queue.append(frame)
        out: list[bytes] = []
        self._settle(out, now)
        return b"".join(out)

    def set_judge(self, judge: Judge | None, now: int) -> bytes:
        """Judge from the next message on; return what to write."""
        if self._assembler is None:
            return b""
        self._judge = judge
        out: list[bytes] = []
        self._settle(out, now)
        return b"".join(out)

    def _settle(self, out: list[bytes], now: int) -> None:
        """Do what is due after a frame, or a part of one: hand on, change modes, inject."""
        lane, assembler = self.lane, self._assembler
        if lane.gate is not None:
            out += self._take()
        if assembler is not None and lane.between_messages:
            assembler.judge = self._judge
            lane.set_gate(assembler if self._judge is not None or assembler.diverged else None)
        while self._queue:
            frame = self._queue[0]
            if self._ended or lane.closed or self._sender.closed:
                self._sender.inject(frame, now, Verdict.NOT_SENT)
            elif self._fits(frame):
                out.append(self._sender.inject(frame, now, Verdict.FORWARDED))
            else:
                break
            self._queue.popleft()
        self.steered = lane.gate is not None or bool(self._queue) or self._judge is not None

    def _fits(self, frame: Injection) -> bool:
        """Tell whether a frame can be written right here."""
        lane = self.lane
        if lane.gate is None or self._assembler is None:
            return lane.reader.at_boundary and (is_control(frame.opcode) or lane.tracker.open is None)
        # While a message is held, the receiver has seen nothing of it.
        return not lane.in_written_frame and (is_control(frame.opcode) or not self._assembler.mid_message)

    def _take(self) -> list[bytes]:
        return [] if self._assembler is None else self._assembler.take()


def _writes(direction: Direction, data: bytes) -> Writes:
    return (data, b"") if direction else (b"", data)
