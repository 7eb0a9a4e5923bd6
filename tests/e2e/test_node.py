"""Node's `ws` as client and server through the engine."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.peers.capture import session_at
from tests.peers.certificates import Certificate
from tests.peers.lane import Lane
from tests.peers.programs import NODE, Program, node, program
from wsinspect.model import Direction

pytestmark = pytest.mark.peer


async def _echo_of(client: Program, data: bytes, *, binary: bool) -> None:
    message = await client.event("message")
    assert (message["binary"], message["size"]) == (binary, len(data))
    assert message["sha256"] == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("compressed", [True, False], ids=["deflate", "plain"])
async def test_node_talks_to_node_through_the_engine(
    lane: Lane, certificate: Certificate, compressed: bool, tmp_path: Path
) -> None:
    path = lane.path("node")
    deflate = ["--deflate"] if compressed else []
    serving = [node(), str(NODE / "server.mjs"), *deflate]
    if lane.scheme == "wss":
        serving += ["--cert", str(certificate.certificate), "--key", str(certificate.key)]
    async with program(serving, "server.mjs", tmp_path) as server:
        port = (await server.next())["port"]
        asking = [node(), str(NODE / "client.mjs"), f"{lane.scheme}://localhost:{port}{path}", *deflate]
        asking += ["--proxy", lane.engine.url, "--ca", str(lane.engine.ca)]
        async with program(asking, "client.mjs", tmp_path) as client:
            opened = await client.event("open")
            assert bool(opened["extensions"]) == compressed
            await client.order("text", "hello ☃")
            await _echo_of(client, "hello ☃".encode(), binary=False)
            await client.order("binary", "AAEC/w==")
            await _echo_of(client, b"\0\1\2\xff", binary=True)
            await client.order("bytes", 1_000_000)
            await _echo_of(client, b"wsinspect " * 100_000, binary=True)
            await client.order("fragments", "one ", "two ", "three")
            await _echo_of(client, b"one two three", binary=False)
            await client.order("text", "fragments")
            assert (await client.event("ping"))["data"] == "between"
            await _echo_of(client, b"one two three", binary=False)
            assert (await server.event("pong"))["data"] == "between"
            await client.order("ping", "from the client")
            assert (await client.event("pong"))["data"] == "from the client"
            await client.order("close", 4567, "node says bye")
            assert (await client.event("close"))["code"] == 4567
            seen = await server.event("close")
            assert (seen["code"], seen["reason"]) == (4567, "node says bye")
    recorded = await session_at(lane.engine.capture, path)
    sent = [one.payload for one in recorded.messages if one.direction is Direction.C2S]
    assert sent == [
        "hello ☃".encode(),
        b"\0\1\2\xff",
        b"wsinspect " * 100_000,
        b"one two three",
        b"fragments",
    ]
    close = recorded.session.close
    assert close is not None
    assert (close.by, close.code, close.reason, close.clean) == ("client", 4567, "node says bye", True)
    counted = recorded.session.frames.c2s + recorded.session.frames.s2c
    assert [frame.seq for frame in recorded.frames] == list(range(1, counted + 1))
    assert not [frame for frame in recorded.frames if frame.violations]


@pytest.mark.parametrize("who", ["client", "server"])
async def test_a_node_peer_that_vanishes_is_no_clean_close(
    lane: Lane, certificate: Certificate, who: str, tmp_path: Path
) -> None:
    path = lane.path("node-vanish")
    serving = [node(), str(NODE / "server.mjs")]
    if lane.scheme == "wss":
        serving += ["--cert", str(certificate.certificate), "--key", str(certificate.key)]
    async with program(serving, "server.mjs", tmp_path) as server:
        port = (await server.next())["port"]
        asking = [node(), str(NODE / "client.mjs"), f"{lane.scheme}://localhost:{port}{path}"]
        asking += ["--proxy", lane.engine.url, "--ca", str(lane.engine.ca)]
        async with program(asking, "client.mjs", tmp_path) as client:
            await client.event("open")
            await client.order(*(["terminate"] if who == "client" else ["text", "terminate"]))
            watching = server if who == "client" else client
            assert (await watching.event("close"))["code"] == 1006
    recorded = await session_at(lane.engine.capture, path)
    assert recorded.session.close is None or not recorded.session.close.clean
