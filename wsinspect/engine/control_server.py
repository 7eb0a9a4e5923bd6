"""The control channel's door: a WebSocket server on a socket that only the user can reach.

A Unix-domain socket in the folder where engines register (mode 0600); where there are none, a port of 127.0.0.1 with a
random token in its address. Browsers can reach neither: whoever has an `Origin` is refused before any upgrade.

What clients hold with breakpoints of their own is released a while after they vanish, unless they come back under the
same name.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import functools
import hmac
import http
import logging
import os
import secrets
import socket
import sys
import tempfile
import time
import urllib.parse
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from websockets.asyncio.server import Server, ServerConnection
from websockets.asyncio.server import serve as serve_websockets

from wsinspect.control import messages
from wsinspect.control.results import as_json
from wsinspect.engine.control_server_client import ControlServerClient
from wsinspect.engine.control_server_methods import notice_params
from wsinspect.engine.control_server_presence import Presence
from wsinspect.engine.steered import Notice, Steered
from wsinspect.errors import EngineError

if TYPE_CHECKING:
    from websockets.http11 import Request, Response
    from websockets.server import ServerProtocol

GRACE_S = 10.0
STALL_S = 10.0
MOST_CONNECTIONS = 32
_OPEN_S = 5.0
_FAREWELL_S = 1.0
_STALE_AFTER_S = 60.0
_LONGEST_PATH_BYTES = 103
"""`sun_path` has 104 bytes on macOS and 108 on Linux, of which one ends it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How patient the server is."""

    grace_s: float = GRACE_S
    """How long a client that vanished may stay away before what it held is released."""
    stall_s: float = STALL_S
    """How long a client may not read what is sent to it."""
    connections: int = MOST_CONNECTIONS


@contextlib.asynccontextmanager
async def serve(
    steered: Steered, directory: Path, *, tcp: bool = sys.platform == "win32", limits: Limits | None = None
) -> AsyncIterator[str]:
    """Serve the control channel for the length of a block.

    Args:
        steered: The engine.
        directory: Where the socket is made: a folder that is the user's alone.
        tcp: Listen on a port of 127.0.0.1 instead.
        limits: How patient it is.

    Yields:
        The address: `unix:/path`, or `ws://127.0.0.1:PORT/?token=…`.

    Raises:
        EngineError: It cannot listen.
    """
    door = _Door(steered, secrets.token_urlsafe(32) if tcp else None, limits or Limits())
    with contextlib.ExitStack() as cleanup:
        try:
            listener, address = cleanup.enter_context(_tcp_listener() if tcp else _unix_listener(directory))
        except OSError as error:
            raise EngineError(f"cannot open the control channel: {error.strerror or error}") from error
        if door.token is not None:
            address = f"{address}?token={door.token}"
        server = await _started(door, listener)
        cleanup.callback(steered.subscribe(door.told))
        try:
            yield address
        finally:
            await door.shut(server)


async def _started(door: _Door, listener: socket.socket) -> Server:
    arguments: dict[str, Any] = {"sock": listener}  # asyncio's, passed through
    if listener.family != socket.AF_INET:
        arguments["unix"] = True
    # The factory is called like the class, which is what the library's types ask for.
    connection: Any = functools.partial(_Connection, door)
    return await serve_websockets(
        door.converse,
        process_request=door.look_at,
        create_connection=connection,
        compression=None,
        max_size=messages.MOST_BYTES,
        max_queue=1,
        open_timeout=_OPEN_S,
        close_timeout=_FAREWELL_S,
        logger=_unheard(),
        **arguments,
    )


def _unheard() -> logging.Logger:
    """Return a log that goes nowhere: what a client does wrong while it connects is no news."""
    log = logging.getLogger(f"{__name__}.websockets")
    log.setLevel(logging.CRITICAL + 1)
    return log


class _Connection(ServerConnection):
    """A connection that is counted from its first moment on."""

    def __init__(self, door: _Door, protocol: ServerProtocol, server: Server, **arguments: Any) -> None:
        super().__init__(protocol, server, **arguments)
        self._door = door

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._door.enter(self)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._door.leave(self)


class _Door:
    """Lets clients in, and remembers who is there and who left.

    Args:
        steered: The engine.
        token: What a client has to know, None where reaching the socket is proof enough.
        limits: How patient it is.
    """

    def __init__(self, steered: Steered, token: str | None, limits: Limits) -> None:
        self.token = token
        self._steered = steered
        self._limits = limits
        self._turn = asyncio.Lock()
        self._connections: set[ServerConnection] = set()
        self._clients: set[ControlServerClient] = set()
        self._served = 0
        self._presence = Presence(steered, limits.grace_s)

    # ---- who comes in

    def enter(self, connection: ServerConnection) -> None:
        """Count a connection; where there are far too many, cut it off."""
        self._connections.add(connection)
        # Up to twice as many are told that there are too many.
        if len(self._connections) > 2 * self._limits.connections:
            connection.transport.abort()

    def leave(self, connection: ServerConnection) -> None:
        """Count a connection no more."""
        self._connections.discard(connection)

    def look_at(self, connection: ServerConnection, request: Request) -> Response | None:
        """Refuse a request that must not become a WebSocket."""
        if "Origin" in request.headers:
            return connection.respond(http.HTTPStatus.FORBIDDEN, "no web page may control wsinspect\n")
        if self.token is not None:
            query = urllib.parse.urlsplit(request.path).query
            given = urllib.parse.parse_qs(query, max_num_fields=10).get("token", [""])[0] if len(query) < 1000 else ""
            if not hmac.compare_digest(given.encode(), self.token.encode()):
                return connection.respond(http.HTTPStatus.FORBIDDEN, "the token is missing or wrong\n")
        if len(self._connections) > self._limits.connections:
            return connection.respond(http.HTTPStatus.SERVICE_UNAVAILABLE, "too many clients\n")
        return None

    async def converse(self, connection: ServerConnection) -> None:
        """Serve a client until it goes."""
        self._served += 1
        client = ControlServerClient(
            connection,
            self._steered,
            self._turn,
            self._presence,
            owner=f"connection {self._served}",
            stall_s=self._limits.stall_s,
        )
        self._clients.add(client)
        try:
            await client.serve()
        finally:
            self._clients.discard(client)

    async def shut(self, server: Server) -> None:
        """Say good-bye to all, and be gone soon whatever they do."""
        server.close()
        closing = asyncio.ensure_future(server.wait_closed())
        await asyncio.wait([closing], timeout=_FAREWELL_S)
        for connection in list(self._connections):
            connection.transport.abort()
        await closing
        self._presence.forget()

    # ---- what they are told

    def told(self, notice: Notice) -> None:
        """Pass a notice of the engine on to those who want it."""
        listening = [client for client in self._clients if client.wants(notice.kind)]
        if listening:
            encoded = messages.notification(notice.kind, as_json(notice_params(notice)))
            for client in listening:
                client.offer(encoded)


# ---- listening


@contextlib.contextmanager
def _tcp_listener() -> Iterator[tuple[socket.socket, str]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener, f"ws://127.0.0.1:{listener.getsockname()[1]}/"


@contextlib.contextmanager
def _unix_listener(directory: Path) -> Iterator[tuple[socket.socket, str]]:
    assert sys.platform != "win32"
    _remove_stale(directory)
    with contextlib.ExitStack() as cleanup:
        name = f"{secrets.token_hex(4)}.sock"
        if len(os.fsencode(directory / name)) > _LONGEST_PATH_BYTES:
            directory = Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="wsinspect-")))
        path = directory / name
        listener = cleanup.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        listener.bind(str(path))
        cleanup.callback(path.unlink, missing_ok=True)
        path.chmod(0o600)
        listener.listen(MOST_CONNECTIONS)
        listener.setblocking(False)
        yield listener, f"unix:{path}"


def _remove_stale(directory: Path) -> None:
    """Remove the sockets of engines that are gone."""
    assert sys.platform != "win32"
    for path in directory.glob("*.sock"):
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            # One that was made just now may not listen yet.
            if time.time() - path.lstat().st_mtime < _STALE_AFTER_S:
                continue
            probe.setblocking(False)
            if probe.connect_ex(str(path)) == errno.ECONNREFUSED:
                path.unlink()
