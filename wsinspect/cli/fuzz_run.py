"""Sends variations: connections one after another or several at once, at a rate, until all are sent or it is enough."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TextIO

from wsinspect.engine.client import ClientOptions, ClientSession, open_session
from wsinspect.errors import EngineError
from wsinspect.model import HttpHead
from wsinspect.replay.fuzz.context import settled
from wsinspect.replay.fuzz.judging import Judge, Oddity
from wsinspect.replay.fuzz.outcome import Fate, Outcome
from wsinspect.replay.fuzz.shooting import Listening, Shooter, Shot
from wsinspect.replay.fuzz.variation import UNCHANGED, Variation

if TYPE_CHECKING:
    from wsinspect.engine.recorder import Recorder

BASELINE_RUNS = 3
_TRY_AGAIN_S = (0.25, 0.5, 1.0, 2.0)
"""A server that has crashed may be started again by others."""
_MOST_FAILURES = 3
"""So many variations in a row that find no server, or no set-up, end it."""
_GRACE_S = 5.0
_ON_ONE_CONNECTION = 50
_MOST_CHECKED = 20

type MakeShooter = Callable[[Sequence[Shot], Listening], tuple[Shooter, Callable[[HttpHead], None]]]
"""Makes what plays a connection, and what is told the server's head of the handshake."""
type Result = tuple[Variation, Outcome]


@dataclass(frozen=True, slots=True)
class Manner:
    """How to send."""

    parallel: int = 1
    reuse: bool = False
    interval_s: float = 0.0
    """From one variation to the next, all connections together."""
    patience_s: float = 30.0
    """For what a connection does before it listens, all together."""
    stop_on: str | int | None = None
    """`close`, `error`, or a number of anomalies."""


class Runner:
    """Sends the unchanged message, then its variations.

    Args:
        target: Where to.
        make_shooter: Makes what plays a connection.
        listening: How to listen.
        manner: How to send.
        recorder: The capture.
    """

    def __init__(
        self,
        target: ClientOptions,
        make_shooter: MakeShooter,
        listening: Listening,
        manner: Manner,
        recorder: Recorder | None,
    ) -> None:
        self.baseline: list[Outcome] = []
        self.results: list[Result] = []
        self.stopped = ""
        """Why it ended before all was sent."""
        self.unreachable = False
        """Whether that is because the server was gone."""
        self._target = target
        self._make_shooter = make_shooter
        self._listening = listening
        self._manner = manner
        self._recorder = recorder
        self._odd = 0
        self._failures = 0
        self._next_start = 0.0
        self._judge = Judge(())

    async def measure(self) -> None:
        """Send the unchanged message, the first time listening to the end.

        Raises:
            EngineError: There is no connection, or the set-up fails.
        """
        for run in range(BASELINE_RUNS):
            listening = self._listening if run else replace(self._listening, early=False)
            (outcome,) = await self._play([Shot(0, UNCHANGED)], listening, patient=False)
            if not outcome.went_out:
                raise EngineError(f"the message was not reached: {outcome.trouble}", where=self._target.url)
            self.baseline.append(outcome)
        self._listening = settled(self._listening, self.baseline)
        self._judge = Judge(self.baseline)

    async def send(self, variations: Iterator[Variation], total: int, progress: Progress) -> None:
        """Send variations; `results` has what came of them, also where this is cancelled."""
        shots = (Shot(number, variation) for number, variation in enumerate(variations, 1))
        progress.total = total

        async def work() -> None:
            size = _ON_ONE_CONNECTION if self._manner.reuse else 1
            while not self.stopped and (some := list(itertools.islice(shots, size))):
                await self._send_some(some, progress)

        workers = [asyncio.ensure_future(work()) for _ in range(self._manner.parallel)]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
            progress.end()

    async def check_slow(self) -> None:
        """Send again what was slow: where it is not so twice, something else was. The faster outcome counts."""
        slow = [
            finding.outcome.number
            for finding in self._judge.judged(self.results)
            if any(anomaly.oddity is Oddity.SLOW for anomaly in finding.anomalies)
        ]
        for index, (variation, outcome) in enumerate(self.results):
            if outcome.number in slow[:_MOST_CHECKED]:
                await self._wait_for_turn()
                with contextlib.suppress(EngineError):
                    (again,) = await self._play([Shot(outcome.number, variation)], self._listening)
                    if again.delay is not None and again.delay < (outcome.delay or 0):
                        self.results[index] = (variation, again)

    async def _send_some(self, shots: list[Shot], progress: Progress) -> None:
        """Send variations on one connection, or on as many as it takes."""
        while shots and not self.stopped:
            await self._wait_for_turn()
            try:
                outcomes = await self._play(shots, self._listening)
            except EngineError as error:
                outcomes = [Outcome(shots[0].number, Fate.NO_CONNECTION, trouble=error.message)]
            by_number = {shot.number: shot for shot in shots}
            for outcome in outcomes:
                self._note(by_number.pop(outcome.number), outcome, progress)
            shots = list(by_number.values())

    async def _play(self, shots: Sequence[Shot], listening: Listening, *, patient: bool = True) -> list[Outcome]:
        """Play a connection; return what came of the variations that it came to, one at least.

        Args:
            shots: The variations.
            listening: How to listen.
            patient: Whether to give a server that was there before time to come back.

        Raises:
            EngineError: There is no connection.
        """
        shooter, opened = self._make_shooter(shots, listening)
        session = await self._connected(shooter, patient=patient and not self._failures)
        opened(session.response)
        outcomes = await self._follow(session, shooter)
        if not outcomes:
            outcomes = [Outcome(shots[0].number, Fate.OPEN, answers_pings=False)]
        return [replace(outcome, session=session.session_id) for outcome in outcomes]

    async def _connected(self, shooter: Shooter, *, patient: bool) -> ClientSession:
        for wait_s in _TRY_AGAIN_S if patient else ():
            try:
                return await open_session(self._target, shooter, self._recorder)
            except EngineError:
                await asyncio.sleep(wait_s)
        return await open_session(self._target, shooter, self._recorder)

    async def _follow(self, session: ClientSession, shooter: Shooter) -> list[Outcome]:
        """Wait for the end of a connection, as long as it gets on; return what came of it."""
        listening = self._listening
        step_s = (listening.listen_ns + listening.probe_ns + listening.gap_ns) / 1e9
        limit_s = self._manner.patience_s + step_s + _GRACE_S
        finished = asyncio.ensure_future(session.finished())
        try:
            done = -1
            while done < len(shooter.outcomes) and not finished.done():
                done = len(shooter.outcomes)
                await asyncio.wait([finished], timeout=limit_s)
            return list(shooter.outcomes)
        finally:
            if not finished.done():
                session.stop()
            await finished

    async def _wait_for_turn(self) -> None:
        now = asyncio.get_running_loop().time()
        start = max(now, self._next_start)
        self._next_start = start + self._manner.interval_s
        await asyncio.sleep(start - now)

    def _note(self, shot: Shot, outcome: Outcome, progress: Progress) -> None:
        self.results.append((shot.variation, outcome))
        anomalies = self._judge.seen(shot.variation, outcome)
        self._odd += bool(anomalies)
        progress.tell(len(self.results), self._odd)
        gone = outcome.fate in (Fate.NO_CONNECTION, Fate.NO_SETUP)
        self._failures = self._failures + 1 if gone else 0
        if self._failures >= _MOST_FAILURES:
            self.unreachable = True
            self.stopped = f"{self._failures} variations in a row were not sent: {outcome.trouble}"
        elif why := self._enough({anomaly.oddity for anomaly in anomalies}):
            self.stopped = f"{why} {shot.variation}"

    def _enough(self, oddities: set[Oddity]) -> str:
        """Say why it is to end now; empty where it is not."""
        match self._manner.stop_on:
            case "close" if oddities & {Oddity.CLOSED, Oddity.REFUSED, Oddity.LOST}:
                return "the connection ended upon"
            case "error" if oddities & {Oddity.ERROR, Oddity.EVALUATED}:
                return "an error was told upon"
            case int(most) if self._odd >= most:
                return f"{self._odd:,} odd, the last"
            case _:
                return ""


class Progress:
    """Tells on a terminal's standard error how far it has come.

    Args:
        stream: Standard error unless said.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self.total = 0
        self._stream = sys.stderr if stream is None else stream
        self._shown = self._stream.isatty()

    def tell(self, done: int, odd: int) -> None:
        """Show how many were sent, and how many of these are odd."""
        if self._shown:
            self._stream.write(f"\r\x1b[K{done:,} of {self.total:,} variations, {odd:,} odd …")
            self._stream.flush()

    def end(self) -> None:
        """Take it away."""
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
