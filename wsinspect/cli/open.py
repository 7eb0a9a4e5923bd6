"""`wsinspect open`: the screen on a capture that is there already."""

from __future__ import annotations

from pathlib import Path

import click

from wsinspect.cli.parameters import capture_argument
from wsinspect.cli.screen import check_screen, make_screen, need_terminal, shown_engine
from wsinspect.engine import registry
from wsinspect.store.reader import CaptureReader


@click.command("open")
@capture_argument
def command(capture: Path) -> None:
    """Show a capture on the screen; one that is being recorded is steered as well."""
    from wsinspect.tui.app import Shown  # noqa: PLC0415 - start-up time

    need_terminal()
    with CaptureReader(capture) as reader:  # what is no capture is told here, not on the screen
        live = reader.live
    engines = [info for info in registry.running() if Path(info.capture) == capture.resolve()] if live else []
    shown = shown_engine(engines[0], owned=False) if engines else Shown(capture)
    app = make_screen(shown)
    app.run()
    check_screen(app)
