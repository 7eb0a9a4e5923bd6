"""Opening a session: from the options of a client to a WebSocket that a `Performer` plays, on record or not.

The session is carried as a proxied one: the performer stands in for the client's connection, the server's is a
`Stream`, and the relay between them records what goes either way. It is on record from the attempt on, whatever comes
of it.
"""

from __future__ import annotations

import asyncio
import base64
import os
from importlib.metadata import version
from urllib.parse import unquote, urlsplit

from wsinspect.engine.client.attempt import Attempt
from wsinspect.engine.client.dialing import dial
from wsinspect.engine.client.failures import DisagreedError, NotHttpError, RefusedError, UnansweredError, explained
from wsinspect.engine.client.options import ClientOptions, basic_authorization, redirected
from wsinspect.engine.client.session import ClientSession
from wsinspect.engine.client.stream import Stream
from wsinspect.engine.recorder import Recorder
from wsinspect.errors import EngineError, WsinspectError
from wsinspect.model import HttpHead, Source
from wsinspect.replay.client.answer import AnswerReader
from wsinspect.replay.client.handshake import Wanted, encode_request, upgrade_request
from wsinspect.replay.performing import Performer
from wsinspect.wire import handshake
from wsinspect.wire.violations import Violation

_FATAL = {
    Violation.RESPONSE_UPGRADE: "its answer has no 'Upgrade: websocket'",
    Violation.RESPONSE_CONNECTION: "its answer has no 'Connection: Upgrade'",
    Violation.ACCEPT_MISSING: "its answer has no Sec-WebSocket-Accept",
    Violation.ACCEPT_WRONG: "its Sec-WebSocket-Accept does not belong to the key",
}
"""RFC 6455 4.1: with these "the client MUST _Fail the WebSocket Connection_"; the others are remarked on."""

_REDIRECTS = (300, 301, 302, 303, 307, 308)


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
    while True:
        opened = await _open(options, performer, recorder, source)
        if isinstance(opened, ClientSession):
            return opened
        options = opened


async def _open(
    options: ClientOptions, performer: Performer, recorder: Recorder | None, source: Source
) -> ClientSession | ClientOptions:
    """Open a session, or return the options for where the server redirects to."""
    request, raw = _request(options)
    attempt = Attempt(options.url, request, recorder, source)
    stream: Stream | None = None
    try:
        async with asyncio.timeout(options.connect_timeout_s):
            stream = await dial(options)
            attempt.connected(stream)
            stream.send(raw)
            response = await _answer(stream)
        agreed = handshake.inspect(request, response)
        if why := next((_FATAL[violation] for violation in agreed.violations if violation in _FATAL), None):
            raise DisagreedError(response, why)
    except BaseException as error:
        if stream is not None:
            stream.close()
        told = explained(error, options) if isinstance(error, Exception) else EngineError("it was given up")
        attempt.failed(error, told)
        if isinstance(error, RefusedError) and (location := _location(error.response)) and options.most_redirects > 0:
            return redirected(options, location)
        if isinstance(error, Exception):
            raise told from error
        raise
    return attempt.agreed(agreed, response, stream, performer)


def _location(response: HttpHead) -> str | None:
    if response.status not in _REDIRECTS:
        return None
    return next((value for name, value in response.headers if name.lower() == "location"), None)


def _request(options: ClientOptions) -> tuple[HttpHead, bytes]:
    parts = urlsplit(options.url)
    edits = list(options.headers)
    if parts.username is not None and not any(name.lower() == "authorization" for name, _ in edits):
        user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        edits.append(("Authorization", basic_authorization(user)))
    wanted = Wanted(
        options.url,
        edits,
        options.subprotocols,
        options.compress,
        options.request,
        options.fresh_key,
        options.keep_host,
    )
    key = base64.b64encode(os.urandom(16)).decode()
    request = upgrade_request(wanted, key=key, user_agent=f"wsinspect/{version('wsinspect')}")
    try:
        return request, encode_request(request)
    except ValueError as error:
        raise WsinspectError(f"the request cannot be sent: {error}", where=options.url) from error


async def _answer(stream: Stream) -> HttpHead:
    """Read the answer to the upgrade; what is behind it stays in the stream.

    Raises:
        RefusedError: It is no 101.
        NotHttpError: It is no HTTP.
        UnansweredError: There was none.
    """
    reader = AnswerReader()
    began = False
    try:
        while not reader.done:
            data = await stream.read()
            began = began or bool(data)
            reader.feed(data) if data else reader.end()
    except ConnectionResetError as error:
        raise UnansweredError from error
    if reader.head is None:
        raise NotHttpError(reader.problem) if began else UnansweredError
    if not reader.agrees:
        raise RefusedError(reader.head, reader.body)
    stream.unread(reader.rest)
    return reader.head
