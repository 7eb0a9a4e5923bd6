"""An engine as a child process: started, waited for, and stopped with nothing left behind.

The child runs in a session of its own, so that Ctrl-C in the terminal reaches the command that started it and not the
engine in the middle of its traffic. It ends when its standard input does, so it never outlives its starter, however
that ends.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from wsinspect.cli.exit_status import ExitStatus
from wsinspect.engine.options import EngineOptions
from wsinspect.engine.registry import EngineInfo, from_json
from wsinspect.errors import EngineError, StoreError

START_S = 30.0
"""How long an engine may take until it accepts connections."""
STOP_S = 15.0
"""How long an engine may take to write what it still has."""
_LOOK_S = 0.02
LOG_LINE = re.compile("(info|warning|error|critical): ")
"""How what an engine logs begins; what it says before that is how to use it."""

GO_ON = b"go on\n"
"""What an engine reads as the last of its standard input when it is not to end with it."""

ENGINE_PROGRAM = (sys.executable, "-P", "-m", "wsinspect")


@dataclass(slots=True)
class EngineProcess:
    """An engine that runs as a child."""

    info: EngineInfo
    process: subprocess.Popen[bytes]
    log: Path
    """What it says on its standard error."""
    detached: bool = False
    """Whether it goes on when its starter ends."""

    def detach(self) -> None:
        """Let it go on behind the block, and when this process ends."""
        assert self.process.stdin is not None
        with suppress(OSError):
            self.process.stdin.write(GO_ON)
            self.process.stdin.flush()
        self.detached = True

    @property
    def expect_failed(self) -> bool:
        """Whether an `expect` of a rule did not hold; False while it runs."""
        return self.process.returncode == ExitStatus.DIFFERS

    def reports(self) -> list[str]:
        """Return what it has warned of so far, and what rules have logged: lines, each once."""
        found: dict[str, None] = {}
        reports = False
        for line in self.log.read_text(errors="replace").splitlines():
            if begun := LOG_LINE.match(line):
                reports = begun[1] != "info" or line.startswith("info: rule ")
            if reports:  # a warning may go on in further lines
                found[line] = None
        return list(found)


@contextmanager
def started_engine(options: EngineOptions, *, program: Sequence[str] = ENGINE_PROGRAM) -> Iterator[EngineProcess]:
    """Run an engine for as long as the block runs; behind it `expect_failed` of what is yielded is known.

    Args:
        options: What it is started with; its `ready_file` is written too where one is named.
        program: What runs `wsinspect`.

    Raises:
        EngineError: If it does not start, with what it said about that; or if it fails to end cleanly.
        StoreError: If it is the capture file that keeps it from starting.
    """
    with tempfile.TemporaryDirectory(prefix="wsinspect-") as folder:
        ready, log = Path(folder) / "ready.json", Path(folder) / "engine.log"
        command = [*program, "capture", *arguments(options), "--ready-file", str(ready), "--stop-with-stdin"]
        engine: EngineProcess | None = None
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=output, start_new_session=True
            )
        try:
            info = _wait_until_ready(process, ready, log)
            if options.ready_file is not None:
                _copy(ready, options.ready_file)
            engine = EngineProcess(info, process, log)
            yield engine
        finally:
            if engine is None or not engine.detached:
                status = _stop(process)
            else:
                status = _leave_running(process)
        if status not in (ExitStatus.DONE, ExitStatus.DIFFERS):
            raise EngineError(f"the engine ended with status {status}", hint=_last_words(log))


def arguments(options: EngineOptions) -> list[str]:
    """Spell options, all but the ready file, as arguments of `wsinspect capture`."""
    valued: tuple[tuple[str, object], ...] = (
        ("--out", options.out.absolute()),
        ("--listen", options.listen),
        *(("--mode", mode) for mode in options.modes),
        *(("--rules", file.absolute()) for file in options.rules),
        *(("--var", f"{name}={value}") for name, value in options.variables),
        *(("--scope", glob) for glob in options.scope),
        ("--upstream-ca", options.upstream_ca and options.upstream_ca.absolute()),
        ("--confdir", options.confdir and options.confdir.absolute()),
        ("--max-payload", options.max_payload),
        ("--assemble-limit", options.assemble_limit),
        ("--hold-limit", options.hold_limit),
        ("--on-overload", options.on_overload.value),
        ("--limit-size", options.limit_size),
        ("--limit-age", options.limit_age_s),
    )
    flags = (
        ("--append", options.append),
        ("--insecure", options.insecure),
        ("--durable", options.durable),
        ("--allow-scripts", options.allow_scripts),
    )
    spelled = [word for name, value in valued if value is not None for word in (name, str(value))]
    return spelled + [name for name, chosen in flags if chosen]


def _wait_until_ready(process: subprocess.Popen[bytes], ready: Path, log: Path) -> EngineInfo:
    deadline = time.monotonic() + START_S
    while not ready.exists():
        with suppress(subprocess.TimeoutExpired):
            status = process.wait(_LOOK_S)
            failure = StoreError if status == ExitStatus.INPUT else EngineError
            raise failure("the engine did not start", hint=_last_words(log))
        if time.monotonic() > deadline:
            raise EngineError(f"the engine was not ready within {START_S:.0f} s", hint=_last_words(log))
    return from_json(ready.read_bytes())


def _last_words(log: Path) -> str:
    said = log.read_text(errors="replace").strip()
    return said.removeprefix("Error: ") or "it said nothing about why"


def _copy(ready: Path, wanted: Path) -> None:
    beside = wanted.with_name(f".{wanted.name}.{os.getpid()}")
    try:
        beside.write_bytes(ready.read_bytes())
        beside.replace(wanted)
    except OSError as error:
        raise EngineError(f"cannot write the ready file: {error.strerror}", where=str(wanted)) from error


def _stop(process: subprocess.Popen[bytes]) -> int:
    """End the engine as a person would, and harder only where that does not help."""
    assert process.stdin is not None
    if process.poll() is None and sys.platform != "win32":
        process.send_signal(signal.SIGINT)
    with suppress(OSError):
        process.stdin.close()
    for patience_s, harder in ((STOP_S, process.terminate), (3.0, process.kill)):
        try:
            return _patiently(process, patience_s)
        except subprocess.TimeoutExpired:
            harder()
    return process.wait()


def _leave_running(process: subprocess.Popen[bytes]) -> int:
    assert process.stdin is not None
    with suppress(OSError):
        process.stdin.close()
    # Nobody waits for it any more, which Popen would warn of.
    process.returncode = ExitStatus.DONE
    return ExitStatus.DONE


def _patiently(process: subprocess.Popen[bytes], patience_s: float) -> int:
    """Wait through a Ctrl-C: what the engine still has is to be written."""
    deadline = time.monotonic() + patience_s
    while True:
        try:
            return process.wait(max(deadline - time.monotonic(), 0.0))
        except KeyboardInterrupt:
            continue


def proxy_url(info: EngineInfo) -> str:
    """Return how a client on this machine reaches an engine as a proxy: `http://…` or `socks5h://…`.

    Raises:
        EngineError: If none of its modes is a proxy that a client is told about.
    """
    schemes = {"regular": "http", "upstream": "http", "socks5": "socks5h"}
    for mode, address in zip(info.modes, info.listen, strict=False):
        scheme = schemes.get(mode_kind(mode))
        if scheme is not None:
            return f"{scheme}://{reachable(address)}"
    raise EngineError(
        f"the engine {info.pid} is no proxy that programs can be pointed at",
        hint=f"its modes are {', '.join(info.modes)}; it takes regular, upstream or socks5",
    )


def mode_kind(mode: str) -> str:
    """Return the first word of a mode: `reverse` of `reverse:wss://a.test@8081`."""
    return mode.split(":", 1)[0].split("@", 1)[0]


def reachable(address: str) -> str:
    """Turn an address that means every interface into one to connect to."""
    host, _, port = address.rpartition(":")
    match host:
        case "0.0.0.0" | "*" | "":  # noqa: S104 - compared with, not listened on
            return f"127.0.0.1:{port}"
        case "[::]" | "::":
            return f"[::1]:{port}"
        case _:
            return address
