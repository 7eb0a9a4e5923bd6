"""A dry run: rules on recorded traffic, by the clock of the record.

It is fed with the sessions, messages and control frames of a capture in the order in which they were complete, and
gathers what the rules would have done. Nothing is sent, so what rules send of their own answers nothing and is asked
nothing. Where a rule ends a session, or a direction of it, what was recorded behind that would not have come: it is
left out, and counted.
"""

from __future__ import annotations

import enum
import heapq
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from wsinspect.model import (
    Completeness,
    Direction,
    Frame,
    HttpHead,
    Message,
    PerDirection,
    Session,
    SessionId,
    SessionState,
    Stage,
)
from wsinspect.rules.compile import RuleSet
from wsinspect.rules.findings import Findings, Spot
from wsinspect.rules.load import LoadedRules
from wsinspect.rules.reach import Reach, SessionReach
from wsinspect.rules.ruling import (
    Abort,
    Blackhole,
    CloseSession,
    Effect,
    HalfClose,
    HandshakeRuling,
    Ruling,
    ScriptAnswer,
    ScriptCall,
)
from wsinspect.rules.session_rules import SessionRules
from wsinspect.wire.decisions import Gathered, Modify, Oversize, Plan
from wsinspect.wire.opcodes import Opcode

ASSEMBLE_LIMIT_BYTES = 16 << 20
"""What an engine gathers of a message, unless told otherwise."""
_MOST_WAKES = 100_000
"""Of the timers of one session."""
_CONTROL = {Opcode.PING: "ping", Opcode.PONG: "pong", Opcode.CLOSE: "close"}


class Skip(enum.StrEnum):
    """Why something of the record was asked of no rule."""

    INCOMPLETE = "incomplete"
    """Its payload is cut short in the capture, or never came as a whole."""
    TOO_LARGE = "too_large"
    """No engine would have gathered it."""
    ENDED = "ended"
    """A rule would have ended the session, or its direction, before."""
    UNPLACED = "unplaced"
    """Its session is not on record, or was over."""


@dataclass(slots=True, eq=False)
class _Running:
    """A session that is open at this point of the record."""

    session: Session
    rules: SessionRules | None
    """None: no rule can touch it."""
    reach: SessionReach
    over: set[Direction] = field(default_factory=set)
    """What a rule has ended."""
    states: set[str] = field(default_factory=set)
    """That it was in."""
    due: int | None = None
    """When its timers are looked at."""
    wakes: int = 0


class Trial:
    """One dry run.

    Args:
        loaded: The rules.
        rules: The same, ready to run.
        examples: How many to keep of each rule, and how many failures and errors.
        script: Calls a user's function; None: there is none to be called.
        assemble_limit: Bytes of the largest message that is gathered.
    """

    def __init__(
        self,
        loaded: LoadedRules,
        rules: RuleSet,
        *,
        examples: int = 5,
        script: Callable[[ScriptCall], ScriptAnswer] | None = None,
        assemble_limit: int = ASSEMBLE_LIMIT_BYTES,
    ) -> None:
        self._rules = rules
        self._reach = Reach(loaded.rules)
        self._script = script
        self._assemble_limit = assemble_limit
        self._running: dict[SessionId, _Running] = {}
        self._due: list[tuple[int, bool, SessionId]] = []
        self.findings = Findings(loaded, examples)
        self.skipped: Counter[Skip] = Counter()
        """Messages and control frames."""
        self.sessions = 0
        self.messages = 0
        """That rules could have been asked about."""
        self.stopped_timers = 0
        """Sessions in which timers went off too often to go on."""

    def session(self, session: Session) -> None:
        """Begin a session: ask about its handshake, and its opening."""
        self._advance(session.opened)
        self.sessions += 1
        rules = self._rules.session(_before_the_handshake(session))
        running = _Running(session, rules, self._reach.of(session))
        if not self._handshake(running) or session.state not in (SessionState.OPEN, SessionState.CLOSED):
            return
        self._running[session.id] = running
        if session.closed is not None:
            # Behind everything of its last moment.
            heapq.heappush(self._due, (session.closed + 1, True, session.id))
        if running.rules is not None:
            self.findings.ask(running.reach.asked("open"))
            self._take(running, Spot("open", session.id, session.opened), running.rules.opened(session.opened))

    def message(self, message: Message) -> None:
        """Ask about a message."""
        self._advance(message.end)
        running = self._open(message.session, message.direction)
        if running is None:
            return
        if message.truncated or message.completeness in (Completeness.ARRIVING, Completeness.CUT_OFF):
            self.skipped[Skip.INCOMPLETE] += 1
            return
        self.messages += 1
        rules = running.rules
        if rules is None or not (message.source or rules.wants(message.direction)[0]):
            return
        if message.size > self._assemble_limit:
            self.skipped[Skip.TOO_LARGE] += 1
            if rules.oversized(message.direction, message.opcode, message.end) is Oversize.CLOSE:
                running.over.update(Direction)
            return
        self.findings.ask(running.reach.asked("message", message.direction, message.source))
        gathered = Gathered(message.direction, message.number, message.opcode, message.payload, message.end)
        spot = Spot("message", message.session, message.end, message.number, direction=message.direction)
        ruling = rules.judge(gathered, message.end, message.source)
        self._take(running, spot, ruling, message.payload, of_text=message.opcode == Opcode.TEXT)

    def control(self, frame: Frame) -> None:
        """Ask about a ping, pong or close frame; others, and what was sent instead of one, are passed over."""
        event = _CONTROL.get(Opcode(frame.opcode)) if frame.opcode in Opcode else None
        if event is None or frame.stage is Stage.SENT:
            return
        self._advance(frame.time)
        running = self._open(frame.session, frame.direction)
        if running is None or running.rules is None or not running.rules.wants(frame.direction)[1]:
            return
        if frame.truncated or frame.completeness is not Completeness.COMPLETE:
            self.skipped[Skip.INCOMPLETE] += 1
            return
        self.findings.ask(running.reach.asked(event, frame.direction, frame.source))
        spot = Spot(event, frame.session, frame.time, frame=frame.seq, direction=frame.direction)
        ruling = running.rules.control(frame.direction, frame.opcode, frame.payload, frame.time, frame.source)
        self._take(running, spot, ruling, frame.payload, of_text=False)

    def finish(self, now: int) -> None:
        """Let timers go off up to the end of the record, and count up."""
        self._advance(now)
        self.findings.finish(self._rules.statuses())

    # -- the clock

    def _advance(self, now: int) -> None:
        """Let timers go off, and sessions end, that come before a moment or at it."""
        while self._due and self._due[0][0] <= now:
            due, ends, number = heapq.heappop(self._due)
            running = self._running.get(number)
            if running is None:
                continue
            if ends:
                del self._running[number]
            elif running.due == due:
                running.due = None
                self._wake(running, due)

    def _wake(self, running: _Running, now: int) -> None:
        """Let timers of a session go off, where they still want to."""
        rules = running.rules
        if rules is None or len(running.over) == len(Direction):
            return
        if rules.wake_at == now:
            running.wakes += 1
            if running.wakes == _MOST_WAKES:
                self.stopped_timers += 1
                return
            self._take(running, Spot("timer", running.session.id, now), rules.wake(now))
        self._wake_later(running)

    def _wake_later(self, running: _Running) -> None:
        wake_at = None if running.rules is None or running.wakes == _MOST_WAKES else running.rules.wake_at
        # One that is to be looked at earlier is put off then: else each message would leave one behind.
        if wake_at is not None and (running.due is None or wake_at < running.due):
            running.due = wake_at
            heapq.heappush(self._due, (wake_at, False, running.session.id))

    def _open(self, number: SessionId, direction: Direction) -> _Running | None:
        running = self._running.get(number)
        if running is None or direction in running.over:
            self.skipped[Skip.UNPLACED if running is None else Skip.ENDED] += 1
            return None
        return running

    # -- what rules want

    def _handshake(self, running: _Running) -> bool:
        """Ask about both heads; return whether the session comes to be."""
        session, rules = running.session, running.rules
        if rules is None:
            return True
        if session.request is not None:
            self.findings.ask(running.reach.asked("handshake_request"))
            spot = Spot("handshake_request", session.id, session.opened, direction=Direction.C2S)
            ruling = rules.handshake_request(session.request, session.opened)
            if ruling is not None and not self._take_head(running, spot, session.request, ruling):
                return False
        rules.update(_after_the_handshake(session))
        if session.response is not None:
            self.findings.ask(running.reach.asked("handshake_response"))
            spot = Spot("handshake_response", session.id, session.opened, direction=Direction.S2C)
            ruling = rules.handshake_response(session.response, session.opened)
            if ruling is not None and not self._take_head(running, spot, session.response, ruling):
                return False
        return True

    def _take_head(self, running: _Running, spot: Spot, head: HttpHead, ruling: HandshakeRuling) -> bool:
        before, after = head_text(head).encode("utf-8", "replace"), head_text(ruling.head).encode("utf-8", "replace")
        self.findings.add(spot, ruling.hits, ruling.errors, ruling.effects, before=before, after=after)
        if ruling.mock is not None:
            # What the server of the record said, it would not have said.
            running.over.add(Direction.S2C)
        return ruling.reject is None and not ruling.abort

    def _take(
        self, running: _Running, spot: Spot, ruling: Ruling | None, payload: bytes = b"", *, of_text: bool = True
    ) -> None:
        while ruling is not None and ruling.script is not None:
            assert self._script is not None, "scripts are not allowed"
            assert ruling.resume is not None
            ruling = ruling.resume(self._script(ruling.script), spot.time)
        if ruling is not None:
            after = _sent(ruling, payload)
            self.findings.add(
                spot, ruling.hits, ruling.errors, ruling.effects, of_text=of_text, before=payload, after=after
            )
            running.over |= _ended(ruling.effects)
        self._look_at_state(running)
        self._wake_later(running)

    def _look_at_state(self, running: _Running) -> None:
        if running.rules is not None and (state := running.rules.state) not in running.states:
            running.states.add(state)
            self.findings.states[state] += 1


def head_text(head: HttpHead) -> str:
    """Write a head as it is on the wire."""
    first = (
        f"{head.method} {head.target} {head.http_version}"
        if head.status is None
        else f"{head.http_version} {head.status} {head.reason or ''}".rstrip()
    )
    return "\n".join([first, *(f"{name}: {value}" for name, value in head.headers)])


def _before_the_handshake(session: Session) -> Session:
    """Take away what was not known when it began."""
    nothing = PerDirection()
    return replace(
        _after_the_handshake(session), status=None, response=None, subprotocol=None, extensions=None, tls_server=None,
        server=None, frames=nothing, messages=nothing, bytes=nothing,
    )  # fmt: skip


def _after_the_handshake(session: Session) -> Session:
    """Take away what was not known when it opened."""
    return replace(
        session,
        state=SessionState.OPEN,
        protocol=None,
        closed=None,
        close=None,
        ends=(),
        error=None,
        tags=(),
        note=None,
    )


def _sent(ruling: Ruling, payload: bytes) -> bytes:
    decision = ruling.decision.outcome if isinstance(ruling.decision, Plan) else ruling.decision
    return decision.payload if isinstance(decision, Modify) else payload


def _ended(effects: Sequence[Effect]) -> set[Direction]:
    """Return the directions in which nothing passes any more."""
    ended: set[Direction] = set()
    for effect in effects:
        match effect:
            case Abort() | CloseSession():
                # RFC 6455 5.5.1: who gets a close frame answers it, and sends nothing more.
                ended |= set(Direction)
            case Blackhole():
                ended |= set(effect.directions)
            case HalfClose():
                ended.add(effect.direction)
            case _:
                pass
    return ended
