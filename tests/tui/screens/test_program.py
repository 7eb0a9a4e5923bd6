"""Commands that are started from the screen: what they say, and their end."""

from __future__ import annotations

from pathlib import Path

from tests.tui.shop import captures, shown_shop


async def test_a_session_is_replayed_whole(tmp_path: Path) -> None:
    async with shown_shop(tmp_path) as program:
        await program.press("R")
        await program.sees("Replay the whole session")
        await program.press("enter")
        await program.sees("$ wsinspect replay")
        await program.sees("ended with status 0")
        assert len(captures(tmp_path, "replay")) == 1
        await program.press("escape")
        await program.sees("Messages of #1")
        await program.press("P")
        await program.sees("ended with status 0")


async def test_a_mock_is_started_and_ended(tmp_path: Path) -> None:
    async with shown_shop(tmp_path) as program:
        await program.press("M")
        await program.sees("Play the server of this session")
        await program.press("end", *" --listen 127.0.0.1:0", "enter")
        await program.sees("$ wsinspect mock")
        await program.sees("Ctrl-C ends it.")
        await program.press("d")
        await program.sees("ended with status 0")
