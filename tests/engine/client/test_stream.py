"""Our own connection: read step by step, handed over, and every end told apart."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from tests.peers.certificates import Authority, Certificate, client_context
from tests.peers.endpoint import Endpoint
from tests.peers.upgrade import raw_server
from tests.peers.waiting import until, within
from wsinspect.engine.carrier import Reason
from wsinspect.engine.client.stream import MOST_KEPT_BYTES, Stream
from wsinspect.model import End


@dataclass
class Told:
    """What a stream has told."""

    data: bytearray = field(default_factory=bytearray)
    ends: list[End] = field(default_factory=list)
    full: list[bool] = field(default_factory=list)

    def take(self, stream: Stream) -> None:
        stream.hand_over(self.data.extend, self.ends.append, self.full.append)

    async def has(self, data: bytes) -> None:
        """Wait for these bytes."""
        await until(lambda: bytes(self.data) == data, f"{data!r}")

    async def has_ended(self, count: int = 1) -> None:
        """Wait for so many ends."""
        await until(lambda: len(self.ends) == count, f"end {count}")


@asynccontextmanager
async def pair(
    certificate: Certificate | None = None, authority: Authority | None = None
) -> AsyncIterator[tuple[Stream, Endpoint]]:
    """Connect a stream with a raw server, by TLS where there is a certificate."""
    async with raw_server(None if certificate is None else certificate.raw_server_context()) as server:
        accepting = server.play(server.accept())
        _, stream = await asyncio.get_running_loop().create_connection(Stream, "127.0.0.1", server.port)
        if authority is not None:
            await within(stream.start_tls(client_context(authority.path), "localhost"), "TLS")
        try:
            yield stream, await accepting
        finally:
            stream.close()


@pytest.fixture(params=["plain", "tls"])
def tls(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "tls")


async def test_what_comes_is_read_and_then_told(tls: bool, certificate: Certificate, authority: Authority) -> None:
    async with pair(*((certificate, authority) if tls else ())) as (stream, server):
        assert stream.tls is tls
        await server.send(b"one two")
        assert await within(stream.read(), "something") == b"one two"
        stream.unread(b" two")
        await server.send(b" three")
        told = Told()
        told.take(stream)
        await told.has(b" two three")
        stream.send(b"hello")
        stream.send(b"x" * 3_000_000)
        await server.expect(b"hello" + b"x" * 3_000_000)
        assert told.full in ([], [True, False]), "too much at once may wait"
        assert stream.address("peername")
        assert (stream.tls_side is not None) is tls


@pytest.mark.parametrize("end", [End.FIN, End.RESET, End.CLOSE_NOTIFY, End.TLS_ERROR])
async def test_every_end_is_told_apart(end: End, certificate: Certificate, authority: Authority) -> None:
    for by_tls in (False, True) if end in (End.FIN, End.RESET) else (True,):
        async with pair(*((certificate, authority) if by_tls else ())) as (stream, server):
            told = Told()
            told.take(stream)
            await server.send(b"last")
            await told.has(b"last")
            await server.end(end)
            await told.has_ended()
            assert told.ends == [end]
            if end is End.CLOSE_NOTIFY:
                await server.fin()
                await told.has_ended(2)
                assert told.ends == [end, End.FIN]


@pytest.mark.parametrize(("end", "error"), [(End.RESET, ConnectionResetError), (End.TLS_ERROR, ssl.SSLError)])
async def test_bad_ends_while_it_opens(
    end: End, error: type[Exception], certificate: Certificate, authority: Authority
) -> None:
    async with pair(certificate, authority) as (stream, server):
        await server.send(b"some")
        await server.end(end) if end is not End.RESET else None
        assert await within(stream.read(), "data") == b"some"
        if end is End.RESET:
            await server.reset()
        with pytest.raises(error):
            await within(stream.read(), "the end")


async def test_clean_ends_while_it_opens(tls: bool, certificate: Certificate, authority: Authority) -> None:
    async with pair(*((certificate, authority) if tls else ())) as (stream, server):
        await server.send(b"some")
        await server.half_close()
        assert await within(stream.read(), "data") == b"some"
        assert await within(stream.read(), "the end") == b""
        told = Told()
        told.take(stream)
        assert told.ends == [End.CLOSE_NOTIFY if tls else End.FIN]
        stream.send(b"still")
        await server.expect(b"still")


async def test_what_nobody_reads_is_bounded() -> None:
    async with pair() as (stream, server):
        sending = asyncio.create_task(server.send(bytes(60 << 20)))
        await until(lambda: len(stream._kept) > MOST_KEPT_BYTES, "the limit to be reached")
        kept = len(stream._kept)
        assert kept < 2 * MOST_KEPT_BYTES
        taken = 0
        for _ in range(3):
            taken += len(await within(stream.read(), "more"))
        assert taken > kept
        await until(lambda: len(stream._kept) > MOST_KEPT_BYTES, "the limit to be reached again")
        told = Told()
        told.take(stream)
        await until(lambda: taken + len(told.data) == 60 << 20, "the rest")
        await sending


async def test_a_pause_stops_reading_until_every_reason_is_gone() -> None:
    async with pair() as (stream, server):
        told = Told()
        told.take(stream)
        stream.pause(Reason.PEER)
        stream.pause(Reason.RECORDER)
        await server.send(b"x")
        stream.resume(Reason.PEER)
        for _ in range(5):
            await asyncio.sleep(0)
        assert not told.data
        stream.resume(Reason.RECORDER)
        stream.resume(Reason.RECORDER)
        await until(lambda: bool(told.data), "the data")


@pytest.mark.parametrize(
    ("ends", "source_tls", "plain", "encrypted"),
    [
        ((End.FIN,), False, [End.FIN], [End.CLOSE_NOTIFY, End.FIN]),
        ((End.FIN,), True, [End.FIN], [End.FIN]),
        ((End.CLOSE_NOTIFY,), True, [End.FIN], [End.CLOSE_NOTIFY]),
        ((End.CLOSE_NOTIFY, End.FIN), True, [End.FIN], [End.CLOSE_NOTIFY, End.FIN]),
    ],
)
async def test_our_end(
    ends: tuple[End, ...],
    source_tls: bool,
    plain: list[End],
    encrypted: list[End],
    tls: bool,
    certificate: Certificate,
    authority: Authority,
) -> None:
    async with pair(*((certificate, authority) if tls else ())) as (stream, server):
        told = Told()
        told.take(stream)
        stream.send(b"last")
        for end in ends:
            stream.end_writing(end, source_tls=source_tls)
        stream.send(b"too late")
        expected = encrypted if tls else plain
        assert await server.ended(len(expected)) == expected
        assert server.rest == b"last"
        await server.send(b"answer")
        await told.has(b"answer")


async def test_a_reset_goes_behind_what_was_sent(tls: bool, certificate: Certificate, authority: Authority) -> None:
    async with pair(*((certificate, authority) if tls else ())) as (stream, server):
        told = Told()
        told.take(stream)
        stream.send(b"x" * 100_000)
        stream.reset()
        stream.close()
        stream.end_writing(End.FIN, source_tls=False)
        assert End.RESET in await server.ended()
        assert len(server.rest) == 100_000
        assert told.ends == [], "it is ours"


async def test_after_we_close_nothing_is_told() -> None:
    async with pair() as (stream, server):
        told = Told()
        told.take(stream)
        stream.close()
        stream.pause(Reason.PEER)
        stream.resume(Reason.PEER)
        stream.end_writing(End.FIN, source_tls=False)
        stream.send(b"x")
        assert await server.ended() == [End.FIN]
        assert not told.data
        assert not told.ends


async def test_tls_that_ends_at_once_fails() -> None:
    async with raw_server() as server:
        accepting = server.play(server.accept())
        _, stream = await asyncio.get_running_loop().create_connection(Stream, "127.0.0.1", server.port)
        await (await accepting).fin()
        with pytest.raises(ConnectionResetError):
            await within(stream.start_tls(client_context(), "localhost"), "TLS")
        stream.close()
