"""Everything else in the same browser goes on working: streams both ways, large bodies in little memory, HTTP/2."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from tests.peers.certificates import Certificate
from tests.peers.endpoint import Endpoint
from tests.peers.engine import EngineProcess
from tests.peers.lane import Lane
from tests.peers.programs import NODE, node, program
from tests.peers.upgrade import RawServer, connect_through, parse_head, raw_server
from tests.peers.waiting import within

DOWNLOAD_BYTES = 300 << 20
_MIB = 1 << 20


async def _open(lane: Lane, server: RawServer) -> tuple[Endpoint, Endpoint]:
    """Connect an HTTP client and a server through the engine."""
    client = await connect_through(lane.engine.address, server.authority)
    accepting = server.play(server.accept())
    if lane.client_tls is not None:
        await client.start_tls(lane.client_tls, server_name="localhost", server_side=False)
    # In plain text mitmproxy may connect only when it has seen what the client speaks.
    await client.send(b"POST /stream HTTP/1.1\r\n")
    side = await accepting
    return client, side


async def test_the_first_event_of_a_stream_arrives_at_once(lane: Lane) -> None:
    async with raw_server(lane.server_tls) as server:
        client, side = await _open(lane, server)
        async with client:
            await client.send(f"Host: {server.authority}\r\nContent-Length: 0\r\n\r\n".encode())
            await side.take_head()
            await side.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
            assert parse_head(await client.take_head()).status == 200
            for event in (b"data: 1\n\n", b"data: 2\n\n"):
                # The next event is only sent when this one has arrived.
                chunk = b"%x\r\n%s\r\n" % (len(event), event)
                await side.send(chunk)
                await client.expect(chunk)
            await side.send(b"0\r\n\r\n")
            await client.expect(b"0\r\n\r\n")


async def test_an_upload_arrives_while_it_is_sent(lane: Lane) -> None:
    async with raw_server(lane.server_tls) as server:
        client, side = await _open(lane, server)
        async with client:
            await client.send(f"Host: {server.authority}\r\nContent-Length: 10\r\n\r\n".encode())
            await side.take_head()
            for half in (b"first", b"later"):
                await client.send(half)
                await side.expect(half)
            await side.send(b"HTTP/1.1 204 No Content\r\n\r\n")
            assert parse_head(await client.take_head()).status == 204


@pytest.mark.skipif(sys.platform != "linux", reason="memory of another process is read from /proc")
async def test_a_large_download_costs_no_memory(lane: Lane) -> None:
    async with raw_server(lane.server_tls) as server:
        client, side = await _open(lane, server)
        async with client:
            await client.send(f"Host: {server.authority}\r\nContent-Length: 0\r\n\r\n".encode())
            await side.take_head()
            await side.send(f"HTTP/1.1 200 OK\r\nContent-Length: {DOWNLOAD_BYTES}\r\n\r\n".encode())
            await client.take_head()
            before, highest = lane.engine.resident_bytes(), 0
            piece = b"0123456789abcdef" * (_MIB // 16)

            async def feed() -> None:
                for _ in range(DOWNLOAD_BYTES // _MIB):
                    await side.send(piece)
                    side.sent.clear()

            feeding = asyncio.create_task(feed())
            for _ in range(DOWNLOAD_BYTES // _MIB):
                await client.expect(piece)
                client.forget_taken()
                highest = max(highest, lane.engine.resident_bytes())
            await within(feeding, "the server to have sent everything")
    grown = (highest - before) / _MIB
    assert grown < 64, f"the engine grew by {grown:.0f} MiB during a download of {DOWNLOAD_BYTES // _MIB} MiB"


@pytest.mark.peer
async def test_http2_still_works(engine: EngineProcess, certificate: Certificate, tmp_path: Path) -> None:
    command = [node(), str(NODE / "http2.mjs"), "--proxy", engine.url, "--ca", str(engine.ca)]
    command += ["--cert", str(certificate.certificate), "--key", str(certificate.key)]
    async with program(command, "http2.mjs", tmp_path) as peer:
        result = await peer.next()
    assert result == {"status": 200, "protocols": ["h2", "h2"], "body": "page over h2"}
