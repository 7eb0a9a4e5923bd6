"""HTTP heads of the upgrade, written and read byte for byte, and the raw server and client that use them."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import os
import socket
from collections.abc import AsyncIterator, Coroutine, Sequence
from dataclasses import dataclass

from OpenSSL import SSL

from tests.peers.endpoint import Endpoint
from tests.peers.waiting import within

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

type Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Head:
    """An HTTP head as it came."""

    first_line: str
    headers: Headers

    @property
    def status(self) -> int:
        """Of a response."""
        return int(self.first_line.split()[1])

    @property
    def target(self) -> str:
        """Of a request."""
        return self.first_line.split()[1]

    def get(self, name: str) -> str | None:
        """The first value of a header, whatever its spelling."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


def parse_head(raw: bytes) -> Head:
    """Split a head into its first line and its headers."""
    first, *lines = raw.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    pairs = [line.partition(":") for line in lines]
    return Head(first, tuple((name, value.strip()) for name, _, value in pairs))


def accept_for(key: str) -> str:
    """The `Sec-WebSocket-Accept` that answers a key."""
    return base64.b64encode(hashlib.sha1(key.encode() + _GUID, usedforsecurity=False).digest()).decode()


def request(target: str, host: str, *, version: str = "13", extra: Headers = ()) -> bytes:
    """A request head that asks for a WebSocket."""
    headers: Headers = (
        ("Host", host),
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Key", base64.b64encode(os.urandom(16)).decode()),
        ("Sec-WebSocket-Version", version),
        *extra,
    )
    return _head(f"GET {target} HTTP/1.1", headers)


def accepting(asked: Head, *, extra: Headers = ()) -> bytes:
    """The 101 that answers a request."""
    headers: Headers = (
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Accept", accept_for(asked.get("sec-websocket-key") or "")),
        *extra,
    )
    return _head("HTTP/1.1 101 Switching Protocols", headers)


def answer(status: str, body: bytes = b"", *, extra: Headers = ()) -> bytes:
    """A whole ordinary response, such as `403 Forbidden`."""
    return _head(f"HTTP/1.1 {status}", (("Content-Length", str(len(body))), *extra)) + body


def _head(first_line: str, headers: Headers) -> bytes:
    lines = [first_line, *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class RawServer:
    """Listens on loopback and hands out each connection as an `Endpoint`, after TLS where it speaks TLS.

    Args:
        tls: Certificate and key to use, None for plain.
        receive_buffer: Size of each connection's receive buffer, for tests of backpressure.
    """

    def __init__(self, tls: SSL.Context | None = None, *, receive_buffer: int | None = None) -> None:
        self.tls = tls
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=1024)
        if receive_buffer is not None:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._socket.setblocking(False)
        self.port: int = self._socket.getsockname()[1]
        self.authority = f"127.0.0.1:{self.port}"
        self._endpoints: list[Endpoint] = []
        self._tasks: set[asyncio.Task[object]] = set()

    @property
    def scheme(self) -> str:
        """`ws` or `wss`."""
        return "ws" if self.tls is None else "wss"

    async def accept_tcp(self) -> Endpoint:
        """Wait for the next connection, and leave it as it is: nothing is read before `start` or `start_tls`."""
        connection, _ = await within(
            asyncio.get_running_loop().sock_accept(self._socket), f"a connection to {self.authority}"
        )
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        endpoint = Endpoint(connection, f"server {self.authority}")
        self._endpoints.append(endpoint)
        return endpoint

    async def accept(self) -> Endpoint:
        """Wait for the next connection, TLS done."""
        endpoint = await self.accept_tcp()
        if self.tls is None:
            endpoint.start()
        else:
            await endpoint.start_tls(self.tls, server_side=True)
        return endpoint

    async def accept_upgrade(
        self, *, extra: Headers = (), behind: bytes = b"", then: Sequence[bytes] = ()
    ) -> tuple[Endpoint, Head]:
        """Wait for a request, answer 101, and return the endpoint with the request.

        Args:
            extra: More headers of the 101.
            behind: Bytes sent in one piece with the 101.
            then: More, sent piece by piece at once, without looking whether the 101 has arrived.
        """
        endpoint = await self.accept()
        asked = parse_head(await endpoint.take_head())
        await endpoint.send(accepting(asked, extra=extra) + behind)
        endpoint.sent = bytearray(behind)
        for piece in then:
            await endpoint.send(piece)
        return endpoint, asked

    def play[T](self, part: Coroutine[object, object, T]) -> asyncio.Task[T]:
        """Begin the server's part beside the client's; it ends with the server at the latest."""
        task = asyncio.create_task(part)
        self._tasks.add(task)
        return task

    async def close(self) -> None:
        """Close the listener and every connection it handed out."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._socket.close()
        for endpoint in self._endpoints:
            await endpoint.close()


@contextlib.asynccontextmanager
async def raw_server(tls: SSL.Context | None = None, *, receive_buffer: int | None = None) -> AsyncIterator[RawServer]:
    """Run a `RawServer` for the length of a block."""
    server = RawServer(tls, receive_buffer=receive_buffer)
    try:
        yield server
    finally:
        await server.close()


async def connect(address: tuple[str, int], name: str = "client", *, receive_buffer: int | None = None) -> Endpoint:
    """Open a TCP connection."""
    connection = socket.socket()
    if receive_buffer is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setblocking(False)
    try:
        await within(asyncio.get_running_loop().sock_connect(connection, address), f"a connection to {address}")
    except BaseException:
        connection.close()
        raise
    endpoint = Endpoint(connection, name)
    endpoint.start()
    return endpoint


async def connect_through(proxy: tuple[str, int], authority: str, *, receive_buffer: int | None = None) -> Endpoint:
    """Open a tunnel with CONNECT, which must be answered 200."""
    endpoint = await connect(proxy, f"client of {authority}", receive_buffer=receive_buffer)
    await endpoint.send(f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n".encode())
    head = parse_head(await endpoint.take_head())
    assert head.status == 200, f"CONNECT {authority} was answered {head}"
    return endpoint


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody listens on."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


async def connect_through_socks(proxy: tuple[str, int], authority: str) -> Endpoint:
    """Open a tunnel with SOCKS 5 (RFC 1928), without authentication, to a host by name."""
    host, _, port = authority.rpartition(":")
    endpoint = await connect(proxy, f"client of {authority} by SOCKS")
    await endpoint.send(b"\x05\x01\x00")
    await endpoint.expect(b"\x05\x00")
    await endpoint.send(b"\x05\x01\x00\x03" + bytes((len(host),)) + host.encode() + int(port).to_bytes(2, "big"))
    reply = await endpoint.take(5)
    assert reply[:2] == b"\x05\x00", f"SOCKS answered {reply!r}"
    await endpoint.take({1: 3, 3: reply[4], 4: 15}[reply[3]] + 2)
    return endpoint


@dataclass(slots=True)
class Pair:
    """Both ends of one WebSocket whose bytes cross the proxy; `sent` and `received` hold the frame streams alone."""

    client: Endpoint
    server: Endpoint
    path: str
    request: Head
    """As the server saw it."""
    response: Head
    """As the client saw it."""

    async def close(self) -> None:
        """Close both."""
        await self.client.close()
        await self.server.close()


async def finish_upgrade(client: Endpoint, head: bytes, then: Sequence[bytes] = ()) -> Head:
    """Send a request head and more, read the answer, and leave the frame streams alone in the client's records."""
    for piece in (head, *then):
        await client.send(piece)
    response = parse_head(await client.take_head())
    client.sent = bytearray()
    client.forget_taken()
    return response


async def open_pair(
    proxy: tuple[str, int] | None,
    server: RawServer,
    path: str,
    *,
    client_tls: SSL.Context | None = None,
    extra: Headers = (),
    answer_extra: Headers = (),
    behind: bytes = b"",
    then: Sequence[bytes] = (),
    ahead: bytes = b"",
    ahead_then: Sequence[bytes] = (),
) -> Pair:
    """Upgrade a raw client and a raw server through the proxy, by CONNECT.

    Args:
        proxy: Where the proxy listens, None to go without one.
        server: Who accepts.
        path: The request's path, unique, by which a test finds its session.
        client_tls: For a wss server.
        extra: More headers of the request.
        answer_extra: More headers of the 101.
        behind: What the server sends in one piece with its 101.
        then: What it sends after that, piece by piece, at once.
        ahead: What the client sends in one piece with its request.
        ahead_then: What it sends after that, piece by piece, without looking for an answer.
    """
    if proxy is None:
        client = await connect(("127.0.0.1", server.port))
    else:
        client = await connect_through(proxy, server.authority)
    accepting_side = server.play(server.accept_upgrade(extra=answer_extra, behind=behind, then=then))
    try:
        if client_tls is not None:
            await client.start_tls(client_tls, server_name="localhost", server_side=False)
        head = request(path, server.authority, extra=extra)
        response = await finish_upgrade(client, head + ahead, ahead_then)
        client.sent = bytearray(ahead + b"".join(ahead_then))
        assert response.status == 101, f"the upgrade was answered {response}"
        server_side, asked = await accepting_side
    except BaseException:
        await client.close()
        raise
    server_side.forget_taken()
    return Pair(client, server_side, path, asked, response)
