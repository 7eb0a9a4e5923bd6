"""The instruments: the client process that makes the load, and a meter on a contender's processes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from tests.bench.contenders import Running
from tests.bench.loads import Load
from tests.bench.processes import BenchError, Process, cpu_ns, rss_bytes, tree

ANSWER_S = 60.0
"""Longer than the client itself waits for anything."""
SETTLE_S = 30.0
QUIET_S = 0.15
QUIET_CPU_NS = 3_000_000
SAMPLE_S = 0.1


class LoadClient:
    """The client process, and the commands it understands."""

    def __init__(self, process: Process) -> None:
        self._process = process

    def ask(
        self, watch: Callable[[], None] | None = None, /, *, seconds: float = 0, **command: object
    ) -> dict[str, float]:
        """Give a command and return the answer, calling `watch` now and then while it is awaited."""
        self.begin(seconds=seconds, **command)
        return self.answer(watch, seconds=seconds)

    def begin(self, *, seconds: float = 0, **command: object) -> None:
        """Give a command whose answer is asked for later."""
        self._process.say(json.dumps({**command, "seconds": seconds}))

    def answer(self, watch: Callable[[], None] | None = None, *, seconds: float = 0) -> dict[str, float]:
        """Return the answer to the command that was given, calling `watch` now and then while it is awaited."""
        deadline = time.monotonic() + seconds + ANSWER_S
        while (line := self._process.line(SAMPLE_S)) is None:
            if watch is not None:
                watch()
            if time.monotonic() > deadline:
                raise self._process.failure("it gives no answer")
        answer: dict[str, float] = json.loads(line)
        if "error" in answer:
            raise BenchError(f"client: {answer['error']}")
        return answer

    def open(self, running: Running, load: Load, count: int = 1) -> None:
        """Open connections that will carry this load."""
        route = running.routes[load.scheme]
        url = route.origin + load.path
        sizes = {"payload_bytes": load.payload_bytes, "in_flight": load.in_flight}
        self.ask(do="open", url=url, proxy=route.proxy, host=route.host, count=count, **sizes)


class Meter:
    """Reads what a contender's processes cost.

    The processes are looked up once, after the warm-up: one that starts others while it relays
    would be measured too low.
    """

    def __init__(self, process: Process | None) -> None:
        self._pids = tree(process.pid) if process is not None else []
        self.peak_rss_bytes = 0

    def cpu_ns(self) -> int:
        """Return the CPU time so far."""
        return cpu_ns(self._pids)

    def look(self) -> None:
        """Take note of the memory in use."""
        self.peak_rss_bytes = max(self.peak_rss_bytes, rss_bytes(self._pids))

    def settle(self) -> float:
        """Wait until the processes have finished what they do behind the traffic; return the seconds it took."""
        started = quiet_since = time.monotonic()
        last = self.cpu_ns()
        while (now := time.monotonic()) - quiet_since < QUIET_S:
            if now - started > SETTLE_S:
                raise BenchError(f"the proxy is still busy {SETTLE_S:.0f} s after the last echo")
            time.sleep(0.02)
            self.look()
            if (current := self.cpu_ns()) - last > QUIET_CPU_NS:
                last, quiet_since = current, time.monotonic()
        return quiet_since - started
