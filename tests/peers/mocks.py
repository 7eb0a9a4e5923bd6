"""`wsinspect mock` as a process of its own, on a capture."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tests.peers.engine import Ready
from tests.peers.waiting import until

_ROOT = Path(__file__).parents[2]
_STOP_S = 30.0


@dataclass(slots=True)
class MockProcess:
    """A running mock."""

    ready: Ready
    capture: Path
    process: subprocess.Popen[bytes]
    log_file: Path

    @property
    def port(self) -> int:
        """Where it is the server."""
        return int(self.ready.listen[0].rpartition(":")[2])

    @property
    def proxy(self) -> str:
        """Where it is a proxy."""
        return f"http://{self.ready.listen[1]}"

    @property
    def log(self) -> str:
        """What it has said."""
        return self.log_file.read_text(errors="replace")

    async def stopped(self) -> int:
        """Interrupt it as Ctrl-C does, and return its exit status."""
        self.process.send_signal(signal.SIGINT)
        return await asyncio.to_thread(self.process.wait, _STOP_S)


@contextlib.asynccontextmanager
async def running_mock(folder: Path, confdir: Path, capture: Path, *options: str) -> AsyncIterator[MockProcess]:
    """Run a mock for the length of a block; it ends with it, whatever has happened, and never with a traceback."""
    ready, log, out = folder / "mock.ready", folder / "mock.log", folder / "mock.wsi"
    command = [sys.executable, "-m", "wsinspect", "mock", str(capture), "--listen", "127.0.0.1:0"]
    command += ["-o", str(out), "--ready-file", str(ready), "--confdir", str(confdir), *options]
    process = _started(command, log)
    try:
        await until(lambda: ready.exists() or process.poll() is not None, "the mock to be ready", 60)
        assert ready.exists(), log.read_text()
        mock = MockProcess(msgspec.json.decode(ready.read_bytes(), type=Ready), out, process, log)
        yield mock
        if process.poll() is None:
            await mock.stopped()
        assert "Traceback" not in mock.log, mock.log
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(_STOP_S)


def _started(command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as said:
        return subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
