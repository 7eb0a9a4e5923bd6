"""What a customer's program does in the demo's shop; it holds the shop to what it is used to."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection

from wsinspect.demo.chat import compact
from wsinspect.demo.shop import CUSTOMERS, PRICES

USER = "ana"


class UnexpectedAnswerError(Exception):
    """The shop said something that it never says."""


type Answer = Mapping[str, str | int | float]
"""What the shop answers: only flat objects."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that has been done, or has happened."""

    what: str
    """The method that was asked, or the event that the shop told of."""
    result: Answer = field(default_factory=dict)
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


def part(result: Answer, name: str) -> str | int | float:
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
            self._carried["seen"] = heard["seq"]
            match heard:
                case {"event": str(event)}:
                    yield Step(event)
                case {"id": self._last_id, "result": dict(result), "nonce": str(nonce)}:
                    self._carried["nonce"] = nonce
                    if method == "login":
                        self._carried["token"] = part(result, "token")
                    yield Step(method, result)
                    return
                case _:
                    raise UnexpectedAnswerError(f"this is no answer to request {self._last_id}: {compact(heard)}")

    def _understood(self, text: str | bytes) -> dict[str, Any]:
        """Read what the shop says.

        Raises:
            UnexpectedAnswerError: If it is nothing that this program knows, or is out of order.
        """
        try:
            heard = json.loads(text)
        except ValueError:
            heard = None
        match heard:
            case {"seq": int(seq), "time": int()}:
                due = self._carried.get("seen", seq - 1) + 1
                if seq != due:
                    raise UnexpectedAnswerError(f"number {due} is due, and this is {seq}: {text!r}")
                assert isinstance(heard, dict)
                return heard
            case {"error": {"message": str(message)}}:
                raise UnexpectedAnswerError(f"the shop refuses: {message}")
            case _:
                raise UnexpectedAnswerError(f"this cannot be read: {text!r}")
