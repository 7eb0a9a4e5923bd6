"""Takes the pictures of the screen for docs/pictures/: the real program on the demo, in a terminal, driven by keys."""

from __future__ import annotations

import asyncio
import copy
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable
from io import StringIO
from pathlib import Path

from rich.color_triplet import ColorTriplet
from rich.console import Console
from rich.terminal_theme import SVG_EXPORT_THEME
from rich.text import Text
from textual.color import Color

from tests.peers.terminal import Terminal, terminal
from wsinspect.tui.themes import DARK

COLUMNS, ROWS = 140, 38

type Taker = Callable[[str], Awaitable[None]]


async def take(keep: Callable[[str, str], None]) -> None:
    """Walk through the program, and take a picture at each stop.

    Args:
        keep: Given the name of a picture and its SVG.
    """
    with tempfile.TemporaryDirectory(prefix="captures-of-") as folder:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        homes = {f"XDG_{name}_HOME": folder for name in ("DATA", "STATE", "CONFIG")}
        command = ["wsinspect", "demo", "-o", "demo.wsi"]
        surroundings = {"PATH": path, "EDITOR": "true", **homes}
        async with terminal(
            command, columns=COLUMNS, rows=ROWS, folder=Path(folder), environment=surroundings
        ) as shown:

            async def picture(name: str) -> None:
                # The folder is another each time; what stands behind it stays in its place.
                screen = (await shown.styled_screen()).replace(folder, "/home/anna/captures".ljust(len(folder)))
                keep(name, drawn(name, screen))

            await _walk(shown, picture)
            await shown.press("q")
            await shown.until("Release and leave")
            await shown.press("y")
            await shown.exit_status()


def drawn(name: str, screen: str) -> str:
    """Draw what a terminal shows as SVG."""
    console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi(screen), end="")
    theme = copy.copy(SVG_EXPORT_THEME)
    # Of cells that nothing was drawn into.
    theme.background_color = ColorTriplet(*Color.parse(DARK.background or "black").rgb)
    return console.export_svg(title="wsinspect", unique_id=name, theme=theme)


async def _walk(shown: Terminal, picture: Taker) -> None:
    await shown.until("/shop")
    await _filter(shown, "path == '/shop' and close.code == 1000", "done")
    await shown.press("Enter")
    await shown.until('"report"')
    await shown.press("g", *["Down"] * 12)
    await shown.until('"orders"')
    await shown.press("1")
    await shown.press("Escape")
    await shown.until("/private")
    await shown.press("2")
    await shown.until('"orders": 1')
    await picture("screen-traffic")

    await _filter(shown, "close.code == 4401", "login")
    await shown.press("Enter")
    await shown.until("password_expired")
    await shown.press("g", "Down")
    await shown.until('"code": ')
    await picture("screen-refused")

    await _filter(shown, "path == '/shop' and close.code == 1000", "done")
    await shown.press("r")
    await shown.until("Made anew")
    await shown.press("a")
    await shown.until(lambda seen: seen.count("✓ sent") == 6 and seen.count("◀ ≈") == 7, "all that came back")
    await shown.press("Down", "Down", "Down")
    await shown.until("As sent")
    await picture("screen-repeater")
    await shown.press("Escape")
    await shown.until("Messages of")

    await shown.press("1", "Escape")
    await shown.until("/private")
    await shown.press("2", "a", "/")
    await shown.type("ACME")
    await shown.press("Enter")
    await shown.until(lambda seen: "all sessions" in seen and '"tick"' in seen, "prices")
    await shown.press("End", "b")
    await shown.until('"ACME" and dir == s2c')
    await shown.press("Enter")
    await shown.until("held 1")
    await shown.press("G")
    await shown.until("⏸ held ─")
    await picture("screen-held")
    await shown.press("e")
    await shown.until("Release ^s")
    await picture("screen-edit")
    await shown.press("Escape")
    await shown.until("Sessions")
    await shown.press("F3")
    await shown.until("cheerful-bot")
    await picture("screen-rules")
    await shown.press("F4")
    await shown.until("Messages a second")
    await picture("screen-statistics")


async def _filter(shown: Terminal, text: str, wanted: str) -> None:
    """Filter the sessions, and wait for something that is left of them."""
    await shown.press("1")
    await shown.press("Escape")
    await shown.until(lambda seen: " of " not in seen[: seen.index("Messages")], "all sessions")
    await shown.press("/")
    await shown.type(text)
    await shown.press("Enter")
    await shown.until(wanted)


if __name__ == "__main__":
    asyncio.run(take(lambda name, svg: print(name, len(svg))))
