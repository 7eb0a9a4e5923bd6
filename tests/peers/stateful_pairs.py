"""The stateful servers and clients (`stateful.py`), run alike: on `websockets`, on Node's `ws` and on Socket.IO."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tests.peers.certificates import Certificate
from tests.peers.programs import NODE, Json, Program, node, program

_ROOT = Path(__file__).parents[2]


class Library(StrEnum):
    """What a pair is written with."""

    WEBSOCKETS = "websockets"
    WS = "ws"
    SOCKETIO = "socketio"

    @property
    def serving(self) -> list[str]:
        """The command of its server."""
        match self:
            case Library.WEBSOCKETS:
                return [sys.executable, "-m", "tests.peers.stateful", "serve"]
            case Library.WS:
                return [node(), str(NODE / "stateful.mjs"), "serve"]
            case Library.SOCKETIO:
                return [node(), str(NODE / "socketio.mjs")]

    @property
    def talking(self) -> list[str]:
        """The command of its client."""
        match self:
            case Library.WEBSOCKETS:
                return [sys.executable, "-m", "tests.peers.stateful", "talk"]
            case Library.WS:
                return [node(), str(NODE / "stateful.mjs"), "talk"]
            case Library.SOCKETIO:
                return [node(), str(NODE / "socketio-client.mjs")]


@dataclass(frozen=True, slots=True)
class StatefulServer:
    """A running server."""

    port: int
    secure: bool
    running: Program
    """Tells `open`, `refused` with `why`, and `close` with `code`, `reason` and whether all was `done`."""

    @property
    def origin(self) -> str:
        """Its scheme, host and port: what Socket.IO's client takes, and every other."""
        return f"{'wss' if self.secure else 'ws'}://localhost:{self.port}"


@contextlib.asynccontextmanager
async def stateful_server(
    library: Library, *, changed: bool = False, certificate: Certificate | None = None, port: int = 0
) -> AsyncIterator[StatefulServer]:
    """Run a server for the length of a block.

    Args:
        library: What it is written with.
        changed: Whether it is the new version, which differs.
        certificate: Makes it speak TLS.
        port: 0 takes any; that of an earlier one stands in for it.
    """
    command = [*library.serving, "--port", str(port), *(["--changed"] if changed else [])]
    if certificate is not None:
        command += ["--cert", str(certificate.certificate), "--key", str(certificate.key)]
    async with program(command, f"the server on {library}", _ROOT) as running:
        bound = (await running.next())["port"]
        assert isinstance(bound, int)
        yield StatefulServer(bound, certificate is not None, running)


async def converse(
    library: Library, url: str, *, proxy: str | None = None, ca: Path | None = None, first_id: int = 1
) -> Json:
    """Let a client say everything that there is to say, and return what it tells at the end.

    Args:
        library: What it is written with.
        url: Of the server, or of what stands in for it.
        proxy: URL of a proxy to go through.
        ca: Certificate authority to trust.
        first_id: Of its first request.

    Returns:
        `event` is `done`, with `client`, `session`, `prices` and `pushes`, or `failed`, with `why`.
    """
    command = [*library.talking, url, "--first-id", str(first_id)]
    command += ["--proxy", proxy] if proxy is not None else []
    command += ["--ca", str(ca)] if ca is not None else []
    async with program(command, f"the client on {library}", _ROOT) as running:
        told = await running.next()
        assert await running.ended() == (0 if told["event"] == "done" else 1)
        return told
