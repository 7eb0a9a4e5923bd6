"""A Repeater and its connection: opened where that is needed, one at a time, and read no faster than is looked at."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from wsinspect.errors import WsinspectError
from wsinspect.model import HttpHead
from wsinspect.replay.repeating.backlog import Backlog
from wsinspect.replay.repeating.repeated import Line
from wsinspect.replay.repeating.repeater import Repeater
from wsinspect.tui.data.connections import Connection, Connector, Target

_HINT = "e on the first line changes the URL, the headers, and whether the certificate is checked"
_PORTION = 20
_AT_IT_S = 0.02
"""How long what waits is handed on in one go: keys have to come in between."""


class Playing:
    """The connection.

    Args:
        repeater: What is played.
        target: Where to.
        connector: Opens connections.
        on_change: Called when there is something to see.
    """

    def __init__(self, repeater: Repeater, target: Target, connector: Connector, on_change: Callable[[], None]) -> None:
        self.repeater = repeater
        self.target = target
        """Where the next connection goes."""
        self.connection: Connection | None = None
        self.response: HttpHead | None = None
        """Of the last connection."""
        self.problem = ""
        """Why there is no connection, if something has gone wrong."""
        self._connector = connector
        self._on_change = on_change
        self._attempt: asyncio.Task[Connection] | None = None
        self._watch: asyncio.Task[None] | None = None
        self._one_at_a_time = asyncio.Lock()
        self._backlog: Backlog | None = None
        """What has come, and was not heard yet; while there is any, nothing more is read."""
        repeater.on_change = on_change

    @property
    def state(self) -> str:
        """How it stands, in words."""
        if self._attempt is not None:
            return "connecting …"
        if self.connection is not None:
            return "● closing …" if self.repeater.is_over else "● connected"
        if self.problem:
            return "✕ no connection"
        return f"○ {self.repeater.ended_how}" if self.repeater.ended_how else "○ not connected"

    async def send(self, lines: Sequence[Line]) -> None:
        """Send lines; connect first where that is needed.

        Raises:
            WsinspectError: There is no connection, with what helps.
        """
        async with self._one_at_a_time:
            if (self.connection is None or self.repeater.is_over) and not await self._connect():
                return
            if self.connection is not None and not self.repeater.is_over:
                self.repeater.send(lines)
                self.connection.poke()
        self._on_change()

    async def connect_or_close(self) -> None:
        """Connect; close the connection if there is one, or give up one that is about to be opened.

        Raises:
            WsinspectError: There is no connection, with what helps.
        """
        if self._attempt is not None:
            self._attempt.cancel()
        elif self.connection is None:
            async with self._one_at_a_time:
                await self._connect()
        elif self.repeater.is_over:
            self.connection.stop()  # it was closed already, and the server does not answer
        else:
            self.repeater.close()
            self.connection.poke()
            self._on_change()

    def go_on(self) -> None:
        """Hear what waits; to be called some times a second."""
        if self._backlog is None:
            return
        until = time.monotonic() + _AT_IT_S
        while not self._backlog.go_on(_PORTION):
            if time.monotonic() > until:
                self._on_change()
                return
        if self.connection is not None:
            self.connection.listen(on=True)
            self.connection.poke()

    def stop(self) -> None:
        """Leave nothing open."""
        self.repeater.on_change = lambda: None
        if self._attempt is not None:
            self._attempt.cancel()
        if self.connection is not None:
            self.connection.stop()

    async def _connect(self) -> bool:
        """Connect; tell whether that was not given up."""
        if self.connection is not None:
            self.connection.stop()
        if self._watch is not None:
            await self._watch
        self.repeater.begin()
        self.problem, self.response = "", None
        self._backlog = backlog = Backlog(self.repeater, self._flooded)
        self._attempt = asyncio.ensure_future(self._connector.connect(self.target, backlog))
        self._on_change()
        try:
            connection = await self._attempt
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            self.repeater.ended_how = "given up"
            return False
        except WsinspectError as error:
            told = WsinspectError(error.message, where=error.where, hint=_HINT)
            self.problem = str(told)
            raise told from error
        finally:
            self._attempt = None
            self._on_change()
        self.connection, self.response = connection, connection.response
        self.repeater.opened(connection.response)
        self._watch = asyncio.ensure_future(self._until_finished(connection))
        return True

    async def _until_finished(self, connection: Connection) -> None:
        try:
            await connection.finished()
        except Exception as error:  # noqa: BLE001 - the performer's, whatever it is, which has ended the connection
            self.problem = f"what came could not be taken in: {error!r}"
        self.connection = None
        self._on_change()

    def _flooded(self) -> None:
        if self.connection is not None:
            self.connection.listen(on=False)
        self._on_change()
