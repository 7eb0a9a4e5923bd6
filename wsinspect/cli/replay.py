"""`wsinspect replay`: play the client's side of a recorded session to a server, and compare what comes of it."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wsinspect.cli.engine_options import AssignmentType, DurationType
from wsinspect.cli.exit_status import ExitStatus
from wsinspect.cli.parameters import MOST_NAMED, SpeedType, capture_argument, json_option, only_session
from wsinspect.cli.replay_output import Output, doing, show_progress
from wsinspect.cli.replay_target import check_files, taken_target, target, target_options
from wsinspect.errors import StoreError, WsinspectError
from wsinspect.model import Direction
from wsinspect.present.text import escape_lines
from wsinspect.replay.playing.paces import Pace

if TYPE_CHECKING:
    from wsinspect.cli.replay_runs import Job, Runs
    from wsinspect.replay.binding.bindings import Bindings, Rebind
    from wsinspect.replay.playing.player import PlayOptions
    from wsinspect.replay.recording import Recording

_NOTHING = "{{ '' }}"
_SECOND_NS = 1_000_000_000


@click.command("replay")
@capture_argument
@click.option("--session", metavar="N", type=click.IntRange(min=1), help="Which one. [default: the only one]")
@target_options
@click.option(
    "--pace",
    type=click.Choice([pace.value for pace in Pace]),
    default=Pace.CAUSAL.value,
    show_default=True,
    help="causal: each message waits for those of the server that it depends on, known by what they are; sequence: for "
    "as many as had come, whatever they are; timed: for its time.",
)
@click.option(
    "--speed",
    metavar="FACTOR",
    type=SpeedType(),
    default=1.0,
    help="Of --pace timed: 2x is twice as fast. [default: 1x]",
)
@click.option(
    "--wait",
    metavar="DURATION",
    type=DurationType(),
    default=10.0,
    help="How long a message waits while nothing happens. [default: 10s]",
)
@click.option("--keep-going", is_flag=True, help="Go on where a wait has run out, instead of ending.")
@click.option(
    "--linger",
    metavar="DURATION",
    type=DurationType(),
    default=3.0,
    help="How long to wait in the end for what is still to come. [default: 3s]",
)
@click.option("--plain", is_flag=True, help="Send messages in one frame each, instead of in the frames recorded.")
@click.option("--from-message", "first", metavar="M", type=click.IntRange(min=1), help="Begin with this message.")
@click.option("--to-message", "last", metavar="M", type=click.IntRange(min=1), help="End with this message.")
@click.option(
    "--rebind",
    "rebinds",
    metavar="OURS=THEIRS",
    multiple=True,
    help="Write values anew that were not found: of the client's messages those at a path, with what the server says "
    "at another, or with a template: 'nonce={{ uuid() }}'. Repeatable.",
)
@click.option(
    "--set",
    "settings",
    metavar="PATH=TEXT",
    multiple=True,
    help="Write something else at a path of the client's messages; {{ templates }} are filled in. Repeatable.",
)
@click.option(
    "--ignore",
    metavar="PATH",
    multiple=True,
    help="Leave values at a path as they were recorded, and do not compare them. Repeatable.",
)
@click.option(
    "--var",
    "variables",
    metavar="NAME=VALUE",
    multiple=True,
    type=AssignmentType(),
    help="A variable of templates, as {{ vars.NAME }}. Repeatable.",
)
@click.option("--repeat", metavar="N", type=click.IntRange(min=1), default=1, help="Play it so often in a row.")
@click.option(
    "--parallel", metavar="N", type=click.IntRange(min=1), default=1, help="Play it on so many connections at once."
)
@click.option(
    "-o",
    "--out",
    metavar="FILE.wsi",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The new capture. [default: a new dated file in your data folder]",
)
@click.option("--append", is_flag=True, help="Go on in an existing capture file, which is refused otherwise.")
@click.option("--junit", metavar="OUT.xml", type=click.Path(path_type=Path, dir_okay=False), help="Write a report.")
@click.option("--no-compare", is_flag=True, help="Do not compare what came with the recording.")
@click.option("--show-bindings", is_flag=True, help="Show which values would be written anew, and connect to nothing.")
@click.option("--dry-run", is_flag=True, help="Show what would be sent when, too, and connect to nothing.")
@json_option
def command(capture: Path, *, session: int | None, as_json: bool, **given: Any) -> ExitStatus:
    """Play the client's side of a recorded session to a server, and compare what comes with what came then.

    Values that the server issues (tokens, ids, sequence numbers) are found in the recording, and written anew with what
    it issues this time. The result is a new capture.

    The exit status is 1 when something was not as in the recording, and 4 when the server could not be reached or the
    connection was lost.
    """
    given["target"] = taken_target(given)
    with doing("Reading the recording"):
        recording, capture_session = _recorded(capture, session, given)
        bindings = _bindings(recording, given)
    whole = given["first"] is None and given["last"] is None
    output = Output(as_json=as_json, comparing=not given["no_compare"], whole=whole)
    play = _play_options(given)
    if given["dry_run"] or given["show_bindings"]:
        output.bindings(bindings)
        if given["dry_run"]:
            output.plan(recording, bindings, play)
        return ExitStatus.DONE
    if why := _nothing_to_send(recording):
        raise StoreError(f"nothing to replay: {why} of session {capture_session}", where=str(capture))
    job = _job(recording, bindings, play, given)
    out = given["out"] or _default_path()
    check_files(job.target)
    output.begin(job, capture)
    runs = asyncio.run(_run(job, out, append=given["append"]))
    _annotate(runs, out, f"Replay of session {capture_session} of {capture}")
    if not given["append"] and all(run.session_id is None for run in runs.done):
        out.unlink()  # one tries again with the same name
    return output.end(runs, recording, out, ignore=given["ignore"], junit=given["junit"])


def _recorded(path: Path, number: int | None, given: dict[str, Any]) -> tuple[Recording, int]:
    from wsinspect.store.reader import CaptureReader  # noqa: PLC0415 - start-up time
    from wsinspect.store.recording import read_recording  # noqa: PLC0415

    first, last = given["first"], given["last"]
    if first is not None and last is not None and first > last:
        raise click.UsageError(f"--from-message {first} is behind --to-message {last}.")
    with CaptureReader(path) as reader:
        number = only_session(reader.sessions(limit=MOST_NAMED + 1)) if number is None else number
        recording = read_recording(reader, number, exact=not given["plain"], first=first, last=last)
        return recording, number


def _nothing_to_send(recording: Recording) -> str:
    """Say why there is nothing to play; empty: there is."""
    ours = [event for event in recording.events if event.direction is Direction.C2S]
    messages = [event for event in ours if event.is_message]
    if messages and not any(event.complete for event in messages):
        return "no message of the client is wholly on record"
    return "" if ours else "the client sent nothing"


def _bindings(recording: Recording, given: dict[str, Any]) -> Bindings:
    from wsinspect.replay.binding.bindings import find_bindings, parse_rebind  # noqa: PLC0415 - start-up time

    try:
        rebinds = [*map(parse_rebind, given["rebinds"]), *(_setting(text, parse_rebind) for text in given["settings"])]
    except WsinspectError as error:
        raise click.UsageError(escape_lines(str(error))) from error
    for rebind in rebinds:
        if rebind.template:
            from wsinspect.cli.evaluating import check_template  # noqa: PLC0415 - start-up time

            check_template(rebind.template, f"{rebind.option} {rebind.ours}")
    return find_bindings(recording, Direction.C2S, rebind=rebinds, ignore=given["ignore"])


def _setting(text: str, parse: Callable[[str], Rebind]) -> Rebind:
    """Read a `--set`: what is behind the sign is a template, whether there is an expression in it or not."""
    try:
        rebind = parse(text + _NOTHING)
    except WsinspectError as error:
        shown = str(error).replace(_NOTHING, "").replace("--rebind:", "--set:", 1)
        raise click.UsageError(escape_lines(shown.splitlines()[0])) from error
    template = rebind.template.removesuffix(_NOTHING) or _NOTHING
    return dataclasses.replace(rebind, template=template, option="--set")


def _play_options(given: dict[str, Any]) -> PlayOptions:
    from wsinspect.replay.playing.player import PlayOptions  # noqa: PLC0415 - start-up time

    return PlayOptions(
        pace=Pace(given["pace"]),
        speed=given["speed"],
        wait_ns=round(given["wait"] * _SECOND_NS),
        linger_ns=round(given["linger"] * _SECOND_NS),
        keep_going=given["keep_going"],
        plain=given["plain"],
    )


def _job(recording: Recording, bindings: Bindings, play: PlayOptions, given: dict[str, Any]) -> Job:
    from wsinspect.cli.evaluating import evaluator  # noqa: PLC0415 - start-up time
    from wsinspect.cli.replay_runs import Job  # noqa: PLC0415

    return Job(
        recording=recording,
        bindings=bindings,
        target=target(recording.session, given["target"]),
        play=play,
        evaluating=evaluator,
        variables=dict(given["variables"]),
        repeat=given["repeat"],
        parallel=given["parallel"],
    )


def _default_path() -> Path:
    from wsinspect.engine.captures import default_capture_path  # noqa: PLC0415 - start-up time

    return default_capture_path()


async def _run(job: Job, out: Path, *, append: bool) -> Runs:
    from wsinspect.cli.replay_runs import Runs  # noqa: PLC0415 - start-up time
    from wsinspect.engine.client import recording_to  # noqa: PLC0415

    with recording_to(out, append=append) as recorder:
        runs = Runs(job, recorder)
        telling = asyncio.create_task(show_progress(runs))
        try:
            await runs.play()
        finally:
            telling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await telling
    return runs


def _annotate(runs: Runs, out: Path, note: str) -> None:
    """Have the new sessions say what they are."""
    from wsinspect.store.annotation import set_note, set_tags  # noqa: PLC0415 - start-up time

    for run in runs.done:
        if run.session_id is not None:
            set_note(out, run.session_id, None, note)
            set_tags(out, run.session_id, None, ["replay"])
