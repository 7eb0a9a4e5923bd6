"""What the tests of the client share: a performer that follows a script, and servers to play against."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve

from tests.peers.waiting import within
from wsinspect.engine.client import ClientOptions, ClientSession, open_session
from wsinspect.engine.recorder import Recorder
from wsinspect.model import Source
from wsinspect.replay.performing import Act


@dataclass
class Script:
    """Does one act after the other; what is to wait for something else is a function that returns one, or None."""

    acts: deque[Act | Callable[[], Act | None]] = field(default_factory=deque)
    answers_pings: bool = False
    wake_at: int | None = None
    said: list[tuple[int, bytes]] = field(default_factory=list)
    """Messages that were heard."""
    controls: list[tuple[int, bytes]] = field(default_factory=list)
    ends: int = 0

    def next(self, now: int) -> Act | None:
        if not self.acts:
            return None
        first = self.acts[0]
        act = first() if callable(first) else first
        if act is not None:
            self.acts.popleft()
        return act

    def heard(self, opcode: int, payload: bytes, now: int) -> None:
        self.said.append((opcode, payload))

    def heard_control(self, opcode: int, payload: bytes, now: int) -> None:
        self.controls.append((opcode, payload))

    def ended(self, now: int) -> None:
        self.ends += 1


def script(*acts: Act | Callable[[], Act | None], answers_pings: bool = False) -> Script:
    """Make a performer."""
    return Script(deque(acts), answers_pings=answers_pings)


def once(condition: Callable[[], object], act: Act) -> Callable[[], Act | None]:
    """Do something once a condition holds."""
    return lambda: act if condition() else None


def port_of(server: Server) -> int:
    port: int = next(iter(server.sockets)).getsockname()[1]
    return port


async def opened(
    options: ClientOptions | str, performer: Script, recorder: Recorder | None = None, source: Source = Source.REPLAY
) -> ClientSession:
    """Open a session, in time."""
    options = ClientOptions(options) if isinstance(options, str) else options
    return await within(open_session(options, performer, recorder, source=source), "a session to open")


async def played(options: ClientOptions | str, performer: Script, recorder: Recorder | None = None) -> ClientSession:
    """Open a session and wait for its end."""
    session = await opened(options, performer, recorder)
    await within(session.finished(), "a session to end")
    return session


@asynccontextmanager
async def echo_server(**arguments: object) -> AsyncIterator[str]:
    """Run a `websockets` server that says again what it is told; yields its URL."""

    async def echo(connection: ServerConnection) -> None:
        async for message in connection:
            await connection.send(message)

    async with serve(echo, "127.0.0.1", 0, **arguments) as server:  # type: ignore[arg-type]  # the library's
        yield f"{'wss' if 'ssl' in arguments else 'ws'}://localhost:{port_of(server)}"


@asynccontextmanager
async def bytes_server(*pieces: bytes, then: str = "fin", reads: int = 1) -> AsyncIterator[str]:
    """Run a server that answers whatever it is sent with these bytes; yields its URL.

    Args:
        pieces: What to answer, each in a write of its own.
        then: `fin`, `reset` or `stall`.
        reads: How many reads to wait for first.
    """
    over = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(reads):
            await reader.read(65536)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        if then == "stall":
            await over.wait()
        if then == "reset":
            writer.transport.abort()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        over.set()
        server.close()
        await within(server.wait_closed(), "the server to end")


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the environment name no proxy."""
    for name in ("ws_proxy", "wss_proxy", "http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
