"""The demo's shop: requests with ids, and answers that take their time; who is not logged in is sent away."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping

from websockets.asyncio.server import ServerConnection

from wsinspect.demo.chat import compact

CUSTOMERS = {"ana": "correct horse", "ben": "battery staple"}
"""Passwords by user."""
EXPIRED = "eve"
"""Whose password has expired."""
PRICES: Mapping[str, float] = {"kettle": 24.5, "lamp": 39.0, "toaster": 31.9}
REFUSED_CODE, REFUSED_REASON = 4401, "login refused"
REPORT_BEATS = 2.5
"""How long a report takes; everything else takes hardly any time."""


class Shop:
    """A shop that is asked in JSON-RPC.

    Args:
        pause_s: The beat of everything that happens again and again.
    """

    def __init__(self, pause_s: float) -> None:
        self._pause_s = pause_s
        self._orders = 0
        self._logins = 0

    async def serve(self, connection: ServerConnection) -> None:
        """Serve one customer."""
        user: str | None = None
        async for text in connection:
            request = json.loads(text)
            number, asked = request["id"], request.get("params", {})
            if request["method"] == "login":
                user, answer = self._login(asked)
            elif user is None:
                answer = {"error": {"code": 401, "message": "log in first"}}
            else:
                answer = {"result": await self._answer(request["method"], asked)}
            await connection.send(compact({"id": number, **answer}))
            if user is None:
                await connection.close(REFUSED_CODE, REFUSED_REASON)

    def _login(self, asked: Mapping[str, str]) -> tuple[str | None, dict[str, object]]:
        user = asked["user"]
        if user == EXPIRED:
            return None, _refusal("password_expired", "the password expired on 2026-01-31: set a new one")
        if CUSTOMERS.get(user) != asked["password"]:
            return None, _refusal("bad_password", "no such user, or another password")
        self._logins += 1
        return user, {"result": {"token": f"{user}-{self._logins:04d}", "user": user}}

    async def _answer(self, method: str, asked: Mapping[str, str]) -> dict[str, object]:
        if method == "order":
            self._orders += 1
            return {"order": self._orders, "item": asked["item"], "total": PRICES[asked["item"]]}
        if method == "report":
            await asyncio.sleep(REPORT_BEATS * self._pause_s)
            return {"orders": self._orders}
        return {"item": asked["item"], "price": PRICES[asked["item"]]}


def _refusal(code: str, message: str) -> dict[str, object]:
    return {"error": {"code": code, "message": message}}
