"""Takes the pictures of docs/pictures/: what commands and the screen show in a terminal, drawn as SVG.

`make pictures` runs it. The commands run for real, on a capture of the demo, in a pseudo-terminal; the screen runs
under tmux. Nothing is made up; only the demo's port, another each time, reads as a host name.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
from pathlib import Path

from rich.console import Console
from rich.text import Text

from scripts.mirror import ROOT
from scripts.screen_pictures import take

FOLDER = ROOT / "docs" / "pictures"
COLUMNS = 140
CAPTURE = "demo.wsi"

PICTURES = {
    "sessions": ["wsinspect sessions demo.wsi", "wsinspect show demo.wsi 2.3"],
    "messages": ["wsinspect messages demo.wsi 'session == 5 and index <= 12'", "wsinspect stats demo.wsi"],
    "rules": ["cat rules.yaml", "wsinspect rules test rules.yaml --capture demo.wsi --examples 1"],
}
"""Each picture, and the command lines it shows one below the other."""

RULES = """\
version: 1
rules:
  - id: cheaper
    match: {dir: s2c, json: {$.type: tick, $.symbol: ACME}}
    do:
      - json_set: {$.price: 99.5, $.note: "by {{ rule }}"}
  - id: no-typing
    match: {json: {$.type: typing}}
    do: [drop]
  - id: short
    match: {dir: s2c, json: {$.type: message}}
    do:
      - expect: {that: size < 110, message: a message is too long for a watch}
"""
"""What `rules.yaml` holds in the folder that the commands run in."""

_ADDRESS = re.compile(r"localhost:\d+")


def terminal_output(command: str, folder: Path) -> str:
    """Run a command line in a pseudo-terminal; return what it writes there, escape sequences and all.

    Args:
        command: For a shell, in which `wsinspect` is this checkout's.
        folder: Where it runs.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 60, COLUMNS, 0, 0))
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "TERM": "xterm-256color",
        "COLUMNS": str(COLUMNS),
    }
    with subprocess.Popen(
        ["sh", "-c", command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    ):
        os.close(theirs)
        parts: list[bytes] = []
        try:
            while part := os.read(ours, 1 << 16):
                parts.append(part)
        except OSError:  # what Linux says when the other end of a pseudo-terminal is closed
            pass
        finally:
            os.close(ours)
    return b"".join(parts).decode().replace("\r\n", "\n")


def draw(name: str, folder: Path) -> str:
    """Return a picture of `PICTURES` as SVG."""
    with Path(os.devnull).open("w") as nowhere:
        console = Console(record=True, width=COLUMNS, file=nowhere, force_terminal=True, color_system="truecolor")
        for command in PICTURES[name]:
            console.print(Text.assemble(("$ ", "bold green"), (command, "bold")))
            console.print(Text.from_ansi(_ADDRESS.sub("shop.test", terminal_output(command, folder).rstrip())))
            console.print()
        return console.export_svg(title="wsinspect", unique_id=name)


def main() -> None:
    """Take every picture anew."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        terminal_output(f"wsinspect demo --headless -o {CAPTURE}", folder)
        (folder / "rules.yaml").write_text(RULES)
        for name in PICTURES:
            (FOLDER / f"{name}.svg").write_text(draw(name, folder))
            print(f"docs/pictures/{name}.svg")

    def keep(name: str, svg: str) -> None:
        (FOLDER / f"{name}.svg").write_text(svg)
        print(f"docs/pictures/{name}.svg")

    asyncio.run(take(keep))


if __name__ == "__main__":
    main()
