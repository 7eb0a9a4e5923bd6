"""What is done with recorded sessions from the screen, and what cannot be."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.tui.shop import record_shop, shop, shown_shop
from tests.tui.whole import whole


async def test_without_a_connector_nothing_is_sent(tmp_path: Path) -> None:
    async with shop() as url:
        path = await record_shop(tmp_path / "x.wsi", url)
    async with whole(path) as program:
        await program.press("P")
        await program.sees("no replay and no mock server was started here")
        await program.press("r")
        await program.sees("nothing can be sent from here")


async def test_of_a_long_session_the_part_around_the_message_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wsinspect.tui.repetitions.MOST_MESSAGES", 2)
    async with shown_shop(tmp_path) as program:
        await program.press("2", "G", "k", "k")
        await program.sees("─ 1.4 ")
        await program.press("r")
        await program.sees("Messages 3 to 4 of 4: wsinspect replay takes all.")
        assert '"method": "price"' in program.words
        assert "login" not in program.words.split("Detail")[0]


async def test_of_a_session_with_much_in_it_less_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wsinspect.tui.repetitions.MOST_BYTES", 110)
    async with shown_shop(tmp_path) as program:
        await program.press("2", "G", "k", "k")
        await program.sees("─ 1.4 ")
        await program.press("r")
        await program.sees("Messages 3 to 4 of 4: wsinspect replay takes all.")
        assert '"method": "price"' in program.words
        assert "login" not in program.words.split("Detail")[0]


async def test_reading_can_be_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()
    monkeypatch.setattr("wsinspect.tui.repetitions.find_bindings", lambda *_: go.wait(10))
    try:
        async with shown_shop(tmp_path) as program:
            await program.press("r")
            await program.sees("Reading session 1 …")
            await program.press("escape")
            await program.sees_no("Reading session 1 …")
            assert "Repeater" not in program.words
    finally:
        go.set()
