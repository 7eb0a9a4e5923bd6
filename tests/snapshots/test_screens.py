"""The other screens: rules, statistics, help, and the palette; and content that wants to be obeyed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.snapshots.gallery import ALL, TWO, Kept, gallery
from tests.snapshots.steering import MISTAKEN, RULE_FILE, RULES, ShopEngine, steered
from tests.snapshots.talks import PRICES, Numbers


@pytest.fixture
def rules(stillness: None) -> None:
    """A rule file."""
    Path(RULE_FILE).write_text(RULES)


@pytest.fixture
def mistaken_rules(stillness: None) -> None:
    """A rule file with mistakes."""
    Path(RULE_FILE).write_text(MISTAKEN)


@pytest.mark.usefixtures("rules")
async def test_rules(live: Path, numbers: Numbers, kept: Kept) -> None:
    async with steered(kept, live, ShopEngine(numbers, holding=False)) as shown:
        await shown.press("f3")
        await shown.sees("cheaper")
        await shown.press("down")
        await shown.picture("rules", sees="no-typing")
        await shown.press("d")
        await shown.picture("dry-run", TWO, sees="messages")


@pytest.mark.usefixtures("mistaken_rules")
async def test_rules_with_mistakes(live: Path, numbers: Numbers, kept: Kept) -> None:
    async with steered(kept, live, ShopEngine(numbers, holding=False)) as shown:
        await shown.press("f3")
        await shown.picture("mistakes", TWO, sees="json_sett")


async def test_no_rules(shop: Path, kept: Kept) -> None:
    async with gallery(kept, shop) as shown:
        await shown.press("f3")
        await shown.picture("no-rules", TWO, sees="No rules")


async def test_statistics(shop: Path, kept: Kept) -> None:
    async with gallery(kept, shop) as shown:
        await shown.goes_to(PRICES)
        await shown.press("f4")
        await shown.picture("statistics", sees="Statistics of")
        await shown.press("4")
        await shown.picture("times", ALL[:1], sees="90 %")
        await shown.press("6")
        await shown.picture("slowest", ALL[:1], sees="906")
        await shown.press("a")
        await shown.picture("one-session", TWO, sees="session 2")


async def test_help_and_commands(shop: Path, kept: Kept) -> None:
    async with gallery(kept, shop) as shown:
        await shown.sees("shop.test/basket")
        await shown.press("?")
        await shown.picture("help", sees="Show only what matches a filter")
        await shown.press("escape")
        for look in TWO:
            await shown.put_on(look)
            await shown.press("ctrl+p")
            await shown.picture("commands", [look], sees="Search")
            await shown.press("escape")
        await shown.press("ctrl+p")
        await shown.press(*"stat")
        await shown.picture("command-found", ALL[:1], sees="Go to the statistics")


async def test_content_that_wants_to_be_obeyed(hostile: Path, kept: Kept) -> None:
    async with gallery(kept, hostile) as shown:
        await shown.picture("session", TWO, sees="evil.test")
        await shown.press("2", "g")
        await shown.picture("json", TWO, sees="quit")
        await shown.press("down", "3")
        await shown.picture("text", TWO)
