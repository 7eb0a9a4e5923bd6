"""The demo's shop: who logs in gets a token, and each request carries that and what the last answer brought.

| in | what |
|---|---|
| a request | `id`, one more each time; `method`, `params`; after the login also its `token`, and of the newest answer |
| | the `nonce` and, as `seen`, the `seq` |
| an answer | the `id`; `result` or `error`; `seq`, which starts anywhere and goes up by one; `time`; the next `nonce` |
| a notice | `event`, that an order is shipped; `seq`, `time` |

Whoever is not logged in, or carries what is not due, is told so and sent away: what was recorded of a visit is of no
use to a thief. The new version of the shop has a dearer lamp, calls the `total` of an order its `amount`, is slower
with the report, and no longer says that an order is shipped.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass

from websockets.asyncio.server import ServerConnection

from wsinspect.demo.chat import compact

CUSTOMERS = {"ana": "correct horse", "ben": "battery staple"}
"""Passwords by user."""
EXPIRED = "eve"
"""Whose password has expired."""
PRICES: Mapping[str, float] = {"kettle": 24.5, "lamp": 39.0, "toaster": 31.9}
NEW_PRICES = {**PRICES, "lamp": 42.5}
REFUSED_CODE = 4401
REPORT_BEATS, NEW_REPORT_BEATS = 2.5, 6.0
"""How long a report takes; everything else takes hardly any time."""
SHIPPED_BEATS = 1.0
"""How long after it was asked for a report the shop ships what was ordered."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a customer says."""

    id: int
    method: str
    params: Mapping[str, str]
    carried: Mapping[str, object]
    """All of it: what is due is looked for in it."""


class Shop:
    """A shop that is asked in JSON-RPC.

    Args:
        pause_s: The beat of everything that happens again and again.
        changed: Whether this is the new version.
    """

    def __init__(self, pause_s: float, *, changed: bool = False) -> None:
        self._pause_s = pause_s
        self._changed = changed

    async def serve(self, connection: ServerConnection) -> None:
        """Serve one customer."""
        visit = _Visit(connection, self._pause_s, self._changed)
        async for text in connection:
            request = _request(text)
            if request is None:
                message = "a request is JSON with id, method and params"
                await visit.refuse(None, _Refusal("bad_request", message, "bad request"))
                continue
            try:
                await visit.serve(request)
            except _Refusal as refusal:
                await visit.refuse(request.id, refusal)


def _request(text: str | bytes) -> Request | None:
    """Read a request; None where it is none."""
    try:
        match said := json.loads(text):
            case {"id": int(number), "method": str(method), "params": dict(params)}:
                texts = {name: value for name, value in params.items() if isinstance(value, str)}
                return Request(number, method, texts, said)
    except (ValueError, RecursionError):
        pass
    return None


class _Refusal(Exception):  # noqa: N818 - it says no, and nothing is wrong with the shop
    """The end of a visit.

    Args:
        code: For the customer's program.
        message: For the customer.
        reason: Of the close.
    """

    def __init__(self, code: str, message: str, reason: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.reason = reason


@dataclass(slots=True)
class _Visit:
    """What the shop knows of one customer."""

    connection: ServerConnection
    pause_s: float
    changed: bool
    token: str | None = None
    nonce: str = ""
    seq: int = 0
    last_id: int = 0
    orders: int = 0

    async def serve(self, request: Request) -> None:
        if request.method == "login":
            outcome = self._login(request.params)
        else:
            self._check(request)
            outcome = await self._answer(request.method, request.params)
        self.last_id = request.id
        self.nonce = secrets.token_hex(8)
        await self._send({"id": request.id, **outcome}, nonce=self.nonce)

    async def refuse(self, number: int | None, refusal: _Refusal) -> None:
        await self.connection.send(compact({"id": number, **_problem(refusal.code, refusal.message)}))
        await self.connection.close(REFUSED_CODE, refusal.reason)

    def _login(self, asked: Mapping[str, str]) -> dict[str, object]:
        user = asked.get("user", "")
        if user == EXPIRED:
            message = "the password expired on 2026-01-31: set a new one"
            raise _Refusal("password_expired", message, "login refused")
        if user not in CUSTOMERS or CUSTOMERS[user] != asked.get("password"):
            raise _Refusal("bad_password", "no such user, or another password", "login refused")
        self.token = secrets.token_urlsafe(18)
        self.seq = 1000 + secrets.randbelow(9_000_000)
        return {"result": {"token": self.token, "user": user}}

    def _check(self, request: Request) -> None:
        if self.token is None:
            raise _Refusal("not_logged_in", "log in first", "login refused")
        due = {"token": self.token, "nonce": self.nonce, "seen": self.seq, "id": self.last_id + 1}
        for name, value in due.items():
            if request.carried.get(name) != value:
                raise _Refusal(f"bad_{name}", f"this is not the {name} that is due", f"bad {name}")

    async def _answer(self, method: str, asked: Mapping[str, str]) -> dict[str, object]:
        prices, item = (NEW_PRICES if self.changed else PRICES), asked.get("item", "")
        match method:
            case "price" | "order" if item not in prices:
                return _problem("no_such_item", "there is " + ", ".join(prices))
            case "price":
                return {"result": {"item": item, "price": prices[item]}}
            case "order":
                self.orders += 1
                total = "amount" if self.changed else "total"
                return {"result": {"order": self.orders, "item": item, total: prices[item]}}
            case "report":
                await self._report()
                return {"result": {"orders": self.orders}}
            case _:
                return _problem("no_such_method", "there is login, price, order and report")

    async def _report(self) -> None:
        if self.changed:
            await asyncio.sleep(NEW_REPORT_BEATS * self.pause_s)
            return
        await asyncio.sleep(SHIPPED_BEATS * self.pause_s)
        await self._send({"event": "shipped", "order": self.orders})
        await asyncio.sleep((REPORT_BEATS - SHIPPED_BEATS) * self.pause_s)

    async def _send(self, content: Mapping[str, object], **more: str) -> None:
        self.seq += 1
        await self.connection.send(compact({**content, "seq": self.seq, "time": time.time_ns() // 1_000_000, **more}))


def _problem(code: str, message: str) -> dict[str, object]:
    return {"error": {"code": code, "message": message}}
