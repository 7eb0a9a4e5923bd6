"""The stateful pairs talk to the end, alone and through the engine, and the servers notice what is not due."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.peers.capture import Recorded, session_where
from tests.peers.certificates import Authority, Certificate
from tests.peers.engine import EngineProcess, engine_process
from tests.peers.stateful import REFUSED
from tests.peers.stateful_pairs import Library, converse, stateful_server
from tests.peers.waiting import within

LIBRARIES = [pytest.param(one, marks=[] if one is Library.WEBSOCKETS else pytest.mark.peer) for one in Library]
PRICES = {"kettle": 24.5, "lamp": 39}
KINDS = ["hello", "welcome", "login", "token", *["get", "answer"] * 2, "watch", "answer", "push", "ack"]
KINDS += ["report", "push", "answer", "bye", "answer"]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, confdir: Path) -> Iterator[EngineProcess]:
    with engine_process(tmp_path_factory.mktemp("engine"), confdir) as running:
        yield running


@pytest.mark.parametrize("library", LIBRARIES)
async def test_a_pair_talks_to_the_end(library: Library, certificate: Certificate, authority: Authority) -> None:
    async with stateful_server(library, certificate=certificate) as server:
        first = await converse(library, server.origin, ca=authority.path)
        second = await converse(library, server.origin, ca=authority.path, first_id=50)
        closed = await server.running.event("close")
    assert (first["event"], first["prices"], first["pushes"]) == ("done", PRICES, 2)
    assert (second["event"], second["prices"], second["pushes"]) == ("done", PRICES, 2)
    assert first["session"] != second["session"]
    assert closed["done"] is True


@pytest.mark.parametrize("library", LIBRARIES)
async def test_the_changed_version_leaves_the_client_without_prices(library: Library) -> None:
    async with stateful_server(library, changed=True) as server:
        seen = await converse(library, server.origin)
    assert (seen["event"], seen["prices"], seen["pushes"]) == ("done", {"kettle": None, "lamp": None}, 1)


@pytest.mark.parametrize("library", LIBRARIES)
async def test_a_pair_is_on_record(library: Library, certificate: Certificate, engine: EngineProcess) -> None:
    async with stateful_server(library, certificate=certificate) as server:
        seen = await converse(library, server.origin, proxy=engine.url, ca=engine.ca)
        assert seen["event"] == "done", seen
        recorded = await session_where(
            engine.capture, lambda one: f":{server.port}/" in one.url, f"the session on {library}"
        )
    close = recorded.session.close
    assert close is not None
    assert (close.by, close.clean, close.code) == ("client", True, None if library is Library.SOCKETIO else 1000)
    if library is not Library.SOCKETIO:
        assert [message["type"] for message in _as_json(recorded)] == KINDS
        return
    texts = [one.payload.decode() for one in recorded.messages]
    assert any(text.startswith('42["push",') for text in texts)
    assert any(text.startswith('430[{"seq":') for text in texts)
    assert {text for text in texts if len(text) == 1} == {"2", "3"}
    assert texts[-1] == "41"


def _as_json(recorded: Recorded) -> list[dict[str, object]]:
    return [msgspec.json.decode(one.payload, type=dict) for one in recorded.messages]


async def _logged_in(connection: ClientConnection) -> dict[str, object]:
    await connection.send('{"type": "hello", "client": "me", "at": 1}')
    welcome = msgspec.json.decode(await within(connection.recv(), "the welcome"), type=dict)
    await connection.send(msgspec.json.encode({"type": "login", "user": "ana", "nonce": welcome["nonce"]}).decode())
    login = msgspec.json.decode(await within(connection.recv(), "the token"), type=dict)
    return {"type": "get", "item": "lamp", "id": 1, "token": login["token"], "nonce": login["nonce"]}


@pytest.mark.parametrize("library", LIBRARIES[:2])
@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"token": "stolen"}, "token"),
        ({"nonce": "0" * 16}, "nonce"),
        ({"type": "ack", "seq": 7}, "seq"),
        ({"type": "report", "since": 7}, "since"),
        ({"type": "hello"}, "order"),
    ],
)
async def test_what_is_not_due_is_refused(library: Library, changes: dict[str, object], why: str) -> None:
    async with stateful_server(library) as server, connect(server.origin, proxy=None) as connection:
        request = await _logged_in(connection)
        await connection.send(msgspec.json.encode(request | changes).decode())
        error = msgspec.json.decode(await within(connection.recv(), "the error"), type=dict)
        assert (error["type"], error["code"]) == ("error", f"bad_{why}")
        with pytest.raises(ConnectionClosed):
            await within(connection.recv(), "the close")
        assert (connection.close_code, connection.close_reason) == (REFUSED, f"bad {why}")
        assert (await server.running.event("refused"))["why"] == why
