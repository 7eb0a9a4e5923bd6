"""What `replay` prints: what it would do, how far it has come, how it ended, and what is not as it was."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wsinspect.cli.exit_status import ExitStatus, status_of
from wsinspect.cli.printer import Printer
from wsinspect.errors import StoreError
from wsinspect.formats.records import Record, json_line
from wsinspect.model import Direction, Session
from wsinspect.present.text import Cell, duration_text, escape_lines, number_of
from wsinspect.replay.playing.paces import Pace

if TYPE_CHECKING:
    from wsinspect.cli.replay_runs import Job, Run, Runs
    from wsinspect.replay.binding.bindings import Bindings
    from wsinspect.replay.comparing.comparison import Comparison
    from wsinspect.replay.playing.player import PlayOptions
    from wsinspect.replay.playing.report import Report
    from wsinspect.replay.recording import Recording

_LOOK_EVERY_S = 0.2
_ERASE_LINE = "\r\x1b[K"
_MOST_COMPARED = 100
"""Of many runs, those that are compared."""
_MOST_TOLD = 10
"""Of many runs, those that are told of one by one."""


async def show_progress(runs: Runs) -> None:
    """Tell on a terminal's standard error how far long runs have come, until cancelled."""
    if not sys.stderr.isatty():
        return
    told = False
    try:
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            reports = [run.player.report for run in runs.done]
            planned = sum(report.planned for report in reports[:1]) * runs.total
            sent, heard = sum(report.sent for report in reports), sum(report.heard for report in reports)
            sys.stderr.write(f"{_ERASE_LINE}▶ {sent:,} of {planned:,} messages sent, {heard:,} received")
            sys.stderr.flush()
            told = True
    finally:
        if told:
            sys.stderr.write(_ERASE_LINE)
            sys.stderr.flush()


@contextlib.contextmanager
def doing(what: str) -> Iterator[None]:
    """Tell on a terminal's standard error what is being done, for the length of a block."""
    if not sys.stderr.isatty():
        yield
        return
    sys.stderr.write(f"{what} …")
    sys.stderr.flush()
    try:
        yield
    finally:
        sys.stderr.write(_ERASE_LINE)
        sys.stderr.flush()


class Output:
    """Prints for people, or JSON.

    Args:
        as_json: Which of them.
        comparing: Whether what came is compared with the recording.
        whole: Whether all of it is played; handshake and close say nothing about a part.
    """

    def __init__(self, *, as_json: bool, comparing: bool = True, whole: bool = True) -> None:
        self._as_json = as_json
        self._comparing = comparing
        self._whole = whole
        self._printer = Printer()

    def bindings(self, bindings: Bindings) -> None:
        """Print which values are written anew."""
        from wsinspect.present.replay_report import binding_lines, binding_records  # noqa: PLC0415 - start-up time

        if self._as_json:
            self._records(binding_records(bindings, {}))
        else:
            self._lines(binding_lines(bindings), wrap=True)

    def plan(self, recording: Recording, bindings: Bindings, play: PlayOptions) -> None:
        """Print what would be sent."""
        from wsinspect.present.replay_report import plan_lines, plan_records  # noqa: PLC0415 - start-up time
        from wsinspect.replay.binding.rebinding import Rebinder  # noqa: PLC0415
        from wsinspect.replay.playing.plan import plan_of  # noqa: PLC0415

        needs = Rebinder(recording, bindings).needs
        plan = plan_of(recording, Direction.C2S, play.pace, plain=play.plain, speed=play.speed, needs=needs)
        if self._as_json:
            self._records(plan_records(plan))
        else:
            self._lines(plan_lines(plan))

    def begin(self, job: Job, capture: Path) -> None:
        """Say what is about to be done, and what of it does not work as it was asked for."""
        for remark in job.bindings.remarks:
            say(f"Warning: {remark}")
        if job.play.speed != 1 and job.play.pace is not Pace.TIMED:
            say(f"Warning: --speed has no effect without --pace {Pace.TIMED.value}")
        connections = f", on {job.parallel:,} connections at once" if job.parallel > 1 else ""
        times = f", {job.repeat:,} times" if job.repeat > 1 else ""
        say(
            f"Replaying session {job.recording.session.id} of {capture} to {job.target.url} ({job.play.pace.value})"
            f"{connections}{times}"
        )

    def end(
        self, runs: Runs, recording: Recording, out: Path, *, ignore: Sequence[str], junit: Path | None
    ) -> ExitStatus:
        """Print how the runs ended, and what is not as it was; return the exit status."""
        with doing("Comparing"):
            comparisons = _compared(runs, recording, out, ignore, head=self._whole) if self._comparing else {}
        if self._as_json:
            self._end_records(runs, comparisons, out)
        else:
            self._end_lines(runs, comparisons, out)
        if junit is not None:
            _write_junit(junit, comparisons, runs)
        return _status(runs, comparisons)

    def _end_lines(self, runs: Runs, comparisons: dict[int, Comparison], out: Path) -> None:
        from wsinspect.present.comparison import comparison_lines, summary_lines  # noqa: PLC0415 - start-up time
        from wsinspect.present.replay_report import bound_lines, report_lines  # noqa: PLC0415

        several = runs.total > 1
        for run in runs.done[:_MOST_TOLD]:
            if several:
                self._printer.line([(f"Run {run.number}", "bold")])
            if run.error is not None:
                self._printer.line([(f"Not connected: {escape_lines(str(run.error))}", "bold red")], wrap=True)
                continue
            self._lines(report_lines(run.player.report, run.seconds, missing=run.values.missing), wrap=True)
            self._lines(bound_lines(run.bindings, run.variables))
        if several:
            self._lines([_summary(runs, comparisons)])
        first = next((one for one in comparisons.values() if one.differs), next(iter(comparisons.values()), None))
        if first is not None:
            self._printer.line()
            self._lines(comparison_lines(first, self._printer.width) if first.differs else summary_lines(first))
        self._printer.flush()
        sessions = [run.session_id for run in runs.done if run.session_id is not None]
        if not sessions:
            kept = out.exists()
            say(f"The attempt is recorded in {out}" if kept else "Nothing was played, and no capture is kept")
        else:
            place = f"session {sessions[0]}" if len(sessions) == 1 else f"sessions {sessions[0]} to {sessions[-1]}"
            say(f"Recorded as {place} of {out}")

    def _end_records(self, runs: Runs, comparisons: dict[int, Comparison], out: Path) -> None:
        from wsinspect.present.comparison_records import comparison_records  # noqa: PLC0415 - start-up time
        from wsinspect.present.replay_report import binding_records, report_record  # noqa: PLC0415

        for run in runs.done:
            record: Record = {"of": "run", "run": run.number}
            if out.exists():
                record["capture"] = str(out)
            if run.error is not None:
                self._records([record | {"outcome": "not_connected", "error": str(run.error)}])
                continue
            if run.session_id is not None:
                record["session"] = run.session_id
            report = report_record(run.player.report, run.seconds, missing=run.values.missing)
            self._records([record | report])
            self._records({**one, "run": run.number} for one in binding_records(run.bindings, run.variables))
            if run.number in comparisons:
                self._records({**one, "run": run.number} for one in comparison_records(comparisons[run.number]))
        sys.stdout.buffer.flush()

    def _lines(self, lines: Iterable[list[Cell]], *, wrap: bool = False) -> None:
        for line in lines:
            self._printer.line(line, wrap=wrap)
        self._printer.flush()

    def _records(self, records: Iterable[Record]) -> None:
        for record in records:
            sys.stdout.buffer.write(json_line(record))
        sys.stdout.buffer.flush()


def say(text: str) -> None:
    """Print a line of ours on standard error."""
    click.echo(escape_lines(text), err=True)


def _compared(runs: Runs, old: Recording, out: Path, ignore: Sequence[str], *, head: bool) -> dict[int, Comparison]:
    """Compare each run that is on record with what was played, by its number."""
    from wsinspect.replay.binding.volatile import Volatile  # noqa: PLC0415
    from wsinspect.replay.comparing.compare import compare  # noqa: PLC0415 - start-up time
    from wsinspect.replay.comparing.comparison import CompareOptions  # noqa: PLC0415
    from wsinspect.replay.playing.heartbeats import without  # noqa: PLC0415
    from wsinspect.store.reader import CaptureReader  # noqa: PLC0415
    from wsinspect.store.recording import read_recording  # noqa: PLC0415

    comparisons: dict[int, Comparison] = {}
    if runs.interrupted or all(run.session_id is None for run in runs.done):
        return comparisons
    with CaptureReader(out) as reader:
        for run in runs.done[:_MOST_COMPARED]:
            if run.session_id is not None:
                new = read_recording(reader, run.session_id)
                volatile = Volatile.of(old, new, bindings=[(old, run.bindings)])
                report = run.player.report
                # How far we came, and what we close with then, is no difference of the server.
                unsent = report.unsent if report.ended_early else []
                options = CompareOptions(
                    ignore=tuple(ignore), volatile=volatile, head=head, close=_tells_of_close(report, old.session)
                )
                played = without(old, [*report.not_listened_to, *unsent])
                comparisons[run.number] = replace(compare(played, new, options), unsent=len(unsent))
    return comparisons


def _tells_of_close(report: Report, old: Session) -> bool:
    """Tell whether how it closed says something about the server: not where we did, or would have, for ourselves."""
    from wsinspect.replay.playing.report import Outcome  # noqa: PLC0415 - start-up time

    if report.outcome is Outcome.LOST:
        return old.close is not None and old.close.by == "server"
    return not report.ended_early or report.outcome is Outcome.CLOSED


def _summary(runs: Runs, comparisons: dict[int, Comparison]) -> list[Cell]:
    """Sum several runs up on a line."""
    reports = [run.player.report for run in runs.done]
    connected = [run for run in runs.done if run.error is None]
    longest = max((run.seconds for run in connected), default=0.0)
    same = sum(_is_as_recorded(run, comparisons) for run in runs.done)
    return [
        (f"{number_of(runs.total, 'run')}", "bold"),
        (f": {same:,} as recorded, {runs.total - len(connected):,} not connected", ""),
        (f"; sent {sum(report.sent for report in reports):,}", ""),
        (f", received {sum(report.heard for report in reports):,} messages", ""),
        (f"; the longest took {duration_text(longest)}", "dim"),
    ]


def _is_as_recorded(run: Run, comparisons: dict[int, Comparison]) -> bool:
    comparison = comparisons.get(run.number)
    return run.error is None and run.player.report.as_recorded and not (comparison and comparison.differs)


def _status(runs: Runs, comparisons: dict[int, Comparison]) -> ExitStatus:
    from wsinspect.replay.playing.report import Outcome  # noqa: PLC0415 - start-up time

    if runs.interrupted:
        return ExitStatus.INTERRUPTED
    for run in runs.done:
        if run.error is not None:
            return status_of(run.error)
    if any(run.player.report.outcome is Outcome.LOST for run in runs.done):
        return ExitStatus.ENGINE
    as_recorded = all(_is_as_recorded(run, comparisons) for run in runs.done)
    return ExitStatus.DONE if as_recorded else ExitStatus.DIFFERS


def _write_junit(path: Path, comparisons: dict[int, Comparison], runs: Runs) -> None:
    """Write a test case for each run.

    Raises:
        StoreError: It cannot be written.
    """
    from wsinspect.cli.junit import suite_xml  # noqa: PLC0415 - start-up time
    from wsinspect.present.comparison import summary_lines  # noqa: PLC0415
    from wsinspect.present.replay_report import report_lines  # noqa: PLC0415

    cases: list[tuple[str, str | None]] = []
    for run in runs.done:
        if run.error is not None:
            cases.append((f"run {run.number}", str(run.error)))
            continue
        lines = [*report_lines(run.player.report, run.seconds, missing=run.values.missing)]
        if run.number in comparisons:
            lines += summary_lines(comparisons[run.number])
        text = "\n".join("".join(piece for piece, _ in line) for line in lines)
        cases.append((f"run {run.number}", None if _is_as_recorded(run, comparisons) else text))
    try:
        path.write_bytes(suite_xml("wsinspect replay", cases))
    except OSError as error:
        raise StoreError(f"cannot write the report: {error.strerror}", where=str(path)) from error
