"""`wsinspect rules test`: what rules would have done to recorded traffic."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wsinspect.cli.engine_options import AssignmentType
from wsinspect.cli.exit_status import ExitStatus
from wsinspect.cli.parameters import FilterType, json_option
from wsinspect.cli.printer import Printer
from wsinspect.cli.progress import counted
from wsinspect.errors import RuleError, StoreError
from wsinspect.formats.records import json_line
from wsinspect.model import Frame, Message, Session
from wsinspect.store.reader import CaptureReader

if TYPE_CHECKING:
    from wsinspect.query import SqlFilter
    from wsinspect.rules.load import LoadedRules
    from wsinspect.rules.ruling import ScriptAnswer, ScriptCall
    from wsinspect.rules.trial import Trial
    from wsinspect.store.recorded import Happening

_CONTROL_EVENTS = ("ping", "pong", "close")


@click.command("test")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--capture", metavar="FILE.wsi", required=True, type=click.Path(path_type=Path), help="The capture.")
@click.option("--session", metavar="N", type=click.IntRange(min=1), help="Only this session.")
@click.option(
    "--filter", "condition", metavar="FILTER", type=FilterType("message"), help="Only messages that match this."
)
@click.option(
    "--var", "variables", metavar="NAME=VALUE", multiple=True, type=AssignmentType(), help="Set a variable. Repeatable."
)
@click.option("--allow-scripts", is_flag=True, help="Let rules call Python functions of yours (the action script).")
@click.option(
    "--examples", metavar="N", type=click.IntRange(min=0), default=3, show_default=True,
    help="Show so many changed messages of each rule, and so many of its errors and failures.",
)  # fmt: skip
@click.option("--junit", metavar="OUT.xml", type=click.Path(path_type=Path, dir_okay=False), help="Write a report.")
@json_option
def command(
    files: tuple[Path, ...],
    capture: Path,
    session: int | None,
    condition: SqlFilter | None,
    variables: tuple[tuple[str, str], ...],
    examples: int,
    junit: Path | None,
    *,
    allow_scripts: bool,
    as_json: bool,
) -> ExitStatus:
    """Run rules on recorded traffic, and show what they would have done to it.

    Nothing is sent to anybody. Timers go by the times of the record. asked is how many messages (or other events) of
    sessions that it can touch there were for a rule, matched on how many of them it acted.

    The exit status is 1 when an expect did not hold. --junit writes a test case for each rule that has one, for CI.
    """
    from wsinspect.cli.junit import junit_xml  # noqa: PLC0415 - start-up time
    from wsinspect.present.trial_report import has_failed  # noqa: PLC0415
    from wsinspect.store.recorded import happenings  # noqa: PLC0415

    loaded = _loaded(files)
    with CaptureReader(capture) as reader, _scripts(allowed=allow_scripts) as script:
        if session is not None and reader.session(session) is None:
            raise StoreError(f"there is no session {session}", where=str(capture))
        trial = _trial(loaded, dict(variables), examples, script)
        control = any(tally.event in _CONTROL_EVENTS for tally in trial.findings.tallies.values())
        recorded = happenings(reader, condition, session=session, control=control)
        run(trial, counted(recorded, "records", shown=True))
    _print(trial, as_json=as_json)
    if junit is not None:
        _write(junit, junit_xml(trial.findings, suite=str(capture)))
    return ExitStatus.DIFFERS if has_failed(trial.findings) else ExitStatus.DONE


def run(trial: Trial, recorded: Iterable[Happening]) -> None:
    """Put recorded traffic through a trial."""
    from wsinspect.store.recorded import moment  # noqa: PLC0415 - start-up time

    last = 0
    for happening in recorded:
        last = max(last, moment(happening))
        match happening:
            case Session():
                trial.session(happening)
            case Message():
                trial.message(happening)
            case Frame():
                trial.control(happening)
    trial.finish(last)


def _loaded(files: Iterable[Path]) -> LoadedRules:
    from wsinspect.rules.load import join, load  # noqa: PLC0415
    from wsinspect.store.rule_sources import read_rules  # noqa: PLC0415 - start-up time

    return join([load(file.as_posix(), read_rules) for file in files])


def _trial(
    loaded: LoadedRules,
    variables: dict[str, object],
    examples: int,
    script: Callable[[ScriptCall], ScriptAnswer] | None,
) -> Trial:
    from wsinspect.rules.compile import RuleSet  # noqa: PLC0415
    from wsinspect.rules.trial import Trial  # noqa: PLC0415
    from wsinspect.store.rule_sources import surroundings_of  # noqa: PLC0415 - start-up time

    rules = RuleSet(loaded, surroundings_of(variables, scripts=script is not None))
    return Trial(loaded, rules, examples=examples, script=script)


@contextmanager
def _scripts(*, allowed: bool) -> Iterator[Callable[[ScriptCall], ScriptAnswer] | None]:
    """Run users' functions, in processes of their own, for the length of a block."""
    if not allowed:
        yield None
        return
    from wsinspect.engine.scripts import ScriptRunner  # noqa: PLC0415 - start-up time

    scripts = ScriptRunner(lambda script, line: click.echo(f"{script}: {line}", err=True))
    with asyncio.Runner() as runner:
        try:
            yield lambda call: runner.run(scripts.call(call))
        finally:
            runner.run(scripts.close())


def _print(trial: Trial, *, as_json: bool) -> None:
    from wsinspect.present.trial_report import report_lines, report_records  # noqa: PLC0415 - start-up time

    if as_json:
        for record in report_records(trial):
            sys.stdout.buffer.write(json_line(record))
        sys.stdout.buffer.flush()
        return
    printer = Printer()
    for line in report_lines(trial):
        printer.line(line)
    printer.flush()


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise RuleError(f"cannot write the report: {error.strerror}", where=str(file)) from error
