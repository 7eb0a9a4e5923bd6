"""Plays one side of a recording to somebody who is not the one that was recorded: a mock.

Theory of operation. Each message that is heard is found among the recorded ones of its side (`catalogue`), and what
was said upon that one is said upon this one (`cues`), with the values of the live message where the recorded ones had
those of the recorded message (`Values`). What is due waits in a heap: a *run* of lines for each message that was heard,
the tickers, the heartbeat, the end of the connection. A line is due as soon as the one before it has gone (CAUSAL), or
after as long as it took then (TIMED). Where a message comes again that was used up, only its replies are said again.

Where a burst of messages has begun and does not go on, what came behind all of it is said, once (see `bursts`).

An end of the conversation is put off while the other side goes on: it comes as long after its last message as it did.
"""

from __future__ import annotations

import enum
import heapq
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from wsinspect.replay.mocking.bursts import Begun, Burst
from wsinspect.replay.mocking.catalogue import Catalogue, Reading, Search, differences
from wsinspect.replay.mocking.cues import Cues, Ending, Line
from wsinspect.replay.mocking.heartbeats import Beating
from wsinspect.replay.mocking.manner import Manner, Stranger, Unmatched
from wsinspect.replay.mocking.played import Values, act_of
from wsinspect.replay.mocking.tickers import OPENING, Ticker
from wsinspect.replay.performing import Act, End, SendClose, SendMessage
from wsinspect.wire.opcodes import CloseCode, Opcode

MOST_WAITING = 100_000
"""Messages that are heard while their answers wait: who sends more, and reads nothing, is dropped."""
_LEAST_ROUND_NS = 1_000_000_000
"""What nobody has to say anything for begins again no sooner than this."""


@dataclass(slots=True)
class _Run:
    """Lines that are being said."""

    lines: Sequence[Line]
    begin: int
    timed: bool
    position: int = 0
    ready: deque[bytes] = field(default_factory=deque)
    """Payloads of the next lines, where they were made ahead of their time."""


@dataclass(slots=True)
class _Ticking:
    number: int
    """Position of the ticker among them."""
    ticker: Ticker
    position: int


class _Round(enum.Enum):
    ROUND = enum.auto()


type _What = _Run | _Ticking | Ending | Burst | _Round


class Answering:
    """Plays a side; a `performing.Performer`.

    Args:
        cues: What it says upon what.
        catalogue: Of the messages of the other side, which many performances may share.
        values: Of this conversation.
        manner: How it does so.
        tell: Told of each message that is none of the recorded.
    """

    answers_pings = False

    def __init__(
        self, cues: Cues, catalogue: Catalogue, values: Values, manner: Manner, tell: Callable[[Stranger], None]
    ) -> None:
        self.wake_at: int | None = None
        self.matched = 0
        """How many messages were found to be recorded ones."""
        self.unmatched = 0
        self._cues = cues
        self._catalogue = catalogue
        self._search = Search(catalogue)
        self._values = values
        self._manner = manner
        self._tell = tell
        self._due: list[tuple[int, int, _What]] = []
        self._count = 0
        """Of what was ever due: what came first goes first."""
        self._runs: dict[int, _Run] = {}
        """The last run for each message."""
        self._at_once: deque[Act] = deque()
        self._beating = Beating(cues.heartbeat)
        self._ticking: dict[int, _Ticking] = {}
        """By the ticker's position among them."""
        self._bursts = Begun(cues.bursts)
        self._begun = False
        self._over = False
        self._last_heard = 0

    # ---- performing.Performer

    def next(self, now: int) -> Act | None:
        """Return what to do now."""
        if not self._begun:
            self._begin(now)
        while not self._over:
            if self._at_once:
                return self._going(self._at_once.popleft())
            if (beat := self._beating.next(now)) is not None:
                return beat
            if not self._due or self._due[0][0] > now:
                break
            at, order, what = heapq.heappop(self._due)
            act = self._act(what, at, order, now)
            if act is not None:
                return self._going(act)
        self.wake_at = None if self._over else self._next_due()
        return None

    def heard(self, opcode: int, payload: bytes, now: int) -> None:
        """Take a whole message of the other side."""
        if self._over:
            return
        if not self._begun:
            self._begin(now)
        if self._beating.heard(opcode, payload):
            return
        if len(self._due) + len(self._at_once) >= MOST_WAITING:
            self._at_once = deque([End(reset=True)])
            return
        self._last_heard = now
        if self._manner.loop and not self._search.remaining:
            self._search.begin_again()
            self._bursts.begin_again()
        reading = Reading.of(opcode, payload)
        found = self._search.find(reading)
        if found is None:
            self._take_stranger(opcode, payload, reading)
            return
        event, again = found
        self.matched += 1
        self._finish_payloads(event.index)
        self._values.heard(event, opcode, payload)
        self._cue(event.index, now, again=again)
        if not again and (burst := self._bursts.heard(event.index)) is not None:
            self._push(now + burst.patience_ns(self._manner.speed), burst)

    def heard_control(self, opcode: int, payload: bytes, now: int) -> None:  # noqa: ARG002 - as the port has it
        """Take a control frame: upon a close nothing more is said."""
        if opcode == Opcode.CLOSE:
            self._over = True

    def ended(self, now: int) -> None:  # noqa: ARG002 - as the port has it
        """Take the end of the connection."""
        self._over = True

    # ---- what begins

    def _begin(self, now: int) -> None:
        self._begun = True
        self._last_heard = now
        self._cue(OPENING, now, again=False)
        self._beating.begin(now)
        if self._manner.loop and not self._cues.others and OPENING in self._runs:
            self._push(now + self._round_ns(), _Round.ROUND)

    def _cue(self, owner: int, now: int, *, again: bool) -> None:
        """Begin what is said upon a message."""
        self._stop_tickers(owner)
        lines = [line for line in self._cues.lines.get(owner, ()) if not self._parts(line)]
        if again:
            self._begin_lines(owner, [line for line in lines if line.reply], now)
            self._begin_tickers(owner, now)
        elif self._bursts.say(owner):
            self._begin_lines(owner, lines, now)
            self._begin_tickers(owner, now)
            self._begin_ending(owner, now)
        else:
            self._begin_lines(owner, [line for line in lines if line.sure], now)

    def _break_silence(self, burst: Burst, now: int) -> None:
        """Begin what came behind a burst, of which the rest does not come, where that was not said."""
        due = self._last_heard + burst.patience_ns(self._manner.speed)
        if due > now:
            self._push(due, burst)
        elif self._bursts.break_silence(burst):
            lines = self._cues.lines.get(burst.last, ())
            unsure = [line for line in lines if not line.sure and not self._parts(line)]
            self._begin_lines(burst.last, unsure, self._last_heard)
            self._begin_tickers(burst.last, self._last_heard)
            self._begin_ending(burst.last, self._last_heard)

    def _begin_lines(self, owner: int, lines: Sequence[Line], begin: int) -> None:
        if lines:
            self._runs[owner] = self._say(lines, begin, timed=self._manner.timed)

    def _begin_ending(self, owner: int, begin: int) -> None:
        ending = self._cues.ending
        if ending is not None and ending.owner == owner and not self._manner.loop:
            self._push(begin + self._scaled(ending.after_ns), ending)

    def _say(self, lines: Sequence[Line], now: int, *, timed: bool) -> _Run:
        run = _Run(lines, now, timed)
        self._push(self._due_at(run, now), run)
        return run

    def _parts(self, line: Line) -> bool:
        """Tell whether a line ends the conversation, which goes on as long as it is repeated."""
        return self._manner.loop and line.event.opcode == Opcode.CLOSE

    def _stop_tickers(self, owner: int) -> None:
        """Stop the tickers that had stopped before a message."""
        for number, running in list(self._ticking.items()):
            if running.ticker.stopped_by is not None and owner >= running.ticker.stopped_by:
                del self._ticking[number]

    def _begin_tickers(self, owner: int, begin: int) -> None:
        """Set off the tickers that begin upon a message."""
        for number, ticker in enumerate(self._cues.tickers):
            if number not in self._ticking and owner in ticker.begins:
                position, after_ns = ticker.begins[owner]
                running = self._ticking[number] = _Ticking(number, ticker, position)
                self._push(begin + self._scaled(after_ns), running)

    def _take_stranger(self, opcode: int, payload: bytes, reading: Reading) -> None:
        self.unmatched += 1
        policy = self._manner.unmatched
        if policy is Unmatched.IGNORE:
            return
        nearest = self._catalogue.nearest(reading)
        told: list[str] = []
        if nearest is not None:
            told = differences(reading, Reading.of(nearest.opcode, nearest.payload), self._manner.ignore)
        self._tell(Stranger(opcode, payload, str(reading.shape), nearest, tuple(told)))
        if policy is Unmatched.ECHO:
            self._at_once.append(SendMessage(opcode, payload))
        elif policy is Unmatched.CLOSE:
            self._at_once.append(SendClose(CloseCode.POLICY_VIOLATION, "not in the recording"))

    # ---- what is due

    def _act(self, what: _What, at: int, order: int, now: int) -> Act | None:
        """Do what is due."""
        match what:
            case _Run():
                return self._line(what, order, now)
            case _Ticking():
                return self._tick(what, at, now)
            case Ending():
                due = self._last_heard + self._scaled(what.after_ns)
                if due > now:
                    self._push(due, what)
                    return None
                return End(what.reset)
            case Burst():
                self._break_silence(what, now)
                return None
            case _Round():
                self._push(now + self._round_ns(), what)
                self._say(self._runs[OPENING].lines, now, timed=True)
                return None
            case _:
                assert_never(what)

    def _line(self, run: _Run, order: int, now: int) -> Act | None:
        """Say the next line of a run."""
        line = run.lines[run.position]
        if line.event.opcode == Opcode.CLOSE and run.begin < self._last_heard:
            run.begin = self._last_heard
            heapq.heappush(self._due, (self._due_at(run, now), order, run))
            return None
        run.position += 1
        if run.position < len(run.lines):
            heapq.heappush(self._due, (self._due_at(run, now), order, run))
        payload = run.ready.popleft() if run.ready else self._values.written(line.event, now)
        return act_of(line.event, payload, self._cues.side)

    def _tick(self, ticking: _Ticking, at: int, now: int) -> Act | None:
        """Send the next tick."""
        ticker = ticking.ticker
        if self._ticking.get(ticking.number) is not ticking:
            return None
        event = ticker.events[ticking.position]
        ticking.position += 1
        if ticking.position == len(ticker.events):
            ticking.position = 0
        if ticker.stopped and ticking.position == 0:
            del self._ticking[ticking.number]
        else:
            gap_ns = self._scaled(ticker.gap_ns(ticking.position))
            self._push(max(at, now - gap_ns) + gap_ns, ticking)
        return act_of(event, self._values.written(event, now), self._cues.side)

    def _going(self, act: Act) -> Act:
        """Note what goes: nothing comes behind an end."""
        if isinstance(act, SendClose | End):
            self._over = True
            self.wake_at = None
        return act

    def _finish_payloads(self, owner: int) -> None:
        """Make what is still to be said upon a message, before it comes again with other values."""
        run = self._runs.get(owner)
        if run is None:
            return
        while (position := run.position + len(run.ready)) < len(run.lines):
            line = run.lines[position]
            run.ready.append(self._values.written(line.event, self._last_heard))

    # ---- time

    def _next_due(self) -> int | None:
        """Return when there will be something to do."""
        due = [self._due[0][0]] if self._due else []
        if self._beating.wake_at is not None:
            due.append(self._beating.wake_at)
        return min(due, default=None)

    def _due_at(self, run: _Run, now: int) -> int:
        """Return when the next line of a run is due."""
        line = run.lines[run.position]
        return run.begin + self._scaled(line.after_ns) if run.timed or line.timed else now

    def _push(self, at: int, what: _What) -> None:
        self._count += 1
        heapq.heappush(self._due, (at, self._count, what))

    def _scaled(self, duration_ns: int) -> int:
        return int(duration_ns / self._manner.speed)

    def _round_ns(self) -> int:
        return max(self._scaled(self._cues.lines[OPENING][-1].after_ns), _LEAST_ROUND_NS)
