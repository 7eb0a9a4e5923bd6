"""`wsinspect fuzz`: send variations of a recorded message, in its context, and show what is odd about the answers."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wsinspect.cli.exit_status import ExitStatus
from wsinspect.cli.fuzz_options import ANY, fuzz_options
from wsinspect.cli.fuzz_plan import Planned, Wanted, message_of, planned
from wsinspect.cli.parameters import MOST_NAMED, capture_argument, json_option, only_session
from wsinspect.cli.printer import Printer
from wsinspect.cli.replay_target import check_files, taken_target, target, target_options
from wsinspect.errors import EngineError, WsinspectError
from wsinspect.formats.records import json_line
from wsinspect.model import Direction
from wsinspect.present.fuzz_report import FuzzResult, report_lines, report_records, variation_record
from wsinspect.present.text import escape, escape_lines, number_of
from wsinspect.replay.fuzz.payload_lists import As, Mode

if TYPE_CHECKING:
    from wsinspect.cli.fuzz_campaign import Setting
    from wsinspect.cli.fuzz_run import Manner
    from wsinspect.engine.client.options import ClientOptions
    from wsinspect.replay.recording import Event, Recording

_SECOND_NS = 1_000_000_000


@click.command("fuzz")
@capture_argument
@fuzz_options
@target_options
@json_option
def command(capture: Path, session: int | None, message: int, *, as_json: bool, **given: Any) -> ExitStatus:
    """Send variations of a recorded message, in its context, and show what is odd about the answers.

    Each variation has a connection of its own, on which the client's messages before it are sent first, with the
    values that the server issues this time, as replay does. The message itself goes first, unchanged: what is odd is
    odd compared with that. All of it is recorded; sessions in which something was odd have the tag anomaly.

    Test only what you may test: this can crash a server, fill its logs, change its data, and have you locked out. It
    connects to the server of the recording, or to the one that --to names, and to no other.
    """
    recording = _recorded(capture, session)
    event = message_of(recording, message)
    plan = planned(recording, event, _wanted(given))
    to = target(recording.session, taken_target(given))
    if given["dry_run"]:
        return _show(plan, to.url, as_json=as_json)
    from wsinspect.cli.fuzz_campaign import Campaign  # noqa: PLC0415 - start-up time

    check_files(to)
    out = given["out"] or _default_path()
    setting = _setting(recording, event, to, given)
    campaign = Campaign(setting, plan, _manner(given))
    for problem in (*recording.problems, *setting.bindings.remarks):
        click.echo(f"Warning: {escape(problem)}", err=True)
    click.echo(f"Sending {number_of(plan.total, 'variation')} of message {message} to {escape(to.url)}", err=True)
    result = asyncio.run(campaign.run(out, append=given["append"]))
    _print(result, alike=given["alike"], as_json=as_json)
    name = escape(str(out))
    click.echo(f"On record in {name}; wsinspect sessions {name} 'tags == anomaly' lists what is odd", err=True)
    if campaign.interrupted:
        return ExitStatus.INTERRUPTED
    if campaign.unreachable:
        raise EngineError(result.stopped, where=to.url)
    found = {anomaly.oddity.value for finding in result.odd for anomaly in finding.anomalies}
    fails = found & set(given["fail_on"]) or (found and ANY in given["fail_on"])
    return ExitStatus.DIFFERS if fails else ExitStatus.DONE


def _recorded(path: Path, number: int | None) -> Recording:
    from wsinspect.store.reader import CaptureReader  # noqa: PLC0415 - start-up time
    from wsinspect.store.recording import read_recording  # noqa: PLC0415

    with CaptureReader(path) as reader:
        if number is None:
            number = only_session(reader.sessions(limit=MOST_NAMED + 1))
        return read_recording(reader, number)


def _setting(recording: Recording, event: Event, to: ClientOptions, given: dict[str, Any]) -> Setting:
    from wsinspect.cli.evaluating import check_template, evaluator  # noqa: PLC0415 - start-up time
    from wsinspect.cli.fuzz_campaign import Setting  # noqa: PLC0415
    from wsinspect.replay.binding.bindings import find_bindings, parse_rebind  # noqa: PLC0415
    from wsinspect.replay.fuzz.context import listening_for  # noqa: PLC0415
    from wsinspect.replay.fuzz.shooting import Listening  # noqa: PLC0415

    try:
        rebinds = [parse_rebind(text) for text in given["rebinds"]]
    except WsinspectError as error:
        raise click.UsageError(escape_lines(str(error))) from error
    for rebind in rebinds:
        if rebind.template:
            check_template(rebind.template, rebind.ours)
    gap_s = given["rate"] * given["parallel"] if given["reuse"] else 0.0
    listening = Listening(listen_ns=round(given["listen"] * _SECOND_NS), gap_ns=round(gap_s * _SECOND_NS))
    return Setting(
        target=to,
        recording=recording,
        event=event,
        bindings=find_bindings(recording, Direction.C2S, rebind=rebinds, ignore=given["ignored"]),
        listening=listening_for(recording, event, listening),
        setup_ns=round(given["timeout"] * _SECOND_NS),
        variables=dict(given["variables"]),
        evaluating=evaluator,
    )


def _manner(given: dict[str, Any]) -> Manner:
    from wsinspect.cli.fuzz_run import Manner  # noqa: PLC0415 - start-up time

    return Manner(given["parallel"], given["reuse"], given["rate"], given["timeout"], given["stop_on"])


def _default_path() -> Path:
    from wsinspect.engine.captures import default_capture_path  # noqa: PLC0415 - start-up time

    return default_capture_path()


def _show(plan: Planned, url: str, *, as_json: bool) -> ExitStatus:
    """Say what would be sent."""
    for number, variation in enumerate(plan.make(), 1):
        if as_json:
            sys.stdout.buffer.write(json_line(variation_record(variation, number)))
        else:
            click.echo(escape(str(variation)))
    sys.stdout.flush()
    click.echo(f"{number_of(plan.total, 'variation')} would be sent to {escape(url)}", err=True)
    return ExitStatus.DONE


def _print(result: FuzzResult, *, alike: int, as_json: bool) -> None:
    if as_json:
        for record in report_records(result):
            sys.stdout.buffer.write(json_line(record))
        sys.stdout.buffer.flush()
        return
    printer = Printer()
    for line in report_lines(result, alike=alike):
        printer.line(line)
    printer.flush()


def _wanted(given: dict[str, Any]) -> Wanted:
    return Wanted(
        fields=given["fields"],
        ranges=given["ranges"],
        template=given["template"],
        mutators=given["mutators"],
        lists=given["lists"],
        mode=Mode(given["mode"]),
        meant=As(given["meant"]),
        most=given["most"],
        seed=given["seed"],
    )
