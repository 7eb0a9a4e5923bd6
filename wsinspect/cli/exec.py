"""`wsinspect exec`: a program whose proxy and CA settings point at an engine."""

from __future__ import annotations

import dataclasses
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wsinspect.cli.engine_options import chosen_engine_options, engine_options
from wsinspect.cli.engine_process import EngineProcess, proxy_url, started_engine
from wsinspect.cli.exec_environment import EXTRA_VARIABLES, STORE_VARIABLES, exec_environment
from wsinspect.cli.exit_status import ExitStatus
from wsinspect.cli.totals import last_session, read_totals
from wsinspect.cli.trust_bundle import trust_bundle
from wsinspect.engine import registry
from wsinspect.present.text import escape_lines

if TYPE_CHECKING:
    from types import FrameType

    from wsinspect.engine.options import EngineOptions
    from wsinspect.engine.registry import EngineInfo

NOT_FOUND = 127
NOT_EXECUTABLE = 126
"""What shells end with when there is no such program, or it is none."""
MOST_REPORTS = 20
"""Lines of what an engine warns of, and rules log, that are shown."""
_BY_SIGNAL = 128
_LAST_ROWS_S = 0.2
"""How long an engine may take to record what just passed."""

_FROM_KEYS = (signal.SIGINT, getattr(signal, "SIGQUIT", signal.SIGINT))


@dataclass(frozen=True, slots=True)
class _Engine:
    info: EngineInfo
    ours: EngineProcess | None
    """Where it was started for the program."""


@click.command("exec", context_settings={"allow_interspersed_args": False})
@click.option("--engine", "selector", metavar="CAPTURE|PID", help="Which running engine to use.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but what the program says.")
@click.argument("program", metavar="-- CMD", nargs=-1, required=True)
@engine_options
@click.pass_context
def command(
    ctx: click.Context, options: EngineOptions, *, selector: str | None, quiet: bool, program: tuple[str, ...]
) -> None:
    """Run a program that uses the proxy and trusts its CA.

    It uses the engine that runs, or starts one for as long as the program runs: where there is none, or where options
    of an engine are given. Signals are handed on, and the exit status is the program's; 1 where that is 0 and an
    'expect' of a rule did not hold.

    The environment reaches Python (websockets, aiohttp with trust_env, requests, httpx), Node (ws, fetch, WebSocket,
    http, https), curl, git, pip, cargo, Deno, Go and whatever else reads the usual variables. It does not reach Java,
    aiohttp without trust_env, HTTP/2 in Node, and connections to loopback of Go and of Python's websocket-client.
    """
    executable = shutil.which(program[0])
    if executable is None:
        missing = not Path(program[0]).exists()
        click.echo(f"Error: {program[0]}: {'no such program' if missing else 'not executable'}", err=True)
        ctx.exit(NOT_FOUND if missing else NOT_EXECUTABLE)
    starts_one = chosen_engine_options(ctx)
    if selector is not None and starts_one:
        raise click.UsageError("--engine is for an engine that runs already, the other options for one to start")
    with _engine(options, selector, starts_one=starts_one) as engine:
        capture = Path(engine.info.capture)
        before = last_session(capture) if engine.ours is None or options.append else 0
        if not quiet and engine.ours is None:
            _say(f"using the engine {engine.info.pid} on {', '.join(engine.info.listen)}")
        status = _run_program([executable, *program[1:]], engine.info)
        if engine.ours is None:
            time.sleep(_LAST_ROWS_S)
        elif not quiet:
            _tell(engine.ours.reports())
    if engine.ours is not None and engine.ours.expect_failed:
        _say("an expectation of a rule did not hold")
        status = status or ExitStatus.DIFFERS
    if not quiet:
        totals = read_totals(capture, after_session=before)
        _say(f"captured {totals} in {capture}")
        if totals.sessions:
            _say(f"look at it with: wsinspect messages {capture}")
        else:
            _say("a program that opened no WebSocket, or one that takes no notice of proxy settings")
    ctx.exit(status)


def _tell(reports: Sequence[str]) -> None:
    for report in reports[:MOST_REPORTS]:
        _say(report)
    if len(reports) > MOST_REPORTS:
        _say(f"and {len(reports) - MOST_REPORTS} more such lines")


@contextmanager
def _engine(options: EngineOptions, selector: str | None, *, starts_one: bool) -> Iterator[_Engine]:
    if not starts_one and (selector is not None or registry.running()):
        yield _Engine(registry.find(selector), None)
        return
    with started_engine(dataclasses.replace(options, listen=options.listen or "127.0.0.1:0")) as engine:
        yield _Engine(engine.info, engine)


def _run_program(program: Sequence[str], info: EngineInfo) -> int:
    """Run it to its end; return the exit status to end with."""
    variables = [*STORE_VARIABLES, *EXTRA_VARIABLES]
    proxy = proxy_url(info)
    with tempfile.TemporaryDirectory(prefix="wsinspect-exec-") as folder:
        bundle = Path(folder) / "authorities.pem"
        bundle.write_bytes(trust_bundle(Path(info.ca), named_in=os.environ, variables=variables))
        environment = exec_environment(os.environ, proxy=proxy, bundle=bundle)
        with _signals() as recipient:
            try:
                process = subprocess.Popen(program, env=environment)
            except OSError as error:
                click.echo(f"Error: {program[0]}: {error.strerror}", err=True)
                return NOT_EXECUTABLE
            recipient.start(process)
            status = process.wait()
    return status if status >= 0 else _BY_SIGNAL - status


class _Recipient:
    """Whoever gets the signals that come for us: the program, once there is one."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._waiting: list[int] = []

    def start(self, process: subprocess.Popen[bytes]) -> None:
        """Hand over what came before there was a process, and what comes from now on."""
        self._process = process
        for number in self._waiting:
            process.send_signal(number)

    def receive(self, number: int, _frame: FrameType | None) -> None:
        """Take a signal."""
        if self._process is None:
            self._waiting.append(number)
        # What a terminal's keys send goes to every process of the foreground, the program included.
        elif number not in _FROM_KEYS or not _in_foreground():
            with suppress(OSError):
                self._process.send_signal(number)


@contextmanager
def _signals() -> Iterator[_Recipient]:
    """Outlive signals for the length of a block."""
    recipient = _Recipient()
    names = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"]
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    previous = {number: signal.signal(number, recipient.receive) for number in numbers}
    try:
        yield recipient
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _in_foreground() -> bool:
    if sys.platform == "win32":
        return True
    try:
        with Path("/dev/tty").open() as terminal:
            return os.tcgetpgrp(terminal.fileno()) == os.getpgrp()
    except OSError:
        return False


def _say(text: str) -> None:
    click.echo(escape_lines(f"wsinspect: {text}"), err=True)
