"""A real server to repeat sessions with, and a capture of one with it."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from websockets.asyncio.server import ServerConnection, serve

from tests.peers.waiting import until
from tests.replay.recordings import recorded
from tests.replay.repeating.test_repeater import Values
from tests.tui.whole import Whole, whole
from wsinspect.cli.screen_connector import ScreenConnector
from wsinspect.engine.client import ClientOptions, open_session, recording_to
from wsinspect.model import Source
from wsinspect.replay.repeating.repeater import Repeater
from wsinspect.wire.opcodes import Opcode


async def _serve(connection: ServerConnection) -> None:
    token = secrets.token_hex(8)
    async for text in connection:
        asked = json.loads(text)
        if asked["method"] == "login":
            answer: dict[str, object] = {"result": {"token": token}}
        elif asked.get("token") != token:
            await connection.close(4401, "who are you?")
            return
        else:
            answer = {"result": {"price": 24.5}}
        await connection.send(json.dumps({"id": asked["id"], **answer}))


@asynccontextmanager
async def shop() -> AsyncIterator[str]:
    """Run the server, which issues a token and wants it back."""
    async with serve(_serve, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"ws://127.0.0.1:{port}/shop"


async def record_shop(path: Path, url: str, *, sessions: int = 1) -> Path:
    """Record sessions with the server: a login, and a price."""
    with recording_to(path) as recorder:
        for _ in range(sessions):
            by_hand = Repeater(recorded("< nothing"), Values)
            session = await open_session(ClientOptions(url), by_hand, recorder, source=Source.USER)
            login = by_hand.insert(0, Opcode.TEXT, b'{"id":1,"method":"login"}')
            by_hand.send([login])
            session.poke()
            await until(lambda: login.answers or None, "the token")  # noqa: B023 - it is waited for at once
            token = json.loads(login.answers[0].payload)["result"]["token"]
            asked = json.dumps({"id": 2, "method": "price", "token": token}).encode()
            price = by_hand.insert(1, Opcode.TEXT, asked)
            by_hand.send([price])
            session.poke()
            await until(lambda: price.answers or None, "the price")  # noqa: B023
            by_hand.close()
            session.poke()
            await session.finished()
    return path


@asynccontextmanager
async def shown_shop(folder: Path, *, sessions: int = 1, size: tuple[int, int] = (120, 40)) -> AsyncIterator[Whole]:
    """Show a capture `x.wsi` of the server, which still serves."""
    async with shop() as url:
        path = await record_shop(folder / "x.wsi", url, sessions=sessions)
        async with whole(path, size=size, connector=lambda: ScreenConnector(path)) as program:
            await program.sees("Messages of #")
            yield program


def captures(folder: Path, kind: str) -> list[Path]:
    """List the captures that were made beside it: `repeated` by the Repeater, `replay` by replaying."""
    return sorted(folder.glob(f"x-{kind}-*.wsi"))
