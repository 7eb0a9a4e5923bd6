"""Opens the connections of the screen's Repeater, and records them in a capture of their own beside the one shown."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from wsinspect.engine.client import ClientOptions, ClientSession, open_session, recording_to
from wsinspect.engine.recorder import Recorder
from wsinspect.errors import EngineError
from wsinspect.model import Source
from wsinspect.replay.performing import Performer
from wsinspect.tui.data.connections import Connection, Target, beside


class ScreenConnector:
    """Opens connections.

    Args:
        shown: The capture that is shown.
        insecure: Whether no server's certificate is checked.
        ca_file: Authorities to trust in place of the system's.
    """

    def __init__(self, shown: Path, *, insecure: bool = False, ca_file: Path | None = None) -> None:
        self._shown = shown
        self._insecure, self._ca_file = insecure, ca_file
        self._recorder: Recorder | None = None
        self._stack = ExitStack()
        self._sessions: set[ClientSession] = set()
        self.capture: Path | None = None

    @property
    def arguments(self) -> list[str]:
        """What `wsinspect replay` takes to trust the same servers."""
        insecure = ["--insecure"] if self._insecure else []
        return [*insecure, *(["--cacert", str(self._ca_file)] if self._ca_file is not None else [])]

    async def connect(self, target: Target, performer: Performer) -> Connection:
        """Connect and upgrade; see `Connector.connect`."""
        if self._recorder is None:
            path = beside(self._shown, "repeated")
            self._recorder = self._stack.enter_context(recording_to(path))
            self.capture = path
        options = ClientOptions(
            target.url,
            insecure=target.insecure or self._insecure,
            ca_file=self._ca_file,
            request=target.request,
        )
        try:
            session = await open_session(options, performer, self._recorder, source=Source.USER)
        except ValueError as error:  # of a URL or header that a peer or a person has made up
            raise EngineError(f"cannot connect so: {error}", where=target.url) from error
        self._sessions = {session, *(each for each in self._sessions if not each.is_over)}
        return session

    async def close(self) -> None:
        """End all connections, and the capture."""
        for session in self._sessions:
            if not session.is_over:
                session.stop()
        self._stack.close()
