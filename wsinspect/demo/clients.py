"""The demo's clients: what they say, to whom, and through which proxy."""

from __future__ import annotations

import asyncio
import itertools
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from wsinspect.demo.chat import SUBPROTOCOL, compact
from wsinspect.demo.customer import UnexpectedAnswerError, visit
from wsinspect.demo.servers import SYMBOLS, quiet
from wsinspect.demo.shop import EXPIRED

DIALOGUE: Sequence[tuple[str, str]] = (
    ("ana", "@marvin hello!"),
    ("ben", "morning ana ☕ did the deploy go through?"),
    ("ana", "it did. Well, since 9:41."),
    ("ben", "@marvin what time is it?"),
    ("ana", "@marvin how is the weather where you are?"),
    ("ben", "the ticker on my second screen jumps like mad today 📈"),
    ("ana", "@marvin tell ben a joke, please"),
    ("ben", "😂 ok, back to work"),
    ("ana", "@marvin bye"),
)


@dataclass(frozen=True, slots=True)
class Way:
    """How the clients reach the server."""

    url: str
    """Of the server, without a path."""
    proxy: str | None
    trust: ssl.SSLContext
    pause_s: float
    """The beat of everything that happens again and again."""

    @asynccontextmanager
    async def to(
        self, path: str, *, compressed: bool = False, subprotocol: str | None = None
    ) -> AsyncIterator[ClientConnection]:
        """Connect for the length of a block."""
        async with connect(
            self.url + path,
            proxy=self.proxy,
            ssl=self.trust,
            compression="deflate" if compressed else None,
            subprotocols=[Subprotocol(subprotocol)] if subprotocol else None,
            user_agent_header="wsinspect demo",
            ping_interval=None,
            close_timeout=1,
            logger=quiet,
        ) as connection:
            try:
                yield connection
            except asyncio.CancelledError:  # its time is over: leave as browsers do
                await connection.close(1001, "leaving")
                raise

    async def pause(self, beats: float = 1) -> None:
        """Let some time pass."""
        await asyncio.sleep(beats * self.pause_s)


type Part = Callable[[Way], Awaitable[None]]
"""What one client does."""


async def play_once(way: Way) -> None:
    """Let everything happen once, side by side; it takes about twelve beats.

    Raises:
        OSError, InvalidHandshake: If the proxy or the server cannot be reached.
    """
    opened = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(_as_far_as_it_goes(lambda way: buy(way, opened), way))
        # The first session of the capture is the shop's: what the documentation says of session 1 is so.
        await opened.wait()
        group.create_task(_as_far_as_it_goes(chat, way))
        for part in (watch_ticker, watch_camera, keep_alive):
            group.create_task(_for_beats(12, part, way))
        for beats, part in ((1, be_refused), (2, be_sent_away), (3, fail_to_log_in), (4, be_cut_off)):
            group.create_task(_after_beats(beats, part, way))


async def play_on(way: Way) -> None:
    """Let everything go on until it is cancelled."""
    async with asyncio.TaskGroup() as group:
        for part, beats in (
            (chat, 2),
            (buy, 3),
            (watch_ticker, 1),
            (watch_camera, 1),
            (keep_alive, 1),
            (be_refused, 15),
            (fail_to_log_in, 12),
            (be_sent_away, 8),
            (be_cut_off, 11),
        ):
            group.create_task(_again_and_again(part, way, beats))


async def _again_and_again(part: Part, way: Way, beats: float) -> None:
    while True:
        # Somebody tries things out on it: come back.
        with suppress(ConnectionClosed, UnexpectedAnswerError, InvalidHandshake, OSError):
            await part(way)
        await way.pause(beats)


async def _for_beats(beats: float, part: Part, way: Way) -> None:
    """Leave after some time, with a proper close: the timeout lets the connection's block end."""
    with suppress(TimeoutError):
        async with asyncio.timeout(beats * way.pause_s):
            await _as_far_as_it_goes(part, way)


async def _after_beats(beats: float, part: Part, way: Way) -> None:
    await way.pause(beats)
    await _as_far_as_it_goes(part, way)


async def _as_far_as_it_goes(part: Part, way: Way) -> None:
    with suppress(ConnectionClosed, UnexpectedAnswerError):  # by a rule that somebody tries out
        await part(way)


async def chat(way: Way) -> None:
    """Let two people talk, and the bot with them."""
    async with way.to("/chat", subprotocol=SUBPROTOCOL) as ana, way.to("/chat", subprotocol=SUBPROTOCOL) as ben:
        people = {"ana": ana, "ben": ben}
        listening = [asyncio.create_task(_listen(person)) for person in people.values()]
        for name, person in people.items():
            await _send(person, type="join", name=name)
        for name, text in DIALOGUE:
            await _send(people[name], type="typing")
            await way.pause(0.4)
            await _send(people[name], type="say", text=text)
            await way.pause(0.8)
        await ben.close(1000, "lunch")
        await ana.close(1000, "good night")
        await asyncio.gather(*listening)


async def _listen(connection: ClientConnection) -> None:
    """Read until it is closed or lost, which is part of what the demo shows."""
    with suppress(ConnectionClosed):
        async for _ in connection:
            pass


async def watch_ticker(way: Way) -> None:
    """Subscribe to prices, and read them."""
    async with way.to("/ticker", compressed=True) as connection:
        await _send(connection, type="subscribe", symbols=list(SYMBOLS))
        await _listen(connection)


async def buy(way: Way, opened: asyncio.Event | None = None) -> None:
    """Log in, ask for prices, order, and wait for a report.

    Args:
        way: To the server.
        opened: Set as soon as the shop is.
    """
    async with way.to("/shop") as connection:
        if opened is not None:
            opened.set()
        async for _ in visit(connection, way.pause):
            pass


async def fail_to_log_in(way: Way) -> None:
    """Try an old password."""
    async with way.to("/shop") as connection:
        await _send(connection, id=1, method="login", params={"user": EXPIRED, "password": "monkey123"})
        await _listen(connection)


async def watch_camera(way: Way) -> None:
    """Read pictures, and acknowledge each."""
    async with way.to("/camera") as connection:
        async for picture in connection:
            assert isinstance(picture, bytes)
            await connection.send(b"ACK" + picture[4:8])


async def keep_alive(way: Way) -> None:
    """Ping and be pinged."""
    async with way.to("/heartbeat") as connection:
        listening = asyncio.create_task(_listen(connection))
        try:
            for number in itertools.count(1):
                await (await connection.ping(f"client {number}"))
                await way.pause(2)
        finally:
            listening.cancel()


async def be_refused(way: Way) -> None:
    """Ask where only members are let in."""
    with suppress(InvalidHandshake):  # as it should be
        async with way.to("/private"):
            pass


async def be_sent_away(way: Way) -> None:
    """Stay until the server closes."""
    async with way.to("/maintenance") as connection:
        await _send(connection, type="hello")
        await _listen(connection)


async def be_cut_off(way: Way) -> None:
    """Stay until the connection breaks."""
    async with way.to("/flaky") as connection:
        await connection.send("are you still there?")
        await _listen(connection)


async def _send(connection: ClientConnection, **event: object) -> None:
    await connection.send(compact(event))
