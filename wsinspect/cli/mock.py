"""`wsinspect mock`: stand in for the server of a recorded session."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wsinspect.cli.capture import StatusLine, log_above, stop_at_end_of_input, stop_on_signals
from wsinspect.cli.engine_options import AddressType, engine_options
from wsinspect.cli.engine_process import mode_kind, reachable
from wsinspect.cli.exit_status import ExitStatus
from wsinspect.cli.mock_rules import MockOptions, mock_rules, path_of, server_mode
from wsinspect.cli.parameters import MOST_NAMED, SpeedType, capture_argument, only_session
from wsinspect.cli.totals import read_totals
from wsinspect.errors import WsinspectError
from wsinspect.present.text import escape_lines

if TYPE_CHECKING:
    from wsinspect.engine.options import EngineOptions
    from wsinspect.engine.registry import EngineInfo
    from wsinspect.engine.steered import Notice
    from wsinspect.model import Session


@click.command("mock")
@capture_argument
@click.option("--session", "number", metavar="N", type=click.IntRange(min=1), help="Which one. [default: the only one]")
@click.option(
    "--pace",
    type=click.Choice(["causal", "timed", "sequence"]),
    default="causal",
    show_default=True,
    help="causal: upon a message, what was said upon the recorded one that it is; timed: after as long as it took; "
    "sequence: as soon as as many messages came, whatever they are.",
)
@click.option(
    "--speed",
    metavar="FACTOR",
    type=SpeedType(most=1000),
    default=1.0,
    help="Of what is timed, heartbeats too: 2x is twice as fast. [default: 1x]",
)
@click.option("--from-message", "first", metavar="M", type=click.IntRange(min=1), help="Begin with this message.")
@click.option("--to-message", "last", metavar="M", type=click.IntRange(min=1), help="End with this message.")
@click.option(
    "--rebind",
    metavar="OURS=THEIRS",
    multiple=True,
    help="Write values anew that were not found: of the server's messages those at a path, with what the client says "
    "at another. Repeatable.",
)
@click.option(
    "--ignore",
    metavar="PATH",
    multiple=True,
    help="Values that say nothing about which message one is, and are answered as recorded. Repeatable.",
)
@click.option(
    "--unmatched",
    type=click.Choice(["report", "ignore", "close", "echo"]),
    default="report",
    show_default=True,
    help="What to do upon a message that is not in the recording.",
)
@click.option("--any-path", is_flag=True, help="Answer whatever path a client asks for, and not only the recorded one.")
@click.option("--loop", is_flag=True, help="Begin again at the end of the recording, and never end the session.")
@click.option("--strict", is_flag=True, help="End with status 1 when a message was not in the recording.")
@click.option(
    "--proxy",
    metavar="HOST:PORT",
    type=AddressType(),
    help="Be a proxy there, too: who asks it for the recorded URL gets the mock, and for others their server.",
)
@click.option(
    "--stop-with-stdin", is_flag=True, hidden=True, help="End when standard input does, so as not to outlive a starter."
)
@engine_options
def command(capture: Path, options: EngineOptions, *, number: int | None, **given: Any) -> ExitStatus:
    """Stand in for the server of a recorded session, until Ctrl-C.

    Clients connect with ws:// or wss:// to the address that is listened on, each to a run of its own. Their messages
    are known by what they are, and answered as then, with their ids; a message that is not in the recording is told of
    with the nearest one. With --mode clients come in another way, as with --mode regular through a proxy.

    Rules of --rules act on the sessions as on any other.

    The exit status is 1 when an 'expect' of a rule did not hold, or, with --strict, a message was not in the recording.
    """
    _check(given)
    session = _chosen(capture, number, (given["first"], given["last"]))
    path = None if given["any_path"] else path_of(session)
    options = _engine_options(options, capture, session, given)
    tally = Tally()
    line = StatusLine()
    with log_above(line):
        expect_failures = asyncio.run(
            _serve(options, session, path, tally, line, stop_with_stdin=given["stop_with_stdin"])
        )
    line.clear()
    _say(f"{_plural(tally.clients, 'client')}, {_plural(tally.unmatched, 'message')} not in the recording")
    if (totals := read_totals(options.out)).sessions:
        _say(f"Recorded {totals} in {options.out}")
        _say(f"Look at it with: wsinspect sessions {shlex.quote(str(options.out))}")
    if expect_failures:
        _say(f"{expect_failures} times an expectation of a rule did not hold")
    failed = expect_failures or (given["strict"] and tally.unmatched)
    return ExitStatus.DIFFERS if failed else ExitStatus.DONE


@dataclass(slots=True)
class Tally:
    """What has happened so far."""

    clients: int = 0
    unmatched: int = 0
    playing: set[int] = field(default_factory=set)
    """Sessions that are open."""

    def take(self, notice: Notice) -> str | None:
        """Take what happened; return a line about it, where there is one."""
        number = notice.session or 0
        match notice.kind.value:
            case "session" if notice.text == "open":
                self.clients += 1
                self.playing.add(number)
            case "session":
                self.playing.discard(number)
            case "unmatched":
                self.unmatched += 1
            case "replay":
                return f"session {number} {notice.text}"
            case _:
                pass
        return None

    def __str__(self) -> str:
        connected = f"● {len(self.playing)} of {_plural(self.clients, 'client')} connected"
        return f"{connected}, {_plural(self.unmatched, 'message')} not in the recording"


def _check(given: dict[str, Any]) -> None:
    """Refuse what cannot be meant."""
    from wsinspect.replay.binding.corrections import parse_rebind  # noqa: PLC0415 - start-up time

    if given["first"] is not None and given["last"] is not None and given["last"] < given["first"]:
        raise click.UsageError("--to-message is before --from-message.")
    for text in given["rebind"]:
        try:
            parse_rebind(text)
        except WsinspectError as error:
            raise click.UsageError(escape_lines(str(error))) from error


def _chosen(capture: Path, number: int | None, messages: tuple[int | None, ...]) -> Session:
    from wsinspect.store.reader import CaptureReader  # noqa: PLC0415 - start-up time
    from wsinspect.store.recording import check_session  # noqa: PLC0415
    from wsinspect.store.rehearsal import check_messages  # noqa: PLC0415

    with CaptureReader(capture) as reader:
        if number is None:
            number = only_session(reader.sessions(limit=MOST_NAMED + 1))
        session = check_session(reader, number)
        check_messages(reader, number, *messages)
        return session


def _engine_options(options: EngineOptions, capture: Path, session: Session, given: dict[str, Any]) -> EngineOptions:
    """Return the options of an engine that plays a session."""
    how = MockOptions(
        pace=given["pace"],
        speed=given["speed"],
        first=given["first"],
        last=given["last"],
        rebind=given["rebind"],
        ignore=given["ignore"],
        unmatched=given["unmatched"],
        loop=given["loop"],
        any_path=given["any_path"],
    )
    from click.core import ParameterSource  # noqa: PLC0415 - an enum that click keeps to itself

    source = click.get_current_context().get_parameter_source("modes")
    chosen = source is not None and source is not ParameterSource.DEFAULT
    modes = options.modes if chosen else (server_mode(session),)
    if given["proxy"] is not None:
        modes = (*modes, f"regular@{given['proxy']}")
    what = "only a WebSocket at this path is answered" if not given["any_path"] else "only WebSockets are answered"
    return dataclasses.replace(
        options,
        modes=modes,
        own_rules=mock_rules(capture, session, how),
        otherwise=f"This is a mock of {session.url}, made by wsinspect: {what}.",
    )


async def _serve(
    options: EngineOptions,
    session: Session,
    path: str | None,
    tally: Tally,
    line: StatusLine,
    *,
    stop_with_stdin: bool,
) -> int:
    from wsinspect.engine.runner import run  # noqa: PLC0415 - mitmproxy takes a while to import

    stop = asyncio.Event()
    stop_on_signals(stop)
    if stop_with_stdin:
        stop_at_end_of_input(stop)

    def on_ready(info: EngineInfo) -> None:
        for text in introduction(info, session, path, options):
            _say(text)
        logging.getLogger("wsinspect").setLevel(logging.INFO)
        line.show(str(tally))

    def on_notice(notice: Notice) -> None:
        if (told := tally.take(notice)) is not None:
            line.above(escape_lines(told))
        line.show(str(tally))

    return await run(options, on_ready, stop, on_notice)


def introduction(info: EngineInfo, session: Session, path: str | None, options: EngineOptions) -> Iterator[str]:
    """Say what is played, and where clients find it.

    Args:
        info: Of the engine.
        session: What is played.
        path: The only one that is answered; None: any is.
        options: Of the engine.
    """
    yield f"Playing the server of session {session.id}, {session.url}, {session.messages.s2c:,} messages"
    for mode, address in zip(info.modes, info.listen, strict=False):
        there = reachable(address)
        if mode_kind(mode) == "reverse":
            target = session.path or "/" if path is not None else "/"
            yield f"Connect to ws://{there}{target} or wss://{there}{target}"
            if path is not None:
                yield f"  (no path but {path} is answered; --any-path answers all)"
        elif mode_kind(mode) == "regular":
            yield f"Use the proxy http://{there}, as 'wsinspect exec' does: it answers {session.url} itself,"
            yield "  and takes all else to its server"
        else:
            yield f"Listening on {address} ({mode})"
    yield f"Clients have to trust {info.ca} for wss:// ('wsinspect cert' says how)"
    if options.rules:
        yield f"Acting by the rules in {', '.join(map(str, options.rules))}, read again when they change"
    yield f"Recording to {info.capture}"
    yield "Ctrl-C ends it."


def _plural(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _say(text: str) -> None:
    click.echo(escape_lines(text), err=True)
