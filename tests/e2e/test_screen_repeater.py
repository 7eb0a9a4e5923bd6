"""The real program in a terminal: a recorded login is changed and sent again, compared, mocked, and left in order."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from pathlib import Path

import pytest

from tests.peers.terminal import terminal
from tests.peers.waiting import within
from tests.tui.shop import captures, record_shop, shop
from wsinspect.store.reader import CaptureReader

pytestmark = pytest.mark.peer


@pytest.fixture
def surroundings(tmp_path: Path) -> dict[str, str]:
    """Folders of the test's own for what the program keeps."""
    folders = {name: tmp_path / name for name in ("data", "state", "config", "run")}
    for folder in folders.values():
        folder.mkdir(mode=0o700)
    return {f"XDG_{name.upper()}_HOME": str(folder) for name, folder in folders.items()}


async def test_a_recorded_login_is_changed_sent_again_and_compared(
    tmp_path: Path, surroundings: dict[str, str]
) -> None:
    async with shop() as url:
        path = await record_shop(tmp_path / "x.wsi", url)
        command: list[str | Path] = [sys.executable, "-m", "wsinspect", "open", path]
        async with terminal(command, columns=120, rows=36, environment=surroundings) as shown:
            await shown.until("Messages of #1")
            await shown.press("r")
            await shown.until("Made anew: ")
            await shown.press("g", "j", "j", "j", "e")
            await shown.until("Edit message 2")
            await shown.until('"method": "price"')
            await shown.press("Down", "Down", "End", "Left", "Left")
            await shown.type("s")
            await shown.until('"method": "prices"')
            await shown.press("C-o")
            await shown.until("✎ changed")
            await shown.press("g", "a")
            await shown.until(lambda seen: seen.count("✓ sent") == 2, "both to be sent")
            # The token is another one, as it should be; the price is the same.
            await shown.until(lambda seen: "◀ ≈" in seen and "◀ =" in seen, "both answers")
            await shown.press("=")
            await shown.until("as it was sent again")
            await shown.until(lambda seen: "1 missing, 1 extra" in seen and '"prices"' in seen, "the difference")
            await shown.press("Escape")
            await shown.until("To send, and what came back")
            await shown.press("q")
            assert await shown.exit_status() == 0
    (again,) = captures(tmp_path, "repeated")
    with CaptureReader(again) as reader:
        said = [json.loads(message.payload) for message in reader.messages(session=1)]
    assert said[2]["method"] == "prices"
    assert said[2]["token"] == said[1]["result"]["token"]
    with CaptureReader(path) as reader:
        assert all(said[2]["token"] not in message.payload.decode() for message in reader.messages(session=1))


async def test_a_mock_ends_with_the_screen_that_started_it(
    tmp_path: Path, confdir: Path, surroundings: dict[str, str]
) -> None:
    async with shop() as url:
        path = await record_shop(tmp_path / "x.wsi", url)
    command: list[str | Path] = [sys.executable, "-m", "wsinspect", "open", path]
    async with terminal(command, columns=120, rows=36, environment=surroundings) as shown:
        await shown.until("Messages of #1")
        await shown.press("M")
        await shown.until("Play the server of this session")
        await shown.press("C-a", "C-k")
        await shown.type(f"{path} --session 1 --listen 127.0.0.1:0 --confdir {confdir}")
        await shown.press("Enter")
        listens = re.search(r"Connect to ws://127\.0\.0\.1:(\d+)", await shown.until("Connect to ws://"))
        assert listens is not None
        _, writer = await within(asyncio.open_connection("127.0.0.1", int(listens[1])), "the mock")
        writer.close()
        await shown.press("q")
        assert await shown.exit_status() == 0
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", int(listens[1]))
