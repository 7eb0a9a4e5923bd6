"""`wsinspect capture`: the engine without a screen, until Ctrl-C."""

from __future__ import annotations

import asyncio
import logging
import os
import shlex
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, override

import click

from wsinspect.cli.engine_options import engine_options
from wsinspect.cli.engine_process import GO_ON, mode_kind, reachable
from wsinspect.cli.exit_status import ExitStatus
from wsinspect.cli.totals import read_totals
from wsinspect.present.text import escape_lines

if TYPE_CHECKING:
    from pathlib import Path

    from wsinspect.engine.options import EngineOptions
    from wsinspect.engine.registry import EngineInfo

_COUNT_EVERY_S = 0.5
_CLEAR_LINE = "\r\x1b[K"


@click.command("capture")
@click.option(
    "--stop-with-stdin", is_flag=True, hidden=True, help="End when standard input does, so as not to outlive a starter."
)
@engine_options
def command(options: EngineOptions, *, stop_with_stdin: bool) -> None:
    """Record the WebSocket traffic of whatever uses the proxy, until Ctrl-C.

    The exit status is 1 when an 'expect' of a rule did not hold.
    """
    line = StatusLine()
    with log_above(line):
        expect_failures = asyncio.run(_capture(options, line, stop_with_stdin=stop_with_stdin))
    line.clear()
    totals = read_totals(options.out)
    if totals.sessions:
        _say(f"Recorded {totals} in {options.out}")
        _say(f"Look at it with: wsinspect sessions {shlex.quote(str(options.out))}")
    else:
        _say(f"No WebSocket came by; {options.out} is empty")
    if expect_failures:
        _say(f"{expect_failures} times an expectation of a rule did not hold")
        click.get_current_context().exit(ExitStatus.DIFFERS)


class StatusLine:
    """The last line of a terminal, rewritten in place; nothing where standard error is none."""

    def __init__(self) -> None:
        self._shown = ""
        self.is_live = sys.stderr.isatty()

    def show(self, text: str) -> None:
        """Show a line in place of the one before."""
        if self.is_live and text != self._shown:
            self._shown = text
            sys.stderr.write(f"{_CLEAR_LINE}{text}")
            sys.stderr.flush()

    def above(self, text: str) -> None:
        """Print a line that stays."""
        shown, self._shown = self._shown, ""
        sys.stderr.write(f"{_CLEAR_LINE if shown else ''}{text}\n")
        sys.stderr.flush()
        if shown:
            self.show(shown)

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            sys.stderr.write(_CLEAR_LINE)
            self._shown = ""


async def _capture(options: EngineOptions, line: StatusLine, *, stop_with_stdin: bool) -> int:
    from wsinspect.engine.runner import run  # noqa: PLC0415 - mitmproxy takes a while to import

    stop = asyncio.Event()
    stop_on_signals(stop)
    if stop_with_stdin:
        stop_at_end_of_input(stop)
    counting: asyncio.Task[None] | None = None

    def on_ready(info: EngineInfo) -> None:
        nonlocal counting
        for text in introduction(info, options.rules):
            _say(text)
        logging.getLogger("wsinspect").setLevel(logging.INFO)
        if line.is_live:
            counting = asyncio.get_running_loop().create_task(_count(options.out, line, stop))

    try:
        return await run(options, on_ready, stop)
    finally:
        if counting is not None:
            counting.cancel()


def introduction(info: EngineInfo, rules: Sequence[Path] = ()) -> Iterator[str]:
    """Say where an engine listens and records, and how clients get there."""
    for mode, address in zip(info.modes, info.listen, strict=False):
        yield f"Listening on {address} ({mode})"
    yield f"Recording to {info.capture}"
    if rules:
        yield f"Acting by the rules in {', '.join(map(str, rules))}, read again when they change"
    yield f"Clients have to trust {info.ca} ('wsinspect cert' says how)"
    yield ""
    kinds = {mode_kind(mode): reachable(address) for mode, address in zip(info.modes, info.listen, strict=False)}
    if proxy := kinds.get("regular") or kinds.get("upstream"):
        yield "Point a client at it:"
        yield "  wsinspect exec -- PROGRAM      runs a program with its proxy and CA settings set"
        yield f"  curl --proxy http://{proxy} --cacert {shlex.quote(info.ca)} https://…"
        yield f"  or set http://{proxy} as the HTTP and HTTPS proxy of a browser or system"
    if socks := kinds.get("socks5"):
        yield f"Set {socks} as the SOCKS 5 proxy of a client."
    if reverse := kinds.get("reverse"):
        yield f"Let clients connect to {reverse} in place of the server."
    yield "Ctrl-C ends it."


async def _count(capture: Path, line: StatusLine, stop: asyncio.Event) -> None:
    while not stop.is_set():  # a file that is being closed is left alone
        totals = await asyncio.to_thread(read_totals, capture)
        line.show(f"● {totals}, {totals.live} open")
        await asyncio.sleep(_COUNT_EVERY_S)


def stop_on_signals(stop: asyncio.Event) -> None:
    """Let the first Ctrl-C or SIGTERM end the engine cleanly, the next one at once."""
    loop = asyncio.get_running_loop()
    names = [signal.SIGINT, signal.SIGTERM]

    def on_signal() -> None:
        stop.set()
        for name in names:
            with suppress(NotImplementedError):
                loop.remove_signal_handler(name)
            signal.signal(name, signal.default_int_handler)

    for name in names:
        try:
            loop.add_signal_handler(name, on_signal)
        except NotImplementedError:  # Windows
            signal.signal(name, lambda _number, _frame: loop.call_soon_threadsafe(on_signal))


def stop_at_end_of_input(stop: asyncio.Event) -> None:
    """End the engine when standard input ends."""
    loop = asyncio.get_running_loop()

    def read() -> None:
        # Not through sys.stdin, whose lock the interpreter wants on its way out.
        said = b""
        with suppress(OSError):
            while part := os.read(0, 1 << 16):
                said = (said + part)[-len(GO_ON) :]
        if said == GO_ON:
            return
        with suppress(RuntimeError):  # the loop is closed: it ended for another reason
            loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=read, name="end of input", daemon=True).start()


@contextmanager
def log_above(line: StatusLine) -> Iterator[None]:
    """Show warnings above the counter, and what else the engine and its rules log once it is introduced."""

    class Handler(logging.Handler):
        @override
        def emit(self, record: logging.LogRecord) -> None:
            line.above(f"{record.levelname.lower()}: {escape_lines(record.getMessage())}")

    handler, own = Handler(logging.INFO), logging.getLogger("wsinspect")
    before = own.level
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
        own.setLevel(before)


def _say(text: str) -> None:
    click.echo(escape_lines(text), err=True)
