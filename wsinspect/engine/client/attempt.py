"""One attempt at a WebSocket, and its record from the first byte on."""

from __future__ import annotations

from urllib.parse import urlsplit

from wsinspect.engine.carrier import Carrier, Reason, monotonic_clock
from wsinspect.engine.client.failures import DisagreedError, RefusedError
from wsinspect.engine.client.performer_endpoint import PerformerEndpoint
from wsinspect.engine.client.session import ClientSession, UnrecordedSession
from wsinspect.engine.client.stream import Stream
from wsinspect.engine.recorder import MaskKeys, Recorder
from wsinspect.engine.session_recorder import SessionRecorder
from wsinspect.errors import WsinspectError
from wsinspect.model import Carriage, Direction, HttpHead, Session, SessionId, SessionState, Source, TlsSide
from wsinspect.replay.client.handshake import authority_of
from wsinspect.replay.performing import Performer
from wsinspect.wire.handshake import Handshake

_DEFAULT_PORTS = {"ws": 80, "wss": 443}
_LISTENERS = {Source.REPLAY: "replay", Source.USER: "send"}
"""How the record names where a session came in by."""


class Attempt:
    """An attempt, on record if there is a recorder.

    Args:
        url: Where to.
        request: As it is sent.
        recorder: Of the capture.
        source: Who plays the client.
    """

    def __init__(self, url: str, request: HttpHead, recorder: Recorder | None, source: Source) -> None:
        self._request = request
        self._recorder = recorder
        self._source = source
        self._secure = url.startswith("wss:")
        self._clock = monotonic_clock() if recorder is None else recorder.clock
        self._mask_keys = MaskKeys() if recorder is None else recorder.mask_keys
        self._server: str | None = None
        self._tls: TlsSide | None = None
        opened = self._clock()
        self._session: SessionRecorder | None = None
        if recorder is not None:
            self._session = recorder.open(lambda number: _described(number, url, request, opened, source))

    def connected(self, stream: Stream) -> None:
        """Take note of the connection."""
        self._server = stream.address("peername")
        self._tls = stream.tls_side if self._secure else None  # else it is TLS to a proxy
        if self._session is not None:
            self._session.connected(stream.address("sockname"))

    def failed(self, error: BaseException, told: WsinspectError) -> None:
        """Take note that there is no WebSocket, and why."""
        if self._session is None:
            return
        response = error.response if isinstance(error, (RefusedError, DisagreedError)) else None
        state = SessionState.REFUSED if isinstance(error, RefusedError) else SessionState.FAILED
        self._session.ended_without_upgrade(
            state, told.message, response=response, server=self._server, tls_server=self._tls
        )

    def agreed(self, agreed: Handshake, response: HttpHead, stream: Stream, performer: Performer) -> ClientSession:
        """Have the performer play the client of the WebSocket that was agreed."""
        session = self._session
        opened = ClientSession(
            self._request,
            response,
            agreed,
            server=self._server or "",
            tls=self._tls,
            session_id=None if session is None else int(session.session.id),
        )
        if session is None:
            unrecorded = UnrecordedSession()
            carrier = Carrier(None, unrecorded, self._clock, lambda _: opened.over(unrecorded.ends))
        else:
            carrier = session.upgraded(
                response,
                Carriage.DIRECT,
                server=self._server,
                tls_server=self._tls,
                on_finished=lambda _: opened.over(session.session.ends),
                played=(Direction.C2S, self._source),
            )
        endpoint = PerformerEndpoint(
            carrier,
            performer,
            Direction.C2S,
            deflate=agreed.deflate,
            opaque=agreed.unknown_extensions,
            mask_key=self._mask_keys.next,
            clock=self._clock,
            on_failure=opened.failed,
        )
        carrier.client, carrier.server = endpoint, stream

        def on_full(full: bool) -> None:
            (endpoint.pause if full else endpoint.resume)(Reason.PEER)

        opened.begin(carrier, endpoint)
        stream.hand_over(
            lambda data: carrier.receive(Direction.S2C, data), lambda end: carrier.end(Direction.S2C, end), on_full
        )
        return opened


def _described(number: SessionId, url: str, request: HttpHead, opened: int, source: Source) -> Session:
    parts = urlsplit(url)
    target = request.target or "/"
    return Session(
        id=number,
        relay=Carriage.DIRECT,
        state=SessionState.OPEN,
        url=f"{parts.scheme}://{authority_of(url)}{target}",
        scheme=parts.scheme,
        host=parts.hostname,
        port=parts.port or _DEFAULT_PORTS[parts.scheme],
        path=target,
        opened=opened,
        listener=_LISTENERS.get(source),
        request=request,
    )
