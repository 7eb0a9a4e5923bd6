"""Starts the benchmark's processes, reads what they cost, and ends every one of them by its pid.

CPU time is user and system together, of a process, of its living descendants and of those it has reaped. Living ones
are read from the kernel's CPU clock of the process (`clock_getcpuclockid(3)`), the counter that `/proc/PID/stat` rounds
to 10 ms; reaped ones from `cutime` and `cstime` there. Linux only.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

INTERRUPTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
STOP_S = 15.0
_TICK_NS = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_CPUCLOCK_SCHED = 2


class BenchError(Exception):
    """A process that did not start, did not answer or did not do what it was asked."""


def _stat(pid: int) -> list[str]:
    """Return the fields of `/proc/PID/stat` behind the name, so from field 3 on."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def tree(pid: int) -> list[int]:
    """Return the pid and those of its living descendants."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                children.setdefault(int(_stat(int(entry.name))[1]), []).append(int(entry.name))
    found = [pid]
    for parent in found:
        found.extend(children.get(parent, ()))
    return found


def cpu_ns(pids: Sequence[int]) -> int:
    """Return the CPU time of these processes and of the children they have reaped."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            total += time.clock_gettime_ns(((~pid) << 3) | _CPUCLOCK_SCHED)
            fields = _stat(pid)
            total += (int(fields[13]) + int(fields[14])) * _TICK_NS
    return total


def rss_bytes(pids: Sequence[int]) -> int:
    """Return the resident memory of these processes together."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_BYTES
    return total


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Put off the signals that interrupt until the end of a `with` block."""
    arrived: list[int] = []
    before = {number: signal.signal(number, lambda got, _: arrived.append(got)) for number in INTERRUPTS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if arrived:
        raise KeyboardInterrupt


@contextlib.contextmanager
def _bound_to(core: int | None) -> Iterator[None]:
    """Bind what is started in a `with` block to a core: children inherit it from us."""
    before = os.sched_getaffinity(0)
    if core is not None:
        os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


class Process:
    """A child process whose standard output is read line by line, and whose diagnostics go to a file.

    Args:
        name: What it is called in errors, and the name of its log.
        command: Program and arguments.
        folder: Where the log goes.
        pass_fds: File descriptors that it inherits.
        core: The core that it is bound to; None leaves that to the system.
        environment: Variables added to ours.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        folder: Path,
        *,
        pass_fds: Sequence[int] = (),
        core: int | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self._buffer = b""
        with self.log.open("wb") as log, _bound_to(core):
            # A session of its own: Ctrl-C reaches the benchmark alone, which then ends the others in order.
            self._popen = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                pass_fds=pass_fds,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
            )
        self.pid = self._popen.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._popen.poll() is None

    def failure(self, what: str) -> BenchError:
        """Return an error about this process that carries the end of its log."""
        tail = self.log.read_text(errors="replace").strip().splitlines()[-5:]
        return BenchError("\n  ".join([f"{self.name}: {what}", *tail]))

    def say(self, line: str) -> None:
        """Write a line to its standard input."""
        assert self._popen.stdin is not None
        try:
            self._popen.stdin.write(line.encode() + b"\n")
            self._popen.stdin.flush()
        except BrokenPipeError:
            raise self.failure("it has ended") from None

    def line(self, timeout_s: float) -> str | None:
        """Return its next line of output, or None when none came in time."""
        assert self._popen.stdout is not None
        descriptor = self._popen.stdout.fileno()
        deadline = time.monotonic() + timeout_s
        while b"\n" not in self._buffer:
            ready, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                return None
            data = os.read(descriptor, 65536)
            if not data:
                raise self.failure("it ended without an answer")
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.decode()

    def stop(self) -> int | None:
        """End it by the end of its input and SIGTERM, if need be SIGKILL; return the CPU time of its whole life.

        The CPU time is in nanoseconds, and None when the process had ended before.
        """
        if self._popen.returncode is not None:
            return None
        descendants = tree(self.pid)[1:]
        assert self._popen.stdin is not None
        assert self._popen.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._popen.stdin.close()
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        usage = self._reap(STOP_S)
        if usage is None:
            os.kill(self.pid, signal.SIGKILL)
            usage = self._reap(STOP_S)
        self._popen.stdout.close()
        for pid in descendants:
            with contextlib.suppress(OSError):
                # Not a stranger that got the number since: ours are in the session that the process led.
                if int(_stat(pid)[3]) == self.pid:
                    os.kill(pid, signal.SIGKILL)
        return usage

    def _reap(self, timeout_s: float) -> int | None:
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
            if pid:
                self._popen.returncode = os.waitstatus_to_exitcode(status)
                return round((usage.ru_utime + usage.ru_stime) * 1e9)
            time.sleep(0.02)
        return None


class Nursery:
    """Every process that the benchmark started and has not ended yet."""

    def __init__(self) -> None:
        self._processes: list[Process] = []

    def start(
        self,
        name: str,
        command: Sequence[str | Path],
        folder: Path,
        *,
        pass_fds: Sequence[int] = (),
        core: int | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Process:
        """Start a process, with the arguments of `Process`, and take charge of it."""
        with undisturbed():
            process = Process(name, command, folder, pass_fds=pass_fds, core=core, environment=environment)
            self._processes.append(process)
        return process

    def stop(self, process: Process) -> int | None:
        """End one process; return what `Process.stop` does."""
        usage = process.stop()
        self._processes.remove(process)
        return usage

    def __iter__(self) -> Iterator[Process]:
        return iter(tuple(self._processes))

    def stop_all(self) -> None:
        """End all of them, the youngest first, whatever signals arrive meanwhile."""
        with undisturbed():
            for process in reversed(tuple(self)):
                self.stop(process)
