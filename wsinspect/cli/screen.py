"""`wsinspect` by itself: an engine and the screen on a new capture."""

from __future__ import annotations

import gc
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wsinspect.cli.engine_options import engine_options
from wsinspect.cli.engine_process import EngineProcess, mode_kind, reachable, started_engine
from wsinspect.cli.exit_status import ExitStatus
from wsinspect.cli.totals import read_totals
from wsinspect.engine.registry import EngineInfo
from wsinspect.errors import EngineError
from wsinspect.present.text import escape_lines

if TYPE_CHECKING:
    from wsinspect.engine.options import EngineOptions
    from wsinspect.tui.app import ScreenApp, Shown
    from wsinspect.tui.data.connections import Connector


@click.command("screen")
@engine_options
def command(options: EngineOptions) -> None:
    """Start the engine and the screen on a new capture: what wsinspect does without a command.

    Leaving the screen ends the engine, unless it is left with ctrl+d. The exit status is 1 when an 'expect' of a rule
    did not hold.
    """
    from wsinspect.tui.app import Leaving  # noqa: PLC0415 - start-up time

    need_terminal()
    with started_engine(options) as engine:
        app = make_screen(shown_engine(engine.info, owned=True), options)
        how = app.run()
        # A failure of the screen is none of the engine.
        if how is Leaving.DETACH or app.return_code:
            engine.detach()
    say_farewell(engine, options.out)
    check_screen(app)


def check_screen(app: ScreenApp) -> None:
    """Tell by the exit status that a screen failed; Textual has said how.

    Raises:
        EngineError: It failed.
    """
    if app.return_code:
        raise EngineError("the screen failed", hint="what is above says where: please report it")


def need_terminal() -> None:
    """End where there is no terminal to draw on.

    Raises:
        UsageError: There is none.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError(
            "the screen needs a terminal; 'wsinspect capture' records without one, and 'wsinspect messages' lists"
        )


def make_screen(shown: Shown, options: EngineOptions | None = None) -> ScreenApp:
    """Make the screen with what the person has set about it.

    Garbage is collected again once it has drawn something: until then it is in the way.

    Args:
        shown: What it shows.
        options: Of the engine that was started with it: the Repeater trusts the servers that it trusts.

    Raises:
        WsinspectError: The settings cannot be used.
    """
    gc.disable()
    # Textual draws when its next frame is due: at 60 a second, what is asked for and then read waits for two of them.
    os.environ.setdefault("TEXTUAL_FPS", "120")
    from wsinspect.tui.app import ScreenApp, available_themes  # noqa: PLC0415 - start-up time
    from wsinspect.tui.settings import read_settings, settings_path  # noqa: PLC0415

    def keys() -> list[str]:
        from wsinspect.tui.every_key import key_names  # noqa: PLC0415 - imports all of the screen

        return key_names()

    settings = read_settings(settings_path(), themes=available_themes, keys=keys)
    return ScreenApp(replace(shown, connector=lambda: _connector(shown.capture, options)), settings)


def _connector(shown: Path, options: EngineOptions | None) -> Connector:
    from wsinspect.cli.screen_connector import ScreenConnector  # noqa: PLC0415 - start-up time

    return ScreenConnector(
        shown, insecure=options is not None and options.insecure, ca_file=options.upstream_ca if options else None
    )


def shown_engine(info: EngineInfo, *, owned: bool) -> Shown:
    """Describe an engine to the screen."""
    from wsinspect.tui.app import Shown  # noqa: PLC0415 - start-up time

    return Shown(Path(info.capture), info.control, owned=owned, hint=_hint(info))


def _hint(info: EngineInfo) -> str:
    kinds = {mode_kind(mode): reachable(address) for mode, address in zip(info.modes, info.listen, strict=False)}
    if proxy := kinds.get("regular") or kinds.get("upstream"):
        return f"Point a client at the proxy {proxy}, or run one: wsinspect exec -- PROGRAM"
    if socks := kinds.get("socks5"):
        return f"Point a client at the SOCKS proxy {socks}, or run one: wsinspect exec -- PROGRAM"
    if reverse := kinds.get("reverse"):
        return f"Let clients connect to {reverse} in place of the server"
    return "Let clients connect"


def say_farewell(engine: EngineProcess, capture: Path) -> None:
    """Say behind the screen what there is now, and end with 1 where an expectation failed."""
    if engine.detached:
        _say(f"The engine {engine.info.pid} goes on. 'wsinspect attach' shows it, 'wsinspect ctl shutdown' ends it.")
        return
    totals = read_totals(capture)
    if totals.sessions:
        _say(f"Recorded {totals} in {capture}")
    else:
        _say(f"No WebSocket came by; {capture} is empty")
    if engine.expect_failed:
        _say("an expectation of a rule did not hold")
        click.get_current_context().exit(ExitStatus.DIFFERS)


def _say(text: str) -> None:
    click.echo(escape_lines(text), err=True)
