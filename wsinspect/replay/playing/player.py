"""Plays one side of a recording: a `Performer` that sends what that side sent, at a pace, and reports how far it came.

Theory of operation. The messages go in their order. A `Gate` says when each may; where it waits for longer than it is
worth, that is put on record with what came instead, and playing ends, or goes on if it is to. What is heard is told to
`Values`, which fill what goes out with what the other side issues this time. Behind the last message, if the recording
has no close of this side there, what is still to come is waited for, for a while, before the connection is closed.

    playing → lingering → closing → over
       └──────────┴──────────┴────→ over   (the other side closes, or is lost)
"""

from __future__ import annotations

import enum
import sys
from collections import deque
from collections.abc import Mapping

from wsinspect.model import Direction
from wsinspect.replay.performing import Act, End, SendClose
from wsinspect.replay.playing.conversation import Conversation
from wsinspect.replay.playing.kinds import shape_of_payload
from wsinspect.replay.playing.paces import PlayOptions, gate_of
from wsinspect.replay.playing.report import MOST_CAME, NO_MATCH, Closing, Outcome, Report
from wsinspect.replay.playing.steps import Step, Values, begins_message, recorded_close, step_of, steps_of, until_event
from wsinspect.replay.playing.waits import Heard, wait_of
from wsinspect.replay.recording import Event, Recording
from wsinspect.wire.frames import read_close
from wsinspect.wire.opcodes import CloseCode, Opcode

__all__ = ["PlayOptions", "Player", "Values"]


class _State(enum.Enum):
    PLAYING = enum.auto()
    LINGERING = enum.auto()
    CLOSING = enum.auto()
    """Our close was sent, or theirs has come."""
    READY = enum.auto()
    """All before `until` is done: it is for somebody else to go on."""
    OVER = enum.auto()


class Player:
    """Plays a recording, once.

    Args:
        recording: What to play; read exactly unless `options.plain`.
        side: Whose messages to send.
        options: How.
        values: What fills in values; None: everything goes as it was recorded.
        until: Index of an event before which to stop, without closing, once it could go; None: play all.
    """

    answers_pings = False

    def __init__(
        self,
        recording: Recording,
        side: Direction,
        options: PlayOptions | None = None,
        values: Values | None = None,
        until: int | None = None,
    ) -> None:
        self.wake_at: int | None = None
        self._options = options or PlayOptions()
        self._values = values
        self._side = side
        self._gate, conversation = gate_of(
            recording, side, self._options.pace, self._options.speed, values.needs if values else lambda _: ()
        )
        self._heartbeats, self._streams, self._answers = _unasked(conversation)
        by_rote = {event.index for events in self._answers.values() for event in events}
        planned = steps_of(recording, side, plain=self._options.plain, answers=by_rote)
        self._steps = planned.steps
        if until is not None:
            self._steps = until_event(planned.steps, recording, side, until)
        theirs_close, self._closes_first = recorded_close(recording, side)
        self._ours = recording.messages(side)
        self._other = "server" if side is Direction.C2S else "client"
        self.report = Report(
            planned=sum(step.event.is_message and bool(step.acts) for step in self._steps),
            expected=len(recording.messages(side.opposite)),
            remarks=[*recording.problems, *planned.remarks],
            recorded_close=theirs_close,
        )
        self._state = _State.PLAYING
        self._at = 0
        self._acts: deque[Act] = deque()
        self._progress: int | None = None
        """When something was last sent, or came that is in the recording."""
        self._came: deque[Heard] = deque(maxlen=MOST_CAME)
        """What was heard since the last message was sent."""
        self._sent = 0
        """How many messages of ours have begun, answers to heartbeats, too."""

    @property
    def is_ready(self) -> bool:
        """Whether all before `until` is done."""
        return self._state is _State.READY

    def next(self, now: int) -> Act | None:
        """Return what to do now."""
        self.wake_at = None
        if self._progress is None:
            self._progress = now
        while not self._acts:
            match self._state:
                case _State.PLAYING:
                    if not self._play(now):
                        return None
                case _State.LINGERING:
                    if not self._linger(now):
                        return None
                case _State.CLOSING:
                    if not self._has_passed(self._options.linger_ns, now):
                        return None
                    self._end(f"The {self._other} did not end the connection after the close.")
                case _:
                    return None
        act = self._acts.popleft()
        self._sent += begins_message(act)
        return act

    def heard(self, opcode: int, payload: bytes, now: int) -> None:
        """Take a message of the other side."""
        report = self.report
        report.heard += 1
        event, kind = self._gate.heard(opcode, payload, self._upcoming)
        report.matched.append(NO_MATCH if event is None else event.index)
        if event is not None and self._values is not None:
            self._values.heard(event, opcode, payload)
        if kind not in self._heartbeats:
            if event is None:
                report.count_extra(str(shape_of_payload(opcode, payload)))
            elif kind not in self._streams:
                self._progress = now
            self._came.append((self._sent + report.heard, opcode, payload, event))
        if kind in self._answers and self._state in (_State.PLAYING, _State.LINGERING, _State.READY):
            self._answer(self._answers[kind], event, now)

    def heard_control(self, opcode: int, payload: bytes, now: int) -> None:
        """Take a control frame: of interest is the other side's close."""
        if opcode != Opcode.CLOSE or self.report.closed is not None:
            return
        code, reason, _ = read_close(payload)
        self.report.closed = Closing(code, reason or "")
        if self._state is not _State.OVER:
            self._close_seen(now)

    def ended(self, now: int) -> None:  # noqa: ARG002 - the port's
        """Take the end of the connection."""
        self._state = _State.OVER
        if self.report.outcome is Outcome.RUNNING:
            was_lost = self._closes_first and self.report.recorded_close is None
            as_it_was = was_lost and self.report.sent == self.report.planned
            self.report.outcome = Outcome.PLAYED if as_it_was else Outcome.LOST
        self.report.never_came = self._gate.missing(None)
        self.report.not_listened_to = self._gate.not_listened_to()
        self.report.unsent = [event for event in self._ours if event.index >= self._upcoming or not event.complete]

    def stop(self) -> None:
        """Note that playing is ended from outside."""
        if self.report.outcome is Outcome.RUNNING:
            self.report.outcome = Outcome.STOPPED
        self._state = _State.OVER

    @property
    def _upcoming(self) -> int:
        """Index of the event that is to be sent next."""
        return self._steps[self._at].event.index if self._at < len(self._steps) else sys.maxsize

    def _play(self, now: int) -> bool:
        """Send the next message, if it may go; return whether there is anything to do."""
        if self._at == len(self._steps):
            self._state = _State.LINGERING
            return True
        step = self._steps[self._at]
        due = self._gate.due(step, now)
        if due is None:
            if not self._has_passed(self._options.wait_ns, now):
                return False
            self._run_out(step, now)
            return True
        if due > now:
            self.wake_at = self._progress = due
            return False
        if step.is_close and self._gate.lags(step) and not self._has_passed(self._options.linger_ns, now):
            return False  # who only listened to a stream did so for a while
        self._at += 1
        if not step.acts:
            self._state = _State.READY
            return True
        self._send(step, now)
        return True

    def _send(self, step: Step, now: int) -> None:
        event = step.event
        self._progress = now
        self._came.clear()
        if event.is_message:
            self.report.sent += 1
        elif step.is_close:
            self._state = _State.CLOSING
            self.report.outcome = Outcome.PLAYED
        self._acts.extend(self._written(step, now))

    def _written(self, step: Step, now: int) -> tuple[Act, ...]:
        if self._values is None or not step.event.is_message:
            return step.acts
        payload = self._values.written(step.event, now)
        return step.acts if payload == step.event.payload else step.with_payload(payload)

    def _answer(self, answers: tuple[Event, ...], event: Event | None, now: int) -> None:
        """Answer a heartbeat as the recording does: as it did this one, or else the last one."""
        behind = (answer for answer in answers if event is not None and answer.index > event.index)
        answer = next(behind, answers[-1])
        self.report.answered += 1
        self._acts.extend(self._written(step_of(answer, plain=self._options.plain), now))

    def _has_passed(self, time_ns: int, now: int) -> bool:
        """Tell whether nothing has come or gone for so long; else ask to be woken then."""
        assert self._progress is not None
        if now - self._progress >= time_ns:
            return True
        self.wake_at = self._progress + time_ns
        return False

    def _run_out(self, step: Step, now: int) -> None:
        self._note_wait(step, now)
        if self._options.keep_going:
            self._gate.forgive(step)
            self._progress = now
            return
        self.report.outcome = Outcome.RAN_OUT
        self._close(now)

    def _linger(self, now: int) -> bool:
        """Wait for what is still to come, then close; return whether there is anything to do."""
        over_at = self._gate.over_at()
        if now < over_at:
            self.wake_at = self._progress = over_at
            return False
        missing = self._gate.missing(None)
        if (missing or self._closes_first or self._gate.lags(None)) and not self._has_passed(
            self._options.linger_ns, now
        ):
            return False
        if missing:
            self._note_wait(None, now, missing)
        if self._closes_first:
            self.report.remarks.append(
                f"The {self._other} did not end the connection, as it did in the recording: we closed with 1000."
            )
        else:
            self.report.remarks.append("The recording has no close of the connection: we closed it with 1000.")
        self.report.outcome = Outcome.PLAYED
        self._close(now)
        return True

    def _close(self, now: int) -> None:
        self._state = _State.CLOSING
        self._progress = now
        self._acts.append(SendClose(CloseCode.NORMAL_CLOSURE))

    def _close_seen(self, now: int) -> None:
        """Make of the other side's close what it is: the answer to ours, as recorded, or too early."""
        report = self.report
        if self._state in (_State.PLAYING, _State.LINGERING, _State.READY):
            all_sent = report.sent == report.planned and self._state is not _State.READY
            report.outcome = Outcome.PLAYED if all_sent else Outcome.CLOSED
            if report.recorded_close is None or not self._closes_first:
                report.remarks.append(f"The {self._other} closed, as it did not in the recording.")
        self._acts.clear()
        self._state = _State.CLOSING
        self._progress = now

    def _end(self, remark: str) -> None:
        self.report.remarks.append(remark)
        self._state = _State.OVER
        self._acts.append(End())

    def _note_wait(self, step: Step | None, now: int, missing: list[Event] | None = None) -> None:
        assert self._progress is not None
        missing = self._gate.missing(step) if missing is None else missing
        self.report.waits.append(
            wait_of(None if step is None else step.event, missing, now - self._progress, self._came)
        )


def _unasked(
    conversation: Conversation | None,
) -> tuple[frozenset[int], frozenset[int], Mapping[int, tuple[Event, ...]]]:
    """Return the kinds of heartbeats and streams, and what answers them."""
    if conversation is None:
        return frozenset(), frozenset(), {}
    return conversation.heartbeats, conversation.streams, conversation.answers
