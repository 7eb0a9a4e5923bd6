"""A run of `fuzz`: what plays its connections, the capture it goes to, and what the sessions in it are called."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from wsinspect.cli.fuzz_plan import Planned
from wsinspect.cli.fuzz_run import Manner, Progress, Runner
from wsinspect.cli.termination import sigterm_as_interrupt
from wsinspect.engine.client import ClientOptions, recording_to
from wsinspect.engine.recorder import Recorder
from wsinspect.model import Direction, HttpHead, Session
from wsinspect.present.fuzz_report import FuzzResult, note_of, tags_of
from wsinspect.present.text import number_of
from wsinspect.replay.binding.bindings import Bindings
from wsinspect.replay.binding.rebinding import Rebinder
from wsinspect.replay.fuzz.judging import Finding, Judge
from wsinspect.replay.fuzz.shooting import Listening, Shooter, Shot
from wsinspect.replay.fuzz.variation import Carried, Variation
from wsinspect.replay.leaves import Scalar
from wsinspect.replay.performing import Act, SendMessage
from wsinspect.replay.playing.player import Player, PlayOptions
from wsinspect.replay.playing.report import Report
from wsinspect.replay.recording import Event, Recording

_MOST_NOTED = 20
"""Variations that the note of a session with many names."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a message is sent, and in what context."""

    target: ClientOptions
    recording: Recording
    event: Event
    """The message that is varied."""
    bindings: Bindings
    listening: Listening
    setup_ns: int
    """How long a message of the set-up may wait for what precedes it."""
    variables: Mapping[str, str]
    evaluating: Callable[[Session, dict[str, Scalar]], Callable[[str], str]]
    """Makes what fills templates in, from the recorded session and the variables of a connection."""

    def shooter(
        self, plan: Planned, shots: Sequence[Shot], listening: Listening
    ) -> tuple[Shooter, Callable[[HttpHead], None]]:
        """Make what plays a connection, and what is told the server's head of the handshake."""
        variables: dict[str, Scalar] = dict(self.variables)
        evaluate = self.evaluating(self.recording.session, variables)
        rebinder = Rebinder(self.recording, self.bindings, variables=variables, evaluate=evaluate)
        options = PlayOptions(wait_ns=self.setup_ns, plain=True)
        player = Player(self.recording, Direction.C2S, options, rebinder, until=self.event.index)

        def make(variation: Variation, now: int) -> Sequence[Act]:
            carried = plan.carried
            if not plan.by_bytes:
                carried = Carried(carried.opcode, rebinder.written(self.event, now), carried.compressed)
                return variation.make(carried)
            return [self._rebound(act, rebinder, now) for act in variation.make(carried)]

        return Shooter(make, shots, listening, player, lambda: _why(player.report)), rebinder.opened

    def _rebound(self, act: Act, rebinder: Rebinder, now: int) -> Act:
        """Put live values in what was varied already: its positions are those of the recorded bytes."""
        if not isinstance(act, SendMessage):
            return act
        return replace(act, payload=rebinder.written(replace(self.event, payload=act.payload), now))


def _why(report: Report) -> str:
    """Say why a set-up did not get to its end."""
    if not report.waits:
        return ""
    wait = report.waits[-1]
    missing = ", ".join(f"{event.number}" for event in wait.missing[:3])
    what = f"message {wait.event.number}" if wait.event is not None else "the end"
    came = f"; what came was {wait.nearest.kind}" if wait.nearest is not None else ""
    return f"{what} waited {wait.waited_ns / 1e9:.1f} s for the like of the server's message {missing}{came}"


class Campaign:
    """One run.

    Args:
        setting: Where, and in what context.
        plan: What to send.
        manner: How.
    """

    def __init__(self, setting: Setting, plan: Planned, manner: Manner) -> None:
        self.interrupted = False
        self.unreachable = False
        """Whether it ended because the server was gone."""
        self._setting = setting
        self._plan = plan
        self._manner = manner

    async def run(self, out: Path, *, append: bool = False) -> FuzzResult:
        """Send everything, and judge it; ends with what there is where it is interrupted.

        Raises:
            EngineError: The unchanged message cannot be sent.
            StoreError: The capture cannot be written.
        """
        setting = self._setting
        with recording_to(out, append=append) as recorder, sigterm_as_interrupt():
            runner = Runner(
                setting.target, lambda shots, listening: setting.shooter(self._plan, shots, listening),
                setting.listening, self._manner, recorder,
            )  # fmt: skip
            stopped = ""
            try:
                await runner.measure()
                await runner.send(self._plan.make(), self._plan.total, Progress())
                if not runner.stopped:
                    await runner.check_slow()
            except asyncio.CancelledError:
                self.interrupted = True
                stopped = "interrupted"
            self.unreachable = runner.unreachable
            findings = Judge(runner.baseline).judged(sorted(runner.results, key=lambda result: result[1].number))
            _name_sessions(recorder, findings)
            for outcome in runner.baseline:
                if outcome.session is not None:
                    recorder.writer.tag(outcome.session, None, ["fuzz", "baseline"])
        return FuzzResult(findings, runner.baseline, self._plan.total, stopped or runner.stopped)


def _name_sessions(recorder: Recorder, findings: Sequence[Finding]) -> None:
    """Tag the sessions with what was sent on them, and what was odd, and note it."""
    by_session: dict[int, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.outcome.session is not None:
            by_session[finding.outcome.session].append(finding)
    for session, sent in by_session.items():
        recorder.writer.tag(session, None, tags_of(sent))
        note = note_of(sent[:_MOST_NOTED])
        more = len(sent) - _MOST_NOTED
        recorder.writer.note(session, None, f"{note}\nand {number_of(more, 'other')}" if more > 0 else note)
