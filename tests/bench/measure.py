"""Runs the loads through the contenders and reads what each run cost."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.captures import incomplete
from tests.bench.certificates import Certificates, make_certificates
from tests.bench.contenders import ROOT, Contender, Place, Running
from tests.bench.figures import Idle, Marathon, Results, Sample
from tests.bench.instruments import LoadClient, Meter
from tests.bench.loads import RUN_LOADS, TABLE_LOADS, Load, Scheme
from tests.bench.processes import BenchError, Nursery, Process, cpu_ns, rss_bytes, tree
from tests.bench.replays import Replays

START_S = 60.0
MARATHON_S = 90.0
ENDLESS = 10**12
WARM_UP_CONNECTIONS = 50
MARATHON_LOAD = TABLE_LOADS[0]
IDLE_LOAD = TABLE_LOADS[3]


@dataclass(frozen=True, slots=True)
class Scale:
    """How long everything takes."""

    rounds: int
    seconds: float
    """Of one load through one contender."""
    warm_up_s: float
    marathon_echoes: int
    idle_connections: int
    replayed_echoes: int
    limit_s: float
    """No further round is begun that would probably end later than this."""


def _progress(sample: Sample) -> str:
    cpu = f"{sample.cpu_ns / 1000 / sample.echoes:8.1f} µs" if sample.cpu_ns is not None else " " * 11
    speed = f"{sample.echoes / sample.seconds:9,.0f}/s  p50 {sample.p50_us:7,.0f} µs"
    return f"  round {sample.round}  {sample.load:20} {sample.contender:16} {cpu}  {speed}"


class Bench:
    """One run of the benchmark.

    Args:
        folder: An empty folder for captures, keys and logs, on the disk that captures should be written to.
        nursery: Takes charge of every process.
        scale: How long everything takes.
        say: Called with each line of progress.
        pinned: Bind client and server to the first core that we may use and the proxy to the last, instead of leaving
            that to the system.
    """

    def __init__(
        self, folder: Path, nursery: Nursery, scale: Scale, say: Callable[[str], None], *, pinned: bool = False
    ) -> None:
        self._folder = folder
        self._nursery = nursery
        self._scale = scale
        self._say = say
        self._certificates: Certificates = make_certificates(folder)
        self._count = 0
        cores = sorted(os.sched_getaffinity(0))
        peer_core: int | None = cores[0] if pinned else None
        self._proxy_core: int | None = cores[-1] if pinned else None
        peers = [sys.executable, "-m", "tests.bench.peers"]
        environment = {"PYTHONPATH": str(ROOT)}

        def start(name: str, *words: str | Path) -> Process:
            return nursery.start(name, [*peers, *words], folder, environment=environment, core=peer_core)

        server = start("echo-server", "server", self._certificates.leaf)
        self._client = LoadClient(start("client", "client"))
        ports = server.line(START_S)
        if ports is None:
            raise server.failure("it did not start")
        self._echo_ports: dict[Scheme, int] = json.loads(ports)

    @contextlib.contextmanager
    def _running(self, contender: Contender) -> Iterator[Running]:
        """Start a contender for the length of a `with` block; leaves its capture in place."""
        running = self._start(contender)
        try:
            yield running
        finally:
            self._stop(running)

    @contextlib.contextmanager
    def _noting(self, results: Results, what: str) -> Iterator[None]:
        """Turn a failure in a `with` block into one of the problems found, and go on without open connections."""
        try:
            yield
        except BenchError as error:
            self._say(f"  {what}: {error}")
            results.problems.append(f"{what}: {error}")
            with contextlib.suppress(BenchError):
                self._client.ask(do="close")

    def _start(self, contender: Contender) -> Running:
        self._count += 1
        folder = self._folder / f"{self._count:02}-{contender.name}"
        folder.mkdir()
        return contender.start(Place(folder, self._certificates, self._echo_ports, self._nursery, self._proxy_core))

    def _stop(self, running: Running) -> float:
        """End a contender; return the CPU time, in milliseconds, that its end took."""
        if running.process is None:
            return 0.0
        before = cpu_ns(tree(running.process.pid))
        whole = self._nursery.stop(running.process)
        return (whole - before) / 1e6 if whole is not None else 0.0

    def rounds(self, contenders: Sequence[Contender], results: Results) -> None:
        """Run every load through every contender, round by round, and add what was found to the results.

        Within a round each load goes through all contenders in turn before the next load, so that what else happens
        on the machine falls on all of them; the order rotates from round to round.
        """
        started = time.monotonic()
        for number in range(self._scale.rounds):
            elapsed = time.monotonic() - started
            if number and elapsed + elapsed / number > self._scale.limit_s:
                self._say(f"stopping after {number} rounds: {elapsed:.0f} s have passed")
                return
            turn = number % len(contenders)
            self._round(number, [*contenders[turn:], *contenders[:turn]], results)

    def _round(self, number: int, contenders: Sequence[Contender], results: Results) -> None:
        running: dict[str, Running] = {}
        for contender in contenders:
            with self._noting(results, f"round {number + 1}, {contender.name}"):
                running[contender.name] = self._start(contender)
        failed: set[str] = set()
        expected: dict[str, dict[str, int]] = {name: {} for name in running}
        for load in RUN_LOADS:
            for name, at in running.items():
                if name in failed:
                    continue
                failed.add(name)
                with self._noting(results, f"round {number + 1}, {load.name}, {name}"):
                    sample, sent = self._run(number, name, at, load)
                    failed.remove(name)
                    expected[name][load.path] = sent
                    results.samples.append(sample)
                    self._say(_progress(sample))
        for name, at in running.items():
            stop_ms = self._stop(at)
            if at.capture is not None and name not in failed:
                results.stop_cpu_ms.append(stop_ms)
                results.problems += self._judge(at.capture, expected[name], f"round {number + 1}")

    def _run(self, number: int, name: str, running: Running, load: Load) -> tuple[Sample, int]:
        """Run one load through one contender; return the sample, and the messages that passed, warm-up included."""
        self._client.open(running, load)
        warm = self._client.ask(do="run", seconds=self._scale.warm_up_s, echoes=ENDLESS)
        meter = Meter(running.process)
        meter.settle()
        before = meter.cpu_ns()
        answer = self._client.ask(meter.look, do="run", seconds=self._scale.seconds, echoes=ENDLESS)
        settle_s = meter.settle()
        used = meter.cpu_ns() - before
        meter.look()
        self._client.ask(do="close")
        is_proxy = running.process is not None
        sample = Sample(
            contender=name,
            load=load.name,
            round=number + 1,
            echoes=int(answer["echoes"]),
            seconds=answer["seconds"],
            cpu_ns=used if is_proxy else None,
            settle_s=settle_s,
            p50_us=answer["p50_us"],
            p99_us=answer["p99_us"],
            rss_bytes=meter.peak_rss_bytes if is_proxy else None,
        )
        return sample, 2 * (int(warm["echoes"]) + sample.echoes)

    @staticmethod
    def _judge(capture: Path, expected: dict[str, int], when: str) -> list[str]:
        """Compare a capture with what passed, and remove its folder when it is complete."""
        problems = [f"{when}: {problem}" for problem in incomplete(capture, expected)]
        if not problems:
            shutil.rmtree(capture.parent)
        return problems

    def marathon(self, contender: Contender, results: Results) -> None:
        """Send very many messages through a contender that records, and sample its memory."""
        echoes = self._scale.marathon_echoes
        samples: list[tuple[float, float]] = []
        answer: dict[str, float] | None = None
        with self._noting(results, "marathon"), self._running(contender) as running:
            self._client.open(running, MARATHON_LOAD)
            pids = tree(running.process.pid) if running.process is not None else []
            started = time.monotonic()

            def look() -> None:
                samples.append((time.monotonic() - started, rss_bytes(pids) / 2**20))

            look()
            answer = self._client.ask(look, do="run", seconds=MARATHON_S, echoes=echoes)
            Meter(running.process).settle()
            look()
            self._client.ask(do="close")
        if answer is None:
            return
        passed = 2 * int(answer["echoes"])
        results.marathon = Marathon(passed, answer["seconds"], tuple(samples))
        if passed < 2 * echoes:
            results.problems.append(f"marathon: only {passed:,} messages in {answer['seconds']:.0f} s")
        if running.capture is not None:
            results.problems += self._judge(running.capture, {MARATHON_LOAD.path: passed}, "marathon")

    def replays(self, contender: Contender, results: Results) -> None:
        """Record through a contender, and play that again beside another client."""
        with self._noting(results, "replay"):
            folder = self._folder / "replays"
            folder.mkdir()
            origin = f"ws://127.0.0.1:{self._echo_ports['ws']}"
            replays = Replays(folder, self._nursery, origin, self._scale.replayed_echoes, self._say)
            with self._running(contender) as running:
                replays.record(self._client, running)
            assert running.capture is not None
            for turn in range(self._scale.rounds):
                results.replays += replays.play(running.capture, turn)
            shutil.rmtree(running.capture.parent)

    def idle(self, contender: Contender, results: Results) -> None:
        """Open many `wss` connections through a contender and measure what each holds in memory while idle."""
        count = self._scale.idle_connections
        with self._noting(results, f"idle, {contender.name}"), self._running(contender) as running:
            if running.process is None:
                return
            self._client.open(running, IDLE_LOAD, WARM_UP_CONNECTIONS)
            meter = Meter(running.process)
            meter.settle()
            pids = tree(running.process.pid)
            before = rss_bytes(pids)
            self._client.open(running, IDLE_LOAD, count)
            meter.settle()
            results.idle.append(Idle(contender.name, count, (rss_bytes(pids) - before) / count / 1024))
            self._client.ask(do="close")
