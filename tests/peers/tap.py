"""A relay that sits between a library peer and the proxy and records both byte streams and how they end.

`client ⇄ tap ⇄ proxy ⇄ tap ⇄ server`: whatever library speaks at either end, the two taps together tell whether the
proxy changed a byte. The tap terminates TLS where asked, so that it sees what is inside: the client's tap takes plain
bytes and does CONNECT and TLS itself; the server's tap does TLS towards the proxy and hands plain bytes on.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from OpenSSL import SSL

from tests.peers.endpoint import Endpoint
from tests.peers.upgrade import RawServer, connect, connect_through, parse_head
from wsinspect.model import End

type Dial = Callable[[], Awaitable[Endpoint]]


@dataclass(frozen=True, slots=True)
class TappedConnection:
    """One connection through a tap: `near` is who connected, `far` is whom the tap connected to."""

    near: Endpoint
    far: Endpoint

    def streams(self) -> tuple[bytes, bytes]:
        """What came behind the heads of request and response: client to server, and server to client."""
        return _behind_head(self.near.received), _behind_head(self.far.received)

    @property
    def request(self) -> bytes:
        """The request head."""
        return bytes(self.near.received.partition(b"\r\n\r\n")[0])

    @property
    def response(self) -> bytes:
        """The response head."""
        return bytes(self.far.received.partition(b"\r\n\r\n")[0])


class TcpTap:
    """Listens, dials on for each connection, and passes everything on, the kind of end included.

    Args:
        dial: Opens the far side of a connection.
        tls: To speak TLS towards who connects.
    """

    def __init__(self, dial: Dial, tls: SSL.Context | None = None) -> None:
        self._dial = dial
        self._server = RawServer(tls)
        self._tasks: set[asyncio.Task[None]] = set()
        self._accepting = asyncio.create_task(self._accept())
        self.connections: list[TappedConnection] = []
        self.failures: list[str] = []
        """Connections that got no far side, or no TLS, in words."""

    @property
    def port(self) -> int:
        """Where it listens, on loopback."""
        return self._server.port

    async def close(self) -> None:
        """Stop, and close every connection."""
        for task in (self._accepting, *self._tasks):
            task.cancel()
        await asyncio.gather(self._accepting, *self._tasks, return_exceptions=True)
        await self._server.close()
        for connection in self.connections:
            await connection.far.close()

    async def _accept(self) -> None:
        while True:
            with contextlib.suppress(AssertionError):  # nobody came within the deadline: wait again
                near = await self._server.accept_tcp()
                task = asyncio.create_task(self._carry(near))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _carry(self, near: Endpoint) -> None:
        try:
            if self._server.tls is None:
                near.start()
            else:
                await near.start_tls(self._server.tls, server_side=True)
            far = await self._dial()
        except (AssertionError, OSError) as error:
            self.failures.append(str(error))
            await near.close()
            return
        self.connections.append(TappedConnection(near, far))
        async with near, far:
            await asyncio.gather(_pass_on(near, far), _pass_on(far, near))


async def _pass_on(source: Endpoint, sink: Endpoint) -> None:
    """Carry one direction to its end."""
    while True:
        piece, ends = await source.next_piece()
        if piece:
            await sink.send(piece)
        elif End.RESET in ends:
            await sink.reset()
            return
        elif ends:
            # The clean end of a plain side is FIN, of a TLS side close_notify; each becomes the other's.
            clean = End.CLOSE_NOTIFY in ends or source.tls is None
            if clean and sink.tls is not None:
                await sink.close_notify()
            if sink.tls is None or End.FIN in ends:
                await sink.fin()
            return


def _behind_head(stream: bytearray) -> bytes:
    return bytes(stream.partition(b"\r\n\r\n")[2])


class ConnectProxy:
    """A plain HTTP proxy that only tunnels, to stand behind the engine's `upstream` mode."""

    def __init__(self) -> None:
        self._server = RawServer()
        self._tasks: set[asyncio.Task[None]] = set()
        self._accepting = asyncio.create_task(self._accept())
        self.asked: list[str] = []
        """Every authority a tunnel was asked to."""

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{self._server.authority}"

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens, as host and port."""
        return "127.0.0.1", self._server.port

    async def close(self) -> None:
        """Stop, and close every tunnel."""
        for task in (self._accepting, *self._tasks):
            task.cancel()
        await asyncio.gather(self._accepting, *self._tasks, return_exceptions=True)
        await self._server.close()

    async def _accept(self) -> None:
        while True:
            with contextlib.suppress(AssertionError):  # nobody came within the deadline: wait again
                near = await self._server.accept_tcp()
                task = asyncio.create_task(self._tunnel(near))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _tunnel(self, near: Endpoint) -> None:
        near.start()
        authority = parse_head(await near.take_head()).target
        self.asked.append(authority)
        host, _, port = authority.rpartition(":")
        async with await connect((host, int(port)), f"tunnel to {authority}") as far:
            await near.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await asyncio.gather(_pass_on(near, far), _pass_on(far, near))
        await near.close()


@contextlib.asynccontextmanager
async def connect_proxy() -> AsyncIterator[ConnectProxy]:
    """Run a `ConnectProxy` for the length of a block."""
    proxy = ConnectProxy()
    try:
        yield proxy
    finally:
        await proxy.close()


@contextlib.asynccontextmanager
async def server_tap(port: int, tls: SSL.Context | None = None) -> AsyncIterator[TcpTap]:
    """Put a tap in front of a plain server on loopback; `tls` makes it a TLS server."""
    tap = TcpTap(lambda: connect(("127.0.0.1", port), "tap towards the server"), tls)
    try:
        yield tap
    finally:
        await tap.close()


@contextlib.asynccontextmanager
async def client_tap(
    proxy: tuple[str, int] | None, authority: str, tls: SSL.Context | None = None
) -> AsyncIterator[TcpTap]:
    """Put a tap between a plain client and the proxy, which it asks for a tunnel to `authority`, with TLS inside.

    With no proxy it connects to the authority.
    """

    async def dial() -> Endpoint:
        if proxy is None:
            host, _, port = authority.rpartition(":")
            endpoint = await connect((host, int(port)))
        else:
            endpoint = await connect_through(proxy, authority)
            endpoint.forget_taken()
        if tls is not None:
            await endpoint.start_tls(tls, server_name="localhost", server_side=False)
        return endpoint

    tap = TcpTap(dial)
    try:
        yield tap
    finally:
        await tap.close()
