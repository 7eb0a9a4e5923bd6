"""The peers against each other, without a proxy: what the end-to-end tests observe must be what really happened."""

from __future__ import annotations

import random

import pytest
from OpenSSL import SSL
from websockets.asyncio.client import connect as websockets_connect
from websockets.asyncio.server import ServerConnection, serve

from tests.peers import framing
from tests.peers.certificates import Authority, Certificate, raw_client_context
from tests.peers.tap import client_tap, connect_proxy, server_tap
from tests.peers.upgrade import RawServer, open_pair, raw_server
from wsinspect.model import End

ENDS = [("ws", End.FIN), ("ws", End.RESET), *(("wss", end) for end in End if end is not End.PROXY)]


@pytest.fixture(params=["ws", "wss"])
def tls(request: pytest.FixtureRequest, certificate: Certificate) -> SSL.Context | None:
    """The server's TLS context, or None for plain."""
    return certificate.raw_server_context() if request.param == "wss" else None


async def _pair_ends(proxy: tuple[str, int] | None, server: RawServer, authority: Authority, kind: End) -> list[End]:
    client_tls = raw_client_context(authority.path) if server.tls is not None else None
    pair = await open_pair(proxy, server, "/ends", client_tls=client_tls)
    try:
        await pair.client.send(b"last words")
        await pair.server.expect(b"last words")
        await pair.client.end(kind)
        return await pair.server.ended()
    finally:
        await pair.close()


@pytest.mark.parametrize(("tls", "kind"), ENDS, indirect=["tls"])
async def test_each_end_is_seen_as_what_it_was(authority: Authority, tls: SSL.Context | None, kind: End) -> None:
    async with raw_server(tls) as server:
        assert await _pair_ends(None, server, authority, kind) == [kind]


@pytest.mark.parametrize(("tls", "kind"), ENDS, indirect=["tls"])
async def test_each_end_crosses_a_tunnel(authority: Authority, tls: SSL.Context | None, kind: End) -> None:
    async with raw_server(tls) as server, connect_proxy() as proxy:
        assert await _pair_ends(proxy.address, server, authority, kind) == [kind]
        assert proxy.asked == [server.authority]


async def test_a_half_closed_direction_leaves_the_other_open(authority: Authority, tls: SSL.Context | None) -> None:
    async with raw_server(tls) as server:
        pair = await open_pair(
            None, server, "/half", client_tls=raw_client_context(authority.path) if tls is not None else None
        )
        await pair.client.half_close()
        assert await pair.server.ended() == [End.FIN if tls is None else End.CLOSE_NOTIFY]
        data = random.Random(1).randbytes(300_000)
        await pair.server.send(data)
        await pair.client.expect(data)
        assert pair.client.ends == []
        await pair.close()


async def test_bytes_right_behind_the_heads_belong_to_the_streams(
    authority: Authority, tls: SSL.Context | None
) -> None:
    async with raw_server(tls) as server:
        client_tls = raw_client_context(authority.path) if tls is not None else None
        pair = await open_pair(None, server, "/early", client_tls=client_tls, behind=b"\r\nabc", ahead=b"xyz")
        await pair.client.expect(b"\r\nabc")
        await pair.server.expect(b"xyz")
        assert (bytes(pair.server.sent), bytes(pair.client.sent)) == (b"\r\nabc", b"xyz")
        await pair.close()


def test_frames_are_split_as_they_were_built() -> None:
    chance = random.Random(7)
    for maker in (framing.well_formed, framing.wild):
        for masked_frames in (True, False):
            frames = maker(chance, 200, masked_frames=masked_frames)
            parsed, rest = framing.split(b"".join(frames))
            assert rest == b""
            assert len(parsed) == len(frames)
            rebuilt = [
                one.header + (framing.masked(one.payload, one.header[-4:]) if one.header[1] & 0x80 else one.payload)
                for one in parsed
            ]
            assert rebuilt == frames


async def test_taps_on_both_sides_record_the_same_streams(tls: SSL.Context | None, authority: Authority) -> None:
    async def echo(connection: ServerConnection) -> None:
        async for message in connection:
            await connection.send(message)

    client_tls = raw_client_context(authority.path) if tls is not None else None
    async with serve(echo, "127.0.0.1", 0) as library_server:
        port = next(iter(library_server.sockets)).getsockname()[1]
        async with (
            server_tap(port, tls) as outer,
            client_tap(None, f"127.0.0.1:{outer.port}", client_tls) as inner,
            websockets_connect(f"ws://127.0.0.1:{inner.port}/tapped", proxy=None) as client,
        ):
            await client.send("hello")
            assert await client.recv() == "hello"
            await client.close(4321, "enough")
            assert inner.connections[0].streams() == outer.connections[0].streams()
            c2s, s2c = outer.connections[0].streams()
            assert framing.split(c2s)[0][-1].payload == b"\x10\xe1enough"
            assert framing.split(s2c)[0][-1].payload == b"\x10\xe1enough"
