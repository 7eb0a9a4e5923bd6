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

    async def run(self) -> None:
        """Run it until it ends.

        Raises:
            EngineError: It cannot be started.
        """
        environment = os.environ | {"PYTHONUNBUFFERED": "1", "NO_COLOR": "1"}
        try:
            process = self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "wsinspect",
                *self._arguments,
                stdin=asyncio.subprocess.DEVNULL,
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
        process = self._process
        if process is None or process.returncode is not None:
            return
        self.interrupt()
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


async def _line(stream: asyncio.StreamReader) -> bytes:
    try:
        return await stream.readline()
    except ValueError:  # longer than the limit: what is kept of it is gone, and the rest comes as a line
        return b"...\n"
