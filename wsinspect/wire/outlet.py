"""What waits to be written in one direction, in order.

Theory of operation. A message that is held or delayed waits at the head of a queue, and what comes after it waits
behind it: messages, the start of one that is too large to be gathered, close frames, frames of our own. A message that
others are to overtake (`Plan.behind`) is set aside when it gets to the head: it stops nobody. `pump` writes what can
go; whoever calls it sees to it that a message can begin there. What is written, or given up, is reported then. The
receiver's compression context is told of each message in its turn, and of one that was set aside once more when it
goes.
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from dataclasses import replace
from typing import assert_never

from wsinspect.model import Direction, Source, Verdict
from wsinspect.wire.decisions import Drop, Forward, Hold, Modify, Outcome, Plan
from wsinspect.wire.opcodes import Opcode
from wsinspect.wire.sending import FrameSender, Injection
from wsinspect.wire.sink import FrameSink
from wsinspect.wire.spill import ENTRY_BYTES, Depot, Kept, Pile, Spill
from wsinspect.wire.waiting import (
    ArrivingMessage,
    OurFrames,
    OutsideFrame,
    SkippedMessage,
    WaitingItem,
    WaitingMessage,
    frames_behind,
)
from wsinspect.wire.writing import Envelope, LargeWriter, MessageWriter

__all__ = ["PUMP_BYTES", "Outlet", "Spill"]

PUMP_BYTES = 16 << 20
"""About how much is written at once of what waits; then it is due again at once."""


class Outlet:
    """What waits in one direction.

    Args:
        sink: Where to report.
        sender: Makes frames of our own.
        writer: Writes messages.
        direction: Which one.
        depot: Keeps what waits.
        out: What is to be written; is added to.
    """

    def __init__(
        self,
        sink: FrameSink,
        sender: FrameSender,
        writer: MessageWriter,
        direction: Direction,
        depot: Depot,
        out: list[bytes],
    ) -> None:
        self.busy = False
        """Whether anything waits."""
        self.wake_at: int | None = None
        """When something is due next."""
        self.room = PUMP_BYTES
        """How much may still be written of what waits; set back by the owner."""
        self.injected = 0
        """How many frames of `inject` wait."""
        self.injected_bytes = 0
        self._sink = sink
        self._sender = sender
        self._writer = writer
        self._direction = direction
        self._depot = depot
        self._out = out
        self._queue: deque[WaitingItem] = deque()
        self._aside: list[WaitingMessage] = []
        self._messages: dict[int, WaitingMessage] = {}
        """Whole messages that wait, by number."""
        self._deserted = False
        self._nothing_follows = False
        """Whether the peer has closed, or ended its direction."""
        self._writing_from: int | None = None
        """While something is written: where that begins in `out`."""

    # ---- what comes to wait

    @property
    def blocked(self) -> bool:
        """Whether what comes now has to queue."""
        return bool(self._queue)

    @property
    def intact(self) -> bool:
        """Whether nothing is left out of what waits that the receiver's compression context would have to know."""
        return not any(
            isinstance(item, SkippedMessage)
            or (isinstance(item, WaitingMessage) and item.reported and item.envelope.compressed)
            for item in self._queue
        )

    @property
    def kept_bytes(self) -> int:
        """How much is kept, with something for what each message costs."""
        return self._depot.bytes + ENTRY_BYTES * len(self._messages)

    def add(self, envelope: Envelope, plan: Plan, raw: bytes, payload: bytes, now: int, *, judged: bool = True) -> None:
        """Queue a whole message; one that is not `judged` goes as it came, whatever its receiver can read of it."""
        if isinstance(plan.outcome, Modify):
            payload = plan.outcome.payload
            plan = replace(plan, outcome=replace(plan.outcome, payload=b""))
        message = WaitingMessage(envelope, plan, Kept(self._depot, raw), Kept(self._depot, payload), now, judged)
        self._messages[envelope.number] = message
        self._push(message)

    def add_arriving(self, envelope: Envelope, raw: bytearray, plain: bytearray, verdict: Verdict) -> ArrivingMessage:
        """Queue the start of a large message; the caller adds to its piles, and says when it has ended."""
        message = ArrivingMessage(envelope, Pile(self._depot), Pile(self._depot), verdict)
        message.raw.append(raw)
        message.plain.append(plain)
        self._push(message)
        return message

    def add_frame(self, frame: OutsideFrame) -> None:
        """Queue a frame that belongs to no message."""
        self._push(frame)

    def add_behind(self, plan: Plan, payload: bytes, opcode: int) -> None:
        """Queue the copies, and the frames of our own, that go behind a message which went with `payload`."""
        if plan.copies or plan.then:
            self._push(OurFrames(frames_behind(plan, payload, opcode), injected=False))

    def inject(self, frame: Injection) -> None:
        """Queue a frame of our own."""
        self.injected += 1
        self.injected_bytes += len(frame.payload)
        self._push(OurFrames([frame], injected=True))

    def skip(self, envelope: Envelope) -> None:
        """Take note, in its turn, that a message was dropped."""
        if not self._queue:
            self._writer.skip(envelope)
        elif envelope.compressed and not isinstance(self._queue[-1], SkippedMessage):
            self._push(SkippedMessage(envelope))

    # ---- what becomes of it

    def decide(self, number: int, outcome: Outcome, now: int, not_before: int) -> None:
        """Take a message off hold; KeyError where it is not on hold."""
        message = self._messages[number]
        if not message.on_hold:
            raise KeyError(number)
        message.held_ns = now - message.since
        message.since = now
        if isinstance(outcome, Modify):
            outcome = self._changed(message, outcome)
        message.plan = replace(message.plan, outcome=outcome, not_before=max(message.plan.not_before, not_before))
        if isinstance(outcome, Drop) and message.plan.not_before <= now:
            self._report(message, Verdict.DROPPED, now)

    def payload_of(self, number: int) -> bytes:
        """Return the payload of a waiting message as it would go now; KeyError where it does not wait."""
        return self._messages[number].payload.load()

    def message_went(self) -> None:
        """Take note that a message of the peer was written, out of the queue or past it."""
        for message in self._aside:
            message.overtaken()

    def stop_overtaking(self, now: int) -> None:
        """Queue what was set aside: nothing comes any more that could go first."""
        self._nothing_follows = True
        for message in self._aside:
            message.stop_waiting(now)
        self._queue += self._aside
        self._aside = []

    def pump(self, now: int) -> ArrivingMessage | None:
        """Write what can go, at a place between messages.

        Returns:
            A message at the head that is still arriving: the caller writes it, and calls `went_on`.
        """
        arriving = None
        while arriving is None:
            for message in [message for message in self._aside if not message.waits(now)]:
                self._write_message(message, now)
            if not self._queue or self.room <= 0:
                break
            item = self._queue[0]
            if isinstance(item, ArrivingMessage) and not item.ended:
                self._writing_from = len(self._out)
                arriving = item
            elif not isinstance(item, WaitingMessage) or not item.waits(now):
                self._write(item, now)
            elif self._deserted:
                self._queue.popleft()
                self._not_sent(item, now)
            elif item.is_to_be_overtaken and self._nothing_follows:
                item.stop_waiting(now)
            elif item.is_to_be_overtaken:
                self._queue.popleft()
                self._aside.append(item)
                item.aside_since = now
                self._writer.skip(item.envelope)
            else:
                break
        self._look(now)
        return arriving

    def went_on(self, message: ArrivingMessage, now: int) -> None:
        """Take note that a message at the head was written as far as it came; the rest goes on as it comes."""
        self._queue.popleft()
        self._writing_from = None
        message.drop()
        self._look(now)

    def pump_closes(self, now: int) -> None:
        """Write the close frames that wait, at a place between frames of a message that has no end yet."""
        for frame in [item for item in self._queue if isinstance(item, OutsideFrame) and item.opcode == Opcode.CLOSE]:
            self._writing_from = len(self._out)
            self._sink.frame_decided(self._direction, frame.seq, now, self.send_frame(frame, now))
            self._queue.remove(frame)
            self._writing_from = None
        self._look(now)

    def send_frame(self, frame: OutsideFrame, now: int) -> Verdict:
        """Write a frame that belongs to no message."""
        payload, verdict = frame.payload, Verdict.FORWARDED
        if frame.changed is None:
            self._out += (frame.header, frame.raw)
        else:
            payload, verdict = frame.changed.payload, Verdict.MODIFIED
            wire = self._sender.replace(
                frame.opcode, payload, now, fin=frame.header[0] >= 0x80, rsv=frame.header[0] >> 4 & 7, number=None,
                of=frame.seq, source=frame.changed.source, verdict=verdict,
            )  # fmt: skip
            self._out.append(wire)
        if frame.opcode == Opcode.CLOSE:
            self._sender.note_close(payload, Source.PEER)
        return verdict

    def desert(self, now: int) -> None:
        """Take note that the receiver has closed: messages that wait are not sent any more, nor will any wait."""
        self._deserted = True
        aside, self._aside = self._aside, []
        queue, self._queue = self._queue, deque()
        for item in (*aside, *queue):
            if isinstance(item, OutsideFrame):
                self._queue.append(item)
            else:
                self._not_sent(item, now)
        self._look(now)

    def give_up(self, now: int) -> None:
        """Take note that the receiver is gone: nothing that waits is sent any more."""
        self.desert(now)
        while self._queue:
            self._not_sent(self._queue.popleft(), now)
        self._look(now)

    def withheld(self) -> list[bytes]:
        """Return everything that waits as it came, in order; what is half written is taken back for that."""
        if self._writing_from is not None:
            del self._out[self._writing_from :]
        found: list[bytes] = []
        for item in (*self._aside, *self._queue):
            with suppress(Exception):  # what a spill has lost is lost; the rest is not
                found += item.as_it_came()
        return found

    def _look(self, now: int) -> None:
        """See what there is to wait for."""
        self.busy = bool(self._queue or self._aside)
        due = [message.plan.not_before for message in self._aside if message.plan.not_before]
        head = self._queue[0] if self._queue else None
        if isinstance(head, WaitingMessage) and not head.on_hold and head.plan.not_before > now:
            due.append(head.plan.not_before)
        if head is not None and self.room <= 0:
            due.append(now)
        self.wake_at = min(due, default=None)

    def _push(self, item: WaitingItem) -> None:
        self._queue.append(item)
        self.busy = True

    def _changed(self, message: WaitingMessage, change: Modify) -> Outcome:
        """Keep the payload of a change for its turn."""
        if change.changes_nothing(message.envelope.opcode, message.payload.load()):
            return Forward()
        message.payload.drop()
        message.payload = Kept(self._depot, change.payload)
        return replace(change, payload=b"")

    def _write(self, item: WaitingItem, now: int) -> None:
        """Write the head of the queue."""
        match item:
            case WaitingMessage():
                self._write_message(item, now)
                return
            case ArrivingMessage():
                self._write_large(item, now)
            case OutsideFrame():
                self._writing_from = len(self._out)
                self._sink.frame_decided(self._direction, item.seq, now, self.send_frame(item, now))
                self._writing_from = None
            case OurFrames():
                self._queue.popleft()
                self._send(item, now)
                return
            case SkippedMessage():
                self._writer.skip(item.envelope)
            case _ as never:
                assert_never(never)
        self._queue.popleft()

    def _write_message(self, message: WaitingMessage, now: int) -> None:
        """Write a message from the head of the queue, or one that was set aside, and what goes behind it."""
        payload = b""
        if not message.reported:
            self._writing_from = len(self._out)
            try:
                raw, payload = message.raw.load(), message.payload.load()
                self.room -= len(raw)
            except Exception:  # noqa: BLE001 what a spill has lost cannot be sent, and the rest still can
                self._remove(message)
                self._not_sent(message, now)
                return
            self._report(message, self._write_payload(message, raw, payload, now), now)
        self._remove(message)
        if isinstance(message.plan.outcome, Drop):
            self._writer.skip(message.envelope)
        else:
            self.message_went()
        self._send(OurFrames(frames_behind(message.plan, payload, message.opcode), injected=False), now)

    def _write_payload(self, message: WaitingMessage, raw: bytes, payload: bytes, now: int) -> Verdict:
        if not message.judged:
            self._writer.pass_on(raw)
            self._writer.passed_on(message.envelope, payload)
            return Verdict.FORWARDED
        outcome = message.plan.outcome
        assert not isinstance(outcome, Hold)
        if isinstance(outcome, Modify):
            outcome = replace(outcome, payload=payload)
        return self._writer.write(message.envelope, outcome, raw, payload, now, moved=message.aside_since is not None)

    def _write_large(self, message: ArrivingMessage, now: int) -> None:
        """Write a message that was too large to be gathered, and has ended."""
        self._writing_from = len(self._out)
        verdict = message.verdict
        try:
            raw, plain = message.raw.load(), message.plain.load()
            self.room -= sum(map(len, raw))
        except Exception:  # noqa: BLE001 as above
            self._writer.skip(message.envelope)
            verdict = Verdict.NOT_SENT
        else:
            large = LargeWriter(self._writer, message.envelope)
            large.begin(raw, plain, now)
            large.end(now, whole=message.whole)
            self.message_went()
        self._sink.message_decided(message.envelope.number, now, verdict, None, None)
        message.drop()
        self._writing_from = None

    def _remove(self, message: WaitingMessage) -> None:
        """Take a message out of where it waited: it was written, and is on record."""
        if self._queue and self._queue[0] is message:
            self._queue.popleft()
        else:
            self._aside.remove(message)
        self._writing_from = None

    def _report(self, message: WaitingMessage, verdict: Verdict, now: int) -> None:
        """Report what became of a message, and keep nothing of it."""
        self._sink.message_decided(message.envelope.number, now, verdict, *message.waited(now))
        message.reported = True
        message.raw.drop()
        message.payload.drop()
        del self._messages[message.envelope.number]

    def _not_sent(self, item: WaitingItem, now: int) -> None:
        """Give up on something that is no longer in the queue."""
        match item:
            case WaitingMessage():
                self._writer.skip(item.envelope)
                if not item.reported:
                    self._report(item, Verdict.NOT_SENT, now)
                self._refuse(list(item.plan.then), now)
            case ArrivingMessage():
                self._writer.skip(item.envelope)
                item.given_up = True
                item.drop()
                if item.ended:
                    self._sink.message_decided(item.envelope.number, now, Verdict.NOT_SENT, None, None)
            case OutsideFrame():
                self._sink.frame_decided(self._direction, item.seq, now, Verdict.NOT_SENT)
            case OurFrames():
                self._count_off(item)
                self._refuse(item.frames, now)
            case SkippedMessage():
                self._writer.skip(item.envelope)
            case _ as never:
                assert_never(never)

    def _send(self, ours: OurFrames, now: int) -> None:
        """Write frames of our own; after a close frame they are only reported."""
        self._count_off(ours)
        if self._sender.closed:
            self._refuse(ours.frames, now)
            return
        for frame in ours.frames:
            self._out.append(self._sender.inject(frame, now, Verdict.FORWARDED))

    def _refuse(self, frames: list[Injection], now: int) -> None:
        for frame in frames:
            self._sender.inject(frame, now, Verdict.NOT_SENT)

    def _count_off(self, ours: OurFrames) -> None:
        if ours.injected:
            self.injected -= len(ours.frames)
            self.injected_bytes -= sum(len(frame.payload) for frame in ours.frames)
