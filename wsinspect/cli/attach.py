"""`wsinspect attach`: the screen on an engine that runs."""

from __future__ import annotations

import click

from wsinspect.cli.screen import check_screen, make_screen, need_terminal, shown_engine
from wsinspect.engine import registry


@click.command("attach")
@click.argument("engine", metavar="[CAPTURE|PID]", required=False)
def command(engine: str | None) -> None:
    """Show an engine that runs on the screen, and steer it.

    Leaving the screen leaves the engine running. Where there are several engines, name its capture or process id.
    """
    need_terminal()
    app = make_screen(shown_engine(registry.find(engine), owned=False))
    app.run()
    check_screen(app)
