"""`wsinspect tail`: follows a capture while it is being recorded."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import click

from wsinspect.cli.following import Batch, follow_frames, follow_messages, follow_sessions
from wsinspect.cli.frames import frame_listing
from wsinspect.cli.listing import Listing
from wsinspect.cli.messages import message_listing
from wsinspect.cli.parameters import json_option, payload_option, sql_filter
from wsinspect.cli.printer import Printer
from wsinspect.cli.sessions import SESSION_LISTING
from wsinspect.formats.records import json_line
from wsinspect.model import Session
from wsinspect.present.frame_texts import FrameTexts
from wsinspect.present.lines import titles
from wsinspect.store.reader import CaptureReader

_SUFFIX = ".wsi"

type Kind = Literal["session", "frame"]


@click.command("tail")
@click.argument("arguments", metavar="[FILE] [FILTER]", nargs=-1)
@click.option("--engine", metavar="CAPTURE|PID", help="Which running engine, where there are several and no FILE.")
@click.option("--sessions", "kind", flag_value="session", help="Sessions, each when it ends, instead of messages.")
@click.option("--frames", "kind", flag_value="frame", help="Frames instead of messages.")
@click.option("-n", "--last", metavar="N", type=click.IntRange(min=0), default=10, help="Begin N records back [10].")
@click.option("--all", "from_start", is_flag=True, help="Begin with the first record.")
@click.option("--updates", is_flag=True, help="Also print records that changed since, with a count `rev`.")
@json_option
@payload_option
def command(
    arguments: tuple[str, ...],
    engine: str | None,
    kind: Kind | None,
    last: int,
    from_start: bool,
    updates: bool,
    as_json: bool,
    payload_limit: int | None,
) -> None:
    """Follow a capture while it is being recorded.

    A message is printed once it is decided. Without FILE it is the capture of the running engine. tail ends when the
    engine does, or with Ctrl-C. FILTER chooses records as in the listing commands.
    """
    if kind == "frame" and updates:
        raise click.UsageError("--updates is for messages and sessions")
    file, expression = _file_and_filter(arguments)
    path = _capture_of_engine(engine) if file is None else file
    begin = None if from_start else last
    if kind == "session":
        sessions = follow_sessions(path, _session_test(expression), last=begin, revisions=updates)
        _print(sessions, SESSION_LISTING, as_json=as_json, with_revision=updates)
        return
    condition = None if expression is None else sql_filter(expression, kind or "message")
    if kind == "frame":
        with CaptureReader(path) as reader:
            listing = frame_listing(FrameTexts(reader.message), payload_limit)
            _print(follow_frames(path, condition, last=begin), listing, as_json=as_json, with_revision=False)
    else:
        messages = follow_messages(path, condition, last=begin, revisions=updates)
        _print(messages, message_listing(payload_limit), as_json=as_json, with_revision=updates)


def _file_and_filter(arguments: tuple[str, ...]) -> tuple[Path | None, str | None]:
    match arguments:
        case ():
            return None, None
        case (file, expression):
            return Path(file), expression
        case (only,):
            return (Path(only), None) if only.endswith(_SUFFIX) or Path(only).is_file() else (None, only)
        case _:
            raise click.UsageError(f"one FILE and one FILTER, not {len(arguments)} arguments (quote the filter)")


def _capture_of_engine(selector: str | None) -> Path:
    from wsinspect.engine import registry  # noqa: PLC0415 - not needed where FILE says it

    return Path(registry.find(selector).capture)


def _session_test(expression: str | None) -> Callable[[Session], bool]:
    if expression is None:
        return lambda _: True
    from wsinspect.query import Target, parse, to_predicate  # noqa: PLC0415 - start-up time

    return to_predicate(parse(expression, Target.SESSION), Target.SESSION)


def _print[Item](batches: Iterator[Batch[Item]], listing: Listing[Item], *, as_json: bool, with_revision: bool) -> None:
    printer = Printer()
    if not as_json:
        printer.line(titles(listing.titles, listing.widths))
        printer.flush()
    for batch in batches:
        for item, revision in batch:
            if as_json:
                rev = {"rev": revision} if with_revision else {}
                sys.stdout.buffer.write(json_line({**listing.record(item), **rev}))
            else:
                rev_cells = [(f"  (rev {revision})", "yellow")] if with_revision and revision > 1 else []
                printer.line([*listing.line(item, printer.width), *rev_cells])
                if below := listing.below(item, printer.width):
                    printer.line(below)
        if batch:
            sys.stdout.flush()
