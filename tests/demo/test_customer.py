"""A customer's program goes through the shop, and notices when that is not what it is used to."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from tests.peers.waiting import within
from wsinspect.demo.clients import Way
from wsinspect.demo.customer import Step, UnexpectedAnswerError, visit
from wsinspect.demo.shop import PRICES

LOGIN = {"id": 1, "result": {"token": "t"}, "seq": 7, "time": 0, "nonce": "n"}


async def all_steps(connection: ClientConnection) -> list[Step]:
    paused = 0

    async def pause() -> None:
        nonlocal paused
        paused += 1

    steps = [step async for step in visit(connection, pause)]
    assert paused == len(PRICES)
    return steps


@asynccontextmanager
async def shop_that(act: Callable[[ServerConnection], Awaitable[None]]) -> AsyncIterator[ClientConnection]:
    async with serve(act, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with connect(f"ws://127.0.0.1:{port}/shop", proxy=None) as connection:
            yield connection


async def test_it_asks_orders_and_leaves(way: Way) -> None:
    async with way.to("/shop") as connection:
        steps = await within(all_steps(connection), "the end of the visit")
    assert [step.what for step in steps] == ["login", "price", "price", "price", "order", "shipped", "report"]
    assert steps[2].result == {"item": "lamp", "price": PRICES["lamp"]}
    assert connection.close_code == 1000


async def test_the_new_version_can_be_visited_too(new_way: Way) -> None:
    async with new_way.to("/shop") as connection:
        steps = await within(all_steps(connection), "the end of the visit")
    assert [step.what for step in steps] == ["login", "price", "price", "price", "order", "report"]


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        (["hello"], "this cannot be read"),
        ([{**LOGIN, "result": {}}], "no token"),
        ([{**LOGIN, "id": 2}], "no answer to request 1"),
        ([{"id": 1, "error": {"code": "x"}, "seq": 7, "time": 0, "nonce": "n"}], "no answer to request 1"),
        ([{"id": 1, "error": {"code": "x", "message": "go away"}}], "the shop refuses: go away"),
        ([[]], "this cannot be read"),
        ([LOGIN, {"id": 2, "result": {}, "seq": 9, "time": 0, "nonce": "n"}], "number 8 is due"),
    ],
)
async def test_what_the_shop_never_says_is_noticed(answers: list[object], why: str) -> None:
    async def answer(connection: ServerConnection) -> None:
        for one in answers:
            await connection.recv()
            await connection.send(json.dumps(one))
        await connection.wait_closed()

    async with shop_that(answer) as connection:
        with pytest.raises(UnexpectedAnswerError, match=why):
            await within(all_steps(connection), "what is wrong")


async def test_a_shop_that_closes_is_the_end_of_the_visit() -> None:
    async def close(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.close(1013, "full")

    async with shop_that(close) as connection:
        with pytest.raises(ConnectionClosed, match="1013"):
            await within(all_steps(connection), "the close")
