"""What a customer's program does in the demo's shop; it holds the shop to what it is used to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from websockets.asyncio.client import ClientConnection

from wsinspect.demo.chat import compact
from wsinspect.demo.shop import CUSTOMERS, PRICES

USER = "ana"


class UnexpectedAnswerError(Exception):
    """The shop said something that it never says."""


class _Heard(msgspec.Struct, frozen=True):
    """An answer, or a notice, which has no id."""

    seq: int
    time: int
    id: int | None = None
    nonce: str | None = None
    result: dict[str, str | int | float] | None = None
    event: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """Something that has been done, or has happened."""

    what: str
    """The method that was asked, or the event that the shop told of."""
    result: Mapping[str, str | int | float] = field(default_factory=dict)
    """What was answered."""


async def visit(connection: ClientConnection, pause: Callable[[], Awaitable[None]]) -> AsyncIterator[Step]:
    """Log in, ask for prices, order, wait for a report, and leave.

    Args:
        connection: To the shop, new.
        pause: What is waited for before each question.

    Raises:
        UnexpectedAnswerError: If the shop answers what it never does.
        ConnectionClosed: If it closes.
    """
    customer = _Customer(connection)
    async for step in customer.ask("login", user=USER, password=CUSTOMERS[USER]):
        yield step
    for item in PRICES:
        await pause()
        async for step in customer.ask("price", item=item):
            yield step
    async for step in customer.ask("order", item=next(iter(PRICES))):
        yield step
    async for step in customer.ask("report"):
        yield step
    await connection.close(1000, "done")


def part(result: Mapping[str, str | int | float], name: str) -> str | int | float:
    """Return a part of an answer.

    Raises:
        UnexpectedAnswerError: If it is not there.
    """
    if name not in result:
        raise UnexpectedAnswerError(f"an answer has no {name}: {compact(result)}")
    return result[name]


class _Customer:
    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._last_id = 0
        self._carried: dict[str, Any] = {}  # strings and numbers, as they came
        """What a request carries of the answers before it."""

    async def ask(self, method: str, **params: str) -> AsyncIterator[Step]:
        """Ask something; give what happens until it is answered, and then the answer."""
        self._last_id += 1
        await self._connection.send(compact({"id": self._last_id, "method": method, "params": params, **self._carried}))
        while True:
            heard = self._understood(await self._connection.recv())
            self._carried["seen"] = heard.seq
            if heard.event is not None:
                yield Step(heard.event)
                continue
            if heard.id != self._last_id or heard.result is None or heard.nonce is None:
                raise UnexpectedAnswerError(f"this is no answer to request {self._last_id}: {heard}")
            self._carried["nonce"] = heard.nonce
            if method == "login":
                self._carried["token"] = part(heard.result, "token")
            yield Step(method, heard.result)
            return

    def _understood(self, text: str | bytes) -> _Heard:
        """Read what the shop says.

        Raises:
            UnexpectedAnswerError: If it is nothing that this program knows, or is out of order.
        """
        try:
            heard = msgspec.json.decode(text, type=_Heard)
        except msgspec.MsgspecError as error:
            raise UnexpectedAnswerError(f"this cannot be read ({error}): {text!r}") from error
        due = self._carried.get("seen", heard.seq - 1) + 1
        if heard.seq != due:
            raise UnexpectedAnswerError(f"number {due} is due, and this is {heard.seq}: {text!r}")
        return heard
