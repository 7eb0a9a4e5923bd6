"""A server that breaks on certain values, for those who look for such things, and a recording of a talk with it."""

from __future__ import annotations

import asyncio
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.asyncio.server import ServerConnection, serve

from wsinspect.model import Carriage, HttpHead, PerDirection, Session, SessionId, SessionState
from wsinspect.store.writer import CaptureWriter

T0 = 1_700_000_000_000_000_000
STEP = 10_000_000
SLOW_S = 0.4
CRASHES_ON = 2**63


@dataclass
class Fragile:
    """Issues a token on login; what asks without it is shown the door."""

    url: str = ""
    connections: int = 0
    asked: list[Any] = field(default_factory=list)
    """What came after logins."""
    closes_after: int | None = None
    """After so many connections, others are ended at once."""
    welcomes: bool = True
    """Whether it answers logins."""
    greets: bool = False
    """Whether it says hello upon a login, too."""

    async def talk(self, connection: ServerConnection) -> None:
        """Talk to a client."""
        self.connections += 1
        if self.closes_after is not None and self.connections > self.closes_after:
            connection.transport.abort()
            return
        token = secrets.token_hex(8)
        async for text in connection:
            # That it fails on deep nesting is meant: the library closes with 1011 then.
            said = json.loads(text)
            if isinstance(said, dict) and said.get("type") == "login":
                if self.greets:
                    await connection.send(json.dumps({"type": "hello", "token": token}))
                if self.welcomes:
                    await connection.send(json.dumps({"type": "welcome", "token": token}))
            elif not isinstance(said, dict) or said.get("token") != token:
                await connection.close(1008, "who are you?")
            else:
                self.asked.append(said)
                await self._answer(connection, said)

    async def _answer(self, connection: ServerConnection, said: dict[str, Any]) -> None:
        user = said.get("user")
        name, number = (user.get("name"), user.get("id")) if isinstance(user, dict) else (None, None)
        if number == CRASHES_ON:
            connection.transport.abort()
            return
        if name == "":
            await asyncio.sleep(SLOW_S)  # it is what this server is bad at
        if isinstance(name, str) and "'" in name:
            error = "sqlite3.OperationalError: unrecognized token"
            await connection.send(json.dumps({"type": "result", "user": 7, "total": 0, "error": error}))
            return
        await connection.send(json.dumps({"type": "result", "user": 7, "total": 3}))


_UPGRADE = (
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ("X-From", "recording"),
)


@contextmanager
def fragile_server() -> Iterator[Fragile]:
    """Run the server in a thread."""
    server = Fragile()
    ready, loops, stop = threading.Event(), list[asyncio.AbstractEventLoop](), asyncio.Event()

    async def main() -> None:
        loops.append(asyncio.get_running_loop())
        async with serve(server.talk, "127.0.0.1", 0, compression=None) as listening:
            server.url = f"ws://127.0.0.1:{next(iter(listening.sockets)).getsockname()[1]}/shop"
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    assert ready.wait(10)
    try:
        yield server
    finally:
        loops[0].call_soon_threadsafe(stop.set)
        thread.join(10)


TALK = (
    (0, {"type": "login", "name": "ann"}),
    (1, {"type": "welcome", "token": "5f0c6a1be2d47788"}),
    (0, {"type": "query", "token": "5f0c6a1be2d47788", "user": {"id": 7, "name": "ann"}}),
    (1, {"type": "result", "user": 7, "total": 3}),
)


def record_talk(path: Path, url: str) -> Path:
    """Write a capture of a talk with the server: message 3 of session 1 is the one to vary."""
    host, _, port = url.removeprefix("ws://").partition("/")[0].partition(":")
    session = Session(
        SessionId(1), Carriage.DIRECT, SessionState.CLOSED, url, T0, scheme="ws", host=host, port=int(port),
        path="/shop", status=101, closed=T0 + 10 * STEP,
        request=HttpHead("HTTP/1.1", (("Host", f"{host}:{port}"), *_UPGRADE), method="GET", target="/shop"),
        response=HttpHead("HTTP/1.1", (("Upgrade", "websocket"),), status=101, reason="Switching Protocols"),
        messages=PerDirection(2, 2),
    )  # fmt: skip
    with CaptureWriter(path) as writer:
        writer.insert_session(session)
        for number, (direction, said) in enumerate(TALK, 1):
            payload = json.dumps(said).encode()
            header = (
                bytes([0x81, len(payload)]) if direction else bytes([0x81, 0x80 | len(payload)]) + b"\x01\x02\x03\x04"
            )
            row = (number, 1, number, number, direction, 1, T0 + number * STEP, header, len(payload), payload)
            writer.put_message(row, 300)
    return path
