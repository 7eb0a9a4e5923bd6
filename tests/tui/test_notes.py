"""What is told in passing is harmless, whoever said it."""

from __future__ import annotations

from textual.app import App

from wsinspect.errors import EngineError
from wsinspect.tui.notes import complain, tell


async def test_what_is_told_is_text() -> None:
    app: App[object] = App()
    async with app.run_test(notifications=True) as pilot:
        tell(app, "[bold]x[/] \x1b[31m")
        complain(app, EngineError("gone\u202e", hint="look"))
        await pilot.pause()
        told, complained = app._notifications
        assert (told.message, told.markup) == ("[bold]x[/] \\x1b[31m", False)
        assert (complained.message, complained.severity) == ("gone\\u202e\nlook", "error")
