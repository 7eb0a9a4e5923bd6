"""The engine that the screen steers, if one runs: a connection to its control channel that mends itself."""

from __future__ import annotations

import asyncio
import enum
import os
from typing import TYPE_CHECKING

import orjson
from textual.dom import DOMNode
from textual.signal import Signal

from wsinspect.errors import EngineError

if TYPE_CHECKING:
    from wsinspect.control.client import ControlClient, ControlNotice
    from wsinspect.control.messages import Json
    from wsinspect.control.results import Held, Status

STATUS_EVERY_S = 1.0
_AGAIN_AFTER_S = 1.0
_SILENT_AFTER_S = 5 * STATUS_EVERY_S
"""An engine that has told nothing for so long is busy with something else, or stopped."""


class Link(enum.Enum):
    """How the connection to the engine stands."""

    NONE = "no engine"
    """A finished capture is shown."""
    CONNECTING = "connecting"
    CONNECTED = "connected"
    LOST = "lost"
    """It was there, and is not reachable now."""
    ENDED = "ended"
    """It said goodbye."""


class Engine:
    """The engine.

    Args:
        owner: What the signals belong to: the app.
        address: Of its control channel; None where no engine runs.
    """

    def __init__(self, owner: DOMNode, address: str | None) -> None:
        self.address = address
        self.link = Link.NONE if address is None else Link.CONNECTING
        self.status: Status | None = None
        """As it was told last."""
        self.held: list[Held] = []
        """The messages that are held, in the order in which they came to be so."""
        self.changed: Signal[Engine] = Signal(owner, "engine changed")
        """Published when `link`, `status` or `held` changed."""
        self.noticed: Signal[ControlNotice] = Signal(owner, "engine noticed")
        """Published for each notice but `status`."""
        self.name = f"screen {os.getpid()}"
        """Whom its breakpoints belong to."""
        self.silent = False
        """Whether it should have told how it is, and has not."""
        self._client: ControlClient | None = None

    @property
    def connected(self) -> bool:
        """Whether it can be called."""
        return self._client is not None

    async def call(self, method: str, /, **params: Json) -> Json:
        """Call a method of the control channel.

        Raises:
            WsinspectError: The engine refuses, is gone, or there is none; the message is for people.
        """
        if self._client is None:
            raise EngineError(
                "no engine writes this capture: it is finished"
                if self.link in {Link.NONE, Link.ENDED}
                else "the engine cannot be reached"
            )
        return await self._client.call(method, **params)

    async def run(self) -> None:
        """Keep connected, and tell what the engine tells, until it ends or this is cancelled."""
        if self.address is None:
            return
        while self.link is not Link.ENDED:
            try:
                await self._talk(self.address)
                self.link = Link.ENDED
            except EngineError:
                self.link = Link.LOST
            self._client = None
            self.silent = False
            self.held = []
            self.changed.publish(self)
            if self.link is Link.LOST:
                await asyncio.sleep(_AGAIN_AFTER_S)

    async def refresh_held(self) -> None:
        """Ask for the messages that are held, without waiting for the engine to tell.

        Raises:
            WsinspectError: As `call`.
        """
        from wsinspect.control.results import Held  # noqa: PLC0415 - start-up time

        found = await self.call("held")
        assert isinstance(found, list)
        self.held = [Held.model_validate(each) for each in found]
        self.changed.publish(self)

    async def _talk(self, address: str) -> None:
        from wsinspect.control.client import connected  # noqa: PLC0415 - start-up time
        from wsinspect.control.results import Status  # noqa: PLC0415

        async with connected(address) as client:
            await client.call("hello", name=self.name)
            await client.call("subscribe", status_every=STATUS_EVERY_S)
            self._client, self.link = client, Link.CONNECTED
            self.status = Status.model_validate(await client.call("status"))
            await self.refresh_held()
            watch = self._watch()
            try:
                async for notice in client.notices():
                    watch.cancel()
                    watch = self._watch()
                    if notice.kind == "status":
                        self.status = Status.model_validate_json(orjson.dumps(notice.params))
                        self.changed.publish(self)
                        continue
                    if notice.kind in {"held", "released", "lost"}:
                        await self.refresh_held()
                    self.noticed.publish(notice)
            finally:
                watch.cancel()

    def _watch(self) -> asyncio.TimerHandle:
        """Notice when the engine tells nothing for long."""
        self.silent = False
        return asyncio.get_running_loop().call_later(_SILENT_AFTER_S, self._fall_silent)

    def _fall_silent(self) -> None:
        self.silent = True
        self.changed.publish(self)
