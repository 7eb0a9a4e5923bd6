"""The port to what opens connections for the Repeater, as the screen knows no socket; and the names of new captures."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from wsinspect.model import HttpHead
from wsinspect.replay.performing import Performer


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect, and what to ask for."""

    url: str
    request: HttpHead | None = None
    """A head to send as it is, but for `Host` and what belongs to the connection; None: one is made."""
    insecure: bool = False
    """Whether the server's certificate is not checked."""


def beside(capture: Path, what: str) -> Path:
    """Name a new capture beside another, such as `shop-replay-1.wsi`."""
    names = (capture.with_name(f"{capture.stem}-{what}-{number}.wsi") for number in itertools.count(1))
    return next(path for path in names if not path.exists())


class Connection(Protocol):
    """An open WebSocket that a performer plays."""

    @property
    def response(self) -> HttpHead:
        """What the server answered."""

    @property
    def session_id(self) -> int | None:
        """Its number in the capture that the connector writes."""

    def poke(self) -> None:
        """Have the performer asked again."""

    def listen(self, *, on: bool) -> None:
        """Read on, or stop reading for now."""

    def stop(self) -> None:
        """End at once."""

    async def finished(self) -> None:
        """Wait for the end."""


class Connector(Protocol):
    """Opens connections, and records them."""

    @property
    def capture(self) -> Path | None:
        """The capture that they are recorded in; None as long as there was none."""

    @property
    def arguments(self) -> Sequence[str]:
        """What `wsinspect replay` takes to trust the same servers."""

    async def connect(self, target: Target, performer: Performer) -> Connection:
        """Connect and upgrade.

        Raises:
            WsinspectError: There is no WebSocket, with what helps.
        """

    async def close(self) -> None:
        """End all connections, and the capture."""
