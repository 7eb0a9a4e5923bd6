"""The real program in a terminal, on live traffic: seen, filtered, held, edited, released, and left in order."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve

from tests.peers.terminal import Terminal, terminal
from tests.peers.waiting import within
from wsinspect.model import Verdict
from wsinspect.store.reader import CaptureReader
from wsinspect.store.schema import wal_path

pytestmark = pytest.mark.peer


@asynccontextmanager
async def talk(shown: Terminal) -> AsyncIterator[tuple[ClientConnection, ServerConnection]]:
    """Let a client and a server talk through the proxy that the screen says it listens at."""
    connected: asyncio.Queue[ServerConnection] = asyncio.Queue()

    async def keep(connection: ServerConnection) -> None:
        connected.put_nowait(connection)
        await connection.wait_closed()

    listens = re.search(r"127\.0\.0\.1:\d+", await shown.until("127.0.0.1:"))
    assert listens is not None
    async with serve(keep, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        url, proxy = f"ws://127.0.0.1:{port}/orders", f"http://{listens[0]}"
        async with connect(url, proxy=proxy, compression=None, ping_interval=None) as client:
            yield client, await within(connected.get(), "the client at the server")


@pytest.fixture
def surroundings(tmp_path: Path) -> dict[str, str]:
    """Folders of the test's own for what the program keeps."""
    folders = {name: tmp_path / name for name in ("data", "state", "config", "run")}
    for folder in folders.values():
        folder.mkdir(mode=0o700)
    return {
        "XDG_DATA_HOME": str(folders["data"]),
        "XDG_STATE_HOME": str(folders["state"]),
        "XDG_CONFIG_HOME": str(folders["config"]),
        "XDG_RUNTIME_DIR": str(folders["run"]),
    }


def wsinspect(*arguments: str | Path) -> list[str | Path]:
    return [sys.executable, "-m", "wsinspect", *arguments]


async def test_a_message_is_found_held_edited_and_released(
    tmp_path: Path, confdir: Path, surroundings: dict[str, str]
) -> None:
    capture = tmp_path / "orders.wsi"
    command = wsinspect("--listen", "127.0.0.1:0", "--confdir", confdir, "-o", capture)
    async with terminal(command, columns=120, rows=36, environment=surroundings) as shown:
        await shown.until("Point a client at the proxy")
        async with talk(shown) as (client, server):
            await shown.until("/orders")
            for number in range(3):
                await client.send(f'{{"type":"order","number":{number},"price":10}}')
                await within(server.recv(), "an order")
            await server.send('{"type":"accepted","number":0}')
            await shown.until('"accepted"')

            await shown.press("2", "/")
            await shown.type("accepted")
            await shown.press("Enter")
            await shown.until("━ 1 of 4 ━")
            await shown.press("Escape")
            await shown.until("━ 4 ━")

            await shown.press("b")
            await shown.until("Break: hold messages")
            await shown.press("C-a", "C-k")
            await shown.type("dir == c2s and text contains price")
            await shown.press("Enter")
            await shown.until("breakpoints 1")
            await client.send('{"type":"order","number":7,"price":10}')
            await shown.until("held 1")

            await shown.press("e")
            await shown.until('"price": 10')
            await shown.press("Down", "Down", "Down", "End", "BSpace", "BSpace")
            await shown.type("99")
            await shown.until('"price": 99')
            await shown.press("C-s")
            assert await within(server.recv(), "the edited order") == '{"type":"order","number":7,"price":99}'
            await shown.until(lambda seen: "held 1" not in seen, "nothing held any more")
        await shown.press("q")
        assert await shown.exit_status() == 0
    assert not wal_path(capture).exists()
    with CaptureReader(capture) as reader:
        message = list(reader.messages())[-1]
    assert message.verdict is Verdict.MODIFIED
    assert message.sent == b'{"type":"order","number":7,"price":99}'
