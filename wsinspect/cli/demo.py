"""`wsinspect demo`: a small local world of servers and clients, seen through the proxy."""

from __future__ import annotations

import asyncio
import dataclasses
import importlib.resources
import shlex
import ssl
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wsinspect.cli.engine_options import engine_options
from wsinspect.cli.engine_process import LOG_LINE, EngineProcess, proxy_url, started_engine
from wsinspect.cli.feed import LOOK_EVERY_S, Feed
from wsinspect.cli.parameters import json_option, sql_filter
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

if TYPE_CHECKING:
    from wsinspect.engine.options import EngineOptions

BEAT_S = 0.36
"""Pace of the demo where nobody watches."""
CALM_BEAT_S = 0.72
"""Pace that a person can follow."""
SHOWN_SESSIONS = 20
SHOWN_FRAMES = 8
RULES_FILE = "wsinspect-demo-rules.yaml"


@click.command("demo")
@click.option("--headless", is_flag=True, help="Let everything happen once, print what was captured, and end.")
@json_option
@engine_options
def command(options: EngineOptions, *, headless: bool, as_json: bool) -> None:
    """See real traffic at once: a chat with a bot, prices, pictures, pings, refusals and losses.

    A local server speaks wss to clients that go through the proxy; the certificates are made up for the occasion, and
    verified all the same. The proxy takes a free port, unless --listen names one. On a terminal the screen shows it,
    until you leave with q.

    Rules in a file beside the capture, unless --rules names another, say what to do with the traffic. Edit it while the
    demo runs: it acts within a second.
    """
    from wsinspect.demo.certificates import DemoAuthority  # noqa: PLC0415 - start-up time

    _say("A local wss server, and clients that talk to it through the proxy. Starting …")
    with tempfile.TemporaryDirectory(prefix="wsinspect-demo-") as folder:
        authority = DemoAuthority(Path(folder))
        chosen = dataclasses.replace(
            options,
            listen=options.listen or "127.0.0.1:0",
            upstream_ca=options.upstream_ca or authority.path,
            rules=options.rules or (starter_rules(options.out.parent / RULES_FILE),),
        )
        with started_engine(chosen) as engine:
            if not headless and not as_json and sys.stdin.isatty() and sys.stdout.isatty():
                asyncio.run(_play_on_screen(authority.server_context(), engine))
            else:
                _play_in_lines(authority.server_context(), engine, chosen, headless=headless, as_json=as_json)
        sum_up(options.out, chosen.rules[0], as_json=as_json)


def _play_in_lines(
    context: ssl.SSLContext, engine: EngineProcess, options: EngineOptions, *, headless: bool, as_json: bool
) -> None:
    _say(f"The proxy listens on {', '.join(engine.info.listen)} and has every certificate checked.")
    _say(f"Its rules are in {', '.join(map(str, options.rules))}")
    if not headless:
        _say("Ctrl-C ends it.")
    with CaptureReader(options.out) as reader, _until_interrupted(headless=headless):
        asyncio.run(_play(context, engine, Feed(reader, as_json), headless=headless))


async def _play_on_screen(context: ssl.SSLContext, engine: EngineProcess) -> None:
    from wsinspect.cli.screen import check_screen, make_screen, shown_engine  # noqa: PLC0415 - start-up time
    from wsinspect.demo import clients  # noqa: PLC0415
    from wsinspect.demo.servers import demo_server  # noqa: PLC0415

    app = make_screen(shown_engine(engine.info, owned=True))
    trust = ssl.create_default_context(cafile=engine.info.ca)
    async with demo_server(context, CALM_BEAT_S) as url:
        playing = asyncio.create_task(clients.play_on(clients.Way(url, proxy_url(engine.info), trust, CALM_BEAT_S)))
        # It goes on until it is cancelled, or fails.
        playing.add_done_callback(lambda _: app.exit())
        try:
            await app.run_async()
        finally:
            playing.cancel()
        check_screen(app)
        try:
            await playing
        except asyncio.CancelledError:
            return
        except ExceptionGroup as group:
            raise EngineError(f"the demo's clients do not get through: {_first(group)}") from group


def starter_rules(file: Path) -> Path:
    """Write the rules that a newcomer edits, unless an earlier demo did, and return their file.

    Raises:
        EngineError: If they cannot be written.
    """
    starter = importlib.resources.files("wsinspect.demo").joinpath("rules.yaml").read_bytes()
    try:
        with suppress(FileExistsError), file.open("xb") as output:
            output.write(starter)
    except OSError as error:
        raise EngineError(f"cannot write the demo's rules: {error.strerror}", where=str(file)) from error
    return file


@contextmanager
def _until_interrupted(*, headless: bool) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        if headless:
            raise


async def _play(context: ssl.SSLContext, engine: EngineProcess, feed: Feed, *, headless: bool) -> None:
    from wsinspect.demo import clients  # noqa: PLC0415 - start-up time
    from wsinspect.demo.servers import demo_server  # noqa: PLC0415

    trust = ssl.create_default_context(cafile=engine.info.ca)
    beat_s = BEAT_S if headless else CALM_BEAT_S
    async with demo_server(context, beat_s) as url:
        way = clients.Way(url, proxy_url(engine.info), trust, beat_s)
        following = asyncio.gather(feed.follow(), _tell_log(engine))
        try:
            await (clients.play_once(way) if headless else clients.play_on(way))
            await asyncio.sleep(beat_s)  # what came last is on its way to the file
        except ExceptionGroup as group:
            raise EngineError(f"the demo's clients do not get through: {_first(group)}") from group
        finally:
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following
        feed.catch_up()


async def _tell_log(engine: EngineProcess) -> None:
    """Say what the engine logs, such as rules that were read again or a mistake in them, until cancelled."""
    logged = False
    with engine.log.open(errors="replace") as log:
        while True:
            while line := log.readline():
                # What it says before is how to use it; what it logs may go on in further lines.
                logged = logged or LOG_LINE.match(line) is not None
                if logged:
                    _stand_out(line.rstrip())
            await asyncio.sleep(LOOK_EVERY_S)


def _first(group: ExceptionGroup[Exception]) -> Exception:
    first = group.exceptions[0]
    return _first(first) if isinstance(first, ExceptionGroup) else first


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
    for purpose, line in (
        ("see it again", f"wsinspect open {file}"),
        ("look for something", f"wsinspect messages {file} ACME"),
        ("count and time it", f"wsinspect stats {file}"),
        ("see every frame", f"wsinspect frames {file} 'opcode == ping'"),
        ("see a handshake", f"wsinspect show {file} 1"),
        ("try out rules", f"wsinspect rules test {shlex.quote(str(rules))} --capture {file}"),
        ("your own program", "wsinspect exec -- PROGRAM"),
    ):
        _say(f"  {purpose:<20}{line}")


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


def _stand_out(text: str) -> None:
    """Say something that is to be seen among lines that pass."""
    click.secho(escape_lines(text), err=True, bold=True, reverse=True)
