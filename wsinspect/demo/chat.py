"""The demo's chat: a room that tells everybody everything, and a bot in it that answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping

from websockets.asyncio.server import ServerConnection, broadcast

SUBPROTOCOL = "chat.v1"
BOT = "marvin"
ANSWERS: Mapping[str, str] = {
    "hello": "Hello. I have been talking to the load balancer. It hates me.",
    "help": "Try: hello, time, weather, joke. Not that it matters.",
    "time": "It is exactly as late as it feels.",
    "weather": "Sunny in the data centre: 22 °C, a slight breeze from rack 14 ☀",
    "joke": "A WebSocket walks into a bar. The bar says 101.",
    "bye": "Everybody leaves in the end. 1000, I suppose.",
}
"""What the bot says to a message that contains a word."""
OTHERWISE = "Brain the size of a planet, and they ask me that."


class Room:
    """One chat room.

    Args:
        pause_s: How long the bot takes to think.
    """

    def __init__(self, pause_s: float) -> None:
        self._pause_s = pause_s
        self._members: dict[ServerConnection, str] = {}
        self._number = 0

    async def serve(self, connection: ServerConnection) -> None:
        """Serve one member."""
        thinking: set[asyncio.Task[None]] = set()
        try:
            async for text in connection:
                event = json.loads(text)
                match event["type"]:
                    case "join":
                        self._members[connection] = event["name"]
                        await self._send(
                            connection, type="welcome", room="lobby", members=[*self._members.values(), BOT]
                        )
                        self._tell(type="joined", name=event["name"])
                    case "typing":
                        self._tell(type="typing", name=self._members[connection])
                    case "say":
                        self._say(self._members[connection], event["text"])
                        if f"@{BOT}" in event["text"]:
                            task = asyncio.create_task(self._answer(event["text"]))
                            thinking.add(task)
                            task.add_done_callback(thinking.discard)
        finally:
            name = self._members.pop(connection, None)
            self._tell(type="left", name=name)
            if thinking:
                await asyncio.gather(*thinking)

    def _say(self, name: str, text: str) -> None:
        self._number += 1
        self._tell(type="message", **{"from": name}, text=text, id=self._number)

    async def _answer(self, question: str) -> None:
        self._tell(type="typing", name=BOT)
        await asyncio.sleep(self._pause_s)
        words = question.lower()
        self._say(BOT, next((answer for word, answer in ANSWERS.items() if word in words), OTHERWISE))

    def _tell(self, **event: object) -> None:
        broadcast(self._members, compact(event))

    @staticmethod
    async def _send(connection: ServerConnection, **event: object) -> None:
        await connection.send(compact(event))


def compact(event: Mapping[str, object]) -> str:
    """Write JSON as most servers do, without spaces."""
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))
