"""The room tells everybody everything, and the bot answers who asks it."""

from __future__ import annotations

import json

from websockets.asyncio.client import ClientConnection

from tests.peers.waiting import within
from wsinspect.demo.chat import ANSWERS, BOT, OTHERWISE, SUBPROTOCOL, compact
from wsinspect.demo.clients import Way


async def event(connection: ClientConnection, kind: str) -> dict[str, object]:
    """Read on to the next event of a kind."""
    while True:
        found: dict[str, object] = json.loads(await within(connection.recv(), f"an event '{kind}'"))
        if found["type"] == kind:
            return found


async def test_everybody_hears_what_is_said(way: Way) -> None:
    async with way.to("/chat", subprotocol=SUBPROTOCOL) as ana, way.to("/chat", subprotocol=SUBPROTOCOL) as ben:
        assert ana.subprotocol == SUBPROTOCOL
        await ana.send(compact({"type": "join", "name": "ana"}))
        assert (await event(ana, "welcome"))["members"] == ["ana", BOT]
        await ben.send(compact({"type": "join", "name": "ben"}))
        assert (await event(ben, "welcome"))["members"] == ["ana", "ben", BOT]
        await ben.send(compact({"type": "typing"}))
        assert (await event(ana, "typing"))["name"] == "ben"
        await ben.send(compact({"type": "say", "text": "ä"}))
        for one in (ana, ben):
            assert await event(one, "message") == {"type": "message", "from": "ben", "text": "ä", "id": 1}
        await ben.close()
        assert (await event(ana, "left"))["name"] == "ben"


async def test_the_bot_answers_when_it_is_asked(way: Way) -> None:
    async with way.to("/chat") as ana:
        await ana.send(compact({"type": "join", "name": "ana"}))
        for question, answer in ((f"@{BOT} any WEATHER?", ANSWERS["weather"]), (f"@{BOT} so?", OTHERWISE)):
            await ana.send(compact({"type": "say", "text": question}))
            assert (await event(ana, "message"))["from"] == "ana"
            assert (await event(ana, "typing"))["name"] == BOT
            assert (await event(ana, "message"))["text"] == answer


async def test_somebody_who_never_joined_may_leave(way: Way) -> None:
    async with way.to("/chat"):
        pass
