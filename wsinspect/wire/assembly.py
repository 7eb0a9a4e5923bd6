"""Assemble mode: a message is gathered, judged once, and goes on as it came, changed, later, or not at all.

Theory of operation. An `Assembler` is the gate of one direction. The frames of a message are kept as they came, beside
its readable payload, until its end; then the judge decides. What can go at once is written here, the rest is queued in
the `Outlet`. Frames outside of messages go on at once, past what waits; a close frame, or one that should not be, waits
in its turn. A message over the limit is released in the middle (`TOO_LARGE`): the rest of it goes on as it comes, or,
behind others, is queued until its turn.
"""

from __future__ import annotations

import enum
from dataclasses import replace

from wsinspect.model import Completeness, Direction, Verdict
from wsinspect.wire.decisions import Decision, Drop, Forward, Gathered, Hold, Judge, Modify, Oversize, Plan
from wsinspect.wire.deflate import Inflater
from wsinspect.wire.messages import OpenMessage
from wsinspect.wire.opcodes import Opcode
from wsinspect.wire.outlet import Outlet
from wsinspect.wire.waiting import ArrivingMessage, OutsideFrame, waits
from wsinspect.wire.writing import Envelope, LargeWriter, MessageWriter

_FORWARD = Forward()
_PLAIN = Plan(_FORWARD)
_JUDGED = (Opcode.CLOSE, Opcode.PING, Opcode.PONG)


class _State(enum.Enum):
    IDLE = enum.auto()
    GATHERING = enum.auto()
    QUEUED = enum.auto()
    """Over the limit, behind what waits."""
    WRITING = enum.auto()
    """It goes on as it comes."""
    SWALLOWING = enum.auto()
    """Nothing more of it goes on."""


class Assembler:
    """The gate of one direction in assemble mode (see `lane.Gate`).

    Args:
        direction: Which one.
        outlet: Where what has to wait is queued.
        writer: Writes messages that can go at once.
        out: What is to be written; is added to.
        inflater: Of this direction, None where permessage-deflate is not agreed.
        limit: Most bytes of a message to gather.
    """

    def __init__(
        self,
        direction: Direction,
        outlet: Outlet,
        writer: MessageWriter,
        out: list[bytes],
        *,
        inflater: Inflater | None,
        limit: int,
    ) -> None:
        self.judge: Judge | None = None
        """None forwards all, which takes a gate as long as the contexts differ, or anything waits."""
        self.muted: Verdict | None = None
        """What becomes of everything, once nothing of the peer is sent on."""
        self.taken = 0
        """Counts the bytes taken; the owner sets it back."""
        self.changed_frame: OutsideFrame | None = None
        """What a control frame was changed to, to be sent once the one that came is on record."""
        self._direction = direction
        self._outlet = outlet
        self._writer = writer
        self._out = out
        self._inflater = inflater
        self._inflate_limit = None if inflater is None else inflater.limit
        self._limit = limit
        self._state = _State.IDLE
        self._message: Envelope | None = None
        self._readable = False
        self._raw = bytearray()
        self._plain = bytearray()
        self._decision: Decision | None = None
        self._verdict = Verdict.FORWARDED
        """Of the open message, where it is given before its end."""
        self._arriving: ArrivingMessage | None = None
        self._large: LargeWriter | None = None
        self._outside_goes = False
        """Whether the frame that streams outside of messages goes on."""
        self._broken_off = False
        """Whether the rest of a message was muted."""
        self._now = 0
        self._writing_from: int | None = None
        """While a gathered message is written: where that begins in `out`."""

    @property
    def mid_message(self) -> bool:
        """Whether a part of a message was written, and its end was not."""
        return self._state is _State.WRITING or self._broken_off

    @property
    def wanted(self) -> bool:
        """Whether the direction needs a gate."""
        return self.judge is not None or self.muted is not None or self._outlet.busy or self._writer.diverged

    @property
    def lets_messages_pass(self) -> bool:
        """Whether messages that begin now go on as they come."""
        if self.muted is not None or self._outlet.busy or self._writer.diverged:
            return False
        return self.judge is None or not self.judge.wants_messages

    @property
    def intact(self) -> bool:
        """Whether the receiver can read what comes next as it comes."""
        return self.muted is None and not self._writer.diverged and self._state is not _State.SWALLOWING

    def mute(self, verdict: Verdict, *, within_message: bool) -> None:
        """Send nothing more of the peer, but the rest of a frame of which a part was written.

        Args:
            verdict: What becomes of it.
            within_message: Whether a message is open that went on as it came, without this gate.
        """
        self.muted = verdict
        self._broken_off = within_message
        if within_message or self._state in {_State.GATHERING, _State.QUEUED}:
            self._swallow(verdict)

    def passes(self, number: int, opcode: int, header: bytes, raw: bytes, payload: bytes, now: int) -> bool:
        """See `lane.Gate`."""
        if self._outlet.busy or self.muted is not None:
            return False
        judge = self.judge
        if judge is not None and judge.wants_messages:
            if len(payload) > self._limit:
                return False
            try:
                decision = judge.judge(Gathered(self._direction, number, opcode, payload, now))
            except Exception:  # noqa: BLE001 whatever is wrong with a judge, the peers' bytes go on
                decision = _FORWARD
            if not isinstance(decision, Forward):
                self._decision = decision
                return False
        self._out += (header, raw)
        self.taken += len(header) + len(raw)
        return True

    def outside(
        self, header: bytes, raw: bytes, payload: bytes, seq: int, now: int, completeness: Completeness
    ) -> Verdict | None:
        """See `lane.Gate`."""
        self.taken += len(header) + len(raw)
        if self.muted is not None:
            return self.muted
        frame = OutsideFrame(seq, header, raw, payload)
        if completeness is Completeness.COMPLETE and self._drops(frame, now):
            return Verdict.DROPPED
        if frame.opcode <= Opcode.CLOSE and self._waits_its_turn(frame, now):
            return None
        if frame.changed is not None:
            self.changed_frame = frame
            return Verdict.MODIFIED
        return self._outlet.send_frame(frame, now)

    def outside_begins(self, header: bytes, now: int) -> Verdict:
        """See `lane.Gate`."""
        self.taken += len(header)
        self._outside_goes = self.muted is None
        if self.muted is not None:
            return self.muted
        return self._outlet.send_frame(OutsideFrame(0, header, b"", b""), now)

    def outside_goes_on(self, raw: bytes) -> None:
        """See `lane.Gate`."""
        self.taken += len(raw)
        if self._outside_goes:
            self._out.append(raw)

    def writes_frame(self, *, outside: bool) -> bool:
        """See `lane.Gate`."""
        if outside:
            return self._outside_goes
        return self._large is not None and not self._large.rewriting

    def opened(self, message: OpenMessage, now: int) -> None:
        """See `lane.Gate`."""
        self._now = now
        self._message = Envelope(message.number, message.seq, message.opcode, message.compressed)
        self._readable = message.readable
        if self._inflater is not None:
            # While the contexts differ, or may come to, the receiver reads a message only if we can.
            behind = self._outlet.busy or self._writer.diverged
            self._inflater.limit = None if behind and self._inflater.takeover else self._inflate_limit
        if self.muted is not None:
            self._swallow(self.muted)
        elif self.lets_messages_pass:
            self._pass_on(Verdict.FORWARDED)
        else:
            self._state = _State.GATHERING

    def header(self, header: bytes, size: int, now: int) -> None:
        """See `lane.Gate`."""
        if self.muted is not None and self._state is _State.WRITING:
            self._swallow(self.muted)
            self._broken_off = True
        elif self._state is _State.GATHERING and len(self._raw) + size > self._limit:
            self._too_large(now)
        self.raw(header, now)

    def raw(self, raw: bytes, now: int) -> None:
        """See `lane.Gate`."""
        self._now = now
        self.taken += len(raw)
        if self._state is _State.GATHERING:
            self._raw += raw
        elif self._large is not None:
            self._large.raw(raw)
        elif self._arriving is not None and not self._arriving.given_up:
            self._arriving.raw.append(raw)

    def plain(self, data: bytes) -> None:
        """See `lane.Gate`."""
        if self._state is _State.GATHERING:
            self._plain += data
            if len(self._plain) > self._limit:
                self._too_large(self._now)
        elif self._large is not None:
            self._large.plain(data, self._now)
        elif self._arriving is not None and not self._arriving.given_up:
            self._arriving.plain.append(data)

    def decided(self, message: OpenMessage, now: int, completeness: Completeness) -> Verdict | None:
        """See `lane.Gate`."""
        self._now = now
        failed = message.compressed and self._inflater is not None and self._inflater.failure is not None
        whole = completeness is Completeness.COMPLETE and not failed
        verdict: Verdict | None = self._verdict
        if self._state is _State.GATHERING:
            self._writing_from = len(self._out)
            verdict = self._decide(now) if whole and self._readable else self._let_go(now)
        elif self._large is not None:
            self._large.end(now, whole=whole)
            self._outlet.message_went()
        elif self._arriving is not None and not self._arriving.given_up:
            self._arriving.ended, self._arriving.whole = True, whole
            verdict = None
        self._forget()
        return verdict

    def go_on(self, message: ArrivingMessage, now: int) -> None:
        """Write the open message, which was queued, as it comes: it is its turn."""
        try:
            raw, plain = message.raw.load(), message.plain.load()
        except Exception:  # noqa: BLE001 what a spill has lost cannot be sent, and the rest still can
            self._outlet.skip(message.envelope)
            self._swallow(Verdict.NOT_SENT)
        else:
            self._arriving = None
            self._pass_on(message.verdict).begin(raw, plain, now)
        self._outlet.went_on(message, now)

    def send_changed_frame(self, now: int) -> None:
        """Send what a control frame was changed to."""
        frame, self.changed_frame = self.changed_frame, None
        assert frame is not None
        self._outlet.send_frame(frame, now)

    def withheld(self) -> list[bytes]:
        """Return what is not written as it came, in order; what is half written is taken back for that."""
        if self._writing_from is not None:
            del self._out[self._writing_from :]
        found = [*self._outlet.withheld(), bytes(self._raw)]
        return [*found, *self.changed_frame.as_it_came()] if self.changed_frame is not None else found

    def _drops(self, frame: OutsideFrame, now: int) -> bool:
        """Ask about a control frame; what it is changed to is noted in it."""
        judge = self.judge
        if judge is None or frame.opcode not in _JUDGED or not judge.wants_control:
            return False
        try:
            outcome = judge.control(self._direction, frame.opcode, frame.payload, now)
        except Exception:  # noqa: BLE001 as in `passes`
            return False
        if isinstance(outcome, Modify) and outcome.payload != frame.payload:
            frame.changed = outcome
        return isinstance(outcome, Drop)

    def _waits_its_turn(self, frame: OutsideFrame, now: int) -> bool:
        """Queue a frame that must not overtake messages, where there are some."""
        if self._state is _State.GATHERING:
            self._stop_gathering(Verdict.FORWARDED, now)
        if frame.opcode == Opcode.CLOSE:
            self._outlet.stop_overtaking(now)
        if not self._outlet.blocked:
            return False
        self._outlet.add_frame(frame)
        return True

    def _let_go(self, now: int) -> Verdict | None:
        """Have a message that cannot be judged go as it came."""
        assert self._message is not None
        raw, payload = bytes(self._raw), bytes(self._plain)
        if self._outlet.blocked:
            self._outlet.add(self._message, Plan(_FORWARD), raw, payload, now, judged=False)
            return None
        self._writer.pass_on(raw)
        self._writer.passed_on(self._message, payload)
        self._outlet.message_went()
        return Verdict.FORWARDED

    def _decide(self, now: int) -> Verdict | None:
        """Judge the gathered message and do what can be done at once; None: it waits."""
        message, outlet = self._message, self._outlet
        assert message is not None
        raw, payload = bytes(self._raw), bytes(self._plain)
        plan = self._plan(message, payload, now)
        if isinstance(plan.outcome, Drop) and plan.not_before <= now:
            outlet.skip(message)
            outlet.add_behind(plan, b"", message.opcode)
            return Verdict.DROPPED
        if outlet.blocked or waits(plan, now):
            outlet.add(message, plan, raw, payload, now)
            return None
        outcome = plan.outcome
        assert not isinstance(outcome, Hold)
        verdict = self._writer.write(message, outcome, raw, payload, now)
        outlet.message_went()
        if isinstance(outcome, Modify):
            outlet.add_behind(plan, outcome.payload, outcome.opcode)
        else:
            outlet.add_behind(plan, payload, message.opcode)
        return verdict

    def _plan(self, message: Envelope, payload: bytes, now: int) -> Plan:
        """Return what is decided on the gathered message."""
        decision, self._decision = self._decision, None
        if decision is None:
            judge = self.judge
            if judge is None or not judge.wants_messages:
                return _PLAIN
            try:
                decision = judge.judge(Gathered(self._direction, message.number, message.opcode, payload, now))
            except Exception:  # noqa: BLE001 as in `passes`
                return _PLAIN
        plan = decision if isinstance(decision, Plan) else Plan(decision)
        outcome = plan.outcome
        if isinstance(outcome, Modify) and outcome.changes_nothing(message.opcode, payload):
            plan = replace(plan, outcome=_FORWARD)
        return plan

    def _too_large(self, now: int) -> None:
        """Ask what to do with a message that is over the limit."""
        message, judge = self._message, self.judge
        assert message is not None
        if judge is not None and judge.wants_messages and self._readable:
            try:
                choice = judge.oversized(self._direction, message.number, message.opcode, now)
            except Exception:  # noqa: BLE001 as in `passes`
                choice = Oversize.FORWARD
            if choice is not Oversize.FORWARD:
                self._outlet.skip(message)
                self._swallow(Verdict.DROPPED)
                if self._inflater is not None and self._inflater.takeover:
                    # The next message can be read, and written anew, only if this one was read to its end.
                    self._inflater.limit = None
                return
        self._stop_gathering(Verdict.TOO_LARGE, now)

    def _stop_gathering(self, verdict: Verdict, now: int) -> None:
        """Have the message go on without being judged, now or in its turn."""
        assert self._message is not None
        if self._outlet.blocked:
            self._arriving = self._outlet.add_arriving(self._message, self._raw, self._plain, verdict)
            self._state, self._verdict = _State.QUEUED, Verdict.NOT_SENT
        else:
            self._writing_from = len(self._out)
            self._pass_on(verdict).begin([bytes(self._raw)], [bytes(self._plain)], now)
            self._writing_from = None
        self._raw, self._plain = bytearray(), bytearray()

    def _pass_on(self, verdict: Verdict) -> LargeWriter:
        assert self._message is not None
        self._large = LargeWriter(self._writer, self._message)
        self._state, self._verdict = _State.WRITING, verdict
        return self._large

    def _swallow(self, verdict: Verdict) -> None:
        self._forget()
        self._state, self._verdict = _State.SWALLOWING, verdict

    def _forget(self) -> None:
        self._state, self._message, self._decision = _State.IDLE, None, None
        self._raw, self._plain = bytearray(), bytearray()
        self._arriving = self._large = self._writing_from = None
