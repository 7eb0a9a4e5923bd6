"""One direction of a relay: its lane, and what steers it.

Theory of operation. In pass mode `steered` is False and the owner hands bytes on by itself. A direction is steered
while a judge is set, anything waits, or an injected frame waits for its place: then it is read frame by frame, and
between frames `_settle` does what is due there. Modes change, and data is injected, only between messages, so that no
byte is lost, doubled or moved.
"""

from __future__ import annotations

from collections import deque

from wsinspect.model import Direction, Verdict
from wsinspect.wire.assembly import Assembler
from wsinspect.wire.decisions import Judge, Outcome
from wsinspect.wire.deflate import Inflater
from wsinspect.wire.frames import is_control
from wsinspect.wire.lane import Lane
from wsinspect.wire.outlet import PUMP_BYTES, Outlet
from wsinspect.wire.recoding import Recoder
from wsinspect.wire.sending import FrameSender, Injection
from wsinspect.wire.sink import FrameSink
from wsinspect.wire.spill import Depot
from wsinspect.wire.writing import MessageWriter

MOST_INJECTIONS = 1000
"""Most frames of our own that wait for their place in one direction."""
MOST_INJECTED_BYTES = 16 << 20
"""Most bytes of theirs."""


class Way:
    """One direction.

    Args:
        sink: Where to report.
        direction: Which one.
        lane: Reads along.
        sender: Makes injected frames.
        depot: Keeps what waits.
        inflater: Of this direction, None where permessage-deflate is not agreed.
        assemble_limit: Most bytes of a message to gather for a judge.
        opaque: Whether an unknown extension is agreed, so that nothing can be judged.
    """

    __slots__ = (
        "_assembler", "_ended", "_failed", "_inflater", "_injections", "_injections_bytes", "_judge", "_left",
        "_muting", "_opaque", "_out", "_outlet", "_recoder", "_sender", "_settled", "_unhanded_bytes", "_unread",
        "lane", "steered", "wake_at",
    )  # fmt: skip

    def __init__(
        self,
        sink: FrameSink,
        direction: Direction,
        lane: Lane,
        sender: FrameSender,
        depot: Depot,
        *,
        inflater: Inflater | None,
        assemble_limit: int,
        opaque: bool,
    ) -> None:
        self.lane = lane
        self.steered = False
        """Whether `steer` has to be called."""
        self.wake_at: int | None = None
        """When to call `wake`."""
        self._out: list[bytes] = []
        self._recoder = None if inflater is None else Recoder(inflater.window_bits, takeover=inflater.takeover)
        writer = MessageWriter(sink, sender, self._recoder, self._out)
        self._outlet = Outlet(sink, sender, writer, direction, depot, self._out)
        self._assembler = Assembler(direction, self._outlet, writer, self._out, inflater=inflater, limit=assemble_limit)
        self._sender = sender
        self._inflater = inflater
        self._opaque = opaque
        self._judge: Judge | None = None
        self._injections: deque[Injection] = deque()
        self._injections_bytes = 0
        self._ended = False
        self._settled = True
        """Whether the gate is as it should be."""
        self._muting: Verdict | None = None
        """What the gate is to be muted with, at the end of a frame."""
        self._left = b""
        """A last byte, too little to be a frame, that goes behind all that waits."""
        self._unhanded_bytes = 0
        """How much of a frame the reader kept when the current call came."""
        self._unread: list[bytes] = []
        """What came and was not taken when something failed."""
        self._failed = False

    @property
    def waiting(self) -> bool:
        """Whether anything waits in its turn."""
        return self._outlet.busy

    @property
    def waiting_bytes(self) -> int:
        """How much of it is kept."""
        return self._outlet.kept_bytes

    @property
    def intact(self) -> bool:
        """Whether its receiver can read what its sender sends next, as it comes."""
        return self._muting is None and self._assembler.intact and self._outlet.intact

    def steer(self, data: bytes, now: int) -> None:
        """Read frame by frame."""
        lane, assembler, outlet, out = self.lane, self._assembler, self._outlet, self._out
        reader = lane.reader
        position, size = 0, len(data)
        self._unhanded_bytes = 0 if lane.gate is None else reader.unhanded_bytes
        assembler.taken = -self._unhanded_bytes
        scans = assembler.lets_messages_pass and not self._injections and self._settled
        try:
            while position < size:
                if scans and lane.between_messages and not lane.closed:
                    stop = lane.scan(data, position, now)
                    if stop > position:
                        out.append(data[position:stop])
                        assembler.taken = position = stop
                        continue
                if lane.gate is None:
                    stop = reader.read_one(data, position, now)
                    out.append(data[position:stop])
                    assembler.taken = position = stop
                else:
                    position = reader.read_one(data, position, now)
                if outlet.busy or self._injections or not self._settled or assembler.changed_frame is not None:
                    self._settle(now)
                    scans = assembler.lets_messages_pass and not self._injections and self._settled
                    if not self.steered:
                        assembler.taken = position
                        lane.read(data, position, now)
                        out.append(data[position:])
                        break
        except BaseException:
            self._fail(data)
            raise

    def end(self, now: int) -> None:
        """Take note of the end. What waits, waits on."""
        lane, assembler = self.lane, self._assembler
        self._unhanded_bytes = 0 if lane.gate is None else lane.reader.unhanded_bytes
        assembler.taken = -self._unhanded_bytes
        try:
            left = lane.end(now)
        except BaseException:
            self._fail(b"")
            raise
        if lane.gate is not None and assembler.muted is None:
            self._left = left
        self._ended = True
        self._outlet.stop_overtaking(now)
        self._settle(now)

    def inject(self, frame: Injection, now: int, *, queued: bool) -> None:
        """Send a frame of our own as soon as it can be; `queued`: behind what waits."""
        frame.check()
        if queued and self._outlet.blocked:
            self._check_room(frame)
            self._outlet.inject(frame)
        else:
            if not self._over and (self._injections or not self._fits(frame)):
                self._check_room(frame)
            self._injections.append(frame)
            self._injections_bytes += len(frame.payload)
        self._settle(now)

    def set_judge(self, judge: Judge | None, now: int) -> None:
        """Judge from the next message on."""
        if not self._opaque:
            self._judge = judge
            self._settle(now)

    def decide(self, number: int, outcome: Outcome, now: int, not_before: int) -> None:
        """Take a message off hold; KeyError where it is not on hold."""
        self._outlet.decide(number, outcome, now, not_before)
        self._settle(now)

    def payload_of(self, number: int) -> bytes:
        """Return the payload of a waiting message as it would go now; KeyError where it does not wait."""
        return self._outlet.payload_of(number)

    def desert(self, now: int) -> None:
        """Take note that the receiver has closed."""
        self._outlet.desert(now)
        self._settle(now)

    def give_up(self, now: int) -> None:
        """Take note that the receiver is gone."""
        self._outlet.give_up(now)
        self._settle(now)

    def mute(self, verdict: Verdict, now: int) -> None:
        """Send nothing of the peer from its next frame on."""
        self._muting = verdict
        self._outlet.give_up(now)
        self._settle(now)

    def wake(self, now: int) -> None:
        """Do what is due."""
        if self._outlet.busy:
            self._settle(now)

    def hand_on(self, data: bytes) -> None:
        """Have bytes written as they are."""
        self._out.append(data)

    def take(self) -> bytes:
        """Return what to write, once."""
        data = b"".join(self._out)
        self._out.clear()
        self._outlet.room = PUMP_BYTES
        return data

    def failed_with(self, data: bytes) -> None:
        """Take note that something failed before `data` was handed on."""
        if not self._failed:
            self._unread, self._failed = [data], True

    def abandon(self) -> bytes:
        """Return everything that was not written, as it came; of a muted peer nothing."""
        if self._muting is not None or self._assembler.muted is not None:
            return b""
        withheld = self._assembler.withheld()
        unread = self._unread
        if not self._failed and self.lane.gate is not None:
            unread = [self.lane.reader.unhanded()]
        return b"".join((*self._out, *withheld, self._left, *unread))

    @property
    def _over(self) -> bool:
        """Whether injected frames cannot go any more."""
        return self._ended or self._sender.closed

    def _settle(self, now: int) -> None:
        """Do what is due after a frame, or a part of one: write what waits, change modes, inject."""
        lane, assembler, outlet = self.lane, self._assembler, self._outlet
        if assembler.changed_frame is not None:
            assembler.send_changed_frame(now)
        due = None
        if outlet.busy and not lane.in_written_frame:
            if assembler.mid_message:
                outlet.pump_closes(now)
            else:
                arriving = outlet.pump(now)
                if arriving is not None:
                    assembler.go_on(arriving, now)
                else:
                    due = outlet.wake_at
        self.wake_at = due
        if self._left and not outlet.busy:
            self._out.append(self._left)
            self._left = b""
        self._change_modes()
        while self._injections:
            frame = self._injections[0]
            if self._over:
                self._sender.inject(frame, now, Verdict.NOT_SENT)
            elif self._fits(frame):
                self._out.append(self._sender.inject(frame, now, Verdict.FORWARDED))
            else:
                break
            self._injections.popleft()
            self._injections_bytes -= len(frame.payload)
        self.steered = lane.gate is not None or bool(self._injections) or not self._settled

    def _change_modes(self) -> None:
        """Put the gate on or take it off, where that can be."""
        lane, assembler = self.lane, self._assembler
        if self._muting is not None:
            if lane.gate is not None or lane.reader.at_boundary:
                assembler.mute(self._muting, within_message=lane.gate is None and lane.tracker.open is not None)
                lane.set_gate(assembler)
                self._muting = None
        elif lane.between_messages:
            assembler.judge = self._judge
            gate = assembler if assembler.wanted else None
            if gate is not lane.gate:
                if gate is not None and self._recoder is not None and self._inflater is not None:
                    self._recoder.begin(self._inflater.history.tail())
                lane.set_gate(gate)
        stays = assembler.judge is not None or assembler.muted is not None
        self._settled = (
            self._muting is None and assembler.judge is self._judge and (lane.gate is None or stays)
        )  # fmt: skip

    def _fits(self, frame: Injection) -> bool:
        """Tell whether a frame can be written right here."""
        lane = self.lane
        if lane.in_written_frame:
            return False
        if is_control(frame.opcode):
            return True
        # While a message is gathered, the receiver has seen nothing of it.
        return lane.tracker.open is None if lane.gate is None else not self._assembler.mid_message

    def _check_room(self, frame: Injection) -> None:
        """Raise OverflowError where too much waits already."""
        outlet = self._outlet
        if (
            len(self._injections) + outlet.injected >= MOST_INJECTIONS
            or self._injections_bytes + outlet.injected_bytes + len(frame.payload) > MOST_INJECTED_BYTES
        ):
            raise OverflowError("too many frames of our own wait for their place")

    def _fail(self, data: bytes) -> None:
        """Note what was not taken as something failed while `data` was read."""
        taken, before = self._assembler.taken, self._unhanded_bytes
        earlier = self.lane.reader.unhanded()[:before] if taken < 0 else b""
        self._unread = [earlier[before + taken :], data[max(0, taken) :]]
        self._failed = True
