"""Opening a session: from the options of a client to a WebSocket that a `Performer` plays, on record or not."""

from __future__ import annotations

from wsinspect.engine.client.options import ClientOptions
from wsinspect.engine.recorder import Recorder
from wsinspect.model import Close, HttpHead, Source, TlsSide
from wsinspect.replay.performing import Performer


class ClientSession:
    """An open WebSocket."""

    request: HttpHead
    """As it was sent."""
    response: HttpHead
    """As it came."""
    subprotocol: str | None
    extensions: str | None
    """As agreed, the response's header value."""
    server: str
    """`host:port`, as connected to."""
    tls: TlsSide | None
    session_id: int | None
    """Its number in the capture; None without a recorder."""
    violations: tuple[str, ...]
    """Of the handshake."""

    @property
    def close(self) -> Close | None:
        """How the WebSocket closed, or was lost; None while it is open."""
        raise NotImplementedError

    @property
    def is_over(self) -> bool:
        """Whether both directions have ended."""
        raise NotImplementedError

    async def finished(self) -> None:
        """Wait until both directions have ended; what was recorded is on its way to the file then."""
        raise NotImplementedError

    def poke(self) -> None:
        """Have the performer asked again: it got something to do from outside."""
        raise NotImplementedError

    def stop(self) -> None:
        """End at once, as the program stops."""
        raise NotImplementedError


async def open_session(
    options: ClientOptions, performer: Performer, recorder: Recorder | None = None, *, source: Source = Source.REPLAY
) -> ClientSession:
    """Connect, upgrade, and have a performer play the client.

    Args:
        options: How to connect.
        performer: Asked as soon as the server has agreed.
        recorder: Puts it on record, a session that is refused or fails, too; None: it is not recorded.
        source: What is put on record as the maker of the performer's frames.

    Raises:
        EngineError: There is no WebSocket, with what helps.
        WsinspectError: A certificate file, or something of the request, is unusable.
    """
    raise NotImplementedError
