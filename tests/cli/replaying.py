"""Captures of conversations written as lines, and servers to replay them to, in a thread of their own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from pathlib import Path

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from tests.replay.recordings import Line, recorded
from wsinspect.model import Close, Direction, Frame, Leg, SessionId
from wsinspect.replay.recording import Event, Recording
from wsinspect.store.rows import frame_row
from wsinspect.store.writer import CaptureWriter
from wsinspect.wire.frames import read_close
from wsinspect.wire.opcodes import Opcode

KEY = bytes.fromhex("01020304")

UPGRADE = (
    ("Upgrade", "websocket"),
    ("Connection", "Upgrade"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ("Sec-WebSocket-Version", "13"),
    ("X-Recorded", "yes"),
)
SHOP: tuple[Line, ...] = (
    '> {"op":"login"}',
    '< {"type":"welcome","token":"0f1e2d3c4b5a69788796a5b4c3d2e1f0"}',
    '> {"op":"buy","token":"0f1e2d3c4b5a69788796a5b4c3d2e1f0","item":"lamp"}',
    '< {"type":"sold","item":"lamp","price":39}',
    ">> close 1000 bye",
    "<< close 1000 bye",
)
"""What the servers' `/shop` answers, as it was once."""
BROKEN = {
    "/broken": b"\xff\xfe\x00\x01\x83 no frames\xff\xff",
    "/endless": b"\x82\x7f\x7f" + b"\xff" * 7 + b"x",
}
"""What other paths answer."""


def write_recordings(path: Path, *recordings: Recording, cut: int | None = None) -> Path:
    """Write a capture of sessions, each message in a frame, with at most so many bytes of it."""
    row = 0
    with CaptureWriter(path) as writer:
        for number, recording in enumerate(recordings, 1):
            writer.insert_session(replace(recording.session, id=SessionId(number)))
            for event in recording.events:
                row += 1
                if event.is_message:
                    payload = event.payload
                    writer.put_message(
                        (row, number, event.number, event.index + 1, int(event.direction), event.opcode, event.time,
                         _header(event), len(payload), payload[:cut]), 300,
                    )  # fmt: skip
                else:
                    writer.insert_frame(frame_row(_frame(event, number), row), 300)
    return path


def shop_capture(path: Path, *lines: Line) -> Path:
    """Write a capture of one session."""
    return write_recordings(path, shop(*(lines or SHOP)))


def shop(*lines: Line) -> Recording:
    """Return a recording whose request can be sent."""
    recording = recorded(*lines, target="/shop", request=UPGRADE)
    close = next((event for event in recording.events if event.opcode == Opcode.CLOSE), None)
    if close is None:
        return recording
    code, reason, _ = read_close(close.payload)
    by = "client" if close.direction is Direction.C2S else "server"
    return replace(recording, session=replace(recording.session, close=Close(by, code, reason, clean=True)))


def _header(event: Event) -> bytes:
    size = len(event.payload)
    length = bytes([size]) if size < 126 else b"\x7e" + size.to_bytes(2)
    if event.direction is Direction.C2S:
        return bytes([0x80 | event.opcode, length[0] | 0x80]) + length[1:] + KEY
    return bytes([0x80 | event.opcode]) + length


def _frame(event: Event, session: int) -> Frame:
    return Frame(
        SessionId(session), event.index + 1, event.time, event.direction, _header(event), len(event.payload),
        event.payload, leg=Leg(event.direction),
    )  # fmt: skip


@dataclass
class Servers:
    """Servers of all kinds, by path."""

    port: int = 0
    garbage_port: int = 0
    """Answers with what is no HTTP."""
    requests: list[Request] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    async def talk(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        path = connection.request.path
        token = "ffeeddccbbaa99887766554433221100"
        with contextlib.suppress(ConnectionClosed):
            async for data in connection:
                self.said.append(str(data))
                message = json.loads(data)
                match path, message["op"]:
                    case "/silent", _:
                        pass
                    case "/lost", _:
                        connection.transport.abort()
                    case _ if path in BROKEN:
                        connection.transport.write(BROKEN[path])
                    case "/flood", _:
                        for number in range(3000):
                            await self.tell(connection, {"type": f"odd{number % 300}", "n": number})
                    case "/closes", _:
                        await connection.close(4000, "enough")
                    case _, "login":
                        await self.tell(connection, {"type": "welcome", "token": token})
                    case "/changed", "buy":
                        await self.tell(connection, {"type": "sold", "item": message["item"], "price": 42})
                    case "/other", "buy":
                        await self.tell(connection, {"type": "sorry", "item": message["item"]})
                    case _, "buy":
                        right = message["token"] == token
                        answer = {"type": "sold", "item": message["item"], "price": 39}
                        await self.tell(connection, answer if right else {"type": "error"})

    @staticmethod
    async def tell(connection: ServerConnection, message: dict[str, object]) -> None:
        await connection.send(json.dumps(message, separators=(",", ":")))

    def look(self, connection: ServerConnection, request: Request) -> Response | None:
        self.requests.append(request)
        return connection.respond(HTTPStatus.FORBIDDEN, "not for you\n") if request.path == "/refused" else None

    async def garbage(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"\x00\x01 what?\r\n\r\n")
        writer.close()

    async def run(self, ready: threading.Event, stop: asyncio.Event) -> None:
        async with (
            serve(self.talk, "127.0.0.1", 0, process_request=self.look, server_header=None) as server,
            await asyncio.start_server(self.garbage, "127.0.0.1", 0) as garbage,
        ):
            self.port = next(iter(server.sockets)).getsockname()[1]
            self.garbage_port = garbage.sockets[0].getsockname()[1]
            ready.set()
            await stop.wait()


@contextlib.contextmanager
def running_servers() -> Iterator[Servers]:
    """Run them for the length of a block."""
    servers, ready, loops, stop = Servers(), threading.Event(), list[asyncio.AbstractEventLoop](), asyncio.Event()

    async def main() -> None:
        loops.append(asyncio.get_running_loop())
        await servers.run(ready, stop)

    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    assert ready.wait(20)
    try:
        yield servers
    finally:
        loops[0].call_soon_threadsafe(stop.set)
        thread.join(20)


def payloads(recording: Recording, direction: Direction) -> Sequence[str]:
    """Return what was said in one direction."""
    return [event.payload.decode() for event in recording.messages(direction)]
