"""Sessions are counted by how they ended, and the busiest are told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.recording import CHAT, REFUSED
from wsinspect.model import Close, PerDirection, SessionId, SessionState
from wsinspect.store import session_figures
from wsinspect.store.reader import CaptureReader
from wsinspect.store.session_figures import BUSIEST, Ending, SessionCount, SessionFigures
from wsinspect.store.writer import CaptureWriter


def counted(path: Path, session: int | None = None) -> SessionFigures:
    count = SessionCount(session)
    with CaptureReader(path) as reader:
        while count.advance(reader):
            pass
    return count.figures


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A capture of thirty sessions, number 7 the busiest."""
    with CaptureWriter(tmp_path / "x.wsi") as writer:
        for number in range(1, 29):
            messages = PerDirection(100 if number == 7 else number % 5, 1)
            close = Close("client", 1001 if number % 2 else None, None, clean=True)
            writer.insert_session(replace(CHAT, id=SessionId(number), messages=messages, close=close))
        writer.insert_session(replace(REFUSED, id=SessionId(29)))
        writer.insert_session(
            replace(CHAT, id=SessionId(30), state=SessionState.FAILED, close=None, messages=PerDirection())
        )
    return tmp_path / "x.wsi"


def test_they_are_counted_by_how_they_ended(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_figures, "_ROWS", 4)
    figures = counted(path)
    assert figures.count == 30
    assert figures.endings == {
        Ending(SessionState.CLOSED, 1001): 14,
        Ending(SessionState.CLOSED, None): 14,
        Ending(SessionState.REFUSED, 403): 1,
        Ending(SessionState.FAILED, None): 1,
    }


def test_the_busiest_come_first_and_are_few(path: Path) -> None:
    busiest = counted(path).busiest
    assert len(busiest) == BUSIEST
    assert (busiest[0].session, busiest[0].messages) == (7, 101)
    assert [busy.messages for busy in busiest] == sorted((busy.messages for busy in busiest), reverse=True)


def test_one_can_be_counted_alone(path: Path) -> None:
    figures = counted(path, 29)
    assert (figures.count, [busy.session for busy in figures.busiest]) == (1, [29])
    assert counted(path, 99).count == 0


def test_no_look_is_long(path: Path) -> None:
    count = SessionCount()
    with CaptureReader(path) as reader:
        assert count.advance(reader, 0.0)
        assert not count.advance(reader)
    assert count.figures.count == 30


def test_a_url_that_is_no_valid_unicode_can_be_told(path: Path) -> None:
    with CaptureWriter(path, append=True) as writer:
        writer.insert_session(replace(CHAT, id=SessionId(31), url="ws://a.test/\ud800"))
    assert [busy.url for busy in counted(path, 31).busiest] == ["ws://a.test/\ud800"]
