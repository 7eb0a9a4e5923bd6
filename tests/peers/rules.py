"""A conversation of two real peers through an engine with rules, inside the test's own process."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve

from tests.engine.live import LiveEngine, live_engine
from tests.peers.capture import Recorded, session_at
from tests.peers.waiting import within
from wsinspect.engine.steering import Steering

_numbers = itertools.count(1)


@dataclass
class Conversation:
    """A client and a server with an engine between them."""

    engine: LiveEngine
    client: ClientConnection
    server: ServerConnection
    path: str

    @property
    def steering(self) -> Steering:
        """The engine's control."""
        steering = self.engine.addon._rules
        assert isinstance(steering, Steering)
        return steering

    async def say(self, *messages: str | bytes) -> None:
        """Send messages of the client."""
        for message in messages:
            await self.client.send(message)

    async def heard(self) -> str | bytes:
        """Return the next message that the server gets."""
        return await within(self.server.recv(), "a message at the server")

    async def answer(self) -> str | bytes:
        """Return the next message that the client gets."""
        return await within(self.client.recv(), "a message at the client")

    async def record(self) -> Recorded:
        """Close the session and return its record."""
        await self.client.close()
        await self.server.wait_closed()
        return await session_at(self.engine.capture, self.path)


@asynccontextmanager
async def conversation(
    folder: Path, confdir: Path, rules: str, *, compressed: bool = False, **options: object
) -> AsyncIterator[Conversation]:
    """Let a client and a server talk through an engine with these rules.

    Args:
        folder: For the capture and the rule file.
        confdir: Of the CA.
        rules: Items of `rules:` in YAML, indented or not.
        compressed: Whether permessage-deflate is agreed.
        options: More options of the engine.
    """
    file = folder / "rules.yaml"
    file.write_text(rules if rules.startswith("version:") else f"version: 1\nseed: 7\nrules:\n{rules}")
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(live_engine(folder, confdir, rules=(file,), **options))
        yield await stack.enter_async_context(connected(engine, compressed=compressed))


@asynccontextmanager
async def connected(
    engine: LiveEngine, *, compressed: bool = False, path: str | None = None, **client_options: object
) -> AsyncIterator[Conversation]:
    """Connect a client to a new server through an engine."""
    path = path or f"/talk-{next(_numbers)}"
    arrived: asyncio.Future[ServerConnection] = asyncio.get_running_loop().create_future()
    compression = "deflate" if compressed else None

    async def handler(connection: ServerConnection) -> None:
        arrived.set_result(connection)
        await connection.wait_closed()

    host, port = engine.address
    async with serve(handler, "127.0.0.1", 0, compression=compression, ping_interval=None, max_size=64 << 20) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}{path}"
        proxy = f"http://{host}:{port}"
        options = {"proxy": proxy, "compression": compression, "ping_interval": None, **client_options}
        async with connect(url, **options) as client:  # type: ignore[arg-type]  # options of connect
            yield Conversation(engine, client, await within(arrived, "the server's side"), path)
