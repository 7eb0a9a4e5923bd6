"""What the demo prints at its end: tables of what was captured, and commands to try on it."""

from __future__ import annotations

import shlex
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click

from wsinspect.cli.demo_serving import DEFAULT_SERVE
from wsinspect.cli.parameters import sql_filter
from wsinspect.cli.printer import Printer
from wsinspect.cli.totals import read_totals
from wsinspect.errors import EngineError
from wsinspect.present.lines import (
    FRAME_TITLES,
    FRAME_WIDTHS,
    SESSION_TITLES,
    SESSION_WIDTHS,
    frame_line,
    session_line,
    titles,
)
from wsinspect.present.text import escape_lines, spaced
from wsinspect.store.reader import CaptureReader

NORMAL = 1000
"""Close code of who leaves in peace."""
SHOWN_SESSIONS = 20
SHOWN_FRAMES = 8


def sum_up(capture: Path, rules: Path, *, as_json: bool) -> None:
    """Sum up a finished capture, and say what can be done with it."""
    totals = read_totals(capture)
    if not totals.sessions:
        raise EngineError("nothing was captured", hint="'wsinspect doctor' looks for the reason")
    if not as_json:
        sys.stdout.flush()
        _print_tables(capture)
        _print_rules(capture)
    _say("")
    _say(f"Captured {totals} in {capture}")
    _say("What next:")
    file = shlex.quote(str(capture))
    commands = [
        ("see it again", f"wsinspect open {file}"),
        ("look for something", f"wsinspect messages {file} ACME"),
        ("count and time it", f"wsinspect stats {file}"),
        ("see every frame", f"wsinspect frames {file} 'opcode == ping'"),
        ("see a handshake", f"wsinspect show {file} 1"),
        ("try out rules", f"wsinspect rules test {shlex.quote(str(rules))} --capture {file}"),
        ("your own program", "wsinspect exec -- PROGRAM"),
        *_replaying(capture),
    ]
    for purpose, line in commands:
        _say(f"  {purpose:<20}{line}")


def _replaying(capture: Path) -> Iterator[tuple[str, str]]:
    """Give the commands that a visit to the shop can be tried again with, where there was one."""
    with CaptureReader(capture) as reader:
        shopping = (one for one in reader.sessions() if one.url.endswith("/shop"))
        visit = next((one for one in shopping if one.close and one.close.code == NORMAL), None)
    if visit is None:
        return
    file, shop = shlex.quote(str(capture)), f"wss://localhost:{DEFAULT_SERVE.rpartition(':')[2]}/shop"
    yield "a new shop", "wsinspect demo --serve --changed"
    yield "replay an order", f"wsinspect replay {file} --session {visit.id} --to {shop} --insecure"
    yield "stand in for it", f"wsinspect mock {file} --session {visit.id}"


def _print_tables(capture: Path) -> None:
    from wsinspect.demo.servers import CLOSE_CODE  # noqa: PLC0415 - start-up time

    printer = Printer()
    with CaptureReader(capture) as reader:
        sessions = list(reader.sessions())
        printer.line()
        printer.line(titles(SESSION_TITLES, SESSION_WIDTHS))
        for session in sessions[:SHOWN_SESSIONS]:
            printer.line(session_line(session))
        if len(sessions) > SHOWN_SESSIONS:
            printer.line([(f"     and {len(sessions) - SHOWN_SESSIONS} more", "")])
        with_close = next((one for one in sessions if one.close and one.close.code == CLOSE_CODE), sessions[0])
        printer.line()
        printer.line(titles(FRAME_TITLES, FRAME_WIDTHS))
        for frame in reader.frames(session=with_close.id, limit=SHOWN_FRAMES):
            printer.line(frame_line(frame, width=printer.width))
    printer.flush()


def _print_rules(capture: Path) -> None:
    """Print what rules did, in messages."""
    with CaptureReader(capture) as reader:
        touched = reader.messages(sql_filter("has(rules)", "message"), payload_limit=0)
        counts = Counter(rule for message in touched for rule in message.rules)
    printer = Printer()
    if counts:
        printer.line()
        printer.line(titles(("messages", "rule"), (-8, 1)))
    for rule, count in counts.most_common():
        printer.line(spaced([(f"{count:,}", ""), (escape_lines(rule), "")], (-8, 1)))
    printer.flush()


def _say(text: str) -> None:
    click.echo(escape_lines(text), err=True)
