"""`wsinspect send`: connect as a client, send messages, print what comes back."""

from __future__ import annotations

import asyncio
import base64
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, override

import click
from websockets import exceptions

from wsinspect.cli import client
from wsinspect.cli.engine_options import DurationType
from wsinspect.cli.exit_status import ExitStatus
from wsinspect.cli.parameters import json_option
from wsinspect.cli.printer import Printer
from wsinspect.errors import EngineError, WsinspectError
from wsinspect.formats.records import Record, json_line
from wsinspect.model import Direction
from wsinspect.present.text import escape, escape_lines

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

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


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do on a connection."""

    messages: tuple[str, ...]
    expected: tuple[Pattern, ...]
    """Each must be found in a received message, in this order."""
    patience_s: float
    """Silence after which nothing more is waited for."""
    limit_s: float | None
    """The whole may take this long."""


@click.command("send")
@click.argument("url")
@click.argument("messages", metavar="[MESSAGE]...", nargs=-1)
@click.option("--message", "more_messages", metavar="TEXT", multiple=True, help="Send this too. Repeatable.")
@click.option(
    "--expect",
    metavar="REGEX",
    multiple=True,
    type=PatternType(),
    help="Wait for a message in which this is found; status 1 if none comes. Repeatable: one after another.",
)
@click.option(
    "--timeout",
    metavar="DURATION",
    type=DurationType(),
    help=f"End after this much silence. [default: {QUIET_S:g}s, {EXPECT_S:g}s with --expect]",
)
@click.option("--subprotocol", "subprotocols", metavar="NAME", multiple=True, help="Offer a subprotocol. Repeatable.")
@click.option("--no-compress", is_flag=True, help="Do not offer permessage-deflate.")
@json_option
@click.option(
    "-H", "--header", "headers", metavar="'NAME: VALUE'", multiple=True, help="Send a header; 'NAME:' leaves one out."
)
@click.option(
    "-b", "--cookie", "cookies", metavar="DATA|FILE", multiple=True, help="Send cookies: 'a=1; b=2', or from a file."
)
@click.option("-A", "--user-agent", metavar="NAME", help="Send this User-Agent.")
@click.option("-e", "--referer", metavar="URL", help="Send this Referer.")
@click.option("-u", "--user", metavar="NAME:PASSWORD", help="Log in (Basic).")
@click.option("-k", "--insecure", is_flag=True, help="Do not verify the server's certificate.")
@click.option("--cacert", metavar="FILE", type=click.Path(path_type=Path), help="Trust these authorities only (PEM).")
@click.option(
    "-E", "--cert", metavar="FILE", type=click.Path(path_type=Path), help="Show this client certificate (PEM)."
)
@click.option("--key", metavar="FILE", type=click.Path(path_type=Path), help="Its private key, where that is apart.")
@click.option(
    "-x", "--proxy", metavar="URL", help="Connect through a proxy; '' for none. [default: from the environment]"
)
@click.option("-m", "--max-time", metavar="SECONDS", type=DurationType(), help="The whole may take this long.")
@click.option(
    "--connect-timeout", metavar="SECONDS", type=DurationType(), default=10.0, help="Connecting may take this long."
)
@click.option("-i", "--include", is_flag=True, help="Print the head of the server's answer too.")
@click.option("-s", "--silent", is_flag=True, help="Say nothing about how the connection closed.")
@click.option("--compressed", is_flag=True, hidden=True, help="Taken for curl's sake; compression is offered anyway.")
@click.option("--http1.1", "http11", is_flag=True, hidden=True, help="Taken for curl's sake; it is HTTP/1.1 anyway.")
@click.option("-g", "--globoff", is_flag=True, hidden=True, help="Taken for curl's sake; there is no globbing.")
@click.option("-L", "--location", is_flag=True, hidden=True, help="Taken for curl's sake; redirects are followed.")
def command(
    url: str, messages: tuple[str, ...], *, as_json: bool, include: bool, silent: bool, **given: Any
) -> ExitStatus:
    """Connect to a WebSocket server, send messages, print what comes back.

    Options that curl has too mean what they mean there, so that a browser's "Copy as cURL" can be pasted.
    """
    try:
        options = _client_options(client.websocket_url(url), given)
    except WsinspectError as error:
        raise click.UsageError(escape_lines(str(error))) from error
    expected = given["expect"]
    plan = Plan(
        messages=(*messages, *given["more_messages"]),
        expected=expected,
        patience_s=given["timeout"] if given["timeout"] is not None else EXPECT_S if expected else QUIET_S,
        limit_s=given["max_time"],
    )
    return asyncio.run(_talk(options, plan, Output(as_json=as_json, include=include, silent=silent)))


def _client_options(url: str, given: dict[str, Any]) -> client.ClientOptions:
    headers: list[tuple[str, str | None]] = []
    if given["user_agent"] is not None:
        headers.append(("User-Agent", given["user_agent"] or None))
    if given["referer"]:
        headers.append(("Referer", given["referer"]))
    if given["user"]:
        headers.append(("Authorization", client.basic_authorization(given["user"])))
    if cookies := "; ".join(filter(None, (client.cookies_of(text, url) for text in given["cookies"]))):
        headers.append(("Cookie", cookies))
    headers += [client.parse_header(text) for text in given["headers"]]
    return client.ClientOptions(
        url=url,
        headers=tuple(headers),
        subprotocols=given["subprotocols"],
        compress=not given["no_compress"],
        insecure=given["insecure"],
        ca_file=given["cacert"],
        certificate=given["cert"],
        key=given["key"],
        proxy=None if given["proxy"] is None else client.proxy_of(given["proxy"]),
        connect_timeout_s=given["connect_timeout"],
    )


async def _talk(options: client.ClientOptions, plan: Plan, output: Output) -> ExitStatus:
    try:
        async with asyncio.timeout(plan.limit_s):
            async with client.connected(options) as connection:
                output.opened(connection)
                return await _converse(connection, plan, output)
    except TimeoutError as error:
        raise EngineError(f"not done within {plan.limit_s:g} s") from error


async def _converse(connection: ClientConnection, plan: Plan, output: Output) -> ExitStatus:
    from wsinspect.query.patterns import searcher  # noqa: PLC0415 - start-up time

    missing = deque(plan.expected)
    lost = False
    try:
        for message in plan.messages:
            await connection.send(message)
            output.message(Direction.C2S, message)
        # With everything expected seen, and nothing else to wait for, it is over.
        while missing or not plan.expected:
            received = await asyncio.wait_for(connection.recv(), plan.patience_s)
            output.message(Direction.S2C, received)
            if missing and searcher(missing[0])(received):
                missing.popleft()
    except exceptions.ConnectionClosed as closed:
        output.closed(closed)
        lost = closed.rcvd is None
    except TimeoutError:
        pass
    if missing:
        output.complain(f"no message came that matches {missing[0].source!r}")
        return ExitStatus.DIFFERS
    if lost:
        raise EngineError("the connection was lost without a close")
    return ExitStatus.DONE


@dataclass(slots=True)
class Output:
    """Prints a conversation: received messages to standard output; on a terminal, and as JSON, what was sent too."""

    as_json: bool
    include: bool
    silent: bool
    _printer: Printer = field(default_factory=Printer)
    _number: int = 0

    def opened(self, connection: ClientConnection) -> None:
        """Show the head of the server's answer, where that is wanted."""
        response = connection.response
        if not self.include or response is None or self.as_json:
            return
        self._printer.line([(f"HTTP/1.1 {response.status_code} {escape(response.reason_phrase)}", "bold")])
        for name, value in response.headers.raw_items():
            self._printer.line([(f"{escape(name)}: {escape(value)}", "dim")])
        self._printer.line()

    def message(self, direction: Direction, payload: str | bytes) -> None:
        """Show a message."""
        self._number += 1
        if self.as_json:
            self._print_record(direction, payload)
        elif sys.stdout.isatty():
            arrow, style = ("→ ", "cyan") if direction is Direction.C2S else ("← ", "magenta")
            shown = escape_lines(payload) if isinstance(payload, str) else payload.hex(" ")
            self._printer.line([(arrow, style), (shown, "" if direction is Direction.S2C else "dim")], wrap=True)
        elif direction is Direction.S2C:
            click.echo(payload if isinstance(payload, str) else payload.hex(" "))
        self._printer.flush()

    def closed(self, closed: exceptions.ConnectionClosed) -> None:
        """Say how it closed."""
        close = closed.rcvd
        if close is None:
            return
        if self.as_json:
            by = "server" if closed.rcvd_then_sent else "client"
            record: Record = {"close": {"by": by, "code": int(close.code), "reason": close.reason}}
            sys.stdout.buffer.write(json_line(record))
        elif not self.silent:
            self.complain(f"the server closed with {int(close.code)} {close.reason}".rstrip())

    def complain(self, text: str) -> None:
        """Say something that is no data."""
        click.echo(escape_lines(text), err=True)

    def _print_record(self, direction: Direction, payload: str | bytes) -> None:
        text = isinstance(payload, str)
        encoded = payload.encode() if isinstance(payload, str) else payload
        record: Record = {
            "number": self._number,
            "time": round(time.time(), 6),
            "dir": direction.label,
            "type": "text" if text else "binary",
            "size": len(encoded),
        }
        if isinstance(payload, str):
            record["text"] = payload
        else:
            record["base64"] = base64.b64encode(encoded).decode()
        sys.stdout.buffer.write(json_line(record))
        sys.stdout.buffer.flush()
