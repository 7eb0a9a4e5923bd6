"""What rules and people do to one session: the judge of its two directions, and what is held.

Theory of operation. The relay asks the judge of a direction while it is busy with bytes; what the ruling wants besides
a decision is carried out by `session_effects`, once the relay has finished (`Carrier.later`). A message that a
breakpoint, a rule's `hold` or a running script concerns is on hold in the relay until somebody decides. A direction has
a judge only while a rule or a breakpoint wants its messages: the others pass.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from wsinspect.engine.carrier import Carrier
from wsinspect.engine.performances import Performances
from wsinspect.engine.session_effects import House, SessionEffects
from wsinspect.engine.session_recorder import SessionRecorder
from wsinspect.engine.steered import Held, Notice, NoticeKind
from wsinspect.errors import EngineError
from wsinspect.model import Direction, Message, Source, Verdict
from wsinspect.query import Neighbours
from wsinspect.rules import ruling as wants
from wsinspect.rules.session_rules import SessionRules
from wsinspect.wire.decisions import Decision, Drop, Forward, Gathered, Hold, Judge, Modify, Outcome, Oversize, Plan
from wsinspect.wire.frames import encode_close
from wsinspect.wire.opcodes import Opcode
from wsinspect.wire.relay import Relay, Writes
from wsinspect.wire.sending import Injection

logger = logging.getLogger(__name__)

type Operation = Callable[[Relay, int], Writes]

MOST_IN_A_ROW = 100
"""Messages that rules make of a message of ours, and of those, which rules are asked about."""
_FORWARD = Forward()
_HOLD = Hold()
_DROP = Drop()


@dataclass(slots=True)
class _Held:
    direction: Direction
    opcode: int
    size: int
    since: int
    by: str
    modified: Modify | None = None


class SessionControl:
    """Steers one session.

    Args:
        house: The engine's.
        recorder: The record of the session.
        rules: Those that can touch it; None: none can.
    """

    def __init__(self, house: House, recorder: SessionRecorder, rules: SessionRules | None) -> None:
        self.recorder = recorder
        self.rules = rules
        self._house = house
        self._carrier: Carrier | None = None
        self._judges = {direction: _Judge(self, direction) for direction in Direction}
        self._held: dict[int, _Held] = {}
        self._scripts: dict[asyncio.Task[None], int] = {}
        """Calls of users' functions that run, with the number of the message."""
        self._effects = SessionEffects(self, house)
        self._performances = Performances(self, house)
        self._mocked = False
        self._last: dict[Direction, int] = {}
        """When the last message came, while breakpoints look at them."""
        recorder.on_decided = self._decided
        recorder.on_over = self.over

    @property
    def id(self) -> int:
        """The session's number."""
        return int(self.recorder.session.id)

    @property
    def open(self) -> bool:
        """Whether its bytes are being carried."""
        return self._carrier is not None and not self._carrier.finished

    # ---- its life

    def attach(self, carrier: Carrier) -> None:
        """Begin: the upgrade was agreed."""
        self._carrier = carrier
        carrier.on_full = self._full
        if self._mocked and self.rules is not None and self.rules.may_replay:
            self._performances.stand_in(carrier)
        self._house.tell(self.notice(NoticeKind.SESSION, "open"))
        if self.rules is not None:
            self.rules.update(self.recorder.session)
            # The endpoints are there once the layer has started.
            asyncio.get_running_loop().call_soon(self._opened)
        self._performances.attach(carrier)
        self.refresh()

    def obey_handshake(self, ruling: wants.HandshakeRuling) -> None:
        """Do what a ruling on the upgrade wants besides changing it."""
        self._mocked = ruling.mock is not None
        self._effects.obey(wants.Ruling(effects=ruling.effects, hits=ruling.hits, errors=ruling.errors), None)

    def set_rules(self, rules: SessionRules | None) -> None:
        """Put other rules in place, from each direction's next message on."""
        self.rules = rules
        self.refresh()
        self._effects.set_alarm()

    def refresh(self) -> None:
        """Judge the directions that a rule or a breakpoint wants, and only them."""
        if self._carrier is None:  # `attach` sees to it
            return
        for direction, judge in self._judges.items():
            if judge.look():
                self._operate(_judging(direction, judge if judge.wanted else None))

    def over(self) -> None:
        """The session has ended."""
        for task in list(self._scripts):
            task.cancel()
        self._effects.stop()
        self._performances.stop()
        for number in list(self._held):
            self._decided(number, Verdict.NOT_SENT)
        self._house.tell(self.notice(NoticeKind.SESSION, self.recorder.session.state.name.lower()))

    def perform(self, wanted: wants.Replay) -> None:
        """Play a recording."""
        self._performances.begin(wanted)

    def _opened(self) -> None:
        if self.rules is not None and self._carrier is not None:
            self._effects.obey(self.rules.opened(self._house.clock()), None)
            self._effects.set_alarm()
            self.settle()

    # ---- what people do

    def held(self) -> Sequence[Held]:
        """List the messages that wait for a person."""
        return [
            Held(
                self.id, number, held.direction, held.opcode if held.modified is None else held.modified.opcode,
                held.size if held.modified is None else len(held.modified.payload), held.since, held.by,
                held.modified is not None,
            )
            for number, held in self._held.items()
        ]  # fmt: skip

    def held_payload(self, number: int) -> tuple[int, bytes]:
        """Return the opcode and the payload of a held message, as it would go now."""
        held = self._find(number)
        if held.modified is not None:
            return held.modified.opcode, held.modified.payload
        found: list[bytes] = []

        def read(relay: Relay, _: int) -> Writes:
            found.append(relay.payload_of(held.direction, number))
            return b"", b""

        self._operate(read)
        return held.opcode, found[0]

    def edit(self, number: int, payload: bytes, opcode: int | None) -> None:
        """Put another payload in place of a held message's."""
        held = self._find(number)
        opcode = opcode or (held.opcode if held.modified is None else held.modified.opcode)
        if opcode == Opcode.TEXT:
            check_text(payload)
        held.modified = Modify(payload, opcode, Source.USER)

    def release(self, number: int) -> None:
        """Let a held message go on."""
        held = self._find(number)
        self._decide(held.direction, number, held.modified or _FORWARD)

    def drop(self, number: int) -> None:
        """Let a held message go nowhere."""
        self._decide(self._find(number).direction, number, Drop(Source.USER))

    def inject(self, direction: Direction, frame: Injection) -> None:
        """Send a frame of our own; rules that ask for such see it first.

        Raises:
            EngineError: It cannot be sent.
        """
        if not self.open:
            raise EngineError(f"session {self.id} is not open")
        try:
            for one in self._offered(direction, frame):
                self._operate(_sending(direction, one))
        except (ValueError, OverflowError) as error:
            raise EngineError(f"the frame cannot be sent: {error}") from error
        self.settle()

    def soon(self, rule: str, direction: Direction, frame: Injection) -> None:
        """Send a frame that a rule of another session wants to be sent here, once that session is through."""

        def send() -> None:
            try:
                self.inject(direction, frame)
            except EngineError as error:
                self._house.blame(rule, str(error), self.id)

        if self._carrier is not None:
            self._carrier.soon(send)

    def close(self, directions: Sequence[Direction], code: int | None, reason: str, source: Source) -> None:
        """Send close frames; what the peers send in those directions after it goes no further."""
        payload = b"" if code is None else encode_close(code, reason)
        for direction in directions:
            self._operate(_sending(direction, Injection(Opcode.CLOSE, payload, source=source)))
            self.mute(direction, Verdict.NOT_SENT)
        if self._carrier is not None and not self._carrier.finished:
            self._carrier.close_soon()

    def abort(self) -> None:
        """Reset both connections."""
        if self._carrier is not None and not self._carrier.finished:
            self._carrier.abort()

    def mute(self, direction: Direction, verdict: Verdict) -> None:
        """Send nothing more of a peer on."""
        if self._carrier is not None:
            self._carrier.mute(direction, verdict)

    def half_close(self, direction: Direction) -> None:
        """End the connection to the receiver of a direction."""
        if self._carrier is not None and not self._carrier.finished:
            self._carrier.half_close(direction)

    # ---- judging, while the relay is busy

    def _offered(self, direction: Direction, frame: Injection) -> Iterator[Injection]:
        """Offer a frame of our own to the rules that ask for such; yield what is to be sent instead of it.

        Those rules may send more, and ask for that too: after many, it goes without their being asked.
        """
        waiting = [frame]
        asked = 0
        while waiting:
            frame = waiting.pop(0)
            ruling = None
            data = frame.fin and frame.opcode in (Opcode.TEXT, Opcode.BINARY)
            if self.rules is not None and data and asked < MOST_IN_A_ROW:
                seen = Gathered(direction, 0, frame.opcode, frame.payload, self._house.clock())
                ruling = self.rules.judge(seen, seen.time, frame.source)
            if ruling is None:
                yield frame
                continue
            self._effects.obey(ruling, None)
            asked += 1
            if asked == MOST_IN_A_ROW and ruling.hits:
                text = f"rules answer each other: after {MOST_IN_A_ROW} messages in a row they are not asked"
                self._house.blame(ruling.hits[-1].rule, text, self.id)
            plan = ruling.decision if isinstance(ruling.decision, Plan) else Plan(ruling.decision)
            if isinstance(plan.outcome, Modify):
                yield Injection(plan.outcome.opcode, plan.outcome.payload, source=frame.source)
            elif not isinstance(plan.outcome, Drop):
                yield frame
            waiting += plan.then

    def judge(self, message: Gathered, *, breakpoints: bool) -> Decision:
        """Decide on a message of a peer."""
        if message.direction in self._effects.cut:
            return _DROP
        if message.direction in self._performances.heard_directions:
            self._performances.heard(message.direction, message.opcode, message.payload)
        ruling = None if self.rules is None else self.rules.judge(message, message.time)
        if ruling is None:
            return self._meet_breakpoint(message, _FORWARD) if breakpoints else _FORWARD
        if ruling.script is not None:
            self._call(message, ruling)
            return _HOLD
        self._effects.obey(ruling, message.number)
        return self._hold_or(message, ruling, breakpoints=breakpoints)

    def control_frame(self, direction: Direction, opcode: int, payload: bytes, now: int) -> Outcome:
        """Decide on a ping, pong or close frame."""
        ruling = None if self.rules is None else self.rules.control(direction, opcode, payload, now)
        if ruling is None:
            return _FORWARD
        self._effects.obey(ruling, None)
        assert isinstance(ruling.decision, Forward | Modify | Drop), "a control frame is decided on at once"
        return ruling.decision

    def oversized(self, direction: Direction, opcode: int, now: int) -> Oversize:
        """Decide on a message that is too large to be gathered."""
        decided = Oversize.FORWARD if self.rules is None else self.rules.oversized(direction, opcode, now)
        if decided is Oversize.CLOSE:
            self._effects.cut.update(Direction)
            self.later(lambda: self.close(list(Direction), 1009, "message too large for a rule", Source.RULE))
        return decided

    def _hold_or(self, message: Gathered, ruling: wants.Ruling, *, breakpoints: bool) -> Decision:
        decision = ruling.decision
        if isinstance(decision, Plan) and decision.then:
            sent = [one for frame in decision.then for one in self._offered(message.direction, frame)]
            decision = replace(decision, then=tuple(sent))
        outcome = decision.outcome if isinstance(decision, Plan) else decision
        if isinstance(outcome, Hold):
            by = next((hit.rule for hit in reversed(ruling.hits) if hit.action == "hold"), "")
            self._hold(message, f"rule {by}", outcome.modified)
            return decision
        if isinstance(outcome, Drop) or not breakpoints:
            return decision
        return self._meet_breakpoint(message, decision)

    def _meet_breakpoint(self, message: Gathered, decision: Decision) -> Decision:
        session = self.recorder.session
        before, self._last[message.direction] = self._last.get(message.direction), message.time
        record = Message(
            0, session.id, message.number, message.time, message.time, message.direction, message.opcode, (),
            len(message.payload), len(message.payload), message.payload,
        )  # fmt: skip
        gap = None if before is None else message.time - before
        by = self._house.stops_at(record, session, Neighbours(gap_ns=gap))
        if by is None:
            return decision
        outcome = decision.outcome if isinstance(decision, Plan) else decision
        self._hold(message, by, outcome if isinstance(outcome, Modify) else None)
        if isinstance(decision, Plan):
            return Plan(_HOLD, decision.not_before, decision.behind, decision.copies, decision.then)
        return _HOLD

    def _hold(self, message: Gathered, by: str, modified: Modify | None) -> None:
        size, now = len(message.payload), self._house.clock()
        self._held[message.number] = _Held(message.direction, message.opcode, size, now, by, modified)
        self._house.tell(self.notice(NoticeKind.HELD, by, message.number))

    # ---- scripts

    def _call(self, message: Gathered, ruling: wants.Ruling) -> None:
        task = asyncio.get_running_loop().create_task(self._run_script(message, ruling))
        self._scripts[task] = message.number
        task.add_done_callback(lambda done: self._scripts.pop(done, None))

    async def _run_script(self, message: Gathered, ruling: wants.Ruling) -> None:
        """Call users' functions until the rules are through with a message, then let it go on."""
        try:
            while ruling.script is not None and ruling.resume is not None:
                answer = await self._house.call_script(ruling.script)
                ruling = ruling.resume(answer, self._house.clock())
            self._effects.obey(ruling, message.number)
            decision = self._hold_or(message, ruling, breakpoints=self._house.has_breakpoints)
        except Exception:
            logger.exception("rules failed on message %d.%d: it goes on as it came", self.id, message.number)
            decision = _FORWARD
        plan = decision if isinstance(decision, Plan) else Plan(decision)
        if isinstance(plan.outcome, Hold):
            self.settle()
            return
        # It may have been given up meanwhile: its receiver is gone.
        with suppress(LookupError):
            self._carry_on(message, plan, plan.outcome)

    def _carry_on(self, message: Gathered, plan: Plan, outcome: Outcome) -> None:
        """Let a message go on that waited for a script."""
        direction, number = message.direction, message.number
        self._operate(lambda relay, now: relay.decide(direction, number, outcome, now, not_before=plan.not_before))
        sent = outcome if isinstance(outcome, Modify) else Modify(message.payload, message.opcode)
        copies = [Injection(sent.opcode, sent.payload, source=Source.RULE)] * plan.copies
        for frame in (*copies, *plan.then):
            self._operate(_sending(direction, frame, queued=True))

    # ---- helpers

    def later(self, work: Callable[[], None]) -> None:
        """Do something when the relay is at rest."""
        if self._carrier is not None:
            self._carrier.later(work)

    def settle(self) -> None:
        """Do what was put off, the relay being at rest."""
        if self._carrier is not None:
            self._carrier.settle()

    def _operate(self, action: Operation) -> None:
        if self._carrier is not None:
            self._carrier.operate(action)

    def _decide(self, direction: Direction, number: int, outcome: Outcome) -> None:
        self._operate(lambda relay, now: relay.decide(direction, number, outcome, now))

    def _find(self, number: int) -> _Held:
        held = self._held.get(number)
        if held is None:
            raise EngineError(f"message {self.id}.{number} is not held", hint="'held' lists those that are")
        return held

    def _decided(self, number: int, verdict: Verdict) -> None:
        if self._held.pop(number, None) is not None:
            self._house.tell(self.notice(NoticeKind.RELEASED, verdict.name.lower(), number))

    def _full(self, direction: Direction, full: bool) -> None:
        text = "too much is held: its sender is not read from" if full else "its sender is read from again"
        self._house.tell(self.notice(NoticeKind.LIMIT, f"{direction.label}: {text}"))
        logger.warning("session %d, %s: %s", self.id, direction.label, text)
        if full:
            self.recorder.annotate(f"{direction.label}: --hold-limit was reached; reading stopped, pings with it")

    def notice(self, kind: NoticeKind, text: str, message: int | None = None, rule: str | None = None) -> Notice:
        """Make a notice about the session, or a message of it."""
        return Notice(kind, self._house.clock(), text, self.id, message, rule)


class _Judge:
    """The judge of one direction: implements `wire.decisions.Judge`."""

    def __init__(self, control: SessionControl, direction: Direction) -> None:
        self.wants_messages = False
        self.wants_control = False
        self._control = control
        self._direction = direction
        self._breakpoints = False

    @property
    def wanted(self) -> bool:
        """Whether there is anything for it to do."""
        return self.wants_messages or self.wants_control

    def look(self) -> bool:
        """See what rules and breakpoints want now; return whether the relay has to be told."""
        control, before = self._control, (self.wants_messages, self.wants_control)
        self._breakpoints = control._house.has_breakpoints
        messages, frames = (False, False) if control.rules is None else control.rules.wants(self._direction)
        heard = self._direction in control._performances.heard_directions
        self.wants_messages, self.wants_control = messages or self._breakpoints or heard, frames
        return before != (self.wants_messages, self.wants_control)

    def judge(self, message: Gathered) -> Decision:
        return self._control.judge(message, breakpoints=self._breakpoints)

    def control(self, direction: Direction, opcode: int, payload: bytes, now: int) -> Outcome:
        return self._control.control_frame(direction, opcode, payload, now)

    def oversized(self, direction: Direction, number: int, opcode: int, now: int) -> Oversize:  # noqa: ARG002 - the port's
        return self._control.oversized(direction, opcode, now)


def _judging(direction: Direction, judge: Judge | None) -> Operation:
    return lambda relay, now: relay.set_judge(direction, judge, now)


def _sending(direction: Direction, frame: Injection, *, queued: bool = False) -> Operation:
    return lambda relay, now: relay.inject(direction, frame, now, queued=queued)


def check_text(payload: bytes) -> None:
    """Refuse a text that no peer would take.

    Raises:
        EngineError: It is no valid UTF-8.
    """
    try:
        payload.decode()
    except UnicodeDecodeError as error:
        raise EngineError(
            f"a text message has to be valid UTF-8; byte {error.start} is not",
            hint="send it as a binary message: type=binary",
        ) from error
