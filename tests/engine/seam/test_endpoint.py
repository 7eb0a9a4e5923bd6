"""A connection whose streams are taken over: order, brakes, and each way to end."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from wsinspect.engine.carrier import Reason
from wsinspect.engine.seam.endpoint import StreamEndpoint
from wsinspect.model import End


@dataclass
class Setting:
    """A peer's plain socket, and our end of it with a reading coroutine like mitmproxy's."""

    peer: socket.socket
    endpoint: StreamEndpoint
    reader: asyncio.StreamReader
    received: list[bytes] = field(default_factory=list)
    through_layers: list[bytes] = field(default_factory=list)
    ends: list[End] = field(default_factory=list)
    settled: bool = True

    async def until(self, *, size: int = 0, ends: int = 0) -> None:
        async with asyncio.timeout(10):
            while len(b"".join(self.received)) < size or len(self.ends) < ends:  # noqa: ASYNC110 - others fill them
                await asyncio.sleep(0.001)

    async def drain_peer(self, size: int) -> bytes:
        loop, got = asyncio.get_running_loop(), b""
        async with asyncio.timeout(10):
            while len(got) < size and (part := await loop.sock_recv(self.peer, 1 << 16)):
                got += part
        return got


@asynccontextmanager
async def connected() -> AsyncIterator[Setting]:
    ours, theirs = _tcp_pair()
    theirs.setblocking(False)
    reader, writer = await asyncio.open_connection(sock=ours)
    setting: Setting

    def on_data(data: bytes) -> None:
        setting.received.append(data)

    def on_end(end: End) -> None:
        setting.ends.append(end)

    setting = Setting(theirs, StreamEndpoint(reader, writer, None, on_data, on_end), reader)

    async def read_like_mitmproxy() -> None:
        while data := await reader.read(65535):
            setting.through_layers.append(data)
            setting.received.append(data)

    task = asyncio.create_task(read_like_mitmproxy())
    try:
        yield setting
    finally:
        task.cancel()
        await asyncio.wait([task])
        setting.endpoint.close()
        theirs.close()
        await asyncio.sleep(0)


def _tcp_pair() -> tuple[socket.socket, socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = socket.create_connection(listener.getsockname())
        theirs, _ = listener.accept()
    return ours, theirs


async def test_what_came_before_goes_through_the_layers_and_the_rest_does_not() -> None:
    async with connected() as setting:
        setting.endpoint.take_over(lambda: setting.settled)
        await asyncio.sleep(0)
        setting.peer.send(b"first")
        await setting.until(size=5)
        assert setting.endpoint.taken_over or setting.through_layers == [b"first"]
        expected = b"first"
        for number in range(200):
            part = b"%d," % number
            expected += part
            setting.peer.send(part)
            if number % 3 == 0:
                await asyncio.sleep(0)
        await setting.until(size=len(expected))
        assert b"".join(setting.received) == expected
        assert setting.endpoint.taken_over


async def test_nothing_is_taken_over_while_a_layer_holds_events() -> None:
    async with connected() as setting:
        setting.settled = False
        setting.endpoint.take_over(lambda: setting.settled)
        for part in (b"a", b"b", b"c"):
            setting.peer.send(part)
            await setting.until(size=len(b"".join(setting.received)) + 1)
        assert not setting.endpoint.taken_over
        setting.settled = True
        setting.peer.send(b"d")
        await setting.until(size=4)
        setting.peer.send(b"e")
        await setting.until(size=5)
        assert setting.endpoint.taken_over
        assert setting.through_layers[:3] == [b"a", b"b", b"c"]


async def test_a_half_close_is_seen_and_the_other_direction_goes_on() -> None:
    async with connected() as setting:
        setting.endpoint.take_over(lambda: True)
        setting.peer.send(b"x")
        await setting.until(size=1)
        setting.peer.send(b"y")
        setting.peer.shutdown(socket.SHUT_WR)
        await setting.until(size=2, ends=1)
        assert setting.ends == [End.FIN]
        setting.endpoint.send(b"answer")
        assert await setting.drain_peer(6) == b"answer"
        setting.endpoint.end_writing(End.FIN, source_tls=False)
        assert await setting.drain_peer(1) == b""


async def test_a_reset_is_seen_as_one() -> None:
    async with connected() as setting:
        setting.endpoint.take_over(lambda: True)
        setting.peer.send(b"x")
        await setting.until(size=1)
        setting.peer.send(b"y")
        await setting.until(size=2)
        setting.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        setting.peer.close()
        await setting.until(ends=1)
        assert setting.ends == [End.RESET]


async def test_a_reset_arrives_as_one_behind_what_was_sent_before() -> None:
    async with connected() as setting:
        data = bytes(3_000_000)
        setting.endpoint.send(data)
        setting.endpoint.reset()
        setting.endpoint.close()
        assert await setting.drain_peer(len(data)) == data
        with pytest.raises(ConnectionResetError):
            await setting.drain_peer(1)


async def test_the_brakes_hold_until_every_reason_is_gone() -> None:
    async with connected() as setting:
        setting.endpoint.take_over(lambda: True)
        setting.peer.send(b"x")
        await setting.until(size=1)
        setting.endpoint.pause(Reason.PEER)
        setting.endpoint.pause(Reason.RECORDER)
        setting.peer.send(b"y")
        setting.endpoint.resume(Reason.PEER)
        for _ in range(20):
            await asyncio.sleep(0.001)
        assert b"".join(setting.received) == b"x"
        setting.endpoint.resume(Reason.RECORDER)
        await setting.until(size=2)


async def test_a_brake_from_before_the_takeover_holds_behind_it() -> None:
    """The StreamReader has a brake of its own, and lets go of it as it gets empty."""
    async with connected() as setting:
        setting.settled = False
        setting.endpoint.take_over(lambda: setting.settled)
        loop = asyncio.get_running_loop()
        # More at once than a StreamReader takes, so that it brakes too.
        for _ in range(8):
            await loop.sock_sendall(setting.peer, bytes(1 << 16))
        await setting.until(size=1)
        setting.endpoint.pause(Reason.RECORDER)
        setting.reader._paused = True  # type: ignore[attr-defined]
        setting.settled = True
        transport = setting.endpoint._transport
        async with asyncio.timeout(10):
            while not setting.endpoint.taken_over:
                setting.reader.feed_data(b"z")
                await asyncio.sleep(0.001)
        assert not transport.is_reading()
        setting.endpoint.resume(Reason.RECORDER)
        assert transport.is_reading()


async def test_a_slow_reader_stops_the_other_side_and_lets_it_go_on() -> None:
    async with connected() as setting:
        calls: list[str] = []
        setting.endpoint.watch_writing(lambda: calls.append("pause"), lambda: calls.append("resume"))
        data = bytes(20_000_000)
        setting.endpoint.send(data)
        assert calls == ["pause"]
        assert await setting.drain_peer(len(data)) == data
        assert calls == ["pause", "resume"]


async def test_a_close_by_mitmproxy_ends_the_session() -> None:
    async with connected() as setting:
        setting.endpoint._closed_by_mitmproxy()
        assert setting.ends == [End.PROXY]
        assert await setting.drain_peer(1) == b""
