"""`wsinspect diff`: what is different about a session."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wsinspect.cli.diff_arguments import DiffCommand, Place, PlaceType, ToleranceType, both, session_of
from wsinspect.cli.exit_status import ExitStatus
from wsinspect.cli.parameters import json_option
from wsinspect.cli.printer import Printer
from wsinspect.errors import StoreError
from wsinspect.formats.records import json_line
from wsinspect.model import Direction, Leg, SessionId
from wsinspect.present.differences import GONE, NEW
from wsinspect.present.lines import QUIET
from wsinspect.present.text import date_and_clock, escape
from wsinspect.replay.comparing.comparison import CompareOptions, Tolerance
from wsinspect.store.reader import CaptureReader

if TYPE_CHECKING:
    from wsinspect.replay.comparing.comparison import Comparison
    from wsinspect.replay.recording import Recording

_SAY_FROM = 20_000
"""Messages whose comparison takes a while."""
_PIPED_CELLS = 160
"""Of two columns where there is no terminal."""
_ERASE_LINE = "\r\x1b[K"


@click.command("diff", cls=DiffCommand)
@click.argument("sessions", metavar="A:N B:M", nargs=-1, required=True, type=PlaceType())
@click.option(
    "-a", "--all", "everything", is_flag=True, help="Show what is the same, too, and all that differs, whole."
)
@click.option("-y", "--side-by-side", "beside", is_flag=True, help="Show what differs in two columns.")
@click.option(
    "--ignore", metavar="PATH", multiple=True,
    help="Pass over values: a name such as token, or a JSONPath such as '$.items[*].id'. Repeatable.",
)  # fmt: skip
@click.option("--no-learn", is_flag=True, help="Count volatile values and the length of streams as differences.")
@click.option(
    "--timing", metavar="[50%|200ms]", type=ToleranceType(),
    help="Count a reply that takes so much longer or shorter as a difference. [alone: twice, and 100ms]",
)  # fmt: skip
@click.option(
    "--direction", metavar="c2s|s2c", type=click.Choice(["c2s", "s2c"]), help="Compare only messages of one direction."
)
@click.option("--control", is_flag=True, help="Compare pings and pongs, too.")
@click.option(
    "--leg", metavar="client|server", type=click.Choice(["client", "server"]), default="server", show_default=True,
    help="Compare what was on this side of the proxy.",
)  # fmt: skip
@click.option("--from-message", "first", metavar="M", type=click.IntRange(min=1), help="Begin with this message.")
@click.option("--to-message", "last", metavar="M", type=click.IntRange(min=1), help="End with this message.")
@click.option("--junit", metavar="OUT.xml", type=click.Path(path_type=Path, dir_okay=False), help="Write a report.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing: the exit status tells.")
@json_option
def command(
    sessions: tuple[Place, ...],
    ignore: tuple[str, ...],
    timing: Tolerance | None,
    direction: str | None,
    leg: str,
    first: int | None,
    last: int | None,
    junit: Path | None,
    *,
    everything: bool,
    beside: bool,
    no_learn: bool,
    control: bool,
    quiet: bool,
    as_json: bool,
) -> ExitStatus:
    """Compare two sessions message by message; the exit status is 1 where they differ.

    a.wsi:1 is session 1 of a file, :2 session 2 of the same file, and a.wsi alone its only session. Messages are
    matched by what they are and say, not by their numbers. Values that are other ones each time, such as tokens and
    timestamps, are told apart from those that matter; what was passed over is listed at the end.
    """
    chosen = both(sessions)
    old, new = (_part(_read(file, number, Leg[leg.upper()]), first, last) for file, number in chosen)
    if not old.events and not (first is None and last is None):
        raise StoreError(f"session {old.session.id} has no such messages", where=str(chosen[0][0]))
    options = CompareOptions(
        ignore=ignore,
        direction=None if direction is None else Direction[direction.upper()],
        control=control,
        # The ends of a session say nothing about a part of it.
        head=first is None and last is None,
        learn=not no_learn,
        tolerance=timing or Tolerance(),
        timing=timing is not None,
    )
    found = _compared(old, new, options)
    if junit is not None:
        _write_report(junit, f"{chosen[0][0]}:{old.session.id} {chosen[1][0]}:{new.session.id}", found)
    if as_json and not quiet:
        _print_records(found)
    elif not quiet:
        _print(found, (chosen[0][0], chosen[1][0]), everything=everything, beside=beside)
    return ExitStatus.DIFFERS if found.differs else ExitStatus.DONE


def _read(file: Path, number: SessionId | None, leg: Leg) -> Recording:
    from wsinspect.store.recording import read_recording  # noqa: PLC0415 - start-up time

    with CaptureReader(file) as reader:
        return read_recording(reader, session_of(reader, number), leg)


def _part(recording: Recording, first: int | None, last: int | None) -> Recording:
    """Return what is between two messages; a session that ends before the last one is taken to its end."""
    if first is None and last is None:
        return recording
    numbers = [event.number for event in recording.events]
    wanted = [
        place
        for place, number in enumerate(numbers)
        if number is not None and (first or 0) <= number and (last is None or number <= last)
    ]
    events = recording.events[wanted[0] : wanted[-1] + 1] if wanted else ()
    return replace(recording, events=tuple(replace(event, index=index) for index, event in enumerate(events)))


def _compared(old: Recording, new: Recording, options: CompareOptions) -> Comparison:
    from wsinspect.replay.comparing.compare import compare  # noqa: PLC0415 - start-up time

    told = sys.stderr.isatty() and len(old.events) + len(new.events) >= _SAY_FROM
    if told:
        click.echo(f"comparing {len(old.events):,} messages with {len(new.events):,} \u2026", err=True, nl=False)
    try:
        return compare(old, new, options)
    finally:
        if told:
            click.echo(_ERASE_LINE, err=True, nl=False)


def _print_records(found: Comparison) -> None:
    from wsinspect.present.comparison_records import comparison_records  # noqa: PLC0415 - start-up time

    for record in comparison_records(found):
        sys.stdout.buffer.write(json_line(record))
    sys.stdout.buffer.flush()


def _print(found: Comparison, files: tuple[Path, Path], *, everything: bool, beside: bool) -> None:
    from wsinspect.present.comparison import comparison_lines  # noqa: PLC0415 - start-up time

    printer = Printer()
    for mark, style, file, recording in zip("-+", (GONE, NEW), files, (found.old, found.new), strict=True):
        session = recording.session
        name = f"{mark * 3} {escape(str(file))}:{session.id}"
        said = f"  {escape(session.url)}, {date_and_clock(session.opened)[:19]}"
        printer.line([(name, style), (said, QUIET)])
    for line in comparison_lines(found, printer.width or (_PIPED_CELLS if beside else None), everything, beside=beside):
        printer.line(line, wrap=everything)
    printer.flush()


def _write_report(file: Path, name: str, found: Comparison) -> None:
    from wsinspect.cli.comparison_junit import comparison_junit  # noqa: PLC0415 - start-up time

    try:
        file.write_bytes(comparison_junit([(name, found)]))
    except OSError as error:
        raise StoreError(f"cannot write the report: {error.strerror}", where=str(file)) from error
