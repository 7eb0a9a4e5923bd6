"""Variations are sent as told, and a server that hangs, falls silent or is gone does not stand in the way."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Iterator, Sequence

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve

from wsinspect.cli.fuzz_run import Manner, Progress, Runner
from wsinspect.engine.client import ClientOptions
from wsinspect.errors import EngineError
from wsinspect.model import HttpHead
from wsinspect.replay.fuzz.outcome import Fate
from wsinspect.replay.fuzz.shooting import Listening, Shooter, Shot
from wsinspect.replay.fuzz.variation import Carried, Variation, message

MS = 1_000_000
LISTENING = Listening(listen_ns=300 * MS, settle_ns=1 * MS, probe_ns=200 * MS)


def make(shots: Sequence[Shot], listening: Listening) -> tuple[Shooter, Callable[[HttpHead], None]]:
    carried = Carried(1, b"hello")
    return Shooter(lambda variation, _: variation.make(carried), shots, listening), lambda _: None


def sending(*payloads: bytes) -> Iterator[Variation]:
    for payload in payloads:
        yield Variation("m", "", payload.decode(), lambda carried, payload=payload: message(carried, payload))  # type: ignore[misc]


async def echo(connection: ServerConnection) -> None:
    async for text in connection:
        match text:
            case "silent":
                pass
            case "close":
                await connection.close(4000, "as you wish")
            case "frozen":
                connection.transport.pause_reading()
            case "error":
                await connection.send("TypeError: x")
            case _:
                await connection.send("yes")


def runner_to(server: Server | str, manner: Manner | None = None) -> Runner:
    port = server if isinstance(server, str) else next(iter(server.sockets)).getsockname()[1]
    return Runner(ClientOptions(f"ws://127.0.0.1:{port}/"), make, LISTENING, manner or Manner(), None)


async def run(manner: Manner, *payloads: bytes) -> Runner:
    async with serve(echo, "127.0.0.1", 0, close_timeout=0.1) as server:
        runner = runner_to(server, manner)
        await runner.measure()
        await runner.send(sending(*payloads), len(payloads), Progress())
    return runner


def fates(runner: Runner) -> dict[int, Fate]:
    return {outcome.number: outcome.fate for _, outcome in runner.results}


@pytest.mark.parametrize("manner", [Manner(), Manner(parallel=3), Manner(reuse=True), Manner(interval_s=0.001)])
async def test_all_are_sent(manner: Manner) -> None:
    runner = await run(manner, b"a", b"close", b"b", b"c")
    assert fates(runner) == {1: Fate.OPEN, 2: Fate.CLOSED, 3: Fate.OPEN, 4: Fate.OPEN}
    assert len(runner.baseline) == 3
    assert not runner.stopped


async def test_silence_is_told_from_a_dead_connection() -> None:
    runner = await run(Manner(), b"silent", b"frozen")
    assert [outcome.answers_pings for _, outcome in runner.results] == [True, False]


@pytest.mark.parametrize(
    ("stop_on", "payloads", "sent", "stopped"),
    [
        ("close", [b"error", b"close", b"a"], 2, "the connection ended upon m: close"),
        ("error", [b"close", b"error", b"a"], 2, "an error was told upon m: error"),
        (2, [b"close", b"a", b"error", b"b"], 3, "2 odd, the last m: error"),
        (9, [b"close", b"a"], 2, ""),
    ],
)
async def test_it_stops_when_told_to(stop_on: str | int, payloads: list[bytes], sent: int, stopped: str) -> None:
    runner = await run(Manner(stop_on=stop_on), *payloads)
    assert (len(runner.results), runner.stopped) == (sent, stopped)


async def test_a_server_that_goes_is_given_time_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wsinspect.cli.fuzz_run._TRY_AGAIN_S", (0.0, 0.0))
    async with serve(echo, "127.0.0.1", 0) as server:
        runner = runner_to(server)
        await runner.measure()
    await runner.send(sending(b"a", b"b", b"c", b"d"), 4, Progress())
    assert fates(runner) == dict.fromkeys((1, 2, 3), Fate.NO_CONNECTION)
    assert runner.unreachable
    assert runner.stopped.startswith("3 variations in a row were not sent: ")


async def test_a_server_that_is_not_there_is_an_error() -> None:
    with pytest.raises(EngineError):
        await runner_to("1").measure()


async def test_what_was_slow_once_is_sent_again() -> None:
    first = asyncio.Event()

    async def slow_once(connection: ServerConnection) -> None:
        async for text in connection:
            if text == "slow" and not first.is_set():
                first.set()
                await asyncio.sleep(0.25)  # it is what this server does
            await connection.send("yes")

    async with serve(slow_once, "127.0.0.1", 0) as server:
        runner = runner_to(server)
        await runner.measure()
        await runner.send(sending(b"a", b"slow", b"b"), 3, Progress())
        (before,) = [outcome.delay for _, outcome in runner.results if outcome.number == 2]
        await runner.check_slow()
        (after,) = [outcome.delay for _, outcome in runner.results if outcome.number == 2]
    assert before is not None
    assert after is not None
    assert after < before


async def test_a_connection_that_gets_nowhere_is_given_up() -> None:
    async def mute(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async with serve(mute, "127.0.0.1", 0) as server:
        runner = runner_to(server, Manner(patience_s=-6))
        await runner.measure()
    assert [outcome.answers_pings for outcome in runner.baseline] == [False] * 3


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_how_far_it_is() -> None:
    terminal = Terminal()
    progress = Progress(terminal)
    progress.total = 1200
    progress.tell(1000, 3)
    assert "1,000 of 1,200 variations, 3 odd" in terminal.getvalue()
    progress.end()
    assert terminal.getvalue().endswith("\r\x1b[K")
    pipe = io.StringIO()
    Progress(pipe).tell(1, 0)
    Progress(pipe).end()
    assert pipe.getvalue() == ""
