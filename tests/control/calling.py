"""Calls by hand, for tests of what the client of ours would never send."""

from __future__ import annotations

import asyncio
import contextlib
import json
import struct
from collections.abc import AsyncIterator
from typing import Any

from websockets.asyncio.client import ClientConnection, unix_connect


@contextlib.asynccontextmanager
async def raw(address: str) -> AsyncIterator[ClientConnection]:
    """Connect without the client of ours."""
    async with unix_connect(address.removeprefix("unix:"), max_size=None, compression=None) as connection:
        yield connection


async def asked(connection: ClientConnection, text: str) -> dict[str, Any]:
    """Send something and return the answer."""
    await connection.send(text)
    answer: dict[str, Any] = json.loads(await connection.recv())
    return answer


async def asked_batch(connection: ClientConnection, calls: list[str]) -> list[dict[str, Any]]:
    """Send a batch and return the answers."""
    await connection.send(f"[{','.join(calls)}]")
    answers: list[dict[str, Any]] = json.loads(await connection.recv())
    return answers


def call(method: str, identity: int = 1, **params: object) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": identity, "method": method, "params": params})


async def hanging_in_a_frame(path: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect, announce a large message and send only its beginning."""
    reader, writer = await asyncio.open_unix_connection(path)
    await upgrade(reader, writer)
    writer.write(b"\x81\xff" + struct.pack("!Q", 1 << 20) + b"\x00\x00\x00\x00" + b"[" * 1000)
    await writer.drain()
    return reader, writer


async def upgrade(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(
        b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    assert b" 101 " in await reader.readuntil(b"\r\n\r\n")


def frame(text: str) -> bytes:
    """Make a masked text frame; the mask changes nothing."""
    data = text.encode()
    length = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + struct.pack("!H", len(data))
    return b"\x81" + length + b"\x00\x00\x00\x00" + data
