"""A client of the control channel."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from websockets import exceptions
from websockets.asyncio.client import ClientConnection, connect

from wsinspect.control import messages
from wsinspect.control.backlog import Backlog
from wsinspect.control.messages import ErrorCode, Json
from wsinspect.errors import EngineError, FilterError, RuleError, WsinspectError

ANSWER_S = 60.0
"""How long an engine may take to answer."""
_OPEN_S = 10.0
_CLOSE_S = 1.0
_MOST_NOTICES = 10_000
_MOST_NOTICE_BYTES = 64 << 20
_GONE = "the engine is gone"


class CallError(EngineError):
    """A call that the engine does not understand: an unknown method, or parameters that do not fit it."""


@dataclass(frozen=True, slots=True)
class ControlNotice:
    """What the engine told."""

    kind: str
    """`NOTICES` of `control.methods` lists them."""
    params: dict[str, Json]


class ControlClient:
    """A connection to an engine, made by `connected`.

    Args:
        connection: The WebSocket.
    """

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._waiting: dict[int, asyncio.Future[Json]] = {}
        self._calls = 0
        self._notices: Backlog[ControlNotice | None] = Backlog(
            lambda count: ControlNotice("lost", {"count": count}), most=_MOST_NOTICES, most_bytes=_MOST_NOTICE_BYTES
        )
        self._ended = False
        self._said_goodbye = False

    async def call(self, method: str, /, **params: Json) -> Json:
        """Call a method and return its result.

        Args:
            method: Its name.
            **params: Its parameters.

        Raises:
            CallError: There is no such method, or the parameters do not fit it.
            FilterError: A filter expression that cannot be read.
            RuleError: Rules that cannot be used.
            WsinspectError: The engine refuses, or is gone.
        """
        if self._ended:
            raise EngineError(_GONE)
        self._calls += 1
        identity = self._calls
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting[identity] = answer
        try:
            async with asyncio.timeout(ANSWER_S):
                await self._connection.send(messages.request(method, params, identity), text=True)
                return await answer
        except TimeoutError as error:
            raise EngineError(f"the engine did not answer within {ANSWER_S:g} s") from error
        except exceptions.ConnectionClosed as error:
            raise EngineError(_GONE) from error
        finally:
            del self._waiting[identity]

    async def notices(self) -> AsyncIterator[ControlNotice]:
        """Yield what the engine tells, until it goes; `subscribe` has to be called first.

        What is not taken in time is left out, and a notice `lost` says how much that was.

        Raises:
            EngineError: The connection was lost.
        """
        while (notice := await self._notices.take()) is not None:
            yield notice
        if not self._said_goodbye:
            raise EngineError(_GONE)

    async def read(self) -> None:
        """Read until the connection ends."""
        try:
            while True:
                self._take(orjson.loads(await self._connection.recv(decode=False)))
        except exceptions.ConnectionClosedOK:
            self._said_goodbye = True
        except exceptions.ConnectionClosed:
            pass
        finally:
            self._ended = True
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(EngineError(_GONE))
            self._notices.end(None)

    def _take(self, message: dict[str, Any]) -> None:  # JSON
        if (kind := message.get("method")) is not None:
            # The text of a notice is what takes room.
            self._notices.offer(ControlNotice(kind, message["params"]), len(message["params"].get("text", "")))
            return
        answer = self._waiting.get(message["id"])
        if answer is None or answer.done():
            return
        if (error := message.get("error")) is not None:
            answer.set_exception(_error(error))
        else:
            answer.set_result(message["result"])


@asynccontextmanager
async def connected(address: str) -> AsyncIterator[ControlClient]:
    """Connect to an engine for the length of a block.

    Args:
        address: `unix:/path`, or the URL of a WebSocket.

    Raises:
        EngineError: There is no connection.
    """
    unix = address.removeprefix("unix:") if address.startswith("unix:") else None
    arguments: dict[str, Any] = {} if unix is None else {"unix": True, "path": unix}  # asyncio's, passed through
    try:
        connection = await connect(
            "ws://localhost/" if unix is not None else address,
            compression=None,
            max_size=None,
            proxy=None,
            open_timeout=_OPEN_S,
            close_timeout=_CLOSE_S,
            process_exception=lambda error: error,
            **arguments,
        )
    except (OSError, exceptions.WebSocketException, EOFError, ValueError) as error:
        raise _unreachable(error, address) from error
    client = ControlClient(connection)
    reading = asyncio.create_task(client.read())
    try:
        yield client
    finally:
        await connection.close()
        await reading


def _unreachable(error: Exception, address: str) -> EngineError:
    match error:
        case exceptions.InvalidStatus(response=response):
            body = (response.body or b"").decode(errors="replace").strip()
            why = body or f"it answered {response.status_code}"
        case TimeoutError():
            why = f"no answer within {_OPEN_S:g} s"
        case OSError(errno=int(number)):
            why = os.strerror(number)
        case _:
            why = str(error)
    # What stands behind the question mark is the token.
    return EngineError(f"the engine's control channel cannot be reached: {why}", where=address.partition("?")[0])


def _error(error: dict[str, Any]) -> WsinspectError:  # JSON
    message = str(error["message"])
    data = error.get("data") or {}
    match error["code"]:
        case ErrorCode.METHOD_NOT_FOUND | ErrorCode.INVALID_PARAMS:
            return CallError(message)
        case ErrorCode.REFUSED:
            where, hint = data.get("where"), data.get("hint")
        case _:
            return EngineError(message)
    match data.get("kind"):
        case "filter":
            return FilterError(message, expression=data["expression"], column=data["column"], hint=hint)
        case "rule":
            return RuleError(message, where=where, hint=hint)
        case "engine":
            return EngineError(message, where=where, hint=hint)
        case _:
            return WsinspectError(message, where=where, hint=hint)
