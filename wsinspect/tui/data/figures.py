"""The figures of a capture as they become known: gathered in steps, followed while it is live, drawn now and then.

Theory of operation. One task makes short looks in `Lane.FIGURES`, one after the other, and tells of what it has found
between two of them: then nothing changes under the hands of who draws. Replies come last, as
they take longest: for so long it goes from the one to the other. When all is taken in, it sleeps until the capture
changes, and then for what is left of a second. Where messages were revised, it begins anew beside what is
shown, but spends no more than a twentieth of the time with that.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from wsinspect.errors import StoreError
from wsinspect.store.figures import Figures, Gathering
from wsinspect.store.replies import ReplyCount, ReplyFigures
from wsinspect.store.session_figures import SessionCount, SessionFigures
from wsinspect.tui.data.capture import Capture, Lane

TELL_EVERY_S = 1.0
"""How often what is new is told."""
_PROGRESS_EVERY_S = 0.25
"""How often, while a capture is taken in for the first time."""
_NEARLY = 0.99
_ANEW_SHARE = 20
_ANEW_AFTER_S = 5.0


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the capture."""

    messages: Figures
    sessions: SessionFigures
    replies: ReplyFigures
    done: float = 1.0
    """Which part has been taken in for the first time."""
    replies_done: float = 1.0
    """In which part of it replies have been looked for."""
    problem: str | None = None
    """Why it cannot be read."""


class FiguresFeed:
    """Gathers the figures.

    Args:
        capture: The capture.
        session: Number of the session; None: all of them.
        tell: Called in the task, with what must not be kept behind its return.
        clock: Seconds.
    """

    def __init__(
        self,
        capture: Capture,
        session: int | None,
        tell: Callable[[Known], None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.session = session
        self._capture, self._tell, self._clock = capture, tell, clock
        self._gathering = Gathering(session)
        self._sessions = SessionFigures()
        self._replies = ReplyCount(session)
        self._replied = False
        """Whether replies have been looked for in all there was."""
        self._complete = False
        """Whether all was taken in once, messages and sessions."""
        self._wake = asyncio.Event()
        self._draw = False
        self._anew_at = 0.0

    def wake(self, *, draw: bool = False) -> None:
        """Look at the capture, as it has changed.

        Args:
            draw: Whether to tell what is known at once, as there is other room for it.
        """
        self._draw |= draw
        self._wake.set()

    async def run(self) -> None:
        """Gather and tell until cancelled."""
        while True:
            began = self._clock()
            self._wake.clear()
            try:
                await self._take_in()
                self._say()
                await self._look_for_replies(began + TELL_EVERY_S)
                self._say()
            except StoreError as error:
                self._replied = True
                self._say(error.message)
            if self._replied:
                await self._sleep(began + TELL_EVERY_S)

    async def _sleep(self, until: float) -> None:
        """Sleep until there is something new, and it is time to tell; what is known is told again meanwhile."""
        while True:
            await self._wake.wait()
            if self._draw:
                self._say()
            left = until - self._clock()
            if left <= 0:
                return
            self._wake.clear()
            try:
                async with asyncio.timeout(left):
                    await self._wake.wait()
            except TimeoutError:
                return

    async def _take_in(self) -> None:
        await self._gather(self._gathering, first=not self._complete)
        if self._gathering.stale and self._clock() >= self._anew_at:
            began = self._clock()
            anew = Gathering(self.session)
            await self._gather(anew, first=False)
            self._gathering = anew
            now = self._clock()
            self._anew_at = now + max((now - began) * _ANEW_SHARE, _ANEW_AFTER_S)
        count = SessionCount(self.session)
        while await self._capture.read(count.advance, Lane.FIGURES):
            pass
        self._sessions = count.figures
        self._complete = True

    async def _look_for_replies(self, until: float) -> None:
        """Look for replies, but not so long that what is new of the rest would have to wait."""
        self._replied = False
        while await self._capture.read(self._replies.advance, Lane.FIGURES):
            if self._draw:
                self._say()
            if self._clock() >= until:
                return
        self._replied = True

    async def _gather(self, gathering: Gathering, *, first: bool) -> None:
        told = self._clock()
        while await self._capture.read(gathering.advance, Lane.FIGURES):
            if first and (self._draw or self._clock() - told >= _PROGRESS_EVERY_S):
                self._say()
                told = self._clock()

    def _say(self, problem: str | None = None) -> None:
        self._draw = False
        done = 1.0 if self._complete else min(self._gathering.done, _NEARLY)
        messages = self._gathering.figures.messages
        replied = 1.0 if self._replied else min(self._replies.looked_at / max(messages, 1), _NEARLY)
        self._tell(Known(self._gathering.figures, self._sessions, self._replies.figures, done, replied, problem))
