"""Two sessions compared on the screen."""

from __future__ import annotations

from pathlib import Path

from tests.tui.shop import shown_shop


async def test_two_sessions_are_compared(tmp_path: Path) -> None:
    async with shown_shop(tmp_path, sessions=2) as program:
        await program.press("equals_sign")
        await program.sees("is marked")
        await program.press("j", "equals_sign")
        await program.sees("Session 2 and session 1")
        assert "reply to price" not in program.words
        await program.press("a")
        await program.sees("reply to price")
        await program.press("escape", "equals_sign", "equals_sign")
        await program.sees("is not marked any more")
