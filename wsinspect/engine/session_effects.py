"""The hands that carry out what rules want of one session, besides a decision on a message."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from wsinspect.engine.rehearsals import Part
from wsinspect.engine.remarks import Remark
from wsinspect.engine.steered import Notice, NoticeKind
from wsinspect.errors import EngineError
from wsinspect.model import Direction, Message, Session, Source, Verdict
from wsinspect.query import Neighbours
from wsinspect.rules import ruling as wants

if TYPE_CHECKING:
    from wsinspect.engine.session_control import SessionControl

logger = logging.getLogger(__name__)

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
"""Of what rules log; an alert, which is none of them, is a warning."""


MOST_WAITING_BYTES = 32 << 20
"""Of frames that rules want to be sent later in one session."""


class House(Protocol):
    """What the control of a session needs of the engine's."""

    def clock(self) -> int:
        """Return Unix nanoseconds."""

    def stops_at(self, message: Message, session: Session, neighbours: Neighbours) -> str | None:
        """Name the breakpoint that a message meets."""

    @property
    def has_breakpoints(self) -> bool:
        """Whether there are any."""

    async def call_script(self, call: wants.ScriptCall) -> wants.ScriptAnswer:
        """Call a user's function."""

    def tell(self, notice: Notice) -> None:
        """Tell a notice to all who listen."""

    def broadcast(self, effect: wants.Broadcast) -> None:
        """Send a frame in every open session that fits."""

    def save(self, effect: wants.SaveFile) -> None:
        """Write a payload to a file."""

    async def part(self, wanted: wants.Replay) -> Part:
        """Make a recording ready to be played. Raises `WsinspectError`."""

    def failed(self, rule: str, error: str, session: int) -> None:
        """Tell of a rule that failed, which has been counted."""

    def blame(self, rule: str, error: str, session: int) -> None:
        """Count an error of a rule's that shows only when what it wants is carried out, and tell of it."""


class SessionEffects:
    """Carries out the effects of rulings, at once, when the relay is at rest, or in time.

    Args:
        control: Of the session.
        house: The engine's.
    """

    def __init__(self, control: SessionControl, house: House) -> None:
        self.cut: set[Direction] = set()
        """Directions that a rule ended: what is behind in the same bytes goes no further either."""
        self._control = control
        self._house = house
        self._timers: set[asyncio.TimerHandle] = set()
        self._waiting_bytes = 0
        """Of what is to be sent later."""
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_at = 0

    def obey(self, ruling: wants.Ruling | None, number: int | None) -> None:
        """Do what a ruling wants besides its decision."""
        if ruling is None:
            return
        remarks = self._control.recorder.remarks
        for hit in ruling.hits:
            remarks.add(number, Remark(hit.rule, hit.action, hit.detail))
        for error in ruling.errors:
            remarks.add(number, Remark(error.rule, "error", error.detail))
            self._house.failed(error.rule, error.detail or error.action, self._control.id)
        for effect in ruling.effects:
            self._do(effect, number)
        self.set_alarm()

    def _do(self, effect: wants.Effect, number: int | None) -> None:
        recorder = self._control.recorder
        match effect:
            case wants.AddTag(_, tag):
                if number is None:
                    recorder.tag(tag)
                else:
                    recorder.remarks.tag(number, tag)
            case wants.AddNote(_, text):
                if number is None:
                    recorder.annotate(text)
                else:
                    recorder.remarks.add(number, text)
            case wants.Report(rule, level, text):
                self._report(rule, level, text, number)
            case wants.Failed(rule, text):
                self._house.tell(self._control.notice(NoticeKind.EXPECT_FAILED, text, number, rule))
                logger.warning("rule %s: expectation failed in session %d: %s", rule, self._control.id, text)
            case wants.SaveFile():
                self._house.save(effect)
            case wants.Replay():
                self._control.perform(effect)
            case _:
                self.cut.update(_directions_cut(effect))
                self._control.later(lambda: self._act(effect))

    def _act(self, effect: wants.Effect) -> None:
        """Do what touches the connections; the relay is at rest."""
        match effect:
            case wants.Inject():
                self._send(effect, effect.times)
            case wants.Broadcast():
                self._house.broadcast(effect)
            case wants.CloseSession(_, directions, code, reason):
                self._control.close(directions, code, reason, Source.RULE)
            case wants.Abort():
                self._control.abort()
            case wants.HalfClose(_, direction):
                self._control.half_close(direction)
            case wants.Blackhole(_, directions):
                for direction in directions:
                    self._control.mute(direction, Verdict.DROPPED)

    def _send(self, effect: wants.Inject, left: int | None, *, waited: bool = False) -> None:
        if not self._control.open:
            return
        if effect.after_ns and not waited:
            self._send_in(effect.after_ns, effect, left)
            return
        try:
            self._control.inject(effect.direction, effect.frame)
        except EngineError as error:
            self._house.blame(effect.rule, str(error), self._control.id)
        left = None if left is None else left - 1
        if effect.every_ns is not None and left != 0:
            self._send_in(effect.every_ns, effect, left)

    def _report(self, rule: str, level: str, text: str, number: int | None) -> None:
        alert = level == "alert"
        kind = NoticeKind.ALERT if alert else NoticeKind.LOG
        self._house.tell(self._control.notice(kind, text, number, rule))
        logger.log(_LEVELS.get(level, logging.WARNING), "rule %s: session %d: %s", rule, self._control.id, text)

    # ---- time

    def stop(self) -> None:
        """Do nothing more: the session has ended."""
        for timer in (*self._timers, *([self._alarm] if self._alarm else [])):
            timer.cancel()
        self._timers.clear()
        self._alarm = None

    def set_alarm(self) -> None:
        """Wake the rules when a timer or an idle time of theirs is due."""
        wake_at = None if self._control.rules is None or not self._control.open else self._control.rules.wake_at
        if wake_at is None or (self._alarm is not None and self._alarm_at <= wake_at):
            return  # an alarm that rings too early is set anew then
        if self._alarm is not None:
            self._alarm.cancel()
        delay_s = max(wake_at - self._house.clock(), 0) / 1e9
        self._alarm, self._alarm_at = asyncio.get_running_loop().call_later(delay_s, self._ring), wake_at

    def _ring(self) -> None:
        self._alarm = None
        if self._control.rules is not None and self._control.open:
            ruling = self._control.rules.wake(self._house.clock())
            self.obey(ruling, None)
            self.set_alarm()
            self._control.settle()

    def _send_in(self, delay_ns: int, effect: wants.Inject, left: int | None) -> None:
        size = len(effect.frame.payload)
        if self._waiting_bytes + size > MOST_WAITING_BYTES:
            text = f"{MOST_WAITING_BYTES >> 20} MiB wait already to be sent later in this session: no more"
            self._house.blame(effect.rule, text, self._control.id)
            return

        def run() -> None:
            self._timers.discard(timer)
            self._waiting_bytes -= size
            self._send(effect, left, waited=True)

        self._waiting_bytes += size
        timer = asyncio.get_running_loop().call_later(delay_ns / 1e9, run)
        self._timers.add(timer)


def _directions_cut(effect: wants.Effect) -> Sequence[Direction]:
    """Return the directions in which nothing of a peer goes on after an effect."""
    match effect:
        case wants.CloseSession(directions=directions) | wants.Blackhole(directions=directions):
            return directions
        case wants.HalfClose(direction=direction):
            return (direction,)
        case wants.Abort():
            return tuple(Direction)
        case _:
            return ()
