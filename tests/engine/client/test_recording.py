"""A capture without an engine."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.engine.client.playing import echo_server, opened, played, script
from tests.peers.capture import all_recorded
from wsinspect.engine.client import recording_to
from wsinspect.errors import StoreError
from wsinspect.model import SessionState
from wsinspect.replay.performing import SendClose
from wsinspect.store.writer import SWITCH_INTERVAL_S

pytestmark = pytest.mark.usefixtures("no_proxy")


async def test_a_capture_is_made_continued_and_not_overwritten(tmp_path: Path) -> None:
    capture, before = tmp_path / "a.wsi", sys.getswitchinterval()
    async with echo_server() as url:
        with recording_to(capture) as recorder:
            assert sys.getswitchinterval() == pytest.approx(SWITCH_INTERVAL_S)
            await played(url, script(SendClose(1000)), recorder)
        assert sys.getswitchinterval() == pytest.approx(before)
        with pytest.raises(StoreError), recording_to(capture):
            pass
        with recording_to(capture, append=True, durable=True, max_payload=5) as recorder:
            await played(url, script(SendClose(1000)), recorder)
    assert [recorded.session.state for recorded in all_recorded(capture)] == [SessionState.CLOSED] * 2


async def test_sessions_that_are_open_at_the_end_are_ended(tmp_path: Path) -> None:
    async with echo_server() as url:
        with recording_to(tmp_path / "a.wsi") as recorder:
            session = await opened(url, script(), recorder)
        assert session.is_over
    (recorded,) = all_recorded(tmp_path / "a.wsi")
    assert (recorded.session.state, recorded.session.error) == (SessionState.CLOSED, "wsinspect was stopped")
