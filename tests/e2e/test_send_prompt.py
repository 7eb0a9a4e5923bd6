"""The prompt of `send` in a real terminal, with a friendly server and with a hostile one."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve

from tests.peers.terminal import Terminal, terminal

pytestmark = pytest.mark.peer

OWNED = "\x1b[2J\x1b]0;OWNED\x07\x9b2Jend of it"


async def talk(connection: ServerConnection) -> None:
    assert connection.request is not None
    if connection.request.path == "/hostile":
        await connection.send(OWNED)
        await connection.ping(OWNED.encode())
        await connection.close(4000, OWNED)
    async for message in connection:
        if message == "leave":
            await connection.close(1001, "leaving")
        await connection.send(message)


type Prompt = Callable[..., AbstractAsyncContextManager[Terminal]]


@pytest.fixture
async def prompt(tmp_path: Path) -> AsyncIterator[Prompt]:
    """Starts `send` at a path of the server, with options."""
    async with serve(talk, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]

        @asynccontextmanager
        async def start(path: str = "/", *options: str) -> AsyncIterator[Terminal]:
            command = [
                sys.executable,
                "-m",
                "wsinspect",
                "send",
                f"ws://127.0.0.1:{port}{path}",
                "--proxy",
                "",
                *options,
            ]
            around = {"XDG_STATE_HOME": str(tmp_path)}
            async with terminal(command, columns=100, rows=30, environment=around) as shown:
                yield shown

        yield start


async def test_a_conversation(prompt: Prompt, tmp_path: Path) -> None:
    capture = tmp_path / "x.wsi"
    async with prompt("/", "-o", str(capture)) as shown:
        await shown.until("● connected")
        await shown.type("hello")
        await shown.press("Enter")
        await shown.until("←  text          5  hello")
        await shown.type("/pin")
        await shown.press("Tab")
        await shown.until("> /ping")
        await shown.press("Enter")
        await shown.until("←  pong")
        await shown.type("/raw opcode=99")
        await shown.press("Enter")
        await shown.until("has to be a number from 0 to 15")
        await shown.until("> /raw opcode=99")
        await shown.press("C-c")
        # What is typed stays whole while messages come.
        await shown.type("/repeat 3 every 10ms {}")
        await shown.press("Enter")
        await shown.type("being typed")
        await shown.until(lambda screen: screen.count("←  text          2  {}") == 3, "three answers")
        await shown.until("> being typed")
        await shown.press("C-c")
        await shown.press("Up", "Up")
        await shown.until("> /ping")
        await shown.press("C-c", "C-d")
        assert await shown.exit_status() == 0
    assert capture.exists()
    assert "hello" in (tmp_path / "wsinspect" / "send-history").read_text()


async def test_after_a_close_the_next_message_offers_to_connect(prompt: Prompt) -> None:
    async with prompt() as shown:
        await shown.until("● connected")
        await shown.type("leave")
        await shown.press("Enter")
        await shown.until('○ closed: 1001 going away, "leaving"')
        await shown.type("back")
        await shown.press("Enter")
        await shown.until("Connect again and send it? [Y/n]")
        await shown.press("y")
        await shown.until("←  text          4  back")
        await shown.press("C-c")
        assert await shown.exit_status() == 130


async def test_a_hostile_server_is_shown_and_not_obeyed(prompt: Prompt) -> None:
    async with prompt("/hostile") as shown:
        screen = await shown.until("offers to connect again")
        assert screen.count("\\x1b[2J\\x1b]0;OWNED") >= 2
        assert "connected to ws://" in screen
        await shown.press("C-d")
        assert await shown.exit_status() == 0
