"""Peers that compress as told, send what they are told, and keep what they hear: `websockets` and Node's `ws`."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory, ServerPerMessageDeflateFactory

from tests.peers.programs import NODE, Json, Program, node, program
from tests.peers.waiting import until, within

DEADLINE_S = 30.0


class Said(NamedTuple):
    """A message, in as many parts as it goes in frames."""

    binary: bool
    parts: tuple[bytes, ...]

    @property
    def payload(self) -> bytes:
        """All of it."""
        return b"".join(self.parts)


class Heard(NamedTuple):
    """What a peer's library delivered."""

    binary: bool
    size: int
    sha256: str


def as_heard(payload: bytes, *, binary: bool) -> Heard:
    """What should be delivered."""
    return Heard(binary, len(payload), hashlib.sha256(payload).hexdigest())


@dataclass(frozen=True, slots=True)
class Compression:
    """What is to be agreed on permessage-deflate."""

    server_bits: int = 15
    client_bits: int = 15
    server_takeover: bool = True
    client_takeover: bool = True

    def __str__(self) -> str:
        notes = [
            f"{who}{bits}{'' if takeover else '-fresh'}"
            for who, bits, takeover in (
                ("s", self.server_bits, self.server_takeover),
                ("c", self.client_bits, self.client_takeover),
            )
        ]
        return ",".join(notes)

    @property
    def for_node(self) -> str:
        """Options of `ws`."""
        options: dict[str, int | bool] = {
            "serverMaxWindowBits": self.server_bits,
            "clientMaxWindowBits": self.client_bits,
        }
        if not self.server_takeover:
            options["serverNoContextTakeover"] = True
        if not self.client_takeover:
            options["clientNoContextTakeover"] = True
        return msgspec.json.encode(options).decode()


class Talker(Protocol):
    """One end of a connection."""

    heard: list[Heard]
    """In order."""

    async def say(self, message: Said) -> None:
        """Send a message."""

    async def ping(self) -> None:
        """Send a ping; its pong is the library's own business."""

    async def close(self) -> None:
        """Start the closing handshake."""


async def hears(talker: Talker, wanted: Heard) -> None:
    """Wait until the last that a peer heard is this."""
    try:
        await until(lambda: bool(talker.heard) and talker.heard[-1] == wanted, "the last message", DEADLINE_S)
    except AssertionError as error:
        raise AssertionError(f"{error}; heard {len(talker.heard)}: {vars(talker)}") from None


class PythonTalker:
    """On `websockets`.

    Args:
        connection: Open.
    """

    def __init__(self, connection: ClientConnection | ServerConnection) -> None:
        self.heard: list[Heard] = []
        self._connection = connection
        self._listening = asyncio.create_task(self._listen())

    async def say(self, message: Said) -> None:
        parts: list[str | bytes] = [part if message.binary else part.decode() for part in message.parts]
        await within(self._connection.send(parts if len(parts) > 1 else parts[0]), "websockets to send", DEADLINE_S)

    async def ping(self) -> None:
        await self._connection.ping()

    async def close(self) -> None:
        await within(self._connection.close(), "the end of the connection")
        await self._listening

    async def _listen(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for message in self._connection:
                payload = message.encode() if isinstance(message, str) else message
                self.heard.append(as_heard(payload, binary=isinstance(message, bytes)))


class NodeTalker:
    """On `ws`.

    Args:
        running: `talker.mjs`, connected.
    """

    def __init__(self, running: Program) -> None:
        self.heard: list[Heard] = []
        self.texts: list[str] = []
        """Those of them that are short texts."""
        self.others: list[Json] = []
        """What it told beside that."""
        self._program = running
        self._listening = asyncio.create_task(self._listen())

    async def say(self, message: Said) -> None:
        await self._program.order("say", int(message.binary), *(base64.b64encode(p).decode() for p in message.parts))

    async def ping(self) -> None:
        await self._program.order("ping")

    async def close(self) -> None:
        await self._program.order("close")
        await self._listening

    async def stop(self) -> None:
        """Hear no more of it."""
        self._listening.cancel()
        await asyncio.wait([self._listening])

    async def _listen(self) -> None:
        """Read what it tells, to the end of the connection."""
        while True:
            told = await self._program.next()
            if told.get("event") == "message":
                self.heard.append(msgspec.convert((told["binary"], told["size"], told["sha256"]), Heard))
                if isinstance(text := told.get("text"), str):
                    self.texts.append(text)
            else:
                self.others.append(told)
            if told.get("event") == "close":
                return


@contextlib.asynccontextmanager
async def linked(
    client: str, server: str, compression: Compression, proxy: str, path: str, folder: Path
) -> AsyncIterator[tuple[Talker, Talker]]:
    """Connect two peers, each `python` or `node`, through a proxy.

    Args:
        client: Which library asks.
        server: Which library answers.
        compression: What they agree on.
        proxy: URL of the proxy.
        path: Of the request.
        folder: Where programs run.
    """
    connecting = node_client if client == "node" else python_client
    serving = node_server if server == "node" else python_server
    async with serving(compression, folder) as (port, arrived):
        url = f"ws://127.0.0.1:{port}{path}"
        async with connecting(url, compression, proxy, folder) as talker:
            yield talker, await within(arrived, "the server's end of the connection")


@contextlib.asynccontextmanager
async def python_client(url: str, compression: Compression, proxy: str, _: Path) -> AsyncIterator[PythonTalker]:
    """Connect a client on `websockets`."""
    factory = ClientPerMessageDeflateFactory(
        server_no_context_takeover=not compression.server_takeover,
        client_no_context_takeover=not compression.client_takeover,
        server_max_window_bits=compression.server_bits,
        client_max_window_bits=compression.client_bits,
    )
    async with connect(url, proxy=proxy, compression=None, extensions=[factory], ping_interval=None) as connection:
        yield PythonTalker(connection)


@contextlib.asynccontextmanager
async def python_server(compression: Compression, _: Path) -> AsyncIterator[tuple[int, asyncio.Future[PythonTalker]]]:
    """Run a server on `websockets` for one connection; give its port and its end of that."""
    factory = ServerPerMessageDeflateFactory(
        server_no_context_takeover=not compression.server_takeover,
        client_no_context_takeover=not compression.client_takeover,
        server_max_window_bits=compression.server_bits,
        client_max_window_bits=compression.client_bits,
    )
    arrived: asyncio.Future[PythonTalker] = asyncio.get_running_loop().create_future()

    async def handle(connection: ServerConnection) -> None:
        arrived.set_result(PythonTalker(connection))
        await connection.wait_closed()

    async with serve(handle, "127.0.0.1", 0, compression=None, extensions=[factory], ping_interval=None) as running:
        yield next(iter(running.sockets)).getsockname()[1], arrived


@contextlib.asynccontextmanager
async def node_client(url: str, compression: Compression, proxy: str, folder: Path) -> AsyncIterator[NodeTalker]:
    """Connect a client on `ws`."""
    command = [node(), str(NODE / "talker.mjs"), "--connect", url, "--proxy", proxy, "--deflate", compression.for_node]
    async with program(command, "the client on ws", folder) as running:
        await running.event("open")
        talker = NodeTalker(running)
        try:
            yield talker
        finally:
            await talker.stop()


@contextlib.asynccontextmanager
async def node_server(compression: Compression, folder: Path) -> AsyncIterator[tuple[int, asyncio.Future[NodeTalker]]]:
    """Run a server on `ws` for one connection; give its port and its end of that."""
    command = [node(), str(NODE / "talker.mjs"), "--deflate", compression.for_node]
    async with program(command, "the server on ws", folder) as running:
        port = (await running.next())["port"]
        assert isinstance(port, int)

        async def arrive() -> NodeTalker:
            await running.event("open")
            return NodeTalker(running)

        arriving = asyncio.create_task(arrive())
        try:
            yield port, arriving
        finally:
            arriving.cancel()
            await asyncio.wait([arriving])
            if not arriving.cancelled() and arriving.exception() is None:
                await arriving.result().stop()
