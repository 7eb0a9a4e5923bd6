"""A person at a terminal: starts a program in a pseudo-terminal, presses keys, and notes when what is awaited is seen.

Times are taken when the bytes that complete an update are read, before they are looked at: what looking costs here is
not counted to the program.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from tests.bench.processes import BenchError, cpu_ns, undisturbed
from tests.bench.screen.glass import Glass

KEYS = {
    "up": b"\x1b[A",
    "down": b"\x1b[B",
    "home": b"\x1b[H",
    "end": b"\x1b[F",
    "pageup": b"\x1b[5~",
    "pagedown": b"\x1b[6~",
    "enter": b"\r",
    "escape": b"\x1b",
    "tab": b"\t",
    "backspace": b"\x7f",
}
"""What a terminal sends for keys that are no characters."""
PATIENCE_S = 20.0
_END_S = 10.0
_READ_BYTES = 1 << 16


class NotSeenError(BenchError):
    """What was awaited was not seen in time."""


type Seen = Callable[[list[str]], bool]
"""A test of the lines of the screen."""


class Seat:
    """A program in a terminal, and the person before it.

    Args:
        command: Program and arguments.
        folder: Where the program runs.
        environment: Variables added to ours.
        columns: Of the terminal.
        rows: Of the terminal.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        folder: Path,
        environment: Mapping[str, str],
        *,
        columns: int = 140,
        rows: int = 40,
    ) -> None:
        self.glass = Glass(columns, rows)
        self._terminal, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        around = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES", "NO_COLOR"}}
        around |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8", **environment}
        self.started = time.monotonic()
        """When the process was started; all times are of this clock."""
        with undisturbed():
            self._process = subprocess.Popen(
                [str(word) for word in command],
                stdin=theirs,
                stdout=theirs,
                stderr=theirs,
                cwd=folder,
                env=around,
                start_new_session=True,
                # No thread of ours runs here that could hold a lock.
                preexec_fn=_own_terminal,  # noqa: PLW1509
            )
        os.close(theirs)
        self.pid = self._process.pid
        self.drawn = self.started
        """When an update was complete last."""

    def press(self, key: str) -> float:
        """Press a key, by its name or as the character it types; return when."""
        pressed = time.monotonic()
        os.write(self._terminal, KEYS.get(key) or key.encode())
        return pressed

    def wait(self, seen: Seen, what: str, patience_s: float = PATIENCE_S) -> float:
        """Wait until the screen is as awaited; return when the update that made it so was complete.

        Raises:
            NotSeenError: It was not in time.
            BenchError: The program ended.
        """
        deadline = time.monotonic() + patience_s
        while True:
            if seen(self.glass.lines()):
                return self.drawn
            if not self._draw(deadline):
                shown = "\n".join(self.glass.lines())
                raise NotSeenError(f"not within {patience_s:g} s: {what}; the screen is\n{shown}")

    def watch(self, seconds: float, seen: Seen | None = None) -> list[tuple[float, list[str]]]:
        """Watch for some time; return when each update was complete, and the lines then.

        Args:
            seconds: How long.
            seen: Return at once when this holds.
        """
        deadline = time.monotonic() + seconds
        updates: list[tuple[float, list[str]]] = []
        while self._draw(deadline):
            updates.append((self.drawn, self.glass.lines()))
            if seen is not None and seen(updates[-1][1]):
                break
        return updates

    def rest(self, quiet_s: float, patience_s: float = PATIENCE_S) -> float:
        """Wait until nothing has been drawn for so long; return when something was drawn last."""
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            if not self._draw(time.monotonic() + quiet_s):
                return self.drawn
        raise BenchError(f"not within {patience_s:g} s: nothing drawn for {quiet_s:g} s")

    @property
    def cpu_ns(self) -> int:
        """CPU time of the program so far."""
        return cpu_ns([self.pid])

    @property
    def peak_rss_bytes(self) -> int:
        """The most memory that the program has had."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        raise BenchError("the screen has ended")

    def leave(self, key: str = "q") -> None:
        """Leave the program as a person does, or end it."""
        with contextlib.suppress(OSError):
            self.press(key)
        self._drain_until_end(_END_S)
        with undisturbed():
            for number in (signal.SIGTERM, signal.SIGKILL):
                if self._process.poll() is None:
                    self._process.send_signal(number)
                    self._drain_until_end(_END_S)
            os.close(self._terminal)
            self._process.wait(_END_S)

    def _drain_until_end(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while self._process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(BenchError):
                self._draw(time.monotonic() + 0.05)

    def _draw(self, deadline: float) -> bool:
        """Take in what the program draws, up to the end of an update; False where nothing more came in time."""
        while True:
            ready, _, _ = select.select([self._terminal], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                return False
            try:
                data = os.read(self._terminal, _READ_BYTES)
            except OSError:
                data = b""
            now, before = time.monotonic(), self.glass.updates
            if not data:
                self._process.wait(_END_S)
                lines = [line for line in self.glass.lines() if line]
                raise BenchError("\n".join([f"the screen ended with {self._process.returncode}", *lines[-12:]]))
            if answer := self.glass.feed(data):
                os.write(self._terminal, answer)
            if self.glass.updates > before or not before:  # what is drawn before the first update has no end of one
                self.drawn = now
                return True


def _own_terminal() -> None:
    """Make the terminal the one that controls the program: it is hung up when we are gone, however we went."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@contextlib.contextmanager
def seated(
    command: Sequence[str | Path],
    folder: Path,
    environment: Mapping[str, str],
    *,
    columns: int = 140,
    rows: int = 40,
) -> Iterator[Seat]:
    """Sit before a program for the length of a `with` block; it has ended then. The arguments are those of `Seat`."""
    seat = Seat(command, folder, environment, columns=columns, rows=rows)
    try:
        yield seat
    finally:
        seat.leave()
