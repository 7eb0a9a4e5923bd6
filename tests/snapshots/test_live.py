"""A capture that is being written: what is held, what is sent, and what is lost."""

from __future__ import annotations

from pathlib import Path

from tests.snapshots.gallery import TWO, Kept, gallery
from tests.snapshots.steering import ShopEngine, steered
from tests.snapshots.talks import CHAT, PRICES, Numbers


async def test_nothing_has_come_yet(empty: Path, numbers: Numbers, kept: Kept) -> None:
    engine = ShopEngine(numbers, holding=False)
    engine.points, engine.rule_list = [], []
    async with steered(kept, empty, engine) as shown:
        await shown.picture("empty", sees="Point a client")


async def test_messages_are_held(live: Path, numbers: Numbers, kept: Kept) -> None:
    async with steered(kept, live, ShopEngine(numbers)) as shown:
        await shown.goes_to(PRICES, numbers.order)
        await shown.picture("held", sees="release")
        await shown.press("e")
        await shown.picture("edit-json", sees="Lay out")
        await shown.press("escape", "q")
        await shown.picture("quit", TWO, sees="Stay")


async def test_a_binary_message_is_edited(live: Path, numbers: Numbers, kept: Kept) -> None:
    async with steered(kept, live, ShopEngine(numbers)) as shown:
        await shown.goes_to(CHAT, 6)
        await shown.sees("3.6")
        await shown.press("e")
        await shown.picture("edit-hex", TWO, sees="20 21")


async def test_something_is_sent(live: Path, numbers: Numbers, kept: Kept) -> None:
    async with steered(kept, live, ShopEngine(numbers, holding=False)) as shown:
        await shown.goes_to(PRICES, numbers.order)
        await shown.press("s")
        await shown.sees("Send to session")
        await shown.press(*'{"op": "ping"}')
        await shown.picture("text", TWO, sees='{"op": "ping"}')


async def test_breakpoints(live: Path, numbers: Numbers, kept: Kept) -> None:
    async with steered(kept, live, ShopEngine(numbers, holding=False)) as shown:
        await shown.goes_to(PRICES, numbers.order)
        await shown.sees('"order"')
        await shown.press("b")
        await shown.picture("break", sees="Next proposal")
        await shown.press("escape", "B")
        await shown.picture("breakpoints", TWO, sees="screen")


async def test_tags(live: Path, numbers: Numbers, kept: Kept) -> None:
    async with steered(kept, live, ShopEngine(numbers, holding=False)) as shown:
        await shown.goes_to(PRICES, numbers.report)
        await shown.sees('"report"')
        await shown.press("T")
        await shown.picture("tags", TWO, sees="Tags and note")


async def test_the_capture_is_lost(live: Path, numbers: Numbers, kept: Kept) -> None:
    async with steered(kept, live, ShopEngine(numbers, holding=False)) as shown:
        await shown.goes_to(PRICES, numbers.order)
        await shown.sees('"order"')
        Path.unlink(live)
        await shown.picture("capture-lost", TWO, sees="capture lost")


async def test_the_engine_is_lost(live: Path, numbers: Numbers, kept: Kept) -> None:
    async with gallery(kept, live, control="unix:gone.sock", owned=True) as shown:
        await shown.goes_to(PRICES, numbers.order)
        await shown.picture("engine-lost", TWO, sees="engine lost")
