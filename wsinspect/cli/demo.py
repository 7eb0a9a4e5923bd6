"""`wsinspect demo`: a small local world of servers and clients, seen through the proxy."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import importlib.resources
import ssl
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wsinspect.cli.demo_serving import DEFAULT_SERVE, serve_until_interrupted
from wsinspect.cli.demo_shopping import go_shopping
from wsinspect.cli.demo_summary import sum_up
from wsinspect.cli.engine_options import engine_options, given_engine_options
from wsinspect.cli.engine_process import LOG_LINE, EngineProcess, proxy_url, started_engine
from wsinspect.cli.exit_status import ExitStatus
from wsinspect.cli.feed import LOOK_EVERY_S, Feed
from wsinspect.cli.parameters import json_option
from wsinspect.errors import EngineError
from wsinspect.present.text import escape_lines
from wsinspect.store.reader import CaptureReader

if TYPE_CHECKING:
    from wsinspect.engine.options import EngineOptions

type Serving = Callable[[float], AbstractAsyncContextManager[str]]
"""Runs the servers at a beat in seconds; gives their URL, without a path."""

BEAT_S = 0.36
"""Pace of the demo where nobody watches."""
CALM_BEAT_S = 0.72
"""Pace that a person can follow."""
RULES_FILE = "wsinspect-demo-rules.yaml"


@click.command("demo")
@click.option("--headless", is_flag=True, help="Let everything happen once, print what was captured, and end.")
@click.option(
    "--serve",
    is_flag=True,
    help=f"Run only the servers, without a proxy, until Ctrl-C; on --listen. [default: {DEFAULT_SERVE}]",
)
@click.option("--changed", is_flag=True, help="Let the shop be a new version, so that there is something to compare.")
@click.option(
    "--shop-client",
    metavar="URL",
    help="Only do what the shop's client does, once, at this URL, such as that of a mock; status 1 if that is no shop.",
)
@json_option
@engine_options
@click.pass_context
def command(
    ctx: click.Context,
    options: EngineOptions,
    *,
    headless: bool,
    serve: bool,
    changed: bool,
    shop_client: str | None,
    as_json: bool,
) -> ExitStatus | None:
    """See real traffic at once: a chat with a bot, prices, pictures, pings, refusals and losses.

    A local server speaks wss to clients that go through the proxy; the certificates are made up for the occasion, and
    verified all the same. The proxy takes a free port, unless --listen names one. On a terminal the screen shows it,
    until you leave with q.

    Rules in a file beside the capture, unless --rules names another, say what to do with the traffic. Edit it while the
    demo runs: it acts within a second.

    To try replaying: the shop issues a token at its login, and each request carries that and what the last answer
    brought. 'wsinspect demo --headless -o shop.wsi' records it as session 1, 'wsinspect demo --serve --changed' is a
    shop to replay it against, and --shop-client a program that a mock can be tried with.
    """
    if serve or shop_client is not None:
        _refuse_what_has_no_meaning(
            ctx,
            {"--serve": serve, "--shop-client": shop_client is not None},
            {"--headless": headless, "--json": as_json, "--changed": changed and not serve},
            {"listen"} if serve else {"insecure", "upstream_ca", "confdir"},
        )
    if serve:
        serve_until_interrupted(options.listen or DEFAULT_SERVE, BEAT_S, changed=changed)
        return None
    if shop_client is not None:
        return go_shopping(shop_client, options)
    _demonstrate(options, headless=headless, changed=changed, as_json=as_json)
    return None


def _refuse_what_has_no_meaning(
    ctx: click.Context, modes: Mapping[str, bool], flags: Mapping[str, bool], allowed: AbstractSet[str]
) -> None:
    """Raise a usage error for an option that a mode without a proxy does not look at."""
    [mode, *other_modes] = [name for name, given in modes.items() if given]
    spelled = {parameter.name: parameter.opts[-1] for parameter in ctx.command.params}
    engine = [spelled[name] for name in given_engine_options(ctx) if name not in allowed]
    useless = [*other_modes, *(name for name, given in flags.items() if given), *engine]
    if useless:
        raise click.UsageError(f"{', '.join(useless)}: not together with {mode}")


def _demonstrate(options: EngineOptions, *, headless: bool, changed: bool, as_json: bool) -> None:
    from wsinspect.demo.certificates import DemoAuthority  # noqa: PLC0415 - start-up time
    from wsinspect.demo.servers import demo_server  # noqa: PLC0415

    _say("A local wss server, and clients that talk to it through the proxy. Starting …")
    with tempfile.TemporaryDirectory(prefix="wsinspect-demo-") as folder:
        authority = DemoAuthority(Path(folder))
        chosen = dataclasses.replace(
            options,
            listen=options.listen or "127.0.0.1:0",
            upstream_ca=options.upstream_ca or authority.path,
            rules=options.rules or (starter_rules(options.out.parent / RULES_FILE),),
        )
        serving = functools.partial(demo_server, authority.server_context(), changed=changed)
        with started_engine(chosen) as engine:
            if not headless and not as_json and sys.stdin.isatty() and sys.stdout.isatty():
                asyncio.run(_play_on_screen(serving, engine, chosen))
            else:
                _play_in_lines(serving, engine, chosen, headless=headless, as_json=as_json)
        sum_up(options.out, chosen.rules[0], as_json=as_json)


def _play_in_lines(
    serving: Serving, engine: EngineProcess, options: EngineOptions, *, headless: bool, as_json: bool
) -> None:
    _say(f"The proxy listens on {', '.join(engine.info.listen)} and has every certificate checked.")
    _say(f"Its rules are in {', '.join(map(str, options.rules))}")
    if not headless:
        _say("Ctrl-C ends it.")
    with CaptureReader(options.out) as reader, _until_interrupted(headless=headless):
        asyncio.run(_play(serving, engine, Feed(reader, as_json), headless=headless))


async def _play_on_screen(serving: Serving, engine: EngineProcess, options: EngineOptions) -> None:
    from wsinspect.cli.screen import check_screen, make_screen, shown_engine  # noqa: PLC0415 - start-up time
    from wsinspect.demo import clients  # noqa: PLC0415

    app = make_screen(shown_engine(engine.info, owned=True), options)
    trust = ssl.create_default_context(cafile=engine.info.ca)
    async with serving(CALM_BEAT_S) as url:
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


async def _play(serving: Serving, engine: EngineProcess, feed: Feed, *, headless: bool) -> None:
    from wsinspect.demo import clients  # noqa: PLC0415 - start-up time

    trust = ssl.create_default_context(cafile=engine.info.ca)
    beat_s = BEAT_S if headless else CALM_BEAT_S
    async with serving(beat_s) as url:
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


def _say(text: str) -> None:
    click.echo(escape_lines(text), err=True)


def _stand_out(text: str) -> None:
    """Say something that is to be seen among lines that pass."""
    click.secho(escape_lines(text), err=True, bold=True, reverse=True)
