"""Takes the pictures of the screen for docs/pictures/: the real program on the demo, in a terminal, driven by keys."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

from tests.peers.terminal import Terminal, terminal

COLUMNS, ROWS = 120, 34

type Taker = Callable[[str], Awaitable[None]]


async def take(keep: Callable[[str, str], None]) -> None:
    """Walk through the program, and take a picture at each stop.

    Args:
        keep: Given the name of a picture and its SVG.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        homes = {f"XDG_{name}_HOME": folder for name in ("DATA", "STATE", "CONFIG")}
        command = ["wsinspect", "demo", "-o", "demo.wsi"]
        surroundings = {"PATH": path, "EDITOR": "true", **homes}
        async with terminal(
            command, columns=COLUMNS, rows=ROWS, folder=Path(folder), environment=surroundings
        ) as shown:

            async def picture(name: str) -> None:
                keep(name, drawn(name, await shown.styled_screen()))

            await _walk(shown, picture)
            await shown.press("q")
            await shown.exit_status()


def drawn(name: str, screen: str) -> str:
    """Draw what a terminal shows as SVG."""
    console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi(screen), end="")
    return console.export_svg(title="wsinspect", unique_id=name)


async def _walk(shown: Terminal, picture: Taker) -> None:
    await shown.until("login refused")
    await shown.until("/chat")
    await shown.press("/")
    await shown.type("path == '/shop'")
    await shown.press("Enter", "g", "Enter")
    await shown.until('"report"')
    await shown.press("g", "Down")
    await picture("screen-traffic")

    await shown.press("1", "Escape", "/")
    await shown.type("close.code == 4401")
    await shown.press("Enter", "Enter")
    await shown.until("password_expired")
    await shown.press("g", "Down", "Down")
    await picture("screen-refused")

    await shown.press("1", "Escape", "/")
    await shown.type("path == '/ticker'")
    await shown.press("Enter", "Enter", "b")
    await shown.until("Break")
    await shown.press("C-a", "C-k")
    await shown.type("dir == s2c and json.$.symbol == 'ACME'")
    await shown.press("Enter")
    await shown.until("held 1")
    await picture("screen-held")
    await shown.press("e")
    await shown.until("ctrl+s")
    await picture("screen-edit")
    await shown.press("Escape", "B")
    await shown.until("Breakpoints")
    await shown.press("d", "Escape", "A")

    await shown.press("f3")
    await shown.until("cheerful-bot")
    await picture("screen-rules")
    await shown.press("f4")
    await shown.until("Messages a second")
    await picture("screen-statistics")


if __name__ == "__main__":
    asyncio.run(take(lambda name, svg: print(name, len(svg))))
