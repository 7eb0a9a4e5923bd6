"""Runs of a replay: connections that play the recording, several at once or one after another, in one capture."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wsinspect.engine.client import ClientOptions, ClientSession, open_session
from wsinspect.errors import EngineError, WsinspectError
from wsinspect.model import Direction, Session
from wsinspect.replay.binding.rebinding import Rebinder
from wsinspect.replay.leaves import Scalar
from wsinspect.replay.playing.player import Player, PlayOptions
from wsinspect.replay.recording import Recording

if TYPE_CHECKING:
    from wsinspect.engine.recorder import Recorder
    from wsinspect.replay.binding.bound import Bindings

type Evaluating = Callable[[Session, dict[str, Scalar]], Callable[[str], str]]


@dataclass(frozen=True, slots=True)
class Job:
    """What to run."""

    recording: Recording
    bindings: Bindings
    target: ClientOptions
    play: PlayOptions
    evaluating: Evaluating
    """Makes what fills templates in, from the recorded session and the variables of a run."""
    variables: dict[str, str] = field(default_factory=dict)
    repeat: int = 1
    """So often on each connection, one after another."""
    parallel: int = 1
    """So many at once."""


@dataclass(slots=True)
class Run:
    """One playing of the recording."""

    number: int
    """From 1."""
    player: Player
    values: Rebinder
    bindings: Bindings
    variables: dict[str, Scalar]
    """What was issued, by the names of the bindings; and those of the user."""
    began: float = 0.0
    """By the monotonic clock."""
    seconds: float = 0.0
    session_id: int | None = None
    """In the new capture; None where there was no connection."""
    error: WsinspectError | None = None
    """Why there was none."""


class Runs:
    """All runs of a job. To be used once.

    Args:
        job: What to run.
        recorder: Puts them on record.
    """

    def __init__(self, job: Job, recorder: Recorder | None) -> None:
        self.done: list[Run] = []
        """Those that have begun, in that order."""
        self.interrupted = False
        self._job = job
        self._recorder = recorder
        self._sessions: dict[int, ClientSession] = {}
        self._connecting: dict[int, asyncio.Task[None] | None] = {}

    @property
    def total(self) -> int:
        """How many there are to be."""
        return self._job.repeat * self._job.parallel

    async def play(self) -> None:
        """Play all, until they are done or somebody interrupts."""
        with _on_interrupt(self._interrupt):
            connections = [self._one_after_another() for _ in range(self._job.parallel)]
            results = await asyncio.gather(*connections, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def _one_after_another(self) -> None:
        for _ in range(self._job.repeat):
            run = self._new_run()
            await self._play(run)
            if self.interrupted or run.error is not None:
                return  # what cannot be reached now is not tried again and again

    def _new_run(self) -> Run:
        job = self._job
        variables: dict[str, Scalar] = dict(job.variables)
        values = Rebinder(
            job.recording,
            job.bindings,
            variables=variables,
            evaluate=job.evaluating(job.recording.session, variables),
        )
        # Where nothing is bound, nothing has to be looked at.
        player = Player(job.recording, Direction.C2S, job.play, values if job.bindings.found else None)
        run = Run(len(self.done) + 1, player, values, job.bindings, variables, began=time.monotonic())
        self.done.append(run)
        return run

    async def _play(self, run: Run) -> None:
        self._connecting[run.number] = asyncio.current_task()
        try:
            # Awaited in this task: what the handshake issues must be known before the player has its first turn.
            session = await open_session(self._job.target, run.player, self._recorder)
        except WsinspectError as error:
            run.error = error
            return
        except asyncio.CancelledError:
            if not self.interrupted:
                raise
            run.error = EngineError("interrupted while connecting")
            return
        finally:
            del self._connecting[run.number]
            run.seconds = time.monotonic() - run.began
        run.values.opened(session.response)
        run.session_id = session.session_id
        self._sessions[run.number] = session
        try:
            await session.finished()
        finally:
            report = run.player.report
            report.violations, report.unfinished_bytes = dict(session.violations), session.unfinished_bytes
            del self._sessions[run.number]
            run.seconds = time.monotonic() - run.began

    def _interrupt(self) -> None:
        """End all that runs; what is not connected yet is given up."""
        self.interrupted = True
        for run in self.done:
            run.player.stop()
        for task in self._connecting.values():
            if task is not None:
                task.cancel()
        for session in self._sessions.values():
            session.stop()


@contextmanager
def _on_interrupt(call: Callable[[], None]) -> Iterator[None]:
    """Have the first Ctrl-C or SIGTERM call something, the next one end the program."""
    loop = asyncio.get_running_loop()
    names = (signal.SIGINT, signal.SIGTERM)

    def on_signal() -> None:
        for name in names:
            loop.remove_signal_handler(name)
            signal.signal(name, signal.default_int_handler)
        call()

    with suppress(NotImplementedError):  # Windows: Ctrl-C ends it as it ends anything
        for name in names:
            loop.add_signal_handler(name, on_signal)
    try:
        yield
    finally:
        with suppress(NotImplementedError):
            for name in names:
                loop.remove_signal_handler(name)
