"""Plays the client of a fuzzing connection: the set-up, then variations in place of the message, listening after each.

Theory of operation. Phases follow each other: SETUP (another performer plays what comes before the message), NEXT (a
variation is taken), FIRE (its acts go), LISTEN (until the answer and a little more has come, or the time is over),
PROBE (after silence a ping tells whether anybody is there), then NEXT again, or LEAVE (a close frame, and a moment for
the answer to it). What ends the connection ends the variation that is at work; what was not sent stays in `left`.
The set-up goes on hearing everything, so that it answers heartbeats.
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from wsinspect.replay.fuzz.outcome import KEPT_BYTES, Fate, Outcome, Reply
from wsinspect.replay.fuzz.variation import Expected, Variation
from wsinspect.replay.performing import Act, End, Performer, SendClose, SendFrame, SendMessage
from wsinspect.replay.shape import ALIKE, Shape, likeness
from wsinspect.wire.frames import encode_header, read_close
from wsinspect.wire.opcodes import Opcode

PING = b"wsinspect"
_PING_KEY = b"wsin"
_GOODBYE = SendClose(1000)
_GOODBYE_NS = 500_000_000
"""For the answer to it."""
_MOST_REPLIES = 100
_MOST_KEPT_BYTES = 64 << 10
"""Of all replies to a variation."""


class SetUp(Performer, Protocol):
    """Plays what comes before the message; `player.Player` with `until`."""

    @property
    def is_ready(self) -> bool:
        """Whether the message may go."""
        ...


@dataclass(frozen=True, slots=True)
class Listening:
    """How to listen after a variation."""

    listen_ns: int = 2_000_000_000
    """At most so long."""
    settle_ns: int = 50_000_000
    """So long after an answer, for what comes behind it."""
    probe_ns: int = 1_000_000_000
    """For the answer to a ping."""
    gap_ns: int = 0
    """Between two variations on one connection."""
    answers: frozenset[Shape] = frozenset()
    """What answers the message."""
    background: frozenset[Shape] = frozenset()
    """What else comes anyway, and is no answer."""
    early: bool = True
    """Whether to stop listening after an answer."""

    def answered_by(self, shape: Shape) -> bool:
        """Tell whether a message may be an answer."""
        return _is_among(shape, self.answers) or not _is_among(shape, self.background)


def _is_among(shape: Shape, shapes: Iterable[Shape]) -> bool:
    return any(likeness(shape, one) >= ALIKE for one in shapes)


@dataclass(frozen=True, slots=True)
class Shot:
    """A variation that is to be sent."""

    number: int
    variation: Variation


class _Phase(enum.Enum):
    SETUP = enum.auto()
    NEXT = enum.auto()
    FIRE = enum.auto()
    LISTEN = enum.auto()
    PROBE = enum.auto()
    LEAVE = enum.auto()
    OVER = enum.auto()


class Shooter:
    """Plays the client; a `Performer`.

    Args:
        make: Returns the acts of a variation of the message as it would go at a time.
        shots: What to send in its place, one after another.
        listening: How to listen.
        setup: Plays what comes before the message; None: nothing does.
        explain: Says why the set-up did not get there.
    """

    answers_pings = False

    def __init__(
        self,
        make: Callable[[Variation, int], Sequence[Act]],
        shots: Iterable[Shot],
        listening: Listening,
        setup: SetUp | None = None,
        explain: Callable[[], str] = lambda: "",
    ) -> None:
        self.outcomes: list[Outcome] = []
        self.left = deque(shots)
        """What was not sent yet."""
        self.wake_at: int | None = None
        self._make = make
        self._listening = listening
        self._setup = setup
        self._explain = explain
        self._phase = _Phase.NEXT if setup is None else _Phase.SETUP
        self._acts: deque[Act] = deque()
        self._outcome: Outcome | None = None
        """Of the variation at work."""
        self._deadline: int | None = None
        self._spoilt = False
        """Whether the variation may have made the connection useless for others."""

    # ---- Performer

    def next(self, now: int) -> Act | None:
        """Return what to do now."""
        while True:
            phase = self._phase
            act = self._act(now)
            if act is not None or phase is self._phase:
                self.wake_at = self._when()
                return act

    def heard(self, opcode: int, payload: bytes, now: int) -> None:
        """Take a message of the server."""
        if self._setup is not None:
            self._setup.heard(opcode, payload, now)
        outcome = self._outcome
        if outcome is None or len(outcome.replies) == _MOST_REPLIES:
            return
        kept = sum(len(reply.payload) for reply in outcome.replies)
        reply = Reply.of(opcode, payload, now - outcome.sent_at, max(min(KEPT_BYTES, _MOST_KEPT_BYTES - kept), 0))
        if not self._listening.answered_by(reply.shape):
            return
        self._outcome = replace(outcome, replies=(*outcome.replies, reply))
        if self._deadline is not None and not outcome.replies and self._listening.early:
            settled = now + self._listening.settle_ns
            self._deadline = settled if self._phase is _Phase.PROBE else min(self._deadline, settled)

    def heard_control(self, opcode: int, payload: bytes, now: int) -> None:
        """Take a control frame of the server."""
        if self._setup is not None:
            self._setup.heard_control(opcode, payload, now)
        if opcode == Opcode.CLOSE:
            self._closed(payload, now)
        elif opcode == Opcode.PONG and payload == PING and self._phase is _Phase.PROBE:
            assert self._outcome is not None
            self._outcome = replace(self._outcome, answers_pings=True)
            self._deadline = now

    def ended(self, now: int) -> None:
        """Take the end of the connection."""
        if self._setup is not None:
            self._setup.ended(now)
        if self._phase is _Phase.SETUP:
            self._fail("the connection was lost during the set-up")
        elif self._outcome is not None:
            self._finish(replace(self._outcome, fate=Fate.LOST, ended_after=now - self._outcome.sent_at))
        self._phase, self.wake_at = _Phase.OVER, None

    def _closed(self, payload: bytes, now: int) -> None:
        code, reason, _ = read_close(payload)
        if self._phase is _Phase.SETUP:
            self._fail(f"the server closed with {code or 'no code'} {reason or ''}".rstrip() + " during the set-up")
        elif self._outcome is not None:
            after = now - self._outcome.sent_at
            closed = replace(
                self._outcome, fate=Fate.CLOSED, close_code=code, close_reason=reason or "", ended_after=after
            )
            self._finish(closed)
        if self._phase is not _Phase.LEAVE:
            self._leave(now, None)  # the connection answers it

    # ---- phases

    def _when(self) -> int | None:
        if self._setup is None or self._setup.wake_at is None or self._phase in (_Phase.LEAVE, _Phase.OVER):
            return self._deadline
        return self._setup.wake_at if self._deadline is None else min(self._setup.wake_at, self._deadline)

    def _act(self, now: int) -> Act | None:
        """Do what the phase asks for: return an act, or change the phase, or wait."""
        late = self._deadline is not None and now >= self._deadline
        match self._phase:
            case _Phase.SETUP:
                return self._set_up(now)
            case _Phase.NEXT if late or self._deadline is None:
                self._load(now)
            case _Phase.FIRE:
                return self._fire(now)
            case _Phase.LISTEN if late:
                return self._probe(now)
            case _Phase.PROBE if late:
                assert self._outcome is not None
                there = bool(self._outcome.answers_pings or self._outcome.replies)
                self._finish(replace(self._outcome, answers_pings=there))
                self._go_on(now, gone=not there)
            case _Phase.LEAVE if self._acts:
                return self._acts.popleft()
            case _Phase.LEAVE if late:
                self._phase, self._deadline = _Phase.OVER, None
                return End(reset=True)  # who does not answer a close is not waited for any longer
            case _Phase.NEXT | _Phase.LISTEN | _Phase.PROBE:
                return self._heartbeat(now)
            case _:
                pass
        return None

    def _set_up(self, now: int) -> Act | None:
        assert self._setup is not None
        act = self._setup.next(now)
        if self._setup.is_ready:
            self._phase = _Phase.NEXT
        elif isinstance(act, End | SendClose):
            # It does so where what it waits for does not come.
            self._fail(self._explain() or "the set-up did not get to the message")
            self._leave(now)
            return None
        return act

    def _heartbeat(self, now: int) -> Act | None:
        return None if self._setup is None else self._setup.next(now)

    def _load(self, now: int) -> None:
        """Take the next variation."""
        while self.left:
            shot = self.left.popleft()
            try:
                self._acts = deque(self._make(shot.variation, now))
            except ValueError as error:
                self.outcomes.append(Outcome(shot.number, Fate.UNWRITABLE, trouble=str(error)))
                continue
            size = sum(len(act.payload) for act in self._acts if isinstance(act, SendMessage | SendFrame))
            self._outcome = Outcome(shot.number, Fate.OPEN, sent_at=now, sent_bytes=size)
            self._spoilt = shot.variation.expected is not Expected.ANSWER
            self._phase, self._deadline = _Phase.FIRE, None
            return
        self._leave(now)

    def _fire(self, now: int) -> Act | None:
        assert self._outcome is not None
        if self._acts:
            self._outcome = replace(self._outcome, sent_at=now)
            return self._acts.popleft()
        answered = self._outcome.replies and self._listening.early
        patience = self._listening.settle_ns if answered else self._listening.listen_ns
        self._phase, self._deadline = _Phase.LISTEN, now + patience
        return None

    def _probe(self, now: int) -> Act | None:
        """End the listening: where nothing came, ask whether anybody is there."""
        assert self._outcome is not None
        if self._outcome.replies:
            self._finish(self._outcome)
            self._go_on(now)
            return None
        self._phase, self._deadline = _Phase.PROBE, now + self._listening.probe_ns
        return SendFrame(encode_header(Opcode.PING, len(PING), mask_key=_PING_KEY), PING)

    def _go_on(self, now: int, *, gone: bool = False) -> None:
        """Go on to the next variation; what may have spoilt the connection was the last one on it."""
        if gone:
            self._phase, self._deadline = _Phase.LEAVE, now
        elif self._spoilt or not self.left:
            self._leave(now)
        else:
            self._phase, self._deadline = _Phase.NEXT, now + self._listening.gap_ns

    def _leave(self, now: int, goodbye: SendClose | None = _GOODBYE) -> None:
        self._phase, self._deadline = _Phase.LEAVE, now + _GOODBYE_NS
        self._acts = deque() if goodbye is None else deque([goodbye])

    def _finish(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self._outcome = None

    def _fail(self, why: str) -> None:
        """Take note that the next variation could not be sent."""
        if self.left:
            self.outcomes.append(Outcome(self.left.popleft().number, Fate.NO_SETUP, trouble=why))
