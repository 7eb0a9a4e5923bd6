"""The demo's servers: one wss address with a path for each kind of traffic worth seeing.

| path | what happens there |
|---|---|
| `/chat` | a chat room with a bot, JSON, subprotocol `chat.v1` |
| `/ticker` | prices as JSON, compressed with permessage-deflate |
| `/shop` | requests with ids and their answers, JSON; a login that may be refused, whose token is asked for |
| `/camera` | binary messages in several frames each |
| `/heartbeat` | pings of both sides, hardly any messages |
| `/private` | refuses the upgrade with 403 |
| `/maintenance` | closes with a code and a reason |
| `/flaky` | breaks off in the middle |
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import random
import ssl
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from http import HTTPStatus

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from wsinspect.demo.chat import SUBPROTOCOL, Room, compact
from wsinspect.demo.shop import Shop

SYMBOLS = {"ACME": 120.0, "GLOBEX": 48.5, "INITECH": 17.25, "HOOLI": 310.0}
"""What is traded, and the prices it starts at."""
CLOSE_CODE = 1012
CLOSE_REASON = "service restart, back in a minute"
PICTURE_BYTES = 600
STRIPS = 3
"""Frames that a picture comes in."""

quiet = logging.getLogger("wsinspect.demo")
"""Connections that break are what the demo shows, and no news for its log."""
quiet.addHandler(logging.NullHandler())
quiet.propagate = False


@asynccontextmanager
async def demo_server(
    context: ssl.SSLContext, pause_s: float, *, address: tuple[str, int] = ("127.0.0.1", 0), changed: bool = False
) -> AsyncIterator[str]:
    """Run the server for the length of a block.

    Args:
        context: Its certificate.
        pause_s: The beat of everything that happens again and again.
        address: Where it listens, as host and port; port 0 takes any.
        changed: Whether the shop is the new version.

    Yields:
        Its URL, without a path.

    Raises:
        OSError: If it cannot listen there.
    """
    paths = _Paths(pause_s, Shop(pause_s, changed=changed))
    async with serve(
        paths.serve,
        *address,
        ssl=context,
        subprotocols=[Subprotocol(SUBPROTOCOL)],
        # As most servers do; a client that does not offer the subprotocol gets none.
        select_subprotocol=lambda _, offered: Subprotocol(SUBPROTOCOL) if SUBPROTOCOL in offered else None,
        compression=None,
        extensions=[ServerPerMessageDeflateFactory()],
        process_request=_refuse,
        ping_interval=None,
        close_timeout=1,
        logger=quiet,
        server_header="wsinspect demo",
    ) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"wss://localhost:{port}"


def _refuse(connection: ServerConnection, request: Request) -> Response | None:
    if request.path != "/private":
        return None
    response = connection.respond(HTTPStatus.FORBIDDEN, compact({"error": "members only"}) + "\n")
    del response.headers["Content-Type"]
    response.headers["Content-Type"] = "application/json"
    return response


class _Paths:
    """What is done for whoever connects, by path."""

    def __init__(self, pause_s: float, shop: Shop) -> None:
        self._pause_s = pause_s
        self._room = Room(pause_s)
        self._shop = shop

    async def serve(self, connection: ServerConnection) -> None:
        """Serve one client until it leaves."""
        assert connection.request is not None
        routes = {
            "/chat": self._room.serve,
            "/shop": self._shop.serve,
            "/ticker": self._ticker,
            "/camera": self._camera,
            "/heartbeat": self._heartbeat,
            "/maintenance": self._maintenance,
            "/flaky": self._flaky,
        }
        route = routes.get(connection.request.path)
        if route is None:
            await connection.close(1008, "no such path")
            return
        try:
            await route(connection)
        except ConnectionClosed:
            pass  # it left
        except (KeyError, TypeError, ValueError):
            await connection.close(1008, "nobody here understands that")

    async def _ticker(self, connection: ServerConnection) -> None:
        wanted = json.loads(await connection.recv())["symbols"]
        for tick in ticks(wanted):
            await connection.send(compact(tick))
            await asyncio.sleep(self._pause_s / 2)

    async def _camera(self, connection: ServerConnection) -> None:
        for number in itertools.count(1):
            await connection.send(picture(number))
            await asyncio.sleep(self._pause_s)

    async def _heartbeat(self, connection: ServerConnection) -> None:
        await connection.send(compact({"type": "heartbeat", "every_s": self._pause_s}))
        for number in itertools.count(1):
            await (await connection.ping(f"server {number}"))
            await asyncio.sleep(self._pause_s)

    async def _maintenance(self, connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send(compact({"type": "notice", "text": "going down for maintenance"}))
        await asyncio.sleep(self._pause_s)
        await connection.close(CLOSE_CODE, CLOSE_REASON)

    async def _flaky(self, connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send("so far so good, but")
        await asyncio.sleep(self._pause_s)
        connection.transport.abort()


def ticks(symbols: list[str]) -> Iterator[dict[str, object]]:
    """Make up prices, the same ones every time."""
    chance = random.Random(42)  # noqa: S311 - prices, no secrets
    prices = {symbol: SYMBOLS[symbol] for symbol in symbols}
    for number in itertools.count(1):
        symbol = chance.choice(symbols)
        change = round(chance.gauss(0, prices[symbol] / 400), 2)
        prices[symbol] = round(prices[symbol] + change, 2)
        yield {
            "type": "tick",
            "n": number,
            "symbol": symbol,
            "price": prices[symbol],
            "change": change,
            "bid": round(prices[symbol] - 0.01, 2),
            "ask": round(prices[symbol] + 0.01, 2),
            "volume": chance.randrange(1, 40) * 100,
        }


def picture(number: int) -> list[bytes]:
    """Make up a picture, in strips: a header with its number and size, then bytes."""
    content = struct.pack("!4sIHH", b"WSI1", number, PICTURE_BYTES, STRIPS) + bytes(
        (x * number) & 0xFF for x in range(PICTURE_BYTES)
    )
    step = -(-len(content) // STRIPS)
    return [content[start : start + step] for start in range(0, len(content), step)]
