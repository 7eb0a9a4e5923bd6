"""The real program in a terminal: no peer is obeyed, and its end, or that of its engine, leaves everything in order."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.peers.endpoint import Endpoint
from tests.peers.framing import build
from tests.peers.hostile import ALL, OBEYED, SHORT, evil_payloads, utf8, write_hostile_capture
from tests.peers.terminal import Terminal, terminal
from tests.peers.upgrade import RawServer, answer, connect_through, raw_server, request
from tests.peers.waiting import until
from wsinspect.store.reader import CaptureReader
from wsinspect.store.schema import wal_path

pytestmark = pytest.mark.peer

_OWN = re.compile(
    rb"\x1b\[[0-9;]*[mH]"  # colours, and where to draw
    rb"|\x1b\[\?(1000|1003|1004|1006|1015|1049|2004|2026|2048|25|7)(\$p|[hl])|\x1b\[>25u|\x1b\[<u"
    rb"|\x1b\]22;[a-z]*\x07"  # the shape of the pointer
    rb"|\x1b\]52;c;[A-Za-z0-9+/=]*\x07"  # what was copied
    rb"|\r\n"
)
"""What the program writes to its terminal of itself."""


@pytest.fixture
def surroundings(tmp_path: Path) -> dict[str, str]:
    """Folders of the test's own for what the program keeps."""
    folders = {name: tmp_path / name for name in ("data", "state", "config", "run")}
    for folder in folders.values():
        folder.mkdir(mode=0o700)
    return {
        "XDG_DATA_HOME": str(folders["data"]),
        "XDG_STATE_HOME": str(folders["state"]),
        "XDG_CONFIG_HOME": str(folders["config"]),
        "XDG_RUNTIME_DIR": str(folders["run"]),
        "EDITOR": "true",
        "VISUAL": "true",
    }


def wsinspect(*arguments: str | Path) -> list[str | Path]:
    return [sys.executable, "-m", "wsinspect", *arguments]


@asynccontextmanager
async def recorded(
    command: list[str | Path], file: Path, environment: dict[str, str], columns: int = 120, rows: int = 36
) -> AsyncIterator[Terminal]:
    """Run a program in a terminal, and put every byte that it writes into a file."""
    waiting: list[str | Path] = ["sh", "-c", 'read go; exec "$@"', "sh", *command]
    async with terminal(waiting, columns=columns, rows=rows, environment=environment) as shown:
        await shown._ask("pipe-pane", "-O", f"cat > '{file}'")
        await shown.press("Enter")
        yield shown


def assert_nothing_obeyed(written: bytes, copies: int = 0) -> None:
    """Check that a terminal was told nothing but what the program itself tells it."""
    assert written.count(b"\x1b]52;") == copies
    # What the terminal echoes before the program begins.
    rest = _OWN.sub(b"", written.partition(b"\x1b[?1049h")[2])
    assert not re.search(rb"[\x00-\x1f\x7f]", rest), rest
    text = rest.decode()
    assert not [character for character in text if not (character.isprintable() or character in "\u00a0\u3000\u202f")]


async def test_a_hostile_capture_is_shown_and_not_obeyed(tmp_path: Path, surroundings: dict[str, str]) -> None:
    capture, written = write_hostile_capture(tmp_path / "x.wsi"), tmp_path / "written"
    async with recorded(wsinspect("open", capture), written, surroundings) as shown:
        await shown.until("Messages of #3")
        await shown.press("End", "3", "End", "2", "g")
        await shown.until("#1 ")
        for number in (len(ALL), len(ALL) + 1, len(ALL) + 7):
            await shown.press(":")
            await shown.until("the number of a message")
            await shown.type(str(number))
            await shown.press("Enter")
            await shown.until(f" 1.{number} ")
            await shown.press("3", "Right", "Right", "2")
        await shown.press("3")
        await shown.until("━ 1.")
        await shown.press("y")
        await until(lambda: b"\x1b]52;" in written.read_bytes() or None, "what was copied")
        for key, seen in (("F3", "No rules"), ("F4", "Statistics of"), ("F2", "Messages of #1"), ("?", "closes")):
            await shown.press(key)
            await shown.until(seen)
        await shown.press("Escape")
        await shown.until(lambda screen: "escape closes" not in screen, "the help closed")
        await shown.press("q")
        assert await shown.exit_status() == 0
    assert_nothing_obeyed(written.read_bytes(), copies=1)


async def _misbehave(server: RawServer, address: tuple[str, int]) -> Endpoint:
    """Let a client and a server say what they can; return the client of a session that goes on."""
    evil = "\x9b2J\x9d0;OWNED\x9c[red]\xad"

    async def refuse() -> None:
        side = await server.accept()
        await side.take_head()
        await side.send(answer(f"403 {evil}", evil.encode(), extra=(("X-Evil", evil),)))

    refusal = server.play(refuse())
    refused = await connect_through(address, server.authority)
    refused.forget_taken()
    await refused.send(request(f"/{evil}?[/]", server.authority, extra=(("X-Evil", evil),)))
    await refusal
    await refused.take_head()
    await refused.close()
    texts = [utf8(text).decode("utf-8", "ignore").encode() for text in ALL]
    frames = [build(1, text) for text in texts] + [build(2, payload) for payload in evil_payloads()]
    frames += [build(9, utf8(SHORT)), build(8, (4000).to_bytes(2) + SHORT.encode())]
    said = server.play(server.accept_upgrade(extra=(("X-Evil", evil),), then=frames))
    client = await connect_through(address, server.authority)
    client.forget_taken()
    await client.send(request("/evil\x9b2J", server.authority, extra=(("X-Evil", evil),)))
    await said
    return client


async def test_hostile_peers_are_shown_live_and_not_obeyed(
    tmp_path: Path, confdir: Path, surroundings: dict[str, str]
) -> None:
    capture, written = tmp_path / "x.wsi", tmp_path / "written"
    command = wsinspect("--listen", "127.0.0.1:0", "--confdir", confdir, "-o", capture)
    async with recorded(command, written, surroundings) as shown, raw_server() as server:
        await shown.until("Point a client at the proxy")
        found = re.search(r"127\.0\.0\.1:(\d+)", await shown.screen())
        assert found is not None
        client = await _misbehave(server, ("127.0.0.1", int(found[1])))
        await shown.until("403")
        await shown.until("/evil")
        await shown.press("2", "End")
        await shown.until("4000")
        await shown.press("3", "1", "End", "3")
        await shown.until("refused, status 403")
        await client.close()
        await shown.press("q")
        assert await shown.exit_status() == 0
    assert_nothing_obeyed(written.read_bytes())
    assert not any(sequence.encode() in written.read_bytes() for sequence in OBEYED)


def _engines(capture: Path) -> list[int]:
    """Return the processes that were started with a capture, but for screens."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"--stop-with-stdin" in words and str(capture).encode() in words:
            found.append(int(process.name))
    return found


def _is_whole(capture: Path) -> bool:
    with CaptureReader(capture) as reader:
        return not wal_path(capture).exists() and all(run.ended is not None for run in reader.runs())


@asynccontextmanager
async def capturing(tmp_path: Path, confdir: Path, environment: dict[str, str]) -> AsyncIterator[tuple[Terminal, Path]]:
    """Run the program from a shell; with its capture."""
    capture = tmp_path / "x.wsi"
    words = wsinspect("--listen", "127.0.0.1:0", "--confdir", confdir, "-o", capture)
    command = " ".join(f"'{word}'" for word in words)
    shell: list[str | Path] = ["bash", "--norc", "--noprofile", "-i"]
    around = {**environment, "PS1": "at rest> "}
    async with terminal(shell, columns=100, rows=30, environment=around, folder=tmp_path) as shown:
        await shown.until("at rest>")
        await shown.type(command)
        await shown.press("Enter")
        await shown.until("● capturing  127")
        engines = _engines(capture)
        try:
            yield shown, capture
            assert await until(lambda: _engines(capture) == [] or None, "the engine's end")
        finally:
            for engine in engines:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(engine, signal.SIGKILL)


async def _screen_process(capture: Path) -> int:
    """Return the process of the screen: the parent of the engine."""
    (engine,) = _engines(capture)
    status = await asyncio.to_thread(Path(f"/proc/{engine}/status").read_text)
    found = re.search(r"PPid:\s*(\d+)", status)
    assert found is not None
    return int(found[1])


async def _assert_restored(shown: Terminal) -> None:
    """Check that a terminal is as a shell wants it."""
    flags = "#{alternate_on}#{mouse_any_flag}#{cursor_flag}#{wrap_flag}"
    assert (await shown._ask("display-message", "-p", flags)).strip() == "0011"
    await shown.type("stty -a | grep -o ' echo ' && echo so-it-is")
    await shown.press("Enter")
    await shown.until("\nso-it-is")


async def test_a_screen_that_is_told_to_end_restores_the_terminal_and_ends_its_engine(
    tmp_path: Path, confdir: Path, surroundings: dict[str, str]
) -> None:
    async with capturing(tmp_path, confdir, surroundings) as (shown, capture):
        os.kill(await _screen_process(capture), signal.SIGTERM)
        await shown.until("No WebSocket came by")
        await _assert_restored(shown)
    assert _is_whole(capture)


async def test_the_end_of_the_terminal_is_that_of_the_engine(
    tmp_path: Path, confdir: Path, surroundings: dict[str, str]
) -> None:
    async with capturing(tmp_path, confdir, surroundings) as (shown, capture):
        await shown._ask("respawn-pane", "-k", "cat")
        await until(lambda: _engines(capture) == [] or None, "the engine's end")
        assert _is_whole(capture)


async def test_the_screen_goes_into_the_background_and_comes_back(
    tmp_path: Path, confdir: Path, surroundings: dict[str, str]
) -> None:
    async with capturing(tmp_path, confdir, surroundings) as (shown, capture):
        await shown.press("C-c")
        await shown.until("Press q to leave")
        await shown.press("C-z")
        await shown.until("Stopped")
        await _assert_restored(shown)
        await shown.type("fg")
        await shown.press("Enter")
        await shown.until("Point a client at the proxy")
        await shown.press("?")
        await shown.until("escape closes")
        await shown.press("Escape")
        await shown.until(lambda screen: "escape closes" not in screen, "the help closed")
        await shown.press("q")
        await shown.until("No WebSocket came by")
        await _assert_restored(shown)
    assert _is_whole(capture)


async def test_an_engine_that_is_killed_or_stands_still_is_told_and_the_screen_can_be_left(
    tmp_path: Path, confdir: Path, surroundings: dict[str, str]
) -> None:
    async with capturing(tmp_path, confdir, surroundings) as (shown, capture):
        (engine,) = _engines(capture)
        os.kill(engine, signal.SIGSTOP)
        await shown.until("no answer from the engine")
        await shown.press("b")
        await shown.until("Break: hold messages")
        await shown.press("Escape")
        os.kill(engine, signal.SIGCONT)
        await shown.until("● capturing")
        os.kill(engine, signal.SIGKILL)
        await shown.until("engine lost")
        await shown.press("F4")
        await shown.until("Statistics of")
        await shown.press("F2", "1", "2", "3", "q")
        await shown.until("the engine ended with status -9")
        await _assert_restored(shown)
