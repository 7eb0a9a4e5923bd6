"""A session that has nothing to do with what is done to others, and notices when it has to wait."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.engine.live import LiveEngine
from tests.peers.rules import Conversation, connected

PATH = "/innocent"
_EVERY_S = 0.01


class Innocent:
    """Two peers that answer each other all the time."""

    def __init__(self, talk: Conversation) -> None:
        self.worst_s = 0.0
        """The longest that an answer has taken."""
        self.rounds = 0
        self._talk = talk

    async def chat(self) -> None:
        """Talk until cancelled."""
        while True:
            said = f"still there {self.rounds}?"
            began = time.monotonic()
            await self._talk.say(said)
            assert await self._talk.heard() == said
            await self._talk.server.send(said)
            assert await self._talk.answer() == said
            self.worst_s = max(self.worst_s, time.monotonic() - began)
            self.rounds += 1
            await asyncio.sleep(_EVERY_S)


@asynccontextmanager
async def innocent(engine: LiveEngine) -> AsyncIterator[Innocent]:
    """Let two peers, whom no rule of the test concerns, talk through the engine for the length of a block."""
    async with connected(engine, path=PATH) as talk:
        bystander = Innocent(talk)
        chatting = asyncio.create_task(bystander.chat())
        try:
            yield bystander
            # What the block has done last is to be noticed too.
            rounds = bystander.rounds
            while bystander.rounds < rounds + 2 and not chatting.done():
                await asyncio.wait([chatting], timeout=_EVERY_S)
        finally:
            chatting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await chatting
