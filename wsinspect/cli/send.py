"""`wsinspect send`: connect as a client, and talk: at a prompt, or by what arguments and standard input say."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, override

import click

from wsinspect.cli.engine_options import DurationType
from wsinspect.cli.exit_status import ExitStatus
from wsinspect.cli.parameters import json_option
from wsinspect.cli.send_connection import Connection, Retries
from wsinspect.cli.send_input import Split, StandardInput, binary_of, binary_of_hex, each_of, made_of, text_of
from wsinspect.cli.send_options import CurlCommand, client_options, client_options_of_curl, without_password
from wsinspect.cli.termination import sigterm_as_interrupt
from wsinspect.errors import EngineError, WsinspectError
from wsinspect.model import Source
from wsinspect.present.text import escape_lines
from wsinspect.replay.performing import Performer, SendClose, SendMessage

if TYPE_CHECKING:
    from wsinspect.engine.client import ClientOptions, ClientSession
    from wsinspect.engine.recorder import Recorder
    from wsinspect.query.patterns import Pattern

QUIET_S = 1.0
"""How long a server may be silent before nothing more is expected of it."""
EXPECT_S = 10.0
"""The same, while an expected message is still missing."""


class PatternType(click.ParamType["Pattern"]):
    """Reads a regular expression in RE2's syntax."""

    name = "regex"

    @override
    def convert(self, value: str | Pattern, param: click.Parameter | None, ctx: click.Context | None) -> Pattern:
        from wsinspect.query.patterns import Pattern, problem  # noqa: PLC0415 - start-up time

        if isinstance(value, Pattern):
            return value
        pattern = Pattern(value)
        if why := problem(pattern):
            self.fail(f"{value!r} is no regular expression: {why}", param, ctx)
        return pattern


class CloseType(click.ParamType[SendClose]):
    """Reads code and reason of a close: `1001 going away`."""

    name = "code reason"

    @override
    def convert(self, value: str | SendClose, param: click.Parameter | None, ctx: click.Context | None) -> SendClose:
        from wsinspect.cli.prompt.commands import close_of  # noqa: PLC0415 - start-up time

        if isinstance(value, SendClose):
            return value
        try:
            return close_of(value)
        except WsinspectError as error:
            self.fail(error.message.partition("; /raw")[0], param, ctx)


class RetriesType(click.ParamType[Retries]):
    """Reads how often to connect again; nothing: without end."""

    name = "n"

    @override
    def convert(self, value: str | Retries, param: click.Parameter | None, ctx: click.Context | None) -> Retries:
        if isinstance(value, Retries):
            return value
        if not value:
            return Retries()
        if not (value.isascii() and value.isdigit() and int(value) > 0):
            self.fail(f"{value!r} is no number of attempts", param, ctx)
        return Retries(int(value))


@dataclass(frozen=True, slots=True)
class Way:
    """How to talk, whether at a prompt or not."""

    options: ClientOptions
    retries: Retries | None
    ping_every_s: float | None
    out: Path | None
    append: bool
    limit_s: float | None


@click.command("send", cls=CurlCommand)
@click.argument("url", metavar="URL", required=False)
@click.argument("messages", metavar="[MESSAGE]...", nargs=-1)
@click.option("--message", "more_messages", metavar="TEXT", multiple=True, help="Send this too. Repeatable.")
@click.option("--binary", is_flag=True, help="Send binary messages.")
@click.option("--hex", "as_hex", is_flag=True, help="Send binary messages, which are given in hexadecimal.")
@click.option(
    "--split",
    type=click.Choice([split.value for split in Split]),
    default=Split.LINE.value,
    show_default=True,
    help="What ends a message in standard input; with none, it is all one message.",
)
@click.option(
    "--expect",
    metavar="REGEX",
    multiple=True,
    type=PatternType(),
    help="Wait for a message in which this is found; status 1 if none comes. Repeatable: one after another.",
)
@click.option("--count", metavar="N", type=click.IntRange(min=1), help="End after N received messages.")
@click.option(
    "--timeout",
    metavar="DURATION",
    type=DurationType(),
    help=f"End after this much silence. [default: {QUIET_S:g}s once all is sent, {EXPECT_S:g}s with --expect]",
)
@click.option(
    "--wait", metavar="DURATION", type=DurationType(), help="End this long after the last message, silent or not."
)
@click.option(
    "--close", metavar="'CODE REASON'", type=CloseType(), help="Close with this code and reason. [default: 1000]"
)
@click.option(
    "--reconnect", "retries", metavar="[N]", type=RetriesType(), help="Connect again when the connection is lost, "
    "with growing pauses; N attempts in a row.",
)  # fmt: skip
@click.option("--ping-interval", metavar="DURATION", type=DurationType(), help="Send a ping this often.")
@click.option(
    "-o", "--out", metavar="FILE.wsi", type=click.Path(path_type=Path, dir_okay=False), help="Record into a capture."
)
@click.option("--append", is_flag=True, help="Go on in an existing capture file, which is refused otherwise.")
@click.option("--no-history", is_flag=True, help="Keep nothing of what is typed at the prompt.")
@json_option
@client_options_of_curl
def command(
    url: str | None, messages: tuple[str, ...], *, url_option: str | None, no_history: bool, **given: Any
) -> ExitStatus:
    """Connect to a WebSocket server, send messages, print what comes back.

    In a terminal and without messages it is a prompt; /help there explains its commands. Else messages come from the
    arguments, or a line each from standard input.

    Options that curl has too mean what they mean there, so that a browser's "Copy as cURL" can be pasted, with the word
    curl in front or between quotes.
    """
    if url_option is not None:
        url, messages = url_option, messages if url is None else (url, *messages)
    if url is None:
        raise click.UsageError("Missing argument 'URL'.")
    try:
        way = Way(
            options=client_options(url, given),
            retries=given["retries"],
            ping_every_s=given["ping_interval"] or None,
            out=given["out"],
            append=given["append"],
            limit_s=given["max_time"],
        )
    except EngineError:
        raise
    except WsinspectError as error:
        raise click.UsageError(escape_lines(str(error))) from error
    texts = (*messages, *given["more_messages"])
    if not texts and _is_for_a_person(given):
        return asyncio.run(_within(way, _talk_at_prompt(way, keep_history=not no_history, given=given)))
    return asyncio.run(_within(way, _talk(way, texts, given)))


def _is_for_a_person(given: dict[str, Any]) -> bool:
    asked = any(given[name] for name in ("as_json", "expect", "count", "wait", "timeout", "binary", "as_hex"))
    return not asked and sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


async def _within(way: Way, talk: Coroutine[None, None, ExitStatus]) -> ExitStatus:
    try:
        with sigterm_as_interrupt():
            async with asyncio.timeout(way.limit_s):
                return await talk
    except TimeoutError as error:
        raise EngineError(f"not done within {way.limit_s:g} s") from error


@contextlib.contextmanager
def _connecting(way: Way) -> Iterator[Callable[[Performer], Awaitable[ClientSession]]]:
    """Give what opens a session, which is recorded where that was asked for."""
    from wsinspect.engine.client import open_session, recording_to  # noqa: PLC0415 - start-up time

    with contextlib.ExitStack() as stack:
        recorder: Recorder | None = None
        if way.out is not None:
            recorder = stack.enter_context(recording_to(way.out, append=way.append))
        yield lambda performer: open_session(way.options, performer, recorder, source=Source.USER)


async def _talk(way: Way, texts: Sequence[str], given: dict[str, Any]) -> ExitStatus:
    from wsinspect.cli.send_batch import Conversation, Plan  # noqa: PLC0415 - start-up time
    from wsinspect.cli.send_output import Output  # noqa: PLC0415 - start-up time

    patience_s = given["timeout"] if given["timeout"] is not None else EXPECT_S if given["expect"] else None
    plan = Plan(
        expected=given["expect"],
        patience_s=patience_s,
        quiet_s=QUIET_S if patience_s is None else patience_s,
        wait_s=given["wait"],
        count=given["count"],
        close=given["close"],
    )
    output = Output(
        as_json=given["as_json"], include=given["include"], silent=given["silent"], verbose=given["verbose"]
    )
    messages, is_waiting = _messages(texts, given)
    with _connecting(way) as connect:
        conversation = Conversation(messages, is_waiting, plan, output)
        connection = Connection(connect, conversation.tell, way.retries)
        await connection.open()
        keeping = [asyncio.create_task(connection.keep_alive(way.ping_every_s))] if way.ping_every_s else []
        try:
            return await conversation.hold(connection)
        finally:
            for task in keeping:
                task.cancel()
            await connection.abandon()


def _messages(texts: Sequence[str], given: dict[str, Any]) -> tuple[AsyncIterator[SendMessage], Callable[[], bool]]:
    """Return what is to be sent, and what tells whether the next of it is not there yet."""
    make = binary_of_hex if given["as_hex"] else binary_of if given["binary"] else text_of
    # Who only waits for something types nothing.
    listens = any(given[name] for name in ("expect", "count", "wait", "timeout"))
    if texts or sys.stdin is None or (listens and sys.stdin.isatty()):
        ready = [make(text.encode("utf-8", "surrogateescape")) for text in texts]
        return each_of(ready), lambda: False
    standard_input = StandardInput(sys.stdin.buffer, Split(given["split"]))
    return made_of(standard_input.messages(), make), lambda: standard_input.is_waiting


async def _talk_at_prompt(way: Way, *, keep_history: bool, given: dict[str, Any]) -> ExitStatus:
    from prompt_toolkit.patch_stdout import patch_stdout  # noqa: PLC0415 - start-up time

    from wsinspect.cli.printer import Printer  # noqa: PLC0415 - start-up time
    from wsinspect.cli.prompt.commands import entry_of  # noqa: PLC0415 - start-up time
    from wsinspect.cli.prompt.dialogue import Dialogue, Settings  # noqa: PLC0415 - start-up time
    from wsinspect.cli.prompt.editing import LineEditor  # noqa: PLC0415 - start-up time
    from wsinspect.cli.prompt.history import history_path, open_history  # noqa: PLC0415 - start-up time
    from wsinspect.cli.prompt.transcript import Transcript  # noqa: PLC0415 - start-up time

    settings = Settings(
        url=without_password(way.options.url),
        retries=way.retries,
        ping_every_s=way.ping_every_s,
        close=given["close"],
        show_handshake=given["include"] or given["verbose"],
    )
    # What a peer sent is harmless before it gets here; the escape sequences left are our own colours.
    with _connecting(way) as connect, patch_stdout(raw=True):
        printer = Printer()
        dialogue = Dialogue(settings, connect, Transcript(lambda line: printer.line(line, wrap=True)))
        await dialogue.open()
        editor = LineEditor(open_history(history_path() if keep_history else None), entry_of, dialogue.status)
        return await dialogue.hold(editor)
