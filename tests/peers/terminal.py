"""A program in a terminal, as a person has it: in a window of a tmux server of its own, seen as text, driven by keys.

The server takes no configuration and has a socket of its own, so that no other tmux on the machine is touched.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import tempfile
import time
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path

from tests.peers.programs import require
from tests.peers.waiting import DEADLINE_S, until_told, within

_SETTINGS = {
    # A tmux-256color terminal knows all that Textual uses; truecolor is asked for by COLORTERM.
    "default-terminal": "tmux-256color",
    "escape-time": "0",
    "exit-empty": "off",
    "remain-on-exit": "on",
    "set-clipboard": "on",
    "status": "off",
}


def tmux() -> str:
    """Path of tmux."""
    program = shutil.which("tmux")
    require(program is not None, "tmux is not installed")
    assert program is not None
    return program


class Terminal:
    """A terminal with a program in it.

    Args:
        server: The tmux command with its socket.
        environment: What tmux itself runs with.
    """

    def __init__(self, server: Sequence[str], environment: Mapping[str, str]) -> None:
        self._server = server
        self._environment = environment

    async def screen(self) -> str:
        """Return what is on the screen, as lines of text without the blanks at their ends."""
        return await self._ask("capture-pane", "-p")

    async def styled_screen(self) -> str:
        """Return what is on the screen with its colours, as escape sequences."""
        return await self._ask("capture-pane", "-p", "-e")

    async def until(
        self, wanted: str | Callable[[str], bool], what: str | None = None, deadline_s: float = DEADLINE_S
    ) -> str:
        """Wait until a text is on the screen, or until the screen is as wanted; return it.

        Args:
            wanted: A text, or a test of the whole screen.
            what: What is waited for, in words; needed where a test does not say so by itself.
            deadline_s: How long at most.

        Raises:
            AssertionError: It was not in time; with the screen as it was.
        """
        shown = ""

        async def look() -> bool:
            nonlocal shown
            shown = await self.screen()
            return wanted in shown if isinstance(wanted, str) else wanted(shown)

        awaited = what or (wanted if isinstance(wanted, str) else "a condition on the screen")
        try:
            await until_told(look, bool, awaited, deadline_s)
        except AssertionError:
            raise AssertionError(f"not within {deadline_s:g} s: {awaited}; the screen is\n{shown}") from None
        return shown

    async def press(self, *keys: str) -> None:
        """Press keys, by tmux's names: `a`, `Enter`, `Escape`, `C-s`, `PageDown`, `F1` …; an unknown one is typed."""
        await self._ask("send-keys", *keys)

    async def type(self, text: str) -> None:
        """Type a text, which is never the name of a key."""
        await self._ask("send-keys", "-l", text)

    async def click(self, column: int, row: int) -> None:
        """Click with the left button; the upper left corner is 0, 0."""
        place = f"{column + 1};{row + 1}"
        await self.type(f"\x1b[<0;{place}M\x1b[<0;{place}m")

    async def resize(self, columns: int, rows: int) -> None:
        """Make the terminal larger or smaller."""
        await self._ask("resize-window", "-x", str(columns), "-y", str(rows))

    async def copied(self) -> str:
        """Return what the program has put into the clipboard last, empty where nothing was."""
        try:
            return await self._ask("show-buffer")
        except AssertionError:
            return ""

    async def pid(self) -> int:
        """Return the process id of the program."""
        return int(await self._ask("display-message", "-p", "#{pane_pid}"))

    async def exit_status(self) -> int:
        """Wait until the program has ended; return its exit status, minus the signal's number where one ended it."""
        fields = "#{pane_dead} #{pane_dead_status} #{pane_dead_signal}"

        async def look() -> list[str]:
            await self._look_for_ends()
            return (await self._ask("display-message", "-p", fields)).rstrip("\n").split(" ")

        _, status, number = await until_told(look, lambda told: any(told[1:]), "the program to end")
        return int(status) if status else -int(number)

    async def end(self) -> None:
        """End the program and what it has started in its process group."""
        pid = await self.pid()
        for number, patience_s in ((signal.SIGHUP, 2.0), (signal.SIGKILL, DEADLINE_S)):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, number)
            end = time.monotonic() + patience_s
            while time.monotonic() < end:
                try:
                    os.killpg(pid, 0)
                except ProcessLookupError:
                    return
                await self._look_for_ends()
        raise AssertionError(f"process group {pid} does not end")

    async def _look_for_ends(self) -> None:
        # tmux 3.3 now and then overlooks the end of a program; the signal again, and it looks again.
        os.kill(int(await self._ask("display-message", "-p", "#{pid}")), signal.SIGCHLD)

    async def _ask(self, *words: str) -> str:
        process = await asyncio.create_subprocess_exec(
            *self._server, *words, stdin=DEVNULL, stdout=PIPE, stderr=PIPE, env=dict(self._environment)
        )
        output, errors = await within(process.communicate(), f"tmux {words[0]}")
        assert process.returncode == 0, f"tmux {' '.join(words)}: {errors.decode()}"
        return output.decode()


@contextlib.asynccontextmanager
async def terminal(
    command: Sequence[str | Path],
    *,
    columns: int = 140,
    rows: int = 40,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[Terminal]:
    """Run a program in a terminal for the length of a block; it has ended when the block has.

    Args:
        command: Program and arguments.
        columns: Of the terminal.
        rows: Of the terminal.
        folder: Where the program runs; None: here.
        environment: Variables added to ours.
    """
    program = tmux()
    with tempfile.TemporaryDirectory(prefix="wsi-tmux-") as sockets:
        # Not in a test's own folder: the path of a socket must be short.
        inherited = {name: value for name, value in os.environ.items() if name not in {"TMUX", "TMUX_PANE"}}
        around = {**inherited, "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8", **(environment or {})}
        server = (program, "-S", str(Path(sockets, "socket")), "-f", "/dev/null", "-u")
        shown = Terminal(server, around)
        start = ["start-server"]
        for name, value in _SETTINGS.items():
            start += [";", "set-option", "-g", name, value]
        # To tmux, a semicolon at the end of a word ends the command.
        words = [f"{word[:-1]}\\;" if word.endswith(";") else word for word in map(str, command)]
        size = ("-x", str(columns), "-y", str(rows))
        # `env` makes it two words at least: a single one would go to a shell.
        start += [";", "new-session", "-d", *size, "-c", str(folder or Path.cwd()), "--", "env", *words]
        try:
            await shown._ask(*start)
            try:
                yield shown
            finally:
                await shown.end()
        finally:
            with contextlib.suppress(AssertionError):
                await shown._ask("kill-server")
