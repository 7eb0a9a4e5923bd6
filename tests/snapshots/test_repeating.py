"""The Repeater, and what else is done with recorded sessions."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.snapshots.gallery import TWO, Kept, gallery
from tests.snapshots.talks import CHAT, LOGIN, PRICES
from wsinspect.model import HttpHead
from wsinspect.replay.performing import Performer, SendMessage
from wsinspect.replay.repeating.backlog import Backlog
from wsinspect.replay.repeating.repeater import Repeater
from wsinspect.tui.data.connections import Target
from wsinspect.wire.opcodes import Opcode

_BEGAN = 1_800_000_000_000_000_000
_STEP = 12_345_678


class Still:
    """A connector whose server takes the same time for everything, and says what it said in the recording."""

    capture: Path | None = Path("shop-repeated-1.wsi")
    arguments = ()

    async def connect(self, target: Target, performer: Performer) -> Still:
        assert isinstance(performer, Backlog)
        assert isinstance(performer._performer, Repeater)
        self.performer, self.lines, self.now = performer, performer._performer.lines, _BEGAN
        return self

    response = HttpHead("HTTP/1.1", (("Upgrade", "websocket"),), status=101, reason="Switching Protocols")
    session_id = 1

    def poke(self) -> None:
        while (act := self.performer.next(self.now)) is not None:
            assert isinstance(act, SendMessage)
            line = next(line for line in self.lines if line.sent == act.payload)
            for event in line.recorded:
                self.now += _STEP
                self.performer.heard(event.opcode, event.payload, self.now)
            if not line.recorded:
                self.performer.heard(Opcode.TEXT, b'{"error":"who are you?"}', self.now)

    def listen(self, *, on: bool) -> None: ...

    def stop(self) -> None: ...

    async def finished(self) -> None:
        await asyncio.Event().wait()

    async def close(self) -> None: ...


async def test_the_repeater(shop: Path, kept: Kept) -> None:
    async with gallery(kept, shop, connector=Still) as shown:
        await shown.goes_to(LOGIN)
        await shown.press("r")
        await shown.picture("not-connected", sees="not connected")
        await shown.press("a")
        await shown.picture("connected", sees="✓ sent")
        await shown.press("g", "e")
        await shown.picture("handshake", TWO, sees="headers, one a line")


async def test_comparing(shop: Path, kept: Kept) -> None:
    async with gallery(kept, shop, connector=Still) as shown:
        await shown.goes_to(CHAT)
        await shown.press("equals_sign")
        await shown.sees("is marked")
        await shown.goes_to(PRICES)
        await shown.press("equals_sign")
        shown.app.clear_notifications()
        await shown.picture("comparison", TWO, sees="Handshake and close")


async def test_starting(shop: Path, kept: Kept) -> None:
    async with gallery(kept, shop, connector=Still) as shown:
        await shown.goes_to(LOGIN)
        await shown.press("R")
        await shown.picture("replay", TWO, sees="Replay the whole session")
