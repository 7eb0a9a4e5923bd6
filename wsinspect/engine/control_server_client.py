"""One client of the control channel: its calls, answered one after another, and the notices it is told.

Theory of operation. A client is served by up to three tasks: one reads and answers, one sends notices from a bounded
backlog, one sends the status every so often. A call is read only when the one before is answered, so a client that
floods waits for itself; `turn` lets one call run in one round of the event loop, whatever number of clients call. A
client that does not read is left out of notices first, and is cut off when nothing of what waits for it has moved for
a while.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Sequence

import orjson
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from wsinspect.control import messages, methods
from wsinspect.control.backlog import Backlog
from wsinspect.control.messages import ErrorCode, Json, Rejected, Request
from wsinspect.control.results import Lost, Result, as_json
from wsinspect.engine.control_server_methods import Answer, carry_out, status_result
from wsinspect.engine.control_server_presence import Presence
from wsinspect.engine.steered import Steered
from wsinspect.errors import EngineError, FilterError, RuleError, StoreError, WsinspectError

logger = logging.getLogger(__name__)

MOST_NOTICES = 1000
MOST_NOTICE_BYTES = 4 << 20
MOST_BATCH_ANSWER_BYTES = 32 << 20
"""What a batch would answer beyond this is not carried out."""
_AT_ONCE = 50
"""So many objects of a list are made in one round of the event loop."""


class ControlServerClient:
    """Serves one connection; `control_server_methods.Caller`.

    Args:
        connection: The WebSocket.
        steered: The engine.
        turn: Held while a call runs; shared by all clients.
        presence: Who is there.
        owner: What its breakpoints belong to while it has no name.
        stall_s: After so long without progress a client that does not read is cut off.
    """

    def __init__(
        self,
        connection: ServerConnection,
        steered: Steered,
        turn: asyncio.Lock,
        presence: Presence,
        *,
        owner: str,
        stall_s: float,
    ) -> None:
        self._owners = [owner]
        self._presence = presence
        self._connection = connection
        self._steered = steered
        self._turn = turn
        self._stall_s = stall_s
        self._kinds: frozenset[str] = frozenset()
        self._notices: Backlog[bytes] = Backlog(_lost, most=MOST_NOTICES, most_bytes=MOST_NOTICE_BYTES)
        self._telling: asyncio.Task[None] | None = None
        self._ticking: asyncio.Task[None] | None = None

    async def serve(self) -> None:
        """Serve the connection until it ends."""
        self._presence.came(self.owner)
        try:
            while True:
                data = await self._connection.recv(decode=False)
                reply = await self._replied(data)
                del data  # it may be large, and the next may be long in coming
                if reply is not None:
                    await self._send(reply)
        except ConnectionClosed:
            pass
        finally:
            self._presence.went(self._owners)
            await self._stop_telling()

    # ---- control_server_methods.Caller

    @property
    def owner(self) -> str:
        """What its breakpoints belong to."""
        return self._owners[-1]

    def introduce(self, name: str) -> None:
        """Give the client a name."""
        if len(self._owners) > 1:
            raise EngineError(f"this connection is named '{self.owner}' already")
        self._owners.append(name)
        self._presence.came(name)

    def claim(self) -> None:
        """Remember that a breakpoint belongs to the client."""
        self._presence.claim(self.owner)

    def subscribe(self, kinds: Sequence[str] | None, status_every_s: float | None) -> None:
        """Tell the client notices from here on."""
        self.unsubscribe()
        self._kinds = frozenset(methods.NOTICES if kinds is None else kinds)
        if self._telling is None:
            self._telling = asyncio.create_task(self._tell())
        if status_every_s is not None:
            self._ticking = asyncio.create_task(self._tick(status_every_s))

    def unsubscribe(self) -> None:
        """Tell the client no more notices."""
        self._kinds = frozenset()
        if self._ticking is not None:
            self._ticking.cancel()
            self._ticking = None

    # ---- notices

    def wants(self, kind: str) -> bool:
        """Say whether the client subscribed to notices of a kind."""
        return kind in self._kinds

    def offer(self, notice: bytes) -> None:
        """Put a notice behind those that wait, or leave it out where too many do."""
        self._notices.offer(notice, len(notice))

    async def _tell(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                await self._send(await self._notices.take())
                await asyncio.sleep(0)

    async def _tick(self, every_s: float) -> None:
        try:
            while True:
                status = as_json(status_result(self._steered.status()))
                await self._send(messages.notification(methods.STATUS.name, status))
                await asyncio.sleep(every_s)
        except ConnectionClosed:
            pass
        except Exception:
            logger.exception("control channel: no status any more")

    async def _stop_telling(self) -> None:
        tasks = [task for task in (self._telling, self._ticking) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # ---- calls

    async def _replied(self, data: bytes) -> bytes | None:
        async with self._turn:
            incoming = messages.read(data)
            # A round of the event loop for whatever else there is to do, before each call and after reading.
            await asyncio.sleep(0)
        replies: list[bytes] = []
        size = 0
        for request in incoming.requests:
            if size > MOST_BATCH_ANSWER_BYTES:
                reply = _too_large(request)
            else:
                async with self._turn:
                    reply = await self._reply(request)
                    await asyncio.sleep(0)
            if reply is not None:
                replies.append(reply)
                size += len(reply)
        if not replies:
            return None
        return messages.batch(replies) if incoming.is_batch else replies[0]

    async def _reply(self, request: Request | Rejected) -> bytes | None:
        if isinstance(request, Rejected):
            return messages.failure(request.id, request.code, request.message)
        try:
            reply = messages.answer(request.id, orjson.Fragment(await self._result(request)))
        except _CallError as error:
            reply = messages.failure(request.id, error.code, error.message)
        except WsinspectError as error:
            reply = messages.failure(request.id, ErrorCode.REFUSED, error.message, _details(error))
        except Exception:
            logger.exception("control channel: %s failed", request.method)
            reply = messages.failure(request.id, ErrorCode.INTERNAL_ERROR, "wsinspect made a mistake: see its log")
        return reply if request.answered else None

    async def _result(self, request: Request) -> bytes:
        method = methods.METHODS.get(request.method)
        if method is None:
            raise _CallError(ErrorCode.METHOD_NOT_FOUND, methods.no_such_method(request.method))
        try:
            params = methods.checked(method, request.params)
        except methods.ParamsError as error:
            raise _CallError(ErrorCode.INVALID_PARAMS, f"{method.name}: {error}") from error
        return await _encoded(carry_out(method, params, self._steered, self))

    # ---- sending

    async def _send(self, data: bytes) -> None:
        """Send, and cut the client off where it reads nothing for too long."""
        sending = asyncio.ensure_future(self._connection.send(data, text=True))
        transport = self._connection.transport
        try:
            waiting = None
            while not (await asyncio.wait([sending], timeout=self._stall_s / 2))[0]:
                before, waiting = waiting, transport.get_write_buffer_size()
                if before is not None and waiting >= before:
                    transport.abort()
            sending.result()
        finally:
            sending.cancel()


class _CallError(Exception):
    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


async def _encoded(answer: Answer) -> bytes:
    match answer:
        case None:
            return b"null"
        case Result():
            return as_json(answer)
        case _:
            return b"[" + b",".join(await _gathered(answer)) + b"]"


async def _gathered(objects: Iterable[bytes]) -> list[bytes]:
    gathered = []
    for each in objects:
        gathered.append(each)
        if not len(gathered) % _AT_ONCE:
            await asyncio.sleep(0)
    return gathered


def _details(error: WsinspectError) -> Json:
    """Return what a client needs to raise the same error."""
    details: dict[str, Json] = {"kind": _kind_of(error), "message": error.message}
    if error.where is not None:
        details["where"] = error.where
    if error.hint is not None:
        details["hint"] = error.hint
    if isinstance(error, FilterError):
        details |= {"expression": error.expression, "column": error.column}
    return details


def _kind_of(error: WsinspectError) -> str:
    match error:
        case FilterError():
            return "filter"
        case RuleError():
            return "rule"
        case EngineError():
            return "engine"
        case StoreError():
            return "store"
        case _:
            return "other"


def _too_large(request: Request | Rejected) -> bytes | None:
    if isinstance(request, Request) and not request.answered:
        return None
    why = "the answers to the batch are too large: call it again by itself"
    return messages.failure(request.id, ErrorCode.REFUSED, why, {"kind": "engine", "message": why})


def _lost(count: int) -> bytes:
    return messages.notification("lost", as_json(Lost(count=count)))
