"""Each path of the demo's server shows the kind of traffic it is there for."""

from __future__ import annotations

import json
import struct

import pytest
from websockets.exceptions import ConnectionClosedError, InvalidStatus

from tests.peers.waiting import within
from wsinspect.demo.clients import Way
from wsinspect.demo.servers import CLOSE_CODE, CLOSE_REASON, PICTURE_BYTES, SYMBOLS, picture


async def test_the_ticker_is_compressed_json_and_the_same_every_time(way: Way) -> None:
    seen = []
    for _ in range(2):
        async with way.to("/ticker", compressed=True) as connection:
            assert connection.protocol.extensions
            await connection.send(json.dumps({"symbols": list(SYMBOLS)}))
            seen.append([await within(connection.recv(), "a price") for _ in range(3)])
    assert seen[0] == seen[1]
    assert json.loads(seen[0][0])["type"] == "tick"


async def test_the_camera_sends_pictures_in_fragments(way: Way) -> None:
    async with way.to("/camera") as connection:
        strips = [strip async for strip in connection.recv_streaming()]
    assert len(strips) > 2
    whole = b"".join(strip for strip in strips if isinstance(strip, bytes))
    assert whole == b"".join(picture(1))
    assert struct.unpack_from("!4sIHH", whole) == (b"WSI1", 1, PICTURE_BYTES, 3)


async def test_the_heartbeat_pings(way: Way) -> None:
    async with way.to("/heartbeat") as connection:
        assert json.loads(await within(connection.recv(), "the greeting"))["type"] == "heartbeat"
        await within(await connection.ping("hello"), "a pong")


async def test_the_private_path_refuses(way: Way) -> None:
    with pytest.raises(InvalidStatus) as raised:
        async with way.to("/private"):
            pass
    assert raised.value.response.status_code == 403
    assert json.loads(raised.value.response.body or b"") == {"error": "members only"}


async def test_maintenance_closes_with_code_and_reason(way: Way) -> None:
    async with way.to("/maintenance") as connection:
        await connection.send("hello")
        await connection.recv()
        with pytest.raises(ConnectionClosedError) as raised:
            await within(connection.recv(), "the close")
    assert raised.value.rcvd is not None
    assert (raised.value.rcvd.code, raised.value.rcvd.reason) == (CLOSE_CODE, CLOSE_REASON)


async def test_the_flaky_path_breaks_off(way: Way) -> None:
    async with way.to("/flaky") as connection:
        await connection.send("hello")
        await connection.recv()
        with pytest.raises(ConnectionClosedError) as raised:
            await within(connection.recv(), "the loss")
    assert raised.value.rcvd is None


async def test_an_unknown_path_is_closed(way: Way) -> None:
    async with way.to("/nowhere") as connection:
        with pytest.raises(ConnectionClosedError, match="no such path"):
            await within(connection.recv(), "the close")


@pytest.mark.parametrize(("path", "said"), [("/chat", "hello"), ("/chat", "{}"), ("/ticker", '{"symbols": ["EURO"]}')])
async def test_who_says_what_no_client_says_is_closed(way: Way, path: str, said: str) -> None:
    async with way.to(path) as connection:
        await connection.send(said)
        with pytest.raises(ConnectionClosedError, match="nobody here understands that"):
            await within(connection.recv(), "the close")
