"""The shop answers whoever is logged in and carries what is due, and sends the others away."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.peers.waiting import within
from wsinspect.demo.clients import Way
from wsinspect.demo.shop import CUSTOMERS, EXPIRED, NEW_PRICES, PRICES, REFUSED_CODE

type Message = dict[str, Any]


class Visitor:
    """Somebody who carries in each request what is due.

    Args:
        connection: To the shop.
    """

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.due: Message = {"id": 1}

    async def heard(self) -> Message:
        heard = json.loads(await within(self.connection.recv(), "an answer"))
        assert isinstance(heard, dict)
        if "seq" in heard:
            self.due["seen"] = heard["seq"]
        return heard

    async def asked(self, method: str, changes: Mapping[str, object] | None = None, **params: str) -> Message:
        await self.connection.send(json.dumps({"method": method, "params": params, **self.due, **(changes or {})}))
        answer = await self.heard()
        if "nonce" in answer:
            self.due |= {"id": answer["id"] + 1, "nonce": answer["nonce"]}
        return answer

    async def log_in(self) -> Message:
        answer = await self.asked("login", user="ana", password=CUSTOMERS["ana"])
        self.due["token"] = answer["result"]["token"]
        return answer


async def test_a_customer_asks_and_orders(way: Way) -> None:
    async with way.to("/shop") as connection:
        ana = Visitor(connection)
        login = await ana.log_in()
        assert login["result"]["user"] == "ana"
        price = await ana.asked("price", item="lamp")
        assert (price["id"], price["result"]) == (2, {"item": "lamp", "price": PRICES["lamp"]})
        assert (price["seq"], price["nonce"] != login["nonce"]) == (login["seq"] + 1, True)
        assert price["time"] >= login["time"]
        order = await ana.asked("order", item="lamp")
        assert order["result"] == {"order": 1, "item": "lamp", "total": PRICES["lamp"]}
        shipped = await ana.asked("report")
        assert (shipped["event"], shipped["order"]) == ("shipped", 1)
        report = await ana.heard()
        assert (report["id"], report["result"]) == (4, {"orders": 1})


async def test_each_login_has_a_token_of_its_own(way: Way) -> None:
    tokens, numbers = set(), set()
    for _ in range(3):
        async with way.to("/shop") as connection:
            login = await Visitor(connection).log_in()
            tokens.add(login["result"]["token"])
            numbers.add(login["seq"])
    assert (len(tokens), len(numbers)) == (3, 3)


async def closed(connection: ClientConnection) -> tuple[int | None, str | None]:
    with pytest.raises(ConnectionClosed):
        await within(connection.recv(), "the close")
    return connection.close_code, connection.close_reason


@pytest.mark.parametrize(
    ("user", "why"), [(EXPIRED, "password_expired"), ("ana", "bad_password"), ("nobody", "bad_password")]
)
async def test_who_cannot_log_in_is_told_why_and_sent_away(way: Way, user: str, why: str) -> None:
    async with way.to("/shop") as connection:
        answer = await Visitor(connection).asked("login", user=user, password="wrong")
        assert answer["error"]["code"] == why
        assert await closed(connection) == (REFUSED_CODE, "login refused")


async def test_who_has_not_logged_in_gets_no_price(way: Way) -> None:
    async with way.to("/shop") as connection:
        assert (await Visitor(connection).asked("price", item="lamp"))["error"]["code"] == "not_logged_in"
        assert await closed(connection) == (REFUSED_CODE, "login refused")


@pytest.mark.parametrize(
    ("name", "value"), [("token", "stolen"), ("nonce", "used"), ("seen", 0), ("id", 7), ("token", None)]
)
async def test_what_is_not_due_is_refused(way: Way, name: str, value: object) -> None:
    async with way.to("/shop") as connection:
        ana = Visitor(connection)
        await ana.log_in()
        assert (await ana.asked("price", {name: value}, item="lamp"))["error"]["code"] == f"bad_{name}"
        assert await closed(connection) == (REFUSED_CODE, f"bad {name}")


async def test_what_was_said_once_is_not_taken_twice(way: Way) -> None:
    async with way.to("/shop") as connection:
        ana = Visitor(connection)
        await ana.log_in()
        used = dict(ana.due)
        await ana.asked("price", item="lamp")
        assert (await ana.asked("price", used, item="lamp"))["error"]["code"] == "bad_nonce"


@pytest.mark.parametrize(
    ("method", "item", "why"),
    [("price", "yacht", "no_such_item"), ("order", "", "no_such_item"), ("buy", "", "no_such_method")],
)
async def test_who_asks_for_what_there_is_not_may_ask_again(way: Way, method: str, item: str, why: str) -> None:
    async with way.to("/shop") as connection:
        ana = Visitor(connection)
        await ana.log_in()
        assert (await ana.asked(method, item=item))["error"]["code"] == why
        assert (await ana.asked("price", item="lamp"))["result"]["price"] == PRICES["lamp"]


@pytest.mark.parametrize(
    "said", ["hello?", "[" * 100_000, '{"id": 1}', b"\xff"], ids=["text", "deep", "a part", "no UTF-8"]
)
async def test_who_makes_no_sense_is_sent_away(way: Way, said: str | bytes) -> None:
    async with way.to("/shop") as connection:
        await connection.send(said)
        assert json.loads(await within(connection.recv(), "an answer"))["error"]["code"] == "bad_request"
        assert await closed(connection) == (REFUSED_CODE, "bad request")


async def test_the_new_version_differs(new_way: Way) -> None:
    async with new_way.to("/shop") as connection:
        ana = Visitor(connection)
        await ana.log_in()
        assert (await ana.asked("price", item="lamp"))["result"]["price"] == NEW_PRICES["lamp"] != PRICES["lamp"]
        assert (await ana.asked("price", item="kettle"))["result"]["price"] == PRICES["kettle"]
        order = await ana.asked("order", item="kettle")
        assert order["result"] == {"order": 1, "item": "kettle", "amount": PRICES["kettle"]}
        assert (await ana.asked("report"))["result"] == {"orders": 1}  # nobody says that it is shipped
