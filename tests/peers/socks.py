"""A SOCKS proxy, versions 4, 4a and 5 (RFC 1928, 1929), as small as it can be: what it was asked for is kept."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass, field


@dataclass
class SocksServer:
    """Tunnels to wherever it is asked to; `refuses` makes it answer with that code of its version instead."""

    user: tuple[str, str] | None = None
    refuses: int | None = None
    port: int = 0
    asked: list[tuple[str, int]] = field(default_factory=list)
    """Host as it was written, and port."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client."""
        with contextlib.suppress(asyncio.IncompleteReadError, OSError), contextlib.closing(writer):
            version = (await reader.readexactly(1))[0]
            host, port = await (self._version_4(reader) if version == 4 else self._version_5(reader, writer))
            self.asked.append((host, port))
            code = (b"\x00", b"\x5a") if version == 4 else (b"\x05", b"\x00")
            tail = bytes(6) if version == 4 else b"\x00\x01" + bytes(6)
            if self.refuses is not None:
                writer.write(code[0] + bytes((self.refuses,)) + tail)
                return
            there, back = await asyncio.open_connection(host, port)
            writer.write(b"".join(code) + tail)
            with contextlib.closing(back):
                await first_of(pump(reader, back), pump(there, writer))

    async def _version_4(self, reader: asyncio.StreamReader) -> tuple[str, int]:
        _, *rest = await reader.readexactly(7)
        await reader.readuntil(b"\0")
        host = ".".join(map(str, rest[2:]))
        if host.startswith("0.0.0."):  # 4a: the name follows
            host = (await reader.readuntil(b"\0"))[:-1].decode()
        return host, rest[0] << 8 | rest[1]

    async def _version_5(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[str, int]:
        await reader.readexactly((await reader.readexactly(1))[0])
        writer.write(b"\x05\x00" if self.user is None else b"\x05\x02")
        if self.user is not None:
            given = [(await reader.readexactly(1))[0]]
            words = [(await reader.readexactly((await reader.readexactly(1))[0])).decode() for _ in range(2)]
            writer.write(bytes((given[0], tuple(words) != self.user)))
        *_, kind = await reader.readexactly(4)
        size = 4 if kind == 1 else 16 if kind == 4 else (await reader.readexactly(1))[0]
        raw = await reader.readexactly(size)
        host = raw.decode() if kind == 3 else ".".join(map(str, raw))
        return host, int.from_bytes(await reader.readexactly(2))


async def first_of(*jobs: Coroutine[object, object, None]) -> None:
    """Wait for one of several jobs, and end the others."""
    tasks = [asyncio.create_task(job) for job in jobs]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Hand on what comes, to its end."""
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)


@contextlib.asynccontextmanager
async def socks_server(user: tuple[str, str] | None = None, refuses: int | None = None) -> AsyncIterator[SocksServer]:
    """Run one for the length of a block."""
    socks = SocksServer(user, refuses)
    server = await asyncio.start_server(socks.serve, "127.0.0.1", 0)
    socks.port = server.sockets[0].getsockname()[1]
    try:
        yield socks
    finally:
        server.close()
        await server.wait_closed()
