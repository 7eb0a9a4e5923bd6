"""The traffic of a finished capture: sessions, messages, and the detail of what is chosen."""

from __future__ import annotations

from pathlib import Path

from tests.snapshots.gallery import TWO, Kept, gallery
from tests.snapshots.talks import ADMIN, PAY, PRICES, SOCKET_IO, Numbers


async def test_a_capture_is_opened(shop: Path, kept: Kept) -> None:
    async with gallery(kept, shop) as shown:
        await shown.picture("opened", sees="shop.test/basket")
        await shown.goes_to(SOCKET_IO)
        await shown.picture("long-url", TWO, sees="cdn-edge")


async def test_a_message_in_detail(shop: Path, numbers: Numbers, kept: Kept) -> None:
    async with gallery(kept, shop) as shown:
        await shown.goes_to(PRICES, numbers.report)
        await shown.picture("json", sees='"report": {')
        await shown.press("3", "right", "right")
        await shown.picture("hex", TWO, sees="00000000")
        await shown.press("/", *"city", "enter")
        await shown.picture("found", TWO, sees="1 of 1")


async def test_a_binary_message(shop: Path, numbers: Numbers, kept: Kept) -> None:
    async with gallery(kept, shop) as shown:
        await shown.goes_to(PRICES, numbers.image)
        await shown.picture("binary", TWO, sees="MessagePack")


async def test_the_frames_of_a_message(shop: Path, numbers: Numbers, kept: Kept) -> None:
    async with gallery(kept, shop) as shown:
        await shown.goes_to(PRICES, numbers.catalog)
        await shown.sees('"sku": "AC-1"')
        await shown.press("3", *["right"] * 3, "z")
        await shown.picture("frames", TWO, sees="Header")


async def test_what_a_rule_changed(shop: Path, numbers: Numbers, kept: Kept) -> None:
    async with gallery(kept, shop) as shown:
        await shown.goes_to(PRICES, numbers.cheaper)
        await shown.sees("What came")
        await shown.press("3", "z")
        await shown.picture("change", sees="99.5")


async def test_sessions_that_never_came_to_be(shop: Path, kept: Kept) -> None:
    async with gallery(kept, shop) as shown:
        await shown.sees("shop.test/basket")
        await shown.goes_to(ADMIN)
        await shown.picture("refused", sees="403 Forbidden")
        await shown.goes_to(PAY)
        await shown.picture("failed", TWO, sees="certificate verify")
        await shown.press("3", "z", "pagedown")
        await shown.picture("handshake", TWO, sees="Firefox")


async def test_heartbeats(shop: Path, kept: Kept) -> None:
    async with gallery(kept, shop) as shown:
        await shown.goes_to(PRICES, 22)
        await shown.press("2", "down")
        await shown.picture("folded", TWO, sees="12 pings and pongs")
        await shown.press("enter")
        await shown.picture("opened", TWO, sees="ping")


async def test_filters(shop: Path, kept: Kept) -> None:
    async with gallery(kept, shop) as shown:
        await shown.goes_to(PRICES, 1)
        await shown.press("2", "/")
        await shown.filter("size > 100 and d")
        await shown.press("i")
        await shown.picture("proposals", sees="dir")
        await shown.filter("size > 100 and dir === c2s")
        await shown.picture("mistake", TWO, sees="is expected")
        await shown.filter("size > 100 and dir == c2s")
        await shown.press("enter")
        await shown.picture("applied", TWO, sees="of")
        await shown.filter('text contains "refund"')
        await shown.picture("nothing", TWO, sees="Nothing matches")


async def test_all_sessions(shop: Path, kept: Kept) -> None:
    async with gallery(kept, shop) as shown:
        await shown.goes_to(PRICES, 1)
        await shown.press("2", "a")
        await shown.picture("arrival", TWO, sees="all sessions")
        await shown.press("o", "o", "O", "g")
        await shown.picture("latency", TWO, sees="906ms")
