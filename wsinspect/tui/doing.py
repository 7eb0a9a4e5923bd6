"""What a person has asked for and goes on beside everything else: one thing at a time, and what goes wrong is told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine
from contextlib import suppress
from typing import Any

from textual.app import App, ScreenStackError

from wsinspect.errors import WsinspectError
from wsinspect.tui.dialogs.dialog import Dialog
from wsinspect.tui.dialogs.working import WorkingDialog
from wsinspect.tui.notes import complain

SAID_AFTER_S = 0.2
"""What takes longer is said to."""


class Doing:
    """Does what was asked for.

    Args:
        app: Where dialogs are shown.
    """

    def __init__(self, app: App[object]) -> None:
        self._app = app
        self.opening = False
        """Whether a dialog or a screen is about to open, which keys have to wait for."""

    def start(self, doing: Awaitable[None]) -> None:
        """Do it beside everything else; what goes wrong is told."""

        async def done() -> None:
            try:
                await doing
            except WsinspectError as error:
                complain(self._app, error)
            finally:
                self.opening = False

        self.opening = True
        self._app.run_worker(done(), group="intervention")

    async def ask[R](self, dialog: Dialog[R]) -> R | None:
        """Show a dialog, and return what it was answered; None where it was left."""
        answer: asyncio.Future[R | None] = asyncio.get_running_loop().create_future()
        await self._app.push_screen(dialog, answer.set_result)
        self.opening = False
        return await answer

    async def wait_for[R](self, what: str, work: Coroutine[Any, Any, R]) -> R | None:
        """Wait for what may take long, and say so; return None where it was given up.

        Args:
            what: What is being done, as in `Reading session 1`.
            work: Does it.
        """
        was_opening, self.opening = self.opening, True
        working = asyncio.ensure_future(work)
        try:
            await asyncio.wait({working}, timeout=SAID_AFTER_S)
            if working.done():
                return await working
            dialog = WorkingDialog(what)
            left: asyncio.Future[bool | None] = asyncio.get_running_loop().create_future()
            await self._app.push_screen(dialog, left.set_result)
            self.opening = False
            either: set[asyncio.Future[Any]] = {working, left}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if left.done():
                return None
            with suppress(ScreenStackError):  # something else is above it
                dialog.dismiss(None)
            return await working
        finally:
            working.cancel()
            self.opening = was_opening
