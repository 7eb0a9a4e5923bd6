"""A recording is made ready once for all who play it, and anew when the capture has changed."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from tests.cli.recording import CHAT
from tests.peers.talks import write_talk
from wsinspect.engine import rehearsals
from wsinspect.engine.rehearsals import Rehearsals
from wsinspect.errors import WsinspectError
from wsinspect.replay.mocking.answering import Answering
from wsinspect.replay.mocking.reciting import Reciting
from wsinspect.rules.ruling import Replay
from wsinspect.rules.schema import ReplayMode


def wanted(folder: Path, **more: object) -> Replay:
    return Replay("r", folder.as_posix(), "x.wsi", 1, **more)  # type: ignore[arg-type]  # of the record


async def test_whoever_asks_again_gets_the_same_until_the_capture_has_changed(tmp_path: Path) -> None:
    path = write_talk(tmp_path / "x.wsi", "> a", "< b")
    kept = Rehearsals()
    part = await kept.part(wanted(tmp_path))
    assert await kept.part(Replay("other rule", tmp_path.as_posix(), "x.wsi", 1)) is part
    os.utime(path, (1, 1))
    assert await kept.part(wanted(tmp_path)) is not part
    assert [event.payload for event in part.recording.messages()] == [b"a", b"b"]


async def test_what_is_not_on_record_is_logged_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "wsinspect.engine.rehearsals")
    write_talk(tmp_path / "x.wsi", "> a", "< b")
    kept = Rehearsals()
    for _ in range(2):
        await kept.part(wanted(tmp_path))
    assert [record.getMessage() for record in caplog.records] == [
        "session 1 of x.wsi, which is played: The session ended without a close code."
    ]


async def test_it_can_be_begun_before_anybody_asks(tmp_path: Path) -> None:
    write_talk(tmp_path / "x.wsi", "> a", "< b")
    kept = Rehearsals()
    kept.begin(wanted(tmp_path))
    (making,) = kept._parts.values()
    assert await kept.part(wanted(tmp_path)) is await making
    kept.begin(wanted(tmp_path / "gone"))
    with pytest.raises(WsinspectError):
        await kept.part(wanted(tmp_path / "gone"))


async def test_the_mode_says_who_performs(tmp_path: Path) -> None:
    write_talk(tmp_path / "x.wsi", "> a", "< b")
    kept = Rehearsals()
    kinds = {
        mode: type((await kept.part(wanted(tmp_path, mode=mode))).performer(CHAT, lambda _: None)[0])
        for mode in ReplayMode
        for mode in ReplayMode
    }
    assert kinds == {ReplayMode.CAUSAL: Answering, ReplayMode.TIMED: Answering, ReplayMode.SEQUENCE: Reciting}


async def test_what_cannot_be_read_is_told_each_time(tmp_path: Path) -> None:
    kept = Rehearsals()
    for _ in range(2):
        with pytest.raises(WsinspectError):
            await kept.part(wanted(tmp_path))
    with pytest.raises(WsinspectError, match="outside"):
        await kept.part(Replay("r", tmp_path.as_posix(), "../x.wsi", 1))


async def test_only_some_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsals, "MOST_KEPT", 2)
    write_talk(tmp_path / "x.wsi", "> a", "< b")
    kept = Rehearsals()
    first = await kept.part(wanted(tmp_path))
    for speed in (2.0, 3.0):
        await kept.part(wanted(tmp_path, speed=speed))
    assert await kept.part(wanted(tmp_path)) is not first
