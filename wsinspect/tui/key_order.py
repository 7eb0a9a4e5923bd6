"""Keys one after the other: each reaches what has the focus once the key before it was done with.

Over a slow line, and from whoever types fast, several keys come at once. Textual hands them all to the widget that has
the focus at that moment: of `/drop`, typed to filter, the list would take `d`, `r`, `o` and `p` as commands.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Awaitable, Callable

from textual import events
from textual.app import App
from textual.message import Message

_LOOK_S = 0.01
_ROUNDS = 3
"""How often the way of a key is gone: widgets tell each other what it meant, and the last of them moves the focus."""
_PATIENCE_S = 0.25
"""After this a key is handed on whatever the one before it does: its widget may be gone."""
_BUSY_PATIENCE_S = 1.0
"""After this keys are handed on whatever they wait for: an engine may never answer."""


class KeyDone(Message, bubble=True):
    """Goes the way of a key, behind it: from the widget that had the focus up to the app."""


class KeyOrder:
    """Holds keys back until it is their turn.

    Args:
        app: The app.
        hand_on: Gives a key to what has the focus.
        busy: Whether something is about to take the focus that has not yet, such as a dialog.
    """

    def __init__(
        self,
        app: App[object],
        hand_on: Callable[[events.Event], Awaitable[None]],
        busy: Callable[[], bool] = lambda: False,
    ) -> None:
        self._app, self._hand_on, self._busy = app, hand_on, busy
        self._waiting: deque[events.Key] = deque()
        self._rounds = 0
        """How often the way of the last key is still to be gone."""
        self._since: float | None = None
        """When the key was handed on that is not done with; None: there is none."""
        self._busy_since: float | None = None

    async def take(self, key: events.Key) -> None:
        """Take a key that came."""
        self._waiting.append(key)
        if self._since is None:
            await self._next()
        else:
            self._app.set_timer(_PATIENCE_S, self._lose_patience)

    async def _lose_patience(self) -> None:
        """Go on where nothing was heard of a key: its widget is gone, and the word that it is done with."""
        if self._since is not None and time.monotonic() - self._since >= _PATIENCE_S * 0.9:
            await self._next()

    def done(self) -> None:
        """Hear that a key has gone its way; what it asked of the app, such as the focus, comes before the next."""
        self._rounds -= 1
        if self._rounds > 0:
            self._app.call_later(self._follow)
        else:
            self._app.call_later(self._next)

    def _follow(self) -> None:
        (self._app.focused or self._app.screen).post_message(KeyDone())

    async def _next(self) -> None:
        self._since = None
        if not self._waiting:
            return
        if self._is_busy():
            # What takes the focus is on its way.
            self._since = time.monotonic()
            self._app.set_timer(_LOOK_S, self._next)
            return
        self._since = time.monotonic()
        self._rounds = _ROUNDS
        target = self._app.focused or self._app.screen
        await self._hand_on(self._waiting.popleft())
        target.post_message(KeyDone())

    def _is_busy(self) -> bool:
        if not self._busy():
            self._busy_since = None
            return False
        if self._busy_since is None:
            self._busy_since = time.monotonic()
        return time.monotonic() - self._busy_since < _BUSY_PATIENCE_S
