"""The client raises what the engine refused, and never waits for an engine that is gone."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, unix_serve

from tests.control.engine import FakeEngine
from wsinspect.control.client import CallError, ControlClient, connected
from wsinspect.engine.control_server import serve
from wsinspect.engine.steered import NoticeKind
from wsinspect.errors import EngineError, FilterError, RuleError, WsinspectError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="has no Unix-domain sockets")


@contextlib.asynccontextmanager
async def client_of(
    directory: Path, behaviour: Callable[[ServerConnection], Awaitable[None]]
) -> AsyncIterator[ControlClient]:
    """Connect to an engine that behaves as a test wants."""
    path = str(directory / "odd.sock")
    async with unix_serve(behaviour, path), connected(f"unix:{path}") as client:
        yield client


async def test_calls_may_overlap(tmp_path: Path) -> None:
    async with serve(FakeEngine(), tmp_path) as address, connected(address) as client:
        answers = list(
            await asyncio.gather(client.call("held"), client.call("breakpoints"), client.call("rules.reload"))
        )
        assert answers[1:] == [[], {"rules": 1}]


@pytest.mark.parametrize(("method", "error"), [("sesions", CallError), ("abort", CallError), ("hold", CallError)])
async def test_a_call_that_is_not_understood_says_so(tmp_path: Path, method: str, error: type[WsinspectError]) -> None:
    async with serve(FakeEngine(), tmp_path) as address, connected(address) as client:
        with pytest.raises(error):
            await client.call(method)


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        ({"code": -32603, "message": "m"}, EngineError("m")),
        ({"code": -32601, "message": "m"}, CallError("m")),
        ({"code": -32000, "message": "m"}, WsinspectError("m")),
        ({"code": -32000, "message": "m", "data": {"kind": "store", "where": "w"}}, WsinspectError("m", where="w")),
        ({"code": -32000, "message": "m", "data": {"kind": "engine", "hint": "h"}}, EngineError("m", hint="h")),
        ({"code": -32000, "message": "m", "data": {"kind": "rule", "where": "w"}}, RuleError("m", where="w")),
        (
            {"code": -32000, "message": "m", "data": {"kind": "filter", "expression": "a b", "column": 3}},
            FilterError("m", expression="a b", column=3),
        ),
    ],
)
async def test_what_was_refused_is_raised(tmp_path: Path, error: object, raised: WsinspectError) -> None:
    async def refuse(connection: ServerConnection) -> None:
        asked = json.loads(await connection.recv())
        await connection.send(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "error": error}))
        await connection.wait_closed()

    async with client_of(tmp_path, refuse) as client:
        with pytest.raises(WsinspectError) as told:
            await client.call("status")
    assert type(told.value) is type(raised)
    assert str(told.value) == str(raised)


async def test_a_call_ends_when_the_engine_goes(tmp_path: Path) -> None:
    async def go(connection: ServerConnection) -> None:
        await connection.recv()
        connection.transport.abort()

    async with client_of(tmp_path, go) as client:
        with pytest.raises(EngineError, match="the engine is gone"):
            await client.call("status")
        with pytest.raises(EngineError, match="the engine is gone"):
            await client.call("status")
        with pytest.raises(EngineError, match="the engine is gone"):
            await anext(client.notices())


async def test_an_engine_that_does_not_answer_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wsinspect.control.client.ANSWER_S", 0.05)

    async def be_silent(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async with client_of(tmp_path, be_silent) as client:
        with pytest.raises(EngineError, match="did not answer"):
            await client.call("status")


async def test_an_answer_to_nothing_is_passed_over(tmp_path: Path) -> None:
    async def chat(connection: ServerConnection) -> None:
        asked = json.loads(await connection.recv())
        for identity in (99, asked["id"], asked["id"]):
            await connection.send(json.dumps({"jsonrpc": "2.0", "id": identity, "result": identity}))
        await connection.wait_closed()

    async with client_of(tmp_path, chat) as client:
        assert await client.call("status") == 1


async def test_notices_end_when_the_engine_says_goodbye(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with contextlib.AsyncExitStack() as stack:
        async with serve(engine, tmp_path) as address:
            client = await stack.enter_async_context(connected(address))
            await client.call("subscribe")
            engine.tell(NoticeKind.ALERT, "look")
        assert [notice.params["text"] async for notice in client.notices()] == ["look"]
        with pytest.raises(EngineError, match="gone"):
            await client.call("status")


@pytest.mark.parametrize("address", ["unix:{}/missing.sock", "unix:{}/file", "ws://127.0.0.1:1/?token=x", "nonsense"])
async def test_an_engine_that_cannot_be_reached_is_an_error_without_the_token(tmp_path: Path, address: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EngineError, match="cannot be reached") as unreachable:
        async with connected(address.format(tmp_path)):
            raise AssertionError
    assert "token" not in str(unreachable.value)
