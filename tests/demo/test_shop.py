"""The shop answers whoever is logged in, and sends the others away."""

from __future__ import annotations

import json

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosedError

from tests.peers.waiting import within
from wsinspect.demo.clients import Way
from wsinspect.demo.shop import CUSTOMERS, EXPIRED, PRICES, REFUSED_CODE


async def asked(connection: ClientConnection, number: int, method: str, **params: str) -> dict[str, object]:
    await connection.send(json.dumps({"id": number, "method": method, "params": params}))
    answer = json.loads(await within(connection.recv(), "an answer"))
    assert isinstance(answer, dict)
    return answer


async def test_a_customer_asks_and_orders(way: Way) -> None:
    async with way.to("/shop") as connection:
        login = await asked(connection, 1, "login", user="ana", password=CUSTOMERS["ana"])
        assert login == {"id": 1, "result": {"token": "ana-0001", "user": "ana"}}
        price = await asked(connection, 2, "price", item="lamp")
        assert price == {"id": 2, "result": {"item": "lamp", "price": PRICES["lamp"]}}
        order = await asked(connection, 3, "order", item="lamp")
        assert order["result"] == {"order": 1, "item": "lamp", "total": PRICES["lamp"]}
        assert await asked(connection, 4, "report") == {"id": 4, "result": {"orders": 1}}


@pytest.mark.parametrize(
    ("user", "why"), [(EXPIRED, "password_expired"), ("ana", "bad_password"), ("nobody", "bad_password")]
)
async def test_who_cannot_log_in_is_told_why_and_sent_away(way: Way, user: str, why: str) -> None:
    async with way.to("/shop") as connection:
        answer = await asked(connection, 1, "login", user=user, password="wrong")
        assert isinstance(answer["error"], dict)
        assert answer["error"]["code"] == why
        with pytest.raises(ConnectionClosedError) as raised:
            await within(connection.recv(), "the close")
    assert raised.value.rcvd is not None
    assert raised.value.rcvd.code == REFUSED_CODE


async def test_who_has_not_logged_in_gets_no_price(way: Way) -> None:
    async with way.to("/shop") as connection:
        assert "error" in await asked(connection, 1, "price", item="lamp")
