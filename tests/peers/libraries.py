"""Servers of the Python libraries that people use, and what they saw."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol


@dataclass(slots=True)
class LibraryServer:
    """A running echo server.

    It echoes every message, in as many fragments as came, except text orders: `close CODE REASON`, `vanish` (the TCP
    connection is cut), `ping TEXT`.
    """

    port: int = 0
    closes: dict[str, tuple[int | None, str]] = field(default_factory=dict)
    """By path: the close code and reason that the server's library reported."""
    pongs: list[bytes] = field(default_factory=list)

    def url(self, scheme: str, path: str) -> str:
        """Where to connect to."""
        return f"{scheme}://localhost:{self.port}{path}"


@contextlib.asynccontextmanager
async def websockets_server(
    tls: ssl.SSLContext | None = None, *, compressed: bool = True, subprotocols: tuple[str, ...] = ()
) -> AsyncIterator[LibraryServer]:
    """Run the echo server on `websockets`."""
    server = LibraryServer()

    async def obey(connection: ServerConnection, order: str) -> None:
        word, _, rest = order.partition(" ")
        match word:
            case "close":
                code, _, reason = rest.partition(" ")
                await connection.close(int(code), reason)
            case "vanish":
                connection.transport.abort()
            case "ping":
                await (await connection.ping(rest))
                server.pongs.append(rest.encode())
            case "fragments":
                await connection.send(rest.split(" "))
            case _:
                await connection.send(order)

    async def handle(connection: ServerConnection) -> None:
        assert connection.request is not None
        try:
            async for message in connection:
                await (connection.send(message) if isinstance(message, bytes) else obey(connection, message))
        except ConnectionClosed:
            pass
        server.closes[connection.request.path] = (connection.close_code, connection.close_reason or "")

    async with serve(
        handle,
        "127.0.0.1",
        0,
        ssl=tls,
        compression="deflate" if compressed else None,
        subprotocols=[Subprotocol(name) for name in subprotocols] or None,
        max_size=64 << 20,
        ping_interval=None,
    ) as running:
        server.port = next(iter(running.sockets)).getsockname()[1]
        yield server


@contextlib.asynccontextmanager
async def aiohttp_server(tls: ssl.SSLContext | None = None) -> AsyncIterator[LibraryServer]:
    """Run the echo server on `aiohttp`."""
    server = LibraryServer()

    async def handle(request: web.Request) -> web.WebSocketResponse:
        connection = web.WebSocketResponse(max_msg_size=64 << 20)
        await connection.prepare(request)
        async for message in connection:
            if message.type is aiohttp.WSMsgType.BINARY:
                await connection.send_bytes(message.data)
            elif message.type is aiohttp.WSMsgType.TEXT and message.data.startswith("close "):
                _, code, reason = message.data.split(" ", 2)
                await connection.close(code=int(code), message=reason.encode())
            elif message.type is aiohttp.WSMsgType.TEXT:
                await connection.send_str(message.data)
        server.closes[request.path] = (connection.close_code, "")
        return connection

    application = web.Application()
    application.router.add_get("/{path:.*}", handle)
    async with web_application(application, tls) as port:
        server.port = port
        yield server


@contextlib.asynccontextmanager
async def web_application(application: web.Application, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Serve an aiohttp application on loopback, and give its port."""
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        port = runner.addresses[0][1]
        assert isinstance(port, int)
        yield port
    finally:
        await runner.cleanup()
