"""The screen on an engine under load: whether keys are answered, and what it costs those whose traffic it is.

Client, server, engine and screen share the machine. Rounds without the screen and rounds with it alternate on one
engine, so that what else happens on the machine falls on both.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.bench.certificates import make_certificates
from tests.bench.contenders import ROOT, Place, Running, Wsinspect
from tests.bench.instruments import LoadClient
from tests.bench.processes import Nursery, cpu_ns
from tests.bench.screen.figures import Figure, spread
from tests.bench.screen.person import NotSeenError, Seat
from tests.bench.screen.stage import Stage, memory
from tests.bench.screen.view import Rows, rows

MESSAGES_PER_S = 10_000
CONNECTIONS = 1
"""So that all of it is in the list that is looked at."""
KEY_MS, RATIO, IDLE_PERCENT = 100, 1.3, 1
_START_S = 60.0
_WARM_UP_S = 2.0
_PRESS_EVERY_S = 0.25
_PATIENCE_S = 3.0
_KEYS: tuple[tuple[str, Callable[[Rows, Rows], bool]], ...] = (
    ("home", lambda before, now: now.first == 1 and now.cursor == 1),
    ("pagedown", lambda before, now: now.first > before.first),
    ("pagedown", lambda before, now: now.first > before.first),
    ("down", lambda before, now: now.cursor != before.cursor),
    ("up", lambda before, now: now.cursor != before.cursor),
    ("pageup", lambda before, now: now.first < before.first),
    ("end", lambda before, now: now.first > before.first + 500),
    ("pageup", lambda before, now: now.first < before.first),
    ("up", lambda before, now: now.cursor != before.cursor),
    ("down", lambda before, now: now.cursor != before.cursor),
    ("end", lambda before, now: now.first > before.first),
)
"""Keys, and what shows that each was answered, whatever else is drawn meanwhile."""


@dataclass(slots=True)
class _Rounds:
    """What the rounds of one kind brought."""

    p50_us: list[float] = field(default_factory=list)
    p99_us: list[float] = field(default_factory=list)
    engine_cpu: list[float] = field(default_factory=list)
    """Share of one core."""
    messages: int = 0
    seconds: float = 0.0


class Live:
    """An engine with a paced load through it.

    Args:
        stage: Where the screen is measured.
        nursery: Takes charge of the processes.
    """

    def __init__(self, stage: Stage, nursery: Nursery) -> None:
        self._stage = stage
        certificates = make_certificates(stage.folder)
        environment = {"PYTHONPATH": str(ROOT)}
        peers = (sys.executable, "-m", "tests.bench.peers", "server", certificates.leaf)
        server = nursery.start("echo-server", peers, stage.folder, environment=environment)
        pacer = (sys.executable, "-m", "tests.bench.screen.pace")
        self._client = LoadClient(nursery.start("pacer", pacer, stage.folder, environment=environment))
        ports = server.line(_START_S)
        if ports is None:
            raise server.failure("it did not start")
        place = Place(stage.folder, certificates, json.loads(ports), nursery, None)
        self._engine: Running = Wsinspect().start(place)
        route = self._engine.routes["ws"]
        self._client.ask(do="open", url=f"{route.origin}/live", proxy=route.proxy, count=CONNECTIONS)
        self._keys_s: list[float] = []
        self._unanswered = 0
        self._screen_cpu: list[float] = []

    def measure(self) -> list[Figure]:
        """Run the rounds and return what they brought."""
        without, attached = _Rounds(), _Rounds()
        scale = self._stage.scale
        self._run(_Rounds(), _WARM_UP_S, lambda _: None)
        for turn in range(scale.rounds):
            self._stage.say(f"  live, round {turn + 1} of {scale.rounds}: without the screen, then with it")
            self._run(without, scale.round_s, lambda _: None)
            with self._stage.screen("attach") as seat:
                self._attach(seat)
                self._run(attached, scale.round_s, lambda until, seat=seat: self._use(seat, until))  # type: ignore[misc]
                if turn == scale.rounds - 1:
                    figures = [*self._idle(seat), memory("live", seat)]
        return self._figures(without, attached) + figures

    def _attach(self, seat: Seat) -> None:
        seat.wait(lambda lines: len(rows(lines).numbers) > 1, "messages to be listed")
        seat.rest(0.3)
        seat.press("2")
        seat.press("end")
        seat.rest(0.3)

    def _run(self, rounds: _Rounds, seconds: float, meanwhile: Callable[[float], None]) -> None:
        assert self._engine.process is not None
        pids = [self._engine.process.pid]
        started, before = time.monotonic(), cpu_ns(pids)
        self._client.begin(do="run", seconds=seconds, echoes_per_s=MESSAGES_PER_S // 2)
        meanwhile(started + seconds)
        answer = self._client.answer(seconds=seconds)
        rounds.engine_cpu.append((cpu_ns(pids) - before) / 1e9 / (time.monotonic() - started))
        rounds.p50_us.append(answer["p50_us"])
        rounds.p99_us.append(answer["p99_us"])
        rounds.messages += 2 * int(answer["echoes"])
        rounds.seconds += answer["seconds"]

    def _use(self, seat: Seat, until: float) -> None:
        """Press keys until then; half of the time only look."""
        started, before_ns = time.monotonic(), seat.cpu_ns
        seat.watch((until - started) / 2)
        place = 0
        while time.monotonic() < until - 1:
            key, answered = _KEYS[place % len(_KEYS)]
            before = rows(seat.glass.lines())
            pressed = seat.press(key)
            try:
                drawn = seat.wait(lambda lines: answered(before, rows(lines)), f"{key} at {before}", _PATIENCE_S)  # noqa: B023
            except NotSeenError as unanswered:
                self._stage.say(f"  no answer: {unanswered}")
                self._unanswered += 1
            else:
                self._keys_s.append(drawn - pressed)
            seat.watch(_PRESS_EVERY_S)
            place += 1
        seat.watch(max(0.0, until - time.monotonic()))
        self._screen_cpu.append((seat.cpu_ns - before_ns) / 1e9 / (time.monotonic() - started))

    def _idle(self, seat: Seat) -> list[Figure]:
        """Measure the screen with the connections open and nothing on them."""
        seat.rest(1.0)
        seconds = self._stage.scale.idle_s
        before = seat.cpu_ns
        updates = len(seat.watch(seconds))
        used = (seat.cpu_ns - before) / 1e9 / seconds
        return [
            Figure("live", "CPU of the screen while nothing passes", used * 100, "%", IDLE_PERCENT),
            Figure("live", "updates a second while nothing passes", updates / seconds, "/s"),
        ]

    def _figures(self, without: _Rounds, attached: _Rounds) -> list[Figure]:
        median, of = statistics.median, len(without.p50_us)
        figures = [
            Figure("live", "messages a second, screen attached", attached.messages / attached.seconds, "/s", None, of)
        ]
        figures += spread("live", "a key", self._keys_s, KEY_MS)
        figures.append(Figure("live", f"keys without an answer in {_PATIENCE_S:g} s", self._unanswered, "", 1))
        for name, alone, shown in (
            ("median", without.p50_us, attached.p50_us),
            ("99th percentile", without.p99_us, attached.p99_us),
        ):
            figures += [
                Figure("live", f"echo latency without the screen, {name}", median(alone), "µs", None, of),
                Figure("live", f"echo latency with the screen, {name}", median(shown), "µs", None, of),
                Figure("live", f"ratio of these, {name}", median(shown) / median(alone), "×", RATIO, of),
            ]
        return [
            *figures,
            Figure("live", "CPU of the engine without the screen", median(without.engine_cpu) * 100, "%", None, of),
            Figure("live", "CPU of the engine with the screen", median(attached.engine_cpu) * 100, "%", None, of),
            Figure("live", "CPU of the screen under load", median(self._screen_cpu) * 100, "%", None, of),
        ]


def measure_live(stage: Stage) -> list[Figure]:
    """Measure everything that has to do with live traffic."""
    nursery = Nursery()
    try:
        return Live(stage, nursery).measure() + _start(stage)
    finally:
        nursery.stop_all()


def _start(stage: Stage) -> list[Figure]:
    """Start engine and screen together, as `wsinspect` alone does, the second time: the first makes a CA."""
    times_s: list[float] = []
    for turn in range(2):
        stage.say(f"  wsinspect alone, start {turn + 1} of 2")
        capture = stage.folder / f"alone-{turn}.wsi"
        with stage.screen("screen", "--listen", "127.0.0.1:0", "--out", capture) as seat:
            times_s.append(seat.wait(lambda lines: "capturing" in lines[0], "the engine to capture") - seat.started)
    return [Figure("live", "wsinspect alone, process start to capturing", times_s[-1] * 1000, "ms")]
