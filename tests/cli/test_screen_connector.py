"""The connections of the Repeater: opened, recorded, ended."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.replay.repeating.test_repeater import SHOP, Values
from tests.tui.shop import shop
from wsinspect.cli.screen_connector import ScreenConnector
from wsinspect.errors import EngineError
from wsinspect.model import SessionState
from wsinspect.replay.repeating.repeater import Repeater
from wsinspect.store.reader import CaptureReader
from wsinspect.tui.data.connections import Target


async def test_what_is_opened_is_recorded_beside_the_capture_that_is_shown(tmp_path: Path) -> None:
    connector = ScreenConnector(tmp_path / "x.wsi")
    assert connector.capture is None
    async with shop() as url:
        connection = await connector.connect(Target(url), Repeater(SHOP, Values))
        assert connection.response.status == 101
        assert connection.session_id == 1
        again = await connector.connect(Target(url), Repeater(SHOP, Values))
        assert again.session_id == 2
        with pytest.raises(EngineError, match="refused"):
            await connector.connect(Target("ws://127.0.0.1:1/"), Repeater(SHOP, Values))
        await connector.close()
        await connection.finished()
    assert connector.capture is not None
    assert connector.capture == tmp_path / "x-repeated-1.wsi"
    with CaptureReader(connector.capture) as reader:
        assert [session.state for session in reader.sessions()] == [
            SessionState.CLOSED,
            SessionState.CLOSED,
            SessionState.FAILED,
        ]


async def test_what_was_never_used_leaves_no_file(tmp_path: Path) -> None:
    connector = ScreenConnector(tmp_path / "x.wsi")
    await connector.close()
    assert connector.capture is None


@pytest.mark.parametrize("url", ["ws://127.0.0.1:99999/", "ws://[half/", "ws://127.0.0.1:port/"])
async def test_what_is_no_url_is_told(tmp_path: Path, url: str) -> None:
    connector = ScreenConnector(tmp_path / "x.wsi")
    with pytest.raises(EngineError, match="cannot connect so"):
        await connector.connect(Target(url), Repeater(SHOP, Values))
    await connector.close()


def test_a_replay_trusts_the_same_servers(tmp_path: Path) -> None:
    shown = tmp_path / "x.wsi"
    assert ScreenConnector(shown).arguments == []
    assert ScreenConnector(shown, insecure=True).arguments == ["--insecure"]
    assert ScreenConnector(shown, ca_file=Path("ca.pem")).arguments == ["--cacert", "ca.pem"]
