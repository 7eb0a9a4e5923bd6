"""What a person has asked for and goes on beside everything else: one thing at a time, and what goes wrong is told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from textual.app import App

from wsinspect.errors import WsinspectError
from wsinspect.tui.dialogs.dialog import Dialog
from wsinspect.tui.notes import complain


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
