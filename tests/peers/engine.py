"""The real engine as a process of its own: started, waited for, stopped as a person stops it, and never left behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import msgspec

from tests.peers.waiting import until_blocking

_ROOT = Path(__file__).parents[2]
_START_S = 60.0
_STOP_S = 30.0


class Ready(msgspec.Struct, frozen=True):
    """What the engine writes into its ready file (interface.md)."""

    pid: int
    version: str
    listen: list[str]
    modes: list[str]
    capture: str
    ca: str
    control: str | None = None


@dataclass(slots=True)
class EngineProcess:
    """One engine.

    Args:
        folder: Empty folder for the capture, the ready file and the log.
        confdir: Where mitmproxy's CA is, or is made.
        options: More options of `wsinspect capture`.
        insecure: Whether to leave the certificates of servers unverified.
        name: Stem of the files.
        environment: More environment variables.
        module: What Python runs; `tests.peers.impatient` is one that stands in for wsinspect itself.
    """

    folder: Path
    confdir: Path
    options: Sequence[str] = ()
    insecure: bool = True
    name: str = "capture"
    environment: dict[str, str] = field(default_factory=dict)
    module: str = "wsinspect"
    ready: Ready = field(init=False)
    _process: subprocess.Popen[bytes] | None = field(init=False, default=None)

    @property
    def capture(self) -> Path:
        """The capture file."""
        return self.folder / f"{self.name}.wsi"

    @property
    def log(self) -> str:
        """Everything the engine wrote to its standard error so far."""
        return (self.folder / f"{self.name}.log").read_text(errors="replace")

    @property
    def address(self) -> tuple[str, int]:
        """Where the first mode listens."""
        return self.addresses[0]

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Where each mode listens, in the order of the modes."""
        pairs = [listen.rpartition(":") for listen in self.ready.listen]
        return [(host.strip("[]"), int(port)) for host, _, port in pairs]

    @property
    def url(self) -> str:
        """The first mode as a proxy URL."""
        host, port = self.address
        return f"http://{host}:{port}"

    @property
    def ca(self) -> Path:
        """The certificate that clients have to trust."""
        return Path(self.ready.ca)

    @property
    def pid(self) -> int:
        """Of the engine."""
        return self.ready.pid

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> Self:
        """Start it and wait until it accepts connections.

        Raises:
            AssertionError: It ended instead, or took too long; with its log.
        """
        ready_file = self.folder / f"{self.name}.ready"
        command = [sys.executable, "-m", self.module, "capture", "-o", str(self.capture)]
        command += ["--listen", "127.0.0.1:0", "--ready-file", str(ready_file), "--confdir", str(self.confdir)]
        command += ["--insecure"] if self.insecure else []
        with (self.folder / f"{self.name}.log").open("wb") as log:
            self._process = subprocess.Popen(
                [*command, *self.options],
                cwd=_ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONFAULTHANDLER": "1", **self.environment},
            )
        process = self._process
        try:
            until_blocking(lambda: ready_file.exists() or process.poll() is not None, "the ready file", _START_S)
            assert ready_file.exists(), f"the engine ended with status {process.returncode}:\n{self.log}"
            self.ready = msgspec.json.decode(ready_file.read_bytes(), type=Ready)
        except BaseException:
            self.kill()
            raise
        return self

    def stop(self) -> None:
        """Interrupt it as Ctrl-C does, and expect status 0 and a log without a traceback."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        try:
            status = self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGABRT)  # faulthandler prints where every thread stands
            self._process.wait(_STOP_S)
            raise AssertionError(f"the engine did not stop within {_STOP_S:g} s of SIGINT:\n{self.log}") from None
        finally:
            self.kill()
        assert status == 0, f"the engine ended with status {status}:\n{self.log}"
        for sign in ("Traceback", "crashed"):
            assert sign not in self.log, f"the engine logged a {sign}:\n{self.log}"

    def kill(self) -> None:
        """Kill it, if it still lives, and wait for it to be gone."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait(_STOP_S)

    def resident_bytes(self) -> int:
        """Resident memory, where the system tells (Linux)."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("no VmRSS")

    def open_descriptors(self) -> int:
        """How many files and sockets it has open, where the system tells (Linux)."""
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))


@contextlib.contextmanager
def engine_process(
    folder: Path,
    confdir: Path,
    *options: str,
    insecure: bool = True,
    environment: dict[str, str] | None = None,
    module: str = "wsinspect",
) -> Iterator[EngineProcess]:
    """Run an engine for the length of a block, for fixtures that several tests share."""
    engine = EngineProcess(folder, confdir, options, insecure, environment=environment or {}, module=module)
    engine.start()
    try:
        yield engine
        if engine.running:
            engine.stop()
    finally:
        engine.kill()


@contextlib.asynccontextmanager
async def running_engine(
    folder: Path,
    confdir: Path,
    *options: str,
    insecure: bool = True,
    environment: dict[str, str] | None = None,
    module: str = "wsinspect",
) -> AsyncIterator[EngineProcess]:
    """Run an engine for the length of a block, without holding up the event loop that its peers run on."""
    engine = EngineProcess(folder, confdir, options, insecure, environment=environment or {}, module=module)
    await asyncio.to_thread(engine.start)
    try:
        yield engine
        if engine.running:
            await asyncio.to_thread(engine.stop)
    finally:
        engine.kill()
