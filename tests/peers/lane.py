"""One way across the proxy, plain or TLS, on which tests open pairs of raw peers."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass

from OpenSSL import SSL

from tests.peers.capture import Recorded, session_at
from tests.peers.certificates import Certificate, raw_client_context
from tests.peers.endpoint import Endpoint
from tests.peers.engine import EngineProcess
from tests.peers.upgrade import Headers, Pair, open_pair, raw_server
from wsinspect.model import Direction

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Lane:
    """Opens pairs through an engine and finds them again in its capture."""

    engine: EngineProcess
    server_tls: SSL.Context | None
    client_tls: SSL.Context | None

    @property
    def scheme(self) -> str:
        """`ws` or `wss`."""
        return "ws" if self.server_tls is None else "wss"

    def path(self, name: str = "pair") -> str:
        """A path that no other session of the run has."""
        return f"/{name}/{next(_numbers)}"

    @contextlib.asynccontextmanager
    async def pair(
        self,
        path: str | None = None,
        *,
        extra: Headers = (),
        answer_extra: Headers = (),
        behind: bytes = b"",
        then: Sequence[bytes] = (),
        ahead: bytes = b"",
        ahead_then: Sequence[bytes] = (),
    ) -> AsyncIterator[Pair]:
        """A client and a server after the upgrade, for the length of a block; see `open_pair`."""
        async with raw_server(self.server_tls) as server:
            pair = await open_pair(
                self.engine.address,
                server,
                path or self.path(),
                client_tls=self.client_tls,
                extra=extra,
                answer_extra=answer_extra,
                behind=behind,
                then=then,
                ahead=ahead,
                ahead_then=ahead_then,
            )
            try:
                yield pair
            finally:
                await pair.close()

    async def record(self, pair: Pair) -> Recorded:
        """Wait for a pair's session to be over, and return what is on record."""
        return await session_at(self.engine.capture, pair.path)

    async def assert_recorded(self, pair: Pair) -> Recorded:
        """Compare the record of a pair, which is over, with every byte that its peers sent."""
        recorded = await self.record(pair)
        recorded.assert_holds(bytes(pair.client.sent), bytes(pair.server.sent))
        return recorded


def lane_of(engine: EngineProcess, certificate: Certificate | None) -> Lane:
    """A lane through an engine; a certificate makes it TLS on both sides."""
    if certificate is None:
        return Lane(engine, None, None)
    return Lane(engine, certificate.raw_server_context(), raw_client_context(engine.ca))


async def send_pieces(endpoint: Endpoint, pieces: Iterable[bytes]) -> None:
    """Send pieces one by one, letting others run in between."""
    for piece in pieces:
        await endpoint.send(piece)
        await asyncio.sleep(0)


async def exchange(pair: Pair, c2s: Iterable[bytes], s2c: Iterable[bytes]) -> None:
    """Send both ways at once, and expect every byte on the other side, unchanged."""
    c2s, s2c = list(c2s), list(s2c)
    await asyncio.gather(
        send_pieces(pair.client, c2s),
        send_pieces(pair.server, s2c),
        pair.server.expect(b"".join(c2s)),
        pair.client.expect(b"".join(s2c)),
    )


async def end_cleanly(pair: Pair) -> None:
    """End both directions the well-behaved way, one after the other, each seen by the other side."""
    await pair.client.half_close()
    await pair.server.ended()
    await pair.server.half_close()
    await pair.client.ended()


def other(direction: Direction) -> Direction:
    """The opposite direction."""
    return Direction.S2C if direction is Direction.C2S else Direction.C2S


def sender(pair: Pair, direction: Direction) -> Endpoint:
    """Who sends in a direction."""
    return pair.client if direction is Direction.C2S else pair.server


def receiver(pair: Pair, direction: Direction) -> Endpoint:
    """Who receives in a direction."""
    return sender(pair, other(direction))
