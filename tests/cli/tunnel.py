"""A proxy that knows CONNECT and nothing else, and remembers where it was asked to go."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field


@dataclass(slots=True)
class Tunnel:
    """The proxy, while it runs."""

    url: str = ""
    targets: list[str] = field(default_factory=list)
    """`host:port` of every tunnel, in order."""
    answer: bytes = b"HTTP/1.1 200 Connection established\r\n\r\n"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            method, target, _ = head.split(" ", 2)
            self.targets.append(f"{target}" if method == "CONNECT" else f"{method} {target}")
            writer.write(self.answer)
            if b" 200 " in self.answer:
                host, _, port = target.rpartition(":")
                there = await asyncio.open_connection(host.strip("[]"), int(port))
                await asyncio.gather(_pump(reader, there[1]), _pump(there[0], writer))
        writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()


@contextlib.asynccontextmanager
async def tunnel() -> AsyncIterator[Tunnel]:
    """Run the proxy for the length of a block."""
    proxy = Tunnel()
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    proxy.url = f"http://{host}:{port}"
    try:
        yield proxy
    finally:
        server.close()
