"""The engine is called and listened to; one that goes away is waited for, one that says goodbye is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from textual.app import App

from tests.control.engine import FakeEngine
from tests.peers.waiting import until
from wsinspect.control.client import ControlNotice
from wsinspect.engine.control_server import serve
from wsinspect.engine.steered import NoticeKind
from wsinspect.errors import EngineError, FilterError
from wsinspect.tui.data import engine as module
from wsinspect.tui.data.engine import Engine, Link


@asynccontextmanager
async def linked(address: str | None) -> AsyncIterator[Engine]:
    """Keep connected to an address, in a small app."""
    app: App[None] = App()
    async with app.run_test():
        engine = Engine(app, address)
        running = asyncio.create_task(engine.run())
        try:
            yield engine
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[tuple[FakeEngine, str]]:
    engine = FakeEngine()
    async with serve(engine, tmp_path) as address:
        yield engine, address


def links(engine: Engine, link: Link) -> Callable[[], bool]:
    return lambda: engine.link is link


async def test_it_knows_the_status_and_what_is_held(served: tuple[FakeEngine, str]) -> None:
    fake, address = served
    async with linked(address) as engine:
        await until(lambda: engine.held or None, "what is held")
        assert engine.connected
        assert engine.status is not None
        assert (engine.status.from_clients, engine.status.from_servers) == (12, 15)
        assert [(held.session, held.message) for held in engine.held] == [(1, 5), (2, 7)]
        await engine.call("release", session=1, message=5)
        fake.tell(NoticeKind.RELEASED, "forwarded", 1, 5)
        await until(lambda: len(engine.held) == 1, "the other one")
        with pytest.raises(FilterError):
            await engine.call("hold", filter="size >")


async def test_notices_are_handed_on(served: tuple[FakeEngine, str]) -> None:
    fake, address = served
    async with linked(address) as engine:
        told: list[ControlNotice] = []
        engine.noticed.subscribe(engine.noticed.owner, told.append, immediate=True)  # type: ignore[arg-type]  # the app
        await until(links(engine, Link.CONNECTED), "the connection")
        fake.tell(NoticeKind.ALERT, "look!", 1)
        await until(lambda: told or None, "the alert")
        assert (told[0].kind, told[0].params["text"]) == ("alert", "look!")


async def test_without_an_engine_it_says_so(tmp_path: Path) -> None:
    async with linked(None) as engine:
        assert engine.link is Link.NONE
        with pytest.raises(EngineError, match="it is finished"):
            await engine.call("status")
    async with linked(f"unix:{tmp_path / 'nowhere'}") as engine:
        await until(links(engine, Link.LOST), "the failure")
        with pytest.raises(EngineError, match="cannot be reached"):
            await engine.call("status")


async def test_a_lost_connection_is_made_again_and_a_goodbye_is_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_AGAIN_AFTER_S", 0.01)
    fake = FakeEngine()
    async with AsyncExitStack() as stack:
        server = AsyncExitStack()
        address = await server.enter_async_context(serve(fake, tmp_path))
        engine = await stack.enter_async_context(linked(address))
        await until(links(engine, Link.CONNECTED), "the connection")
        client = engine._client
        assert client is not None
        client._connection.transport.abort()
        await until(lambda: engine.connected and engine._client is not client, "another connection")
        await server.aclose()
        await until(links(engine, Link.ENDED), "the end")
        assert engine.held == []


async def test_an_engine_that_tells_nothing_for_long_is_told_as_silent(
    served: tuple[FakeEngine, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, address = served
    monkeypatch.setattr(module, "_SILENT_AFTER_S", 0.01)
    async with linked(address) as engine:
        await until(lambda: engine.silent or None, "the silence")
        assert engine.connected
        monkeypatch.setattr(module, "_SILENT_AFTER_S", 60.0)
        await until(lambda: not engine.silent, "the next status")
