"""A command of wsinspect that runs beside the screen: what it says, and how it ended."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import sys
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress

from wsinspect.errors import EngineError

_MOST_LINES = 5000
_LINE_BYTES = 1 << 16
_PATIENCE_S = 5.0
_SERVERS = ("mock",)
"""Commands that go on until they are told to end."""


class Program:
    """The command.

    Args:
        arguments: Behind `wsinspect`.
        on_change: Called when it has said something, or ended.
    """

    def __init__(self, arguments: Sequence[str], on_change: Callable[[], None]) -> None:
        self.command = shlex.join(["wsinspect", *arguments])
        """As a person would type it."""
        self.lines: deque[str] = deque(maxlen=_MOST_LINES)
        """The last ones that it said; made harmless by itself, as all commands do."""
        self.status: int | None = None
        """Its exit status, once it has ended."""
        self.on_change = on_change
        self._arguments = arguments
        self._process: asyncio.subprocess.Process | None = None
        self._running: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Run it until it ends; it goes on where nobody waits for that any more.

        Raises:
            EngineError: It cannot be started.
        """
        self._running = asyncio.ensure_future(self._run())
        await asyncio.shield(self._running)

    async def _run(self) -> None:
        arguments = [*self._arguments, *(["--stop-with-stdin"] if self._arguments[0] in _SERVERS else [])]
        environment = os.environ | {"PYTHONUNBUFFERED": "1", "NO_COLOR": "1"}
        try:
            process = self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "wsinspect",
                *arguments,
                stdin=asyncio.subprocess.PIPE,  # ends with this program, however that ends
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                env=environment,
                limit=_LINE_BYTES,
                start_new_session=True,  # ctrl+c on this terminal is not for it
            )
        except OSError as error:
            raise EngineError(f"cannot be started: {error.strerror or error}", where=self.command) from error
        assert process.stdout is not None
        while line := await _line(process.stdout):
            self.lines.append(line.decode(errors="replace").rstrip("\r\n"))
            self.on_change()
        self.status = await process.wait()
        self.on_change()

    def interrupt(self) -> None:
        """Have it end as ctrl+c does."""
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGINT if sys.platform != "win32" else signal.SIGTERM)

    async def end(self) -> None:
        """End it, and wait until it has."""
        running = self._running
        if running is None or running.done():
            return
        self.interrupt()
        await asyncio.wait({running}, timeout=_PATIENCE_S)
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()
        await asyncio.wait({running}, timeout=_PATIENCE_S)


async def _line(stream: asyncio.StreamReader) -> bytes:
    try:
        return await stream.readline()
    except ValueError:  # longer than the limit: what is kept of it is gone, and the rest comes as a line
        return b"...\n"
