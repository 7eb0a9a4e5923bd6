"""Plays what was recorded again, beside a client on `websockets` that sends the same, turn by turn in one run."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.bench.captures import incomplete
from tests.bench.contenders import ROOT, Running
from tests.bench.figures import BESIDE, REPLAY, Replay
from tests.bench.instruments import LoadClient, Meter
from tests.bench.loads import REPLAY_LOADS, Load
from tests.bench.processes import BenchError, Nursery, Process

LIMIT_S = 300.0
"""Reading, playing, recording and comparing a hundred thousand messages takes much less."""
RECORD_S = 120.0


@dataclass(frozen=True, slots=True)
class Replays:
    """Recordings of the loads, and what they are played to.

    Args:
        folder: An empty folder.
        nursery: Takes charge of every process.
        origin: `ws://HOST:PORT` of the echo server.
        echoes: In each recording.
        say: Called with each line of progress.
    """

    folder: Path
    nursery: Nursery
    origin: str
    echoes: int
    say: Callable[[str], None]

    def record(self, client: LoadClient, running: Running) -> None:
        """Have the client send each load through a wsinspect that records.

        Raises:
            BenchError: It took too long.
        """
        for load in REPLAY_LOADS:
            client.open(running, load)
            answer = client.ask(do="run", seconds=RECORD_S, echoes=self.echoes)
            client.ask(do="close")
            if answer["echoes"] < self.echoes:
                raise BenchError(f"{load.name}: only {answer['echoes']:,.0f} echoes were recorded")
        Meter(running.process).settle()

    def play(self, capture: Path, turn: int) -> list[Replay]:
        """Play each recording once, and have the other client send the same, in another order each turn.

        Raises:
            BenchError: One failed, or the new capture is not complete.
        """
        found: list[Replay] = []
        for number, load in enumerate(REPLAY_LOADS, 1):
            clients: list[tuple[str, Callable[[], float]]] = [
                (BESIDE, partial(self._sent, load)),
                (REPLAY, partial(self._replayed, capture, number, load)),
            ]
            for name, run in clients if turn % 2 else reversed(clients):
                found.append(Replay(name, load.name, turn + 1, 2 * self.echoes, run()))
                self.say(f"  round {turn + 1}  {load.name:20} {name:16} {found[-1].messages_per_s:12,.0f} messages/s")
        return found

    def _sent(self, load: Load) -> float:
        numbers = map(str, (load.payload_bytes, load.in_flight, self.echoes))
        command = [sys.executable, "-m", "tests.bench.websockets_client", self.origin + load.path, *numbers]
        return self._seconds_of("websockets", command)

    def _replayed(self, capture: Path, session: int, load: Load) -> float:
        folder = Path(self.folder, "replayed")
        folder.mkdir()
        new = folder / "replayed.wsi"
        command = [sys.executable, "-m", "wsinspect", "replay", str(capture), "--session", str(session)]
        command += ["--to", self.origin, "--pace", "sequence", "--out", str(new), "--json"]
        seconds = self._seconds_of("replay", command)
        if problems := incomplete(new, {load.path: 2 * self.echoes}):
            raise BenchError("; ".join(problems))
        shutil.rmtree(folder)
        return seconds

    def _seconds_of(self, name: str, command: list[str]) -> float:
        """Run a command to its end, and return the seconds that it says."""
        environment = {"PYTHONPATH": str(ROOT), "XDG_RUNTIME_DIR": str(self.folder)}
        process = self.nursery.start(name, command, self.folder, environment=environment)
        try:
            return self._said(process)
        finally:
            self.nursery.stop(process)

    @staticmethod
    def _said(process: Process) -> float:
        line = process.line(LIMIT_S)
        if line is None:
            raise process.failure("it takes too long")
        answer = json.loads(line)
        if answer.get("outcome", "played") != "played":
            raise process.failure(f"it ended otherwise: {answer['outcome']}")
        deadline = time.monotonic() + LIMIT_S
        while process.alive:  # it compares, and ends its capture
            if time.monotonic() > deadline:
                raise process.failure("it does not end")
            time.sleep(0.02)
        seconds: float = answer["seconds"]
        return seconds
